//! The CloudTrail and Organizations operations that validation takes.

use super::body::Bytes;
use super::{Asked, State};
use crate::forge::{KnownTrail, key_pairs};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use serde_json::{Value, json};

/// An error as awsJson 1.1 spells it.
pub fn error(status: u16, code: &str, message: &str) -> Response<Bytes> {
    respond(status, &json!({ "__type": code, "message": message }))
}

fn respond(status: u16, value: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Bytes::whole(value.to_string()))
        .unwrap()
}

pub fn answer(state: &State, asked: &Asked) -> Response<Bytes> {
    if state.faults.denied_actions.contains(&asked.operation) {
        let message = format!("User is not authorized to perform: {}", asked.operation);
        return error(400, "AccessDeniedException", &message);
    }
    let input: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let world = &state.world;
    let value = match asked.operation.as_str() {
        "cloudtrail:ListPublicKeys" => public_keys(state, &asked.region, &input),
        "cloudtrail:DescribeTrails" => {
            let here = world.regions.contains(&asked.region);
            json!({ "trailList": world.trails.iter().filter(|_| here).map(described).collect::<Vec<_>>() })
        }
        "cloudtrail:GetTrail" => {
            let wanted = input["Name"].as_str().unwrap_or("");
            match world.trails.iter().find(|t| t.arn == wanted || t.name == wanted) {
                Some(trail) => json!({ "Trail": described(trail) }),
                None => return error(400, "TrailNotFoundException", "Unknown trail"),
            }
        }
        "cloudtrail:ListTrails" => json!({ "Trails": world.trails.iter().map(|t| json!({
            "TrailARN": t.arn, "Name": t.name, "HomeRegion": t.home })).collect::<Vec<_>>() }),
        "cloudtrail:GetTrailStatus" => world.status.clone().unwrap_or_else(|| json!({ "IsLogging": true })),
        "organizations:DescribeOrganization" => match &world.organization {
            Some(id) => json!({ "Organization": {
                "Id": id, "Arn": format!("arn:aws:organizations::{}:organization/{id}", world.accounts[0]),
                "MasterAccountId": world.accounts[0], "FeatureSet": "ALL" } }),
            None => {
                return error(400, "AWSOrganizationsNotInUseException", "not a member of an organization");
            }
        },
        "organizations:ListAccounts" => json!({ "Accounts": world.accounts.iter().map(|id| json!({
            "Id": id, "Name": id, "Status": "ACTIVE", "State": "ACTIVE",
            "Arn": format!("arn:aws:organizations::{}:account/o-x/{id}", world.accounts[0]) })).collect::<Vec<_>>() }),
        other => return error(400, "UnknownOperationException", other),
    };
    respond(200, &value)
}

fn described(trail: &KnownTrail) -> Value {
    let mut value = json!({
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": trail.multi_region,
        "HomeRegion": trail.home,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": false,
        "HasInsightSelectors": false,
        "IsOrganizationTrail": trail.organization,
    });
    if !trail.prefix.is_empty() {
        value["S3KeyPrefix"] = trail.prefix.clone().into();
    }
    value
}

fn public_keys(state: &State, region: &str, input: &Value) -> Value {
    let bound = |name: &str, default: f64| input[name].as_f64().unwrap_or(default);
    let (start, end) = (bound("StartTime", 0.0), bound("EndTime", f64::MAX));
    let keys = state.world.keys.iter().filter(|key| {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^53")]
        let (from, to) = (key.from.unix_timestamp() as f64, key.to.unix_timestamp() as f64);
        key.region == region && from <= end && to >= start
    });
    let keys = keys.map(|key| {
        let public = key_pairs()[key.pair].public();
        json!({
            "Value": STANDARD.encode(&public.0),
            "ValidityStartTime": key.from.unix_timestamp(),
            "ValidityEndTime": key.to.unix_timestamp(),
            "Fingerprint": public.fingerprint(),
        })
    });
    json!({ "PublicKeyList": keys.collect::<Vec<_>>() })
}
