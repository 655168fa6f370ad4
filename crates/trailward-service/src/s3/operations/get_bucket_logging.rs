//! `GetBucketLogging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};
use trailward_bucket::{LogNaming, Logging};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketLoggingInput>,
) -> Answer<dto::GetBucketLoggingOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_logging(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::GetBucketLoggingOutput { logging_enabled: found.map(shown) }))
}

fn shown(logging: Logging) -> dto::LoggingEnabled {
    let partitioned = |source| dto::TargetObjectKeyFormat {
        partitioned_prefix: Some(dto::PartitionedPrefix {
            partition_date_source: Some(dto::PartitionDateSource::from_static(source)),
        }),
        simple_prefix: None,
    };
    dto::LoggingEnabled {
        target_bucket: logging.target,
        target_grants: None,
        target_object_key_format: match logging.naming {
            LogNaming::Simple => None,
            LogNaming::PartitionedByEventTime => Some(partitioned(dto::PartitionDateSource::EVENT_TIME)),
            LogNaming::PartitionedByDeliveryTime => {
                Some(partitioned(dto::PartitionDateSource::DELIVERY_TIME))
            }
        },
        target_prefix: logging.prefix,
    }
}
