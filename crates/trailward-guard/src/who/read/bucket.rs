//! The bucket.

use super::fact;
use crate::aws::{Account, ReadError, found};
use crate::who::snapshot::{AclGrant, Bucket, Fact, Lock, PublicAccess, Retention, Unread, Versioning};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, MfaDeleteStatus, ObjectLockRetentionMode,
    ObjectOwnership,
};
use std::collections::BTreeMap;

/// `main` is the number of the account to ask first.
pub(super) async fn read(
    (main, reader): (&str, &Account),
    known: &BTreeMap<String, Account>,
    name: &str,
) -> Bucket {
    let (owner, region) = owner(main, known, name).await;
    let number = owner.known().map_or(main, String::as_str);
    let reader = known.get(number).unwrap_or(reader);
    let config = region.known().map_or_else(|| reader.config.clone(), |region| reader.region(region));
    let client = reader.s3(&config);
    Bucket {
        name: name.to_owned(),
        policy: fact(policy(&client, name).await),
        grants: fact(grants(&client, name).await),
        acls_count: fact(acls_count(&client, name).await),
        versioning: fact(versioning(&client, name).await),
        lock: fact(lock(&client, name).await),
        public_access: fact(public_access(reader, &client, name, owner.known().map(String::as_str)).await),
        owner,
        region,
    }
}

/// Whose the bucket is: the account whose number S3 accepts as the owner's.
async fn owner(main: &str, known: &BTreeMap<String, Account>, name: &str) -> (Fact<String>, Fact<String>) {
    let mut last = Unread {
        action: "s3:GetBucketLocation".to_owned(),
        problem: "the bucket belongs to none of the accounts that were read".to_owned(),
    };
    let first = known.get_key_value(main);
    for (number, account) in first.into_iter().chain(known.iter().filter(|(id, _)| *id != main)) {
        let client = account.s3(&account.region(account.first_region()));
        let asked = client.get_bucket_location().bucket(name).expected_bucket_owner(number);
        match found("s3:GetBucketLocation", asked.send().await, &[]) {
            Ok(answer) => {
                let constraint = answer.and_then(|answer| answer.location_constraint);
                let region = match constraint.as_ref().map(BucketLocationConstraint::as_str) {
                    None | Some("") => "us-east-1",
                    Some("EU") => "eu-west-1",
                    Some(region) => region,
                };
                return (Fact::Known(number.clone()), Fact::Known(region.to_owned()));
            }
            Err(error) if !error.is_denied() => last = super::unread(&error),
            Err(_) => {}
        }
    }
    (Fact::Unread(last.clone()), Fact::Unread(last))
}

async fn policy(client: &Client, name: &str) -> Result<Option<String>, ReadError> {
    let answer = client.get_bucket_policy().bucket(name).send().await;
    Ok(found("s3:GetBucketPolicy", answer, &["NoSuchBucketPolicy"])?.and_then(|answer| answer.policy))
}

/// What the list gives to others than the owner.
async fn grants(client: &Client, name: &str) -> Result<Vec<AclGrant>, ReadError> {
    let answer = found("s3:GetBucketAcl", client.get_bucket_acl().bucket(name).send().await, &[])?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    let owner = answer.owner.and_then(|owner| owner.id);
    let grants = answer.grants.unwrap_or_default().into_iter().filter_map(|grant| {
        let grantee = grant.grantee?;
        let name = match (grantee.uri, grantee.id) {
            (Some(uri), _) => uri.rsplit('/').next().unwrap_or_default().to_owned(),
            (None, id) => id?,
        };
        let permission = grant.permission?.as_str().to_owned();
        (Some(&name) != owner.as_ref()).then_some(AclGrant { grantee: name, permission })
    });
    Ok(grants.collect())
}

async fn acls_count(client: &Client, name: &str) -> Result<bool, ReadError> {
    let answer = client.get_bucket_ownership_controls().bucket(name).send().await;
    let answer = found("s3:GetBucketOwnershipControls", answer, &["OwnershipControlsNotFoundError"])?;
    let rules = answer.and_then(|answer| answer.ownership_controls).map(|controls| controls.rules);
    let enforced = rules.unwrap_or_default();
    Ok(!enforced.iter().any(|rule| rule.object_ownership == ObjectOwnership::BucketOwnerEnforced))
}

async fn versioning(client: &Client, name: &str) -> Result<Versioning, ReadError> {
    let answer = client.get_bucket_versioning().bucket(name).send().await;
    let answer = found("s3:GetBucketVersioning", answer, &[])?;
    Ok(answer.map_or_else(Versioning::default, |answer| Versioning {
        enabled: answer.status == Some(BucketVersioningStatus::Enabled),
        mfa_delete: answer.mfa_delete == Some(MfaDeleteStatus::Enabled),
    }))
}

async fn lock(client: &Client, name: &str) -> Result<Option<Lock>, ReadError> {
    let answer = client.get_object_lock_configuration().bucket(name).send().await;
    let none = ["ObjectLockConfigurationNotFoundError"];
    let answer = found("s3:GetBucketObjectLockConfiguration", answer, &none)?;
    let Some(configuration) = answer.and_then(|answer| answer.object_lock_configuration) else {
        return Ok(None);
    };
    let rule = configuration.rule.and_then(|rule| rule.default_retention);
    let default = rule.and_then(|rule| {
        let period = match (rule.days, rule.years) {
            (Some(days), _) => format!("{days} days"),
            (None, Some(years)) => format!("{years} years"),
            (None, None) => return None,
        };
        Some(Retention { compliance: rule.mode? == ObjectLockRetentionMode::Compliance, period })
    });
    Ok(Some(Lock { default }))
}

/// The bucket's block and its account's: what either says, holds.
async fn public_access(
    account: &Account,
    client: &Client,
    name: &str,
    owner: Option<&str>,
) -> Result<PublicAccess, ReadError> {
    const NONE: [&str; 1] = ["NoSuchPublicAccessBlockConfiguration"];
    let answer = client.get_public_access_block().bucket(name).send().await;
    let answer = found("s3:GetBucketPublicAccessBlock", answer, &NONE)?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    let mut whole = block.map_or_else(PublicAccess::default, |block| PublicAccess {
        ignore_public_acls: block.ignore_public_acls == Some(true),
        restrict_public_buckets: block.restrict_public_buckets == Some(true),
    });
    let everything = whole.ignore_public_acls && whole.restrict_public_buckets;
    let Some(owner) = owner.filter(|_| !everything) else { return Ok(whole) };
    let control = crate::aws::s3_control(&account.config);
    let answer = control.get_public_access_block().account_id(owner).send().await;
    let answer = found("s3:GetAccountPublicAccessBlock", answer, &NONE)?;
    if let Some(block) = answer.and_then(|answer| answer.public_access_block_configuration) {
        whole.ignore_public_acls |= block.ignore_public_acls == Some(true);
        whole.restrict_public_buckets |= block.restrict_public_buckets == Some(true);
    }
    Ok(whole)
}
