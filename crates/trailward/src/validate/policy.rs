//! `--print-policy`: the least that a run needs.

use super::args::ValidateArgs;
use super::select::named;
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trailward_archive::api::Api;
use trailward_archive::aws;
use trailward_archive::open::{is_s3, resolve_trail, split_uri};

/// The policy as JSON. Buckets of trails are asked of the API; where that is not possible a placeholder stands.
pub(super) async fn of(args: &ValidateArgs) -> Result<String> {
    let (sources, trails) = named(&args.select)?;
    let mut buckets: BTreeSet<(String, String)> = BTreeSet::new();
    for source in sources.into_iter().filter(|source| is_s3(source)) {
        buckets.insert(split_uri(source)?);
    }
    let mut organization = false;
    if !trails.is_empty() {
        let api = Api::new(aws::configuration().await);
        for arn in &trails {
            match resolve_trail(arn, &api).await {
                Ok(resolved) => {
                    organization |= resolved.trail.organization;
                    buckets.insert(split_uri(&resolved.uri)?);
                }
                Err(error) => {
                    tracing::warn!("the bucket of {arn} is not known, replace BUCKET-OF-THE-TRAIL: {error}");
                    organization = true;
                    buckets.insert(("BUCKET-OF-THE-TRAIL".to_owned(), String::new()));
                }
            }
        }
    }
    let policy = policy(&buckets, args.keys.is_none(), !trails.is_empty(), organization);
    Ok(format!("{policy:#}\n"))
}

fn policy(buckets: &BTreeSet<(String, String)>, keys: bool, trails: bool, organization: bool) -> Value {
    let mut statements = Vec::new();
    for (bucket, prefix) in buckets {
        let mut list = serde_json::Map::new();
        list.insert("Sid".into(), "List".into());
        list.insert("Effect".into(), "Allow".into());
        list.insert("Action".into(), "s3:ListBucket".into());
        list.insert("Resource".into(), format!("arn:aws:s3:::{bucket}").into());
        if !prefix.is_empty() {
            list.insert("Condition".into(), json!({ "StringLike": { "s3:prefix": format!("{prefix}*") } }));
        }
        let tree = if prefix.contains("AWSLogs/") { "*" } else { "*AWSLogs/*" };
        statements.push(Value::Object(list));
        statements.push(json!({
            "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{bucket}/{prefix}{tree}"),
        }));
    }
    if !buckets.is_empty() {
        // Which key encrypts an archive is not known beforehand; through S3 alone it can be used for nothing else.
        statements.push(json!({
            "Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": { "StringLike": { "kms:ViaService": "s3.*.amazonaws.com" } },
        }));
    }
    let mut actions = Vec::new();
    if keys {
        actions.push("cloudtrail:ListPublicKeys");
    }
    if trails {
        actions.extend(["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"]);
    }
    if organization {
        actions.push("organizations:ListAccounts");
    }
    if !actions.is_empty() {
        // None of these can be narrowed to a resource.
        statements.push(json!({ "Sid": "Know", "Effect": "Allow", "Action": actions, "Resource": "*" }));
    }
    let several = buckets.len() > 1;
    for (number, statement) in statements.iter_mut().enumerate() {
        // Sids must differ within a policy.
        if several && let Some(Value::String(sid)) = statement.get_mut("Sid") {
            sid.push_str(&number.to_string());
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_what_the_arguments_name_and_no_more() {
        let one = policy(&BTreeSet::from([("b".into(), "audit/".into())]), true, false, false);
        let text = one.to_string();
        assert_eq!(one["Statement"][0]["Condition"]["StringLike"]["s3:prefix"], "audit/*");
        assert_eq!(one["Statement"][1]["Resource"], "arn:aws:s3:::b/audit/*AWSLogs/*");
        assert!(text.contains("ListPublicKeys") && !text.contains("organizations"), "{text}");
        let offline = policy(&BTreeSet::new(), false, false, false);
        assert_eq!(offline["Statement"], json!([]));
        let wide = policy(
            &BTreeSet::from([("a".into(), String::new()), ("b".into(), String::new())]),
            false,
            true,
            true,
        );
        let sids: BTreeSet<_> =
            wide["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].to_string()).collect();
        assert_eq!(sids.len(), wide["Statement"].as_array().unwrap().len());
        assert!(wide["Statement"][0].get("Condition").is_none());
    }
}
