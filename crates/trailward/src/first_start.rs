//! The first start: an account with a root key, a protected bucket, and a trail that is already logging.
//!
//! The bucket and the trail are made by ordinary calls of the account's root, so their making is recorded. Each step
//! may be repeated: a crash on the way is finished by the next start.

use crate::client::{Client, Transport};
use crate::config::Config;
use crate::env::{credentials_file, read_credentials};
use crate::tls::write_private;
use anyhow::{Context as _, Result, bail};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;
use std::path::Path;
use trailward_model::Arn;
use trailward_service::{AccountSeed, Gateway, KeySeed, Platform, ensure_account, load_accounts};
use trailward_wire::sigv4::{Credentials, SigningSecret};

/// The trail that the first start makes.
pub(crate) const TRAIL: &str = "management-events";

const REGION: &str = "us-east-1";

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(bytes)
}

fn letters(alphabet: &[u8], count: usize) -> Result<String> {
    let bytes = random::<32>()?;
    let letter = |b: &u8| alphabet.get(usize::from(*b) % alphabet.len().max(1)).copied().map(char::from);
    Ok(bytes.iter().take(count).filter_map(letter).collect())
}

/// The account that the service belongs to: of an earlier start, of the bootstrap file, configured, or new.
/// Its root key is written to `DATA/credentials` before the account exists, so that it cannot be lost.
pub(crate) async fn primary_account(
    platform: &Platform,
    config: &Config,
    seeds: &[AccountSeed],
) -> Result<String> {
    for seed in seeds {
        ensure_account(platform, seed).await.with_context(|| format!("cannot make account {}", seed.id))?;
    }
    let path = credentials_file(&config.data);
    if let Some(seed) = seeds.first() {
        if let Some(key) = seed.keys.iter().find(|k| k.user.is_none())
            && !path.exists()
        {
            write_credentials(&path, &key.access_key_id, &key.secret)?;
        }
        return Ok(seed.id.clone());
    }
    let accounts = load_accounts(platform).await.context("cannot read the accounts")?;
    if let Some(account) = accounts.first() {
        return Ok(account.id.clone());
    }
    let id = match &config.account_id {
        Some(id) => id.clone(),
        // Account ids do not begin with 0 here, so that no tool takes them for a number.
        None => format!("{}{}", letters(b"123456789", 1)?, letters(b"0123456789", 11)?),
    };
    let (key_id, secret) = if path.exists() {
        read_credentials(&path)?
    } else {
        let (key_id, secret) = new_key()?;
        write_credentials(&path, &key_id, &secret)?;
        (key_id, secret)
    };
    let seed = AccountSeed {
        id: id.clone(),
        name: "main".into(),
        canonical_id: None,
        email: String::new(),
        keys: vec![KeySeed { access_key_id: key_id, secret, user: None, administrator: true }],
        mfa: Vec::new(),
    };
    ensure_account(platform, &seed).await.context("cannot make the first account")?;
    tracing::info!(account = id, credentials = %path.display(), "made an account with a root key");
    Ok(id)
}

/// The id and the secret of a new access key.
pub(crate) fn new_key() -> Result<(String, String)> {
    let key_id = format!("AKIA{}", letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)?);
    Ok((key_id, STANDARD.encode(random::<30>()?)))
}

/// Writes an AWS shared credentials file that only its owner can read.
pub(crate) fn write_credentials(path: &Path, key_id: &str, secret: &str) -> Result<()> {
    let text = format!("[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n");
    write_private(path, &text)
}

/// Makes the bucket and the trail unless they are there.
pub(crate) async fn default_trail(gateway: &Gateway, config: &Config, account: &str) -> Result<()> {
    let marker = config.data.join("default-trail");
    if marker.exists() {
        return Ok(());
    }
    let (access_key_id, secret) = read_credentials(&credentials_file(&config.data))?;
    let client = Client {
        transport: Transport::Gateway(gateway.clone()),
        credentials: Credentials { access_key_id, secret: SigningSecret::new(secret), session_token: None },
        region: REGION.into(),
    };
    let bucket = format!("aws-cloudtrail-logs-{account}-trailward");
    protected_bucket(&client, &bucket, account, TRAIL, None).await?;
    let input = json!({
        "Name": TRAIL,
        "S3BucketName": bucket,
        "IsMultiRegionTrail": true,
        "EnableLogFileValidation": true,
    });
    let made = client.cloudtrail("CreateTrail", &input).await?;
    if made.error_code() != "TrailAlreadyExistsException" {
        made.expect_success("CreateTrail")?;
    }
    client.cloudtrail("StartLogging", &json!({ "Name": TRAIL })).await?.expect_success("StartLogging")?;
    write_private(&marker, &format!("{bucket}\n"))?;
    tracing::info!(bucket, trail = TRAIL, "made a protected bucket and a trail that is logging");
    Ok(())
}

/// A bucket for a trail: versioned, closed to the public (as every new bucket is), writable by this trail alone, and
/// closed to deletion by anybody.
pub(crate) async fn protected_bucket(
    client: &Client,
    bucket: &str,
    account: &str,
    trail: &str,
    prefix: Option<&str>,
) -> Result<()> {
    let none = Bytes::new();
    let made = client.s3("PUT", bucket, "", "", &[], none).await?;
    if made.status != 200 && made.error_code() != "BucketAlreadyOwnedByYou" {
        bail!("CreateBucket was answered {} {}", made.status, made.text());
    }
    let versioning = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
    client
        .s3("PUT", bucket, "", "versioning", &[], Bytes::from(versioning))
        .await?
        .expect_success("PutBucketVersioning")?;
    let trail_arn = Arn::new("cloudtrail", &client.region, account, format!("trail/{trail}")).to_string();
    let policy = bucket_policy(bucket, account, &trail_arn, prefix);
    client
        .s3("PUT", bucket, "", "policy", &[], Bytes::from(policy))
        .await?
        .expect_success("PutBucketPolicy")?;
    Ok(())
}

/// The guides' statements.
fn bucket_policy(bucket: &str, account: &str, trail_arn: &str, prefix: Option<&str>) -> String {
    let prefix = prefix.map(|p| format!("{p}/")).unwrap_or_default();
    let service = json!({ "Service": "cloudtrail.amazonaws.com" });
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AWSCloudTrailAclCheck20150319",
                "Effect": "Allow",
                "Principal": service,
                "Action": "s3:GetBucketAcl",
                "Resource": format!("arn:aws:s3:::{bucket}"),
                "Condition": { "StringEquals": { "aws:SourceArn": trail_arn } },
            },
            {
                "Sid": "AWSCloudTrailWrite20150319",
                "Effect": "Allow",
                "Principal": service,
                "Action": "s3:PutObject",
                "Resource": format!("arn:aws:s3:::{bucket}/{prefix}AWSLogs/{account}/*"),
                "Condition": {
                    "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": trail_arn },
                },
            },
            {
                "Sid": "DenyDeleteCloudTrailLogs",
                "Effect": "Deny",
                "Principal": "*",
                // A replica from elsewhere would be a log file that nobody delivered.
                "Action": [
                    "s3:DeleteObject", "s3:DeleteObjectVersion",
                    "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
                ],
                "Resource": format!("arn:aws:s3:::{bucket}/{prefix}AWSLogs/*"),
            },
        ],
    })
    .to_string()
}
