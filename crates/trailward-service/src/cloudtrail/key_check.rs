//! Trying a trail's KMS key as CloudTrail itself, before the trail is stored.
//!
//! SPEC user guide, "Configure AWS KMS key policies for CloudTrail": CloudTrail describes the key and makes data keys
//! under it, with the trail as `aws:SourceArn` and `kms:EncryptionContext:aws:cloudtrail:arn`. The key lies in the
//! bucket's Region.

use super::bucket_check::SERVICE;
use crate::audit::{self, Trace};
use crate::call::Call;
use crate::iam::state::failed;
use crate::kms::used::key_use;
use std::collections::BTreeMap;
use trailward_bucket::KeyUse;
use trailward_kms::{EncryptionContext, Key, KeyAction, KeyReference, Keys, KmsError, Through};
use trailward_model::{Trail, layout};
use trailward_policy::{Caller, Context};
use trailward_wire::{ApiError, uuid_id};

/// The key that the trail will have: `named` if that is given (an empty text takes the key away), else the one it has.
pub(crate) async fn find(trail: &Trail, named: Option<&str>, call: &Call) -> Result<Option<Key>, ApiError> {
    let named = named.or(trail.kms_key.as_deref()).filter(|name| !name.is_empty());
    let Some(named) = named else { return Ok(None) };
    check_form(named)?;
    let buckets = &call.platform.buckets;
    let region = buckets.describe(&trail.bucket).await.map(|place| place.region);
    let region = region.unwrap_or_else(|_| trail.key.home_region.clone());
    let now = call.now.unix_timestamp();
    let missing = || {
        let shown: String = named.chars().take(256).collect();
        ApiError::bad_request(
            "KmsKeyNotFoundException",
            format!("KMS key {shown} does not exist in the Region of the S3 bucket, {region}."),
        )
    };
    let reference = KeyReference::parse(named, call.account(), &region).map_err(|_| missing())?;
    let keys = &call.platform.keys;
    match keys.find(&reference, now).await {
        Ok(read) => Ok(Some(read.value)),
        Err(KmsError::Store(error)) => Err(failed(error)),
        Err(_) => Err(missing()),
    }
}

/// Makes sure that the trail can use its key.
pub(crate) async fn try_key(trail: &Trail, key: &Key, call: &Call) -> Result<(), ApiError> {
    let arn = trail.key.arn();
    let folder = layout::account_folder(trail.prefix.as_deref(), &trail.key.account);
    let context = BTreeMap::from([
        ("aws:cloudtrail:arn".to_owned(), arn.clone()),
        ("aws:s3:arn".to_owned(), format!("arn:aws:s3:::{}/{folder}CloudTrail/", trail.bucket)),
    ]);
    let mut about = Context::new();
    about.set("aws:SourceArn", arn);
    about.set("aws:SourceAccount", trail.key.account.clone());
    about.set("aws:PrincipalIsAWSService", "true");
    let caller = Caller::service(SERVICE, about);
    let through = Through { caller: &caller, shown: SERVICE, rcps: &[], via: None };
    let keys = &call.platform.keys;
    let mut tried = Ok(());
    for action in [KeyAction::GenerateDataKey, KeyAction::DescribeKey] {
        let encryption = match action {
            KeyAction::DescribeKey => EncryptionContext::default(),
            _ => EncryptionContext::new(context.clone()).map_err(|_| ApiError::internal())?,
        };
        if tried.is_ok() {
            tried = keys.authorize(through, action, key, &encryption).await;
        }
    }
    let tried = tried.and_then(|()| Keys::check_data_keys(key));
    let error = tried.as_ref().err().and_then(|e| Some((e.code()?.to_owned(), e.to_string())));
    let used = KeyUse {
        action: KeyAction::GenerateDataKey,
        key: key.arn(),
        owner: Some(key.account.clone()),
        region: key.region.clone(),
        context,
        error,
    };
    record(trail, used, call).await?;
    tried.map_err(|error| refusal(trail, key, error))
}

fn refusal(trail: &Trail, key: &Key, error: KmsError) -> ApiError {
    match error {
        KmsError::AccessDenied(_) => ApiError::bad_request(
            "InsufficientEncryptionPolicyException",
            format!(
                "Insufficient permissions to access S3 bucket {} or KMS key {}.",
                trail.bucket,
                key.arn()
            ),
        ),
        KmsError::Store(error) => failed(error),
        other => ApiError::bad_request("KmsException", other.to_string()),
    }
}

/// `alias/NAME`, an ARN of a key or an alias, or a key's id.
fn check_form(named: &str) -> Result<(), ApiError> {
    let is_id = |id: &str| id.len() == 36 && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let resource = named.splitn(6, ':').nth(5).filter(|_| named.starts_with("arn:aws:kms:"));
    let local = resource.unwrap_or(named);
    let valid = local.strip_prefix("alias/").is_some_and(|name| !name.is_empty())
        || resource.map_or(named, |r| r.strip_prefix("key/").unwrap_or("")).len() <= 256
            && is_id(resource.map_or(named, |r| r.strip_prefix("key/").unwrap_or("")));
    if valid {
        return Ok(());
    }
    let shown: String = named.chars().take(256).collect();
    Err(ApiError::bad_request("InvalidKmsKeyIdException", format!("Invalid KMS key ID: {shown}.")))
}

/// The attempt is recorded as CloudTrail's own call.
async fn record(trail: &Trail, used: KeyUse, call: &Call) -> Result<(), ApiError> {
    let mut random = [0; 16];
    call.platform.entropy.fill(&mut random)?;
    let service = Trace::of_service(SERVICE, used.owner.as_deref().unwrap_or(&trail.key.account));
    audit::append(&call.platform, [key_use(&service, used, uuid_id(random))]).await
}
