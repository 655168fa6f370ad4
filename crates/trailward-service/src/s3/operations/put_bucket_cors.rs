//! `PutBucketCors`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record, written};
use serde_json::json;
use trailward_bucket::CorsRule;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketCorsInput>,
) -> Answer<dto::PutBucketCorsOutput> {
    let grant = call.grant()?;
    written::check_digest(&call, "Content-MD5").map_err(|e| call.refuse(e))?;
    let rules: Vec<CorsRule> = req.input.cors_configuration.cors_rules.into_iter().map(rule).collect();
    let recorded: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "AllowedHeader": rule.headers,
                "AllowedMethod": rule.methods,
                "AllowedOrigin": rule.origins,
                "ExposeHeader": rule.exposed,
            })
        })
        .collect();
    record::add_document(&call, "CORSConfiguration", [("CORSRule", json!(recorded))]);
    call.writing().await?.put_bucket_cors(&grant, rules).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketCorsOutput {}))
}

fn rule(rule: dto::CORSRule) -> CorsRule {
    CorsRule {
        id: rule.id,
        origins: rule.allowed_origins,
        methods: rule.allowed_methods,
        headers: rule.allowed_headers.unwrap_or_default(),
        exposed: rule.expose_headers.unwrap_or_default(),
        max_age: rule.max_age_seconds,
    }
}
