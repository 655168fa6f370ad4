//! Keys that a service makes in an account's name, at their first use.
//!
//! Source: KMS Developer Guide, "AWS managed keys".

use crate::key::Key;
use crate::keys::alias_at;
use crate::spec::{KeySpec, KeyUsage};
use crate::{Alias, KeyReference, Keys, KmsError, Versioned};
use trailward_store::stored::encode;

impl Keys {
    /// The account's `alias/aws/s3` in a Region; made if there is none. When this returns, it is on stable storage.
    pub async fn of_s3(&self, account: &str, region: &str, now: i64) -> Result<Versioned<Key>, KmsError> {
        let name = "alias/aws/s3";
        let reference =
            KeyReference::Alias { account: account.into(), region: region.into(), name: name.into() };
        match self.find(&reference, now).await {
            Err(KmsError::NotFound(_)) => {}
            found => return found,
        }
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| KmsError::Crypto)?;
        let (mut key, mut batch) = self.plan(
            (account, region),
            random,
            now,
            (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
            Some(policy_of_s3(account, region)),
        )?;
        key.aws_managed = true;
        "Default key that protects my S3 objects when no other key is defined"
            .clone_into(&mut key.description);
        let alias = Alias { name: name.into(), key: key.id.clone(), created: now, updated: now };
        let at = alias_at(account, region, name);
        batch = batch.absent(at.clone()).put(at, encode(&alias)?);
        match self.add(&key, batch).await {
            // Somebody else has just made it.
            Err(KmsError::Store(error)) if error.is_conflict() => {}
            done => done?,
        }
        self.find(&reference, now).await
    }
}

/// Everybody of the account, but through S3 only; the account can look at it.
fn policy_of_s3(account: &str, region: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Id": "auto-s3-2",
        "Statement": [
            {
                "Sid": "Allow access through S3 for all principals in the account that are authorized to use S3",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": { "StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("s3.{region}.amazonaws.com"),
                } },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    })
    .to_string()
}
