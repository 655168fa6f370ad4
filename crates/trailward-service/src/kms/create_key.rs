//! `CreateKey`.
//!
//! DEVIATION: only key material that is made here (`Origin` `AWS_KMS`), in one Region; no HMAC, SM2, Edwards or
//! post-quantum keys.

use super::shapes::{KeyMetadata, KmsTag, check_absent, check_tags, metadata};
use super::subject::{bound, check_lockout, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_kms::{Key, KeySpec, KeyState, KeyUsage, KmsError, default_policy};
use trailward_model::Tag;
use trailward_wire::ApiError;

/// What the names of the kinds of keys begin with that AWS has and this product does not.
const ABSENT_SPECS: [&str; 4] = ["SM2", "ML_DSA_", "ML_KEM_", "ECC_NIST_EDWARDS"];

pub(crate) struct CreateKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy: Option<String>,
    description: Option<String>,
    key_usage: Option<String>,
    customer_master_key_spec: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    bypass_policy_lockout_safety_check: Option<bool>,
    tags: Option<Vec<KmsTag>>,
    multi_region: Option<bool>,
    custom_key_store_id: Option<String>,
    xks_key_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_metadata: KeyMetadata,
}

fn one_of<T: serde::de::DeserializeOwned>(member: &str, text: &str) -> Result<T, ApiError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        let shown: String = text.chars().take(64).collect();
        refused(KmsError::Validation(format!(
            "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: Member must \
             satisfy enum value set"
        )))
    })
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    const ACCESS: Access = Access::write("kms:CreateKey");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _call: &Call) -> Result<Target, ApiError> {
        let tags: Vec<Tag> = input.tags.iter().flatten().cloned().map(Tag::from).collect();
        Ok(Target::any().tagged_by("kms:TagResource", &tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if input.origin.as_deref().is_some_and(|origin| origin != "AWS_KMS")
            || input.multi_region == Some(true)
        {
            return Err(refused(KmsError::Unsupported(
                "Only single-Region keys whose material is made here can be created.".into(),
            )));
        }
        check_absent("CustomKeyStoreId", input.custom_key_store_id.as_ref())?;
        check_absent("XksKeyId", input.xks_key_id.as_ref())?;
        let named = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
        if let Some(absent) = named.filter(|name| ABSENT_SPECS.iter().any(|kind| name.starts_with(kind))) {
            return Err(refused(KmsError::Unsupported(format!(
                "Keys of the kind {absent} are not supported."
            ))));
        }
        let spec = match named {
            None => KeySpec::SymmetricDefault,
            Some(text) => one_of("keySpec", text)?,
        };
        let usage = match input.key_usage.as_deref() {
            None if spec != KeySpec::SymmetricDefault => {
                return Err(refused(KmsError::Validation(
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.".into(),
                )));
            }
            None => KeyUsage::EncryptDecrypt,
            Some(text) => one_of("keyUsage", text)?,
        };
        if !spec.usages().contains(&usage) {
            return Err(refused(KmsError::Validation(
                "The operation failed because the KeyUsage value is not compatible with the KeySpec value."
                    .into(),
            )));
        }
        let description = input.description.unwrap_or_default();
        if description.chars().count() > 8192 {
            return Err(refused(KmsError::Validation(
                "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have \
                 length less than or equal to 8192"
                    .into(),
            )));
        }
        let tags: Vec<Tag> = input.tags.unwrap_or_default().into_iter().map(Tag::from).collect();
        check_tags(&tags)?;
        let now = call.now.unix_timestamp();
        let policy = match &input.policy {
            Some(policy) => Some(bound(policy, call).await?),
            None => None,
        };
        if let Some(policy) = &policy
            && input.bypass_policy_lockout_safety_check != Some(true)
        {
            check_lockout(&planned(call, now, policy), policy, call).await?;
        }
        let mut random = [0; 16];
        call.platform.entropy.fill(&mut random)?;
        let place = (call.account(), call.region.as_str());
        let made = call
            .platform
            .keys
            .create(place, random, now, (spec, usage), policy, description, tags)
            .await
            .map_err(refused)?;
        Ok(Output { key_metadata: metadata(&made) })
    }
}

/// The key as it would be, for asking what its policy allows.
fn planned(call: &Call, now: i64, policy: &str) -> Key {
    Key {
        account: call.account().to_owned(),
        region: call.region.clone(),
        id: "00000000-0000-0000-0000-000000000000".into(),
        created: now,
        state: KeyState::Enabled,
        deletion: None,
        description: String::new(),
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        policy: if policy.is_empty() { default_policy(call.account()) } else { policy.to_owned() },
        tags: Vec::new(),
        rotation: None,
        on_demand_rotations: 0,
        aws_managed: false,
        materials: Vec::new(),
    }
}
