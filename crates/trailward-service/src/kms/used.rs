//! Records of keys that other services use for their callers.

use crate::audit::Trace;
use serde_json::{Map, Value, json};
use trailward_bucket::KeyUse;
use trailward_kms::KeyAction;
use trailward_model::RecordResource;

/// The record of a KMS key that a service used on its caller's behalf: a call of KMS's own.
pub(crate) fn key_use(call: &Trace, used: KeyUse, request_id: String) -> Trace {
    let mut identity = call.identity.clone();
    // A service that calls as itself is named; for others, S3 calls.
    let by = identity.invoked_by.get_or_insert_with(|| INTERNAL.into()).clone();
    let mut request = Map::from_iter([("encryptionContext".to_owned(), json!(used.context))]);
    if used.action == KeyAction::GenerateDataKey {
        request.insert("keyId".into(), json!(used.key));
        request.insert("keySpec".into(), json!("AES_256"));
    } else {
        request.insert("encryptionAlgorithm".into(), json!("SYMMETRIC_DEFAULT"));
    }
    let resources = used.owner.clone().map(|owner| RecordResource {
        account_id: Some(owner),
        kind: Some("AWS::KMS::Key".into()),
        arn: Some(used.key),
        ..RecordResource::default()
    });
    Trace {
        identity,
        event_name: used.action.name().into(),
        region: used.region,
        source_ip: by.clone(),
        user_agent: Some(by),
        request: Value::Object(request),
        resources: resources.into_iter().collect(),
        request_id,
        owners: used.owner.into_iter().collect(),
        error: used
            .error
            .map(|(code, message)| (code.replace("AccessDeniedException", "AccessDenied"), message)),
        ..Trace::of_service("kms.amazonaws.com", &call.recipient)
    }
}

/// Who calls, when one service calls another.
const INTERNAL: &str = "AWS Internal";
