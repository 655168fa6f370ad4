//! `PutBucketLogging`.
//!
//! DEVIATION: a bucket cannot be its own target, which S3 only advises against; and grants on log files are refused, as
//! S3 does for targets whose owner owns everything.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::{Value, json};
use trailward_bucket::{BucketError, LogNaming, Logging};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketLoggingInput>,
) -> Answer<dto::PutBucketLoggingOutput> {
    let grant = call.grant()?;
    let asked = req.input.bucket_logging_status.logging_enabled;
    note(&call, asked.as_ref());
    let logging = asked.map(read).transpose().map_err(|e| call.refuse(e))?;
    call.writing().await?.put_bucket_logging(&grant, logging.as_ref()).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketLoggingOutput::default()))
}

fn read(asked: dto::LoggingEnabled) -> Result<Logging, BucketError> {
    if asked.target_grants.is_some_and(|grants| !grants.is_empty()) {
        return Err(BucketError::AccessControlListNotSupported);
    }
    let naming = match asked.target_object_key_format {
        None => LogNaming::Simple,
        Some(format) => match (format.simple_prefix, format.partitioned_prefix) {
            (Some(_), None) => LogNaming::Simple,
            (None, Some(partitioned)) => {
                let source = partitioned.partition_date_source.as_ref();
                match source.map(dto::PartitionDateSource::as_str) {
                    None | Some("DeliveryTime") => LogNaming::PartitionedByDeliveryTime,
                    Some("EventTime") => LogNaming::PartitionedByEventTime,
                    Some(_) => return Err(BucketError::MalformedXml),
                }
            }
            _ => return Err(BucketError::MalformedXml),
        },
    };
    Ok(Logging { target: asked.target_bucket, prefix: asked.target_prefix, naming })
}

fn note(call: &S3Call, asked: Option<&dto::LoggingEnabled>) {
    let enabled = asked.map_or(
        Value::Null,
        |asked| json!({ "TargetBucket": asked.target_bucket, "TargetPrefix": asked.target_prefix }),
    );
    record::add_document(call, "BucketLoggingStatus", [("LoggingEnabled", enabled)]);
}
