//! `GetBucketCors`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};
use trailward_bucket::CorsRule;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketCorsInput>,
) -> Answer<dto::GetBucketCorsOutput> {
    let grant = call.grant()?;
    let rules = call.buckets().get_bucket_cors(&grant).await.map_err(|e| call.refuse(e))?;
    let rules = rules.into_iter().map(rule).collect();
    Ok(S3Response::new(dto::GetBucketCorsOutput { cors_rules: Some(rules) }))
}

fn rule(rule: CorsRule) -> dto::CORSRule {
    let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    dto::CORSRule {
        allowed_headers: some(rule.headers),
        allowed_methods: rule.methods,
        allowed_origins: rule.origins,
        expose_headers: some(rule.exposed),
        id: rule.id,
        max_age_seconds: rule.max_age,
    }
}
