//! Using a key on behalf of a caller of another service: who may, and the data keys that are made.
//!
//! Source: KMS Developer Guide, "Encryption context", "kms:ViaService"; S3 User Guide, "Using server-side encryption
//! with AWS KMS keys".

use crate::key::Key;
use crate::spec::{Algorithm, KeyUsage};
use crate::{EncryptionContext, Keys, KmsError, Versioned};
use trailward_policy::{Caller, Decision, Policy, Request, evaluate, explain};
use trailward_store::BlobKey;

/// What a service does with a key for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAction {
    /// A fresh data key, in the clear and under the key.
    GenerateDataKey,
    /// A data key that the service made, under the key.
    Encrypt,
    /// A data key back.
    Decrypt,
    /// Looks at the key.
    DescribeKey,
}

impl KeyAction {
    /// The operation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GenerateDataKey => "GenerateDataKey",
            Self::Encrypt => "Encrypt",
            Self::Decrypt => "Decrypt",
            Self::DescribeKey => "DescribeKey",
        }
    }

    /// The action in policies.
    pub fn action(self) -> &'static str {
        match self {
            Self::GenerateDataKey => "kms:GenerateDataKey",
            Self::Encrypt => "kms:Encrypt",
            Self::Decrypt => "kms:Decrypt",
            Self::DescribeKey => "kms:DescribeKey",
        }
    }
}

/// Who uses a key, and through which service.
#[derive(Debug, Clone, Copy)]
pub struct Through<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// The caller as messages name it.
    pub shown: &'a str,
    /// Resource control policies over the key's account.
    pub rcps: &'a [Vec<Policy>],
    /// `kms:ViaService`, such as `s3.us-east-1.amazonaws.com`; `None` for a service that uses a key as itself.
    pub via: Option<&'a str>,
}

impl Keys {
    /// That `through.caller` may do `action` with `key`: its own policies, the key's policy and its grants.
    /// `AccessDenied` otherwise.
    pub async fn authorize(
        &self,
        through: Through<'_>,
        action: KeyAction,
        key: &Key,
        encryption: &EncryptionContext,
    ) -> Result<(), KmsError> {
        let account = through.caller.principal.account();
        let mut context = key.condition_keys(account.unwrap_or_default(), encryption);
        context.set("aws:SecureTransport", "true");
        context.set("aws:RequestedRegion", key.region.clone());
        context.set("aws:ResourceAccount", key.account.clone());
        if let Some(via) = through.via {
            context.set("kms:ViaService", via);
            context.set("aws:ViaAWSService", "true");
        }
        let policy = key.policy(&self.grants(key).await?);
        let arn = key.arn();
        let request = Request {
            caller: through.caller,
            action: action.action(),
            resource: &arn,
            resource_account: Some(&key.account),
            resource_policy: policy.as_ref(),
            resource_policy_required: true,
            rcps: through.rcps,
            context: &context,
        };
        if evaluate(&request) == Decision::Allow {
            return Ok(());
        }
        Err(KmsError::AccessDenied(format!(
            "User: {} is not authorized to perform: {} on resource: {arn} {}",
            through.shown,
            action.action(),
            explain(&request).denied_because()
        )))
    }

    /// That `key` can make data keys now.
    pub fn check_data_keys(key: &Key) -> Result<(), KmsError> {
        key.check_usable()?;
        key.check_usage(KeyUsage::EncryptDecrypt)?;
        if key.spec.is_asymmetric() {
            return Err(KmsError::Unsupported(format!(
                "{} is an asymmetric key, which makes no data keys.",
                key.arn()
            )));
        }
        Ok(())
    }

    /// A fresh data key of 32 bytes, and the same under the key. Asks nobody: see [`Keys::authorize`].
    pub async fn data_key(
        &self,
        read: Versioned<Key>,
        encryption: &EncryptionContext,
        now: i64,
    ) -> Result<(BlobKey, Vec<u8>), KmsError> {
        Self::check_data_keys(&read.value)?;
        let key = BlobKey::random()?;
        let wrapped = self.encrypt(read, Algorithm::SymmetricDefault, key.bytes(), encryption, now).await?;
        Ok((key, wrapped))
    }

    /// The data key that `wrapped` holds. Asks nobody: see [`Keys::authorize`].
    pub fn open_data_key(
        &self,
        key: &Key,
        wrapped: &[u8],
        encryption: &EncryptionContext,
    ) -> Result<BlobKey, KmsError> {
        let bytes = self.decrypt(key, Algorithm::SymmetricDefault, wrapped, encryption)?;
        Ok(BlobKey::new(bytes.try_into().map_err(|_| KmsError::InvalidCiphertext)?))
    }
}
