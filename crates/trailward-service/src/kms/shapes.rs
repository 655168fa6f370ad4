//! Shapes of KMS's inputs and answers.

use crate::shape::EpochTime;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trailward_kms::{Algorithm, EncryptionContext, Key, KeySpec, KeyState, KeyUsage, KmsError};
use trailward_model::Tag;
use trailward_wire::ApiError;

/// Bytes, base64 on the wire.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Blob(pub Vec<u8>);

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(|_| serde::de::Error::custom("not base64"))
    }
}

/// A tag as KMS spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KmsTag {
    tag_key: String,
    tag_value: String,
}

impl From<KmsTag> for Tag {
    fn from(tag: KmsTag) -> Self {
        Self { key: tag.tag_key, value: tag.tag_value }
    }
}

impl From<Tag> for KmsTag {
    fn from(tag: Tag) -> Self {
        Self { tag_key: tag.key, tag_value: tag.value }
    }
}

/// A key as the API shows it.
#[derive(Debug, Serialize)]
pub(super) struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account: String,
    #[serde(rename = "KeyId")]
    key_id: String,
    #[serde(rename = "Arn")]
    arn: String,
    #[serde(rename = "CreationDate")]
    creation_date: EpochTime,
    #[serde(rename = "Enabled")]
    enabled: bool,
    #[serde(rename = "Description")]
    description: String,
    #[serde(rename = "KeyUsage")]
    key_usage: KeyUsage,
    #[serde(rename = "KeyState")]
    key_state: &'static str,
    #[serde(rename = "DeletionDate", skip_serializing_if = "Option::is_none")]
    deletion_date: Option<EpochTime>,
    #[serde(rename = "Origin")]
    origin: &'static str,
    #[serde(rename = "KeyManager")]
    key_manager: &'static str,
    #[serde(rename = "CustomerMasterKeySpec")]
    customer_master_key_spec: KeySpec,
    #[serde(rename = "KeySpec")]
    key_spec: KeySpec,
    #[serde(rename = "EncryptionAlgorithms", skip_serializing_if = "Option::is_none")]
    encryption_algorithms: Option<&'static [Algorithm]>,
    #[serde(rename = "SigningAlgorithms", skip_serializing_if = "Option::is_none")]
    signing_algorithms: Option<&'static [Algorithm]>,
    #[serde(rename = "MacAlgorithms", skip_serializing_if = "Option::is_none")]
    mac_algorithms: Option<&'static [Algorithm]>,
    #[serde(rename = "MultiRegion")]
    multi_region: bool,
}

/// Epoch seconds as the API answers them.
pub(super) fn epoch(seconds: i64) -> EpochTime {
    EpochTime(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

/// What the API says of a key.
pub(super) fn metadata(key: &Key) -> KeyMetadata {
    let algorithms = key.spec.algorithms(key.usage);
    let of = |usage| (key.usage == usage).then_some(algorithms);
    KeyMetadata {
        account: key.account.clone(),
        key_id: key.id.clone(),
        arn: key.arn(),
        creation_date: epoch(key.created),
        enabled: key.state == KeyState::Enabled,
        description: key.description.clone(),
        key_usage: key.usage,
        key_state: key.state.name(),
        deletion_date: key.deletion.map(epoch),
        origin: "AWS_KMS",
        key_manager: if key.aws_managed { "AWS" } else { "CUSTOMER" },
        customer_master_key_spec: key.spec,
        key_spec: key.spec,
        encryption_algorithms: of(KeyUsage::EncryptDecrypt),
        signing_algorithms: of(KeyUsage::SignVerify),
        mac_algorithms: of(KeyUsage::GenerateVerifyMac),
        multi_region: false,
    }
}

/// The encryption context of a request.
pub(super) fn context_of(pairs: Option<&BTreeMap<String, String>>) -> Result<EncryptionContext, ApiError> {
    EncryptionContext::new(pairs.cloned().unwrap_or_default()).map_err(super::subject::refused)
}

/// What the record says of a request: everything but secrets and what they were made into. The names in encryption
/// contexts are the caller's and stay as they are.
pub(super) fn without_bytes<T: Serialize>(input: &T) -> Value {
    let Value::Object(mut members) = crate::shape::recorded(input) else { return Value::Null };
    for secret in ["plaintext", "ciphertextBlob", "message", "signature", "mac", "grantTokens", "grantToken"]
    {
        members.remove(secret);
    }
    let given = serde_json::to_value(input).unwrap_or_default();
    for name in ["EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext"] {
        if let Some(context) = given.get(name).filter(|context| context.is_object()) {
            members.insert(crate::shape::lower_first(name), context.clone());
        }
    }
    for name in ["EncryptionContextSubset", "EncryptionContextEquals"] {
        let context = given.get("Constraints").and_then(|constraints| constraints.get(name));
        if let (Some(context), Some(Value::Object(constraints))) = (context, members.get_mut("constraints")) {
            constraints.insert(crate::shape::lower_first(name), context.clone());
        }
    }
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// The same for `Encrypt` and `Decrypt`, whose records always name the algorithm.
pub(super) fn with_algorithm<T: Serialize>(input: &T) -> Value {
    let mut recorded = match without_bytes(input) {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    recorded.entry("encryptionAlgorithm").or_insert_with(|| Value::from("SYMMETRIC_DEFAULT"));
    Value::Object(recorded)
}

/// What stands for a grant until it holds everywhere. Here it holds at once, so that a token changes nothing; but one
/// that is none is refused.
pub(super) fn check_grant_tokens(tokens: Option<&Vec<String>>) -> Result<(), ApiError> {
    for token in tokens.into_iter().flatten() {
        let read = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if !read.is_some_and(|text| text.starts_with("arn:aws:kms:")) {
            return Err(ApiError::bad_request("InvalidGrantTokenException", "The grant token is not valid."));
        }
    }
    Ok(())
}

/// Refuses a member that is not done here: to ignore it would be to do something else than what was asked.
pub(super) fn check_absent<T>(name: &str, member: Option<&T>) -> Result<(), ApiError> {
    match member {
        None => Ok(()),
        Some(_) => Err(super::subject::refused(KmsError::Unsupported(format!("{name} is not supported.")))),
    }
}

/// Checks tags: at most 50, keys of 1 to 128 characters that do not begin with `aws:`, values up to 256.
pub(super) fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.len() > 50 {
        return Err(super::subject::refused(KmsError::LimitExceeded("A key has at most 50 tags.".into())));
    }
    for (number, tag) in tags.iter().enumerate() {
        let key_fits =
            (1..=128).contains(&tag.key.chars().count()) && !tag.key.to_lowercase().starts_with("aws:");
        let twice = tags.iter().take(number).any(|before| before.key == tag.key);
        if !key_fits || tag.value.chars().count() > 256 || twice {
            let shown: String = tag.key.chars().take(128).collect();
            return Err(super::subject::refused(KmsError::Tag(format!("The tag {shown} is not valid."))));
        }
    }
    Ok(())
}
