//! A key, its states, and the policy that bears on it.

use crate::grant::Grant;
use crate::spec::{KeySpec, KeyUsage};
use crate::{EncryptionContext, KmsError};
use serde::{Deserialize, Serialize};
use trailward_model::{Arn, Tag};
use trailward_policy::{Context, Policy, PolicyKind};
use trailward_store::stored::Stored;

/// The most bytes of a key policy.
pub(crate) const MOST_POLICY: usize = 32 << 10;

/// What can be done with a key now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// Everything.
    Enabled,
    /// Nothing but looking at it and switching it on.
    Disabled,
    /// Nothing but looking at it and keeping it after all.
    PendingDeletion,
}

impl KeyState {
    /// AWS's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
        }
    }
}

/// One material of a key; rotation adds another and keeps the old ones for decrypting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Base64 of the material, sealed under the store's master key.
    pub(crate) sealed: String,
    /// When it was made, epoch seconds.
    pub created: i64,
    /// Whether it came by a rotation on demand rather than by period.
    #[serde(default)]
    pub on_demand: bool,
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Material").field("created", &self.created).finish_non_exhaustive()
    }
}

/// Yearly or otherwise periodic rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// 90 to 2560.
    pub period_days: u32,
    /// When it was switched on, epoch seconds.
    pub since: i64,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The account that owns it.
    pub account: String,
    /// The Region it lies in.
    pub region: String,
    /// A UUID.
    pub id: String,
    /// Epoch seconds.
    pub created: i64,
    /// What can be done with it.
    pub state: KeyState,
    /// When it will be deleted, epoch seconds; only while `PendingDeletion`.
    #[serde(default)]
    pub deletion: Option<i64>,
    /// At most 8192 characters.
    pub description: String,
    /// What kind of material it has.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// The key policy, as it was given.
    pub policy: String,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// Periodic rotation, where it is on.
    #[serde(default)]
    pub rotation: Option<Rotation>,
    /// How often it was rotated on demand.
    #[serde(default)]
    pub on_demand_rotations: u32,
    /// Made by a service in the account's name, such as `alias/aws/s3`, and not for the account to change.
    #[serde(default)]
    pub aws_managed: bool,
    /// Oldest first; the last encrypts.
    pub materials: Vec<Material>,
}

impl Stored for Key {
    const FORMAT: u16 = 1;
}

impl Key {
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`.
    pub fn arn(&self) -> String {
        Arn::new("kms", &self.region, &self.account, format!("key/{}", self.id)).to_string()
    }

    /// That it can be used for cryptography now.
    pub fn check_usable(&self) -> Result<(), KmsError> {
        match self.state {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(KmsError::Disabled(self.arn())),
            KeyState::PendingDeletion => {
                Err(KmsError::InvalidState(format!("{} is pending deletion.", self.arn())))
            }
        }
    }

    /// That it can be changed now.
    pub fn check_changeable(&self) -> Result<(), KmsError> {
        match self.state {
            KeyState::PendingDeletion => {
                Err(KmsError::InvalidState(format!("{} is pending deletion.", self.arn())))
            }
            KeyState::Enabled | KeyState::Disabled => Ok(()),
        }
    }

    /// That it is for `usage`.
    pub fn check_usage(&self, usage: KeyUsage) -> Result<(), KmsError> {
        if self.usage == usage {
            return Ok(());
        }
        Err(KmsError::InvalidKeyUsage(format!(
            "{} key usage is {} which is not valid for this operation.",
            self.arn(),
            crate::material::name(&self.usage)
        )))
    }

    /// What bears on a request from the key's side: its policy, and a statement for each grant. A policy that cannot be
    /// read any more allows nothing.
    pub fn policy(&self, grants: &[Grant]) -> Option<Policy> {
        let mut document: serde_json::Value = serde_json::from_str(&self.policy).ok()?;
        if !grants.is_empty() {
            let variables = document.get("Version").and_then(serde_json::Value::as_str) == Some("2012-10-17");
            let statements = document.get_mut("Statement")?;
            if statements.is_object() {
                *statements = serde_json::Value::Array(vec![statements.take()]);
            }
            statements
                .as_array_mut()?
                .extend(grants.iter().flat_map(|grant| grant.statements(&self.arn(), variables)));
        }
        Policy::parse_within(&document.to_string(), PolicyKind::Resource, 131_072).ok()
    }

    /// The condition keys of a request to use it.
    pub fn condition_keys(&self, caller_account: &str, encryption: &EncryptionContext) -> Context {
        let mut keys = Context::new();
        keys.set("kms:CallerAccount", caller_account);
        keys.set("kms:KeySpec", crate::material::name(&self.spec));
        keys.set("kms:KeyUsage", crate::material::name(&self.usage));
        keys.set("kms:KeyOrigin", "AWS_KMS");
        keys.set("kms:MultiRegion", "false");
        if !encryption.is_empty() {
            keys.set_multi("kms:EncryptionContextKeys", encryption.iter().map(|(name, _)| name));
            for (name, value) in encryption.iter() {
                keys.set(&format!("kms:EncryptionContext:{name}"), value);
            }
        }
        for tag in &self.tags {
            keys.set(&format!("aws:ResourceTag/{}", tag.key), tag.value.clone());
        }
        keys
    }
}

/// The policy of a key that was made without one: the account's root, and through it IAM, decides.
///
/// Source: KMS Developer Guide, "Default key policy".
pub fn default_policy(account: &str) -> String {
    format!(
        "{{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {{\n    \"Sid\" : \
         \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : {{\n      \"AWS\" : \
         \"arn:aws:iam::{account}:root\"\n    }},\n    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  }} ]\n}}"
    )
}

/// Checks a key policy: JSON that parses as a resource policy, of at most 32 KiB.
pub(crate) fn check_policy(text: &str) -> Result<Policy, KmsError> {
    if text.len() > MOST_POLICY {
        return Err(KmsError::LimitExceeded(format!(
            "Policy document is longer than the limit of {MOST_POLICY} bytes."
        )));
    }
    let malformed = |detail: String| KmsError::MalformedPolicy(detail);
    let policy = Policy::parse_within(text, PolicyKind::Resource, MOST_POLICY)
        .map_err(|error| malformed(error.to_string()))?;
    Ok(policy)
}
