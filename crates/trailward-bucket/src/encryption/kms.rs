use super::bucket_keys::Scope;
use super::used::KeyUse;
use crate::record::{Bucket, KmsSeal};
use crate::{BucketError, Buckets, Grant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use trailward_kms::{EncryptionContext, Key, KeyAction, KeyReference, Keys, KmsError, Through, Versioned};
use trailward_store::BlobKey;

/// The member of an encryption context that S3 adds.
const S3_ARN: &str = "aws:s3:arn";

impl Buckets {
    /// A data key for an object of `bucket`, under the KMS key that `named` means to the caller; `alias/aws/s3` if it
    /// is `None`. For callers with `kms:GenerateDataKey`.
    pub(super) async fn kms_seal(
        &self,
        grant: &Grant,
        bucket: &Bucket,
        named: Option<&str>,
        given: BTreeMap<String, String>,
        bucket_key: bool,
    ) -> Result<(KmsSeal, BlobKey), BucketError> {
        let arn = if bucket_key { format!("arn:aws:s3:::{}", bucket.name) } else { grant.resource().arn() };
        let context = with_arn(given, arn)?;
        // A role that replicates needs `kms:Encrypt` for its destination, as AWS documents it.
        let action = if grant.action() == "s3:ReplicateObject" {
            KeyAction::Encrypt
        } else {
            KeyAction::GenerateDataKey
        };
        let place = (bucket.region.as_str(), named.unwrap_or("alias/aws/s3"));
        let found = self.kms_key(grant, bucket, named).await;
        let read = noted(grant, action, place, &context, found)?;
        let key = read.value.clone();
        let scope = bucket_key.then(|| Scope {
            bucket_id: bucket.id.clone(),
            kms_key: key.arn(),
            context: context.clone(),
        });
        let allowed = self.check_use(grant, action, &key, &context).await;
        let allowed = noted_key(grant, action, &key, &context, allowed);
        allowed?;
        if let Some((data_key, wrapped)) = scope.as_ref().and_then(|s| self.bucket_keys.newest(s, self.now()))
        {
            return Ok((KmsSeal { key: key.arn(), context, wrapped, bucket_key }, data_key));
        }
        let made = self.keys.data_key(read, &checked(&context)?, self.now()).await;
        let (data_key, wrapped) = noted_key(grant, action, &key, &context, made)?;
        note(grant, action, &key, &context, None);
        let wrapped = STANDARD.encode(wrapped);
        if scope.is_some() {
            self.bucket_keys.keep(scope, &wrapped, &data_key, self.now());
        }
        Ok((KmsSeal { key: key.arn(), context, wrapped, bucket_key }, data_key))
    }

    /// The data key of an object. For callers with `kms:Decrypt`.
    pub(super) async fn kms_open(
        &self,
        grant: &Grant,
        region: &str,
        seal: &KmsSeal,
    ) -> Result<BlobKey, BucketError> {
        let action = KeyAction::Decrypt;
        let reference = KeyReference::parse(&seal.key, "", region);
        let found = match reference {
            Ok(reference) => self.keys.find(&reference, self.now()).await,
            Err(error) => Err(error),
        };
        let key = noted(grant, action, (region, &seal.key), &seal.context, found)?.value;
        let allowed = self.check_use(grant, action, &key, &seal.context).await;
        noted_key(grant, action, &key, &seal.context, allowed)?;
        if let Some(data_key) =
            seal.bucket_key.then(|| self.bucket_keys.of(&seal.wrapped, self.now())).flatten()
        {
            return Ok(data_key);
        }
        let wrapped = STANDARD.decode(&seal.wrapped).unwrap_or_default();
        let opened = self.keys.open_data_key(&key, &wrapped, &checked(&seal.context)?);
        let data_key = noted_key(grant, action, &key, &seal.context, opened)?;
        note(grant, action, &key, &seal.context, None);
        if seal.bucket_key {
            self.bucket_keys.keep(None, &seal.wrapped, &data_key, self.now());
        }
        Ok(data_key)
    }

    /// The key that `named` means to the caller: ids and aliases are those of its own account.
    async fn kms_key(
        &self,
        grant: &Grant,
        bucket: &Bucket,
        named: Option<&str>,
    ) -> Result<Versioned<Key>, KmsError> {
        let account = grant.account().unwrap_or(&bucket.owner);
        match named {
            None | Some("alias/aws/s3") => self.keys.of_s3(account, &bucket.region, self.now()).await,
            Some(named) => {
                let reference = KeyReference::parse(named, account, &bucket.region)?;
                self.keys.find(&reference, self.now()).await
            }
        }
    }

    /// That the key can be used now, and by this caller.
    async fn check_use(
        &self,
        grant: &Grant,
        action: KeyAction,
        key: &Key,
        context: &BTreeMap<String, String>,
    ) -> Result<(), KmsError> {
        let context = EncryptionContext::new(context.clone())?;
        let denied = || KmsError::AccessDenied("Access Denied".to_owned());
        let caller = &grant.sealing().ok_or_else(denied)?.caller;
        let via = format!("s3.{}.amazonaws.com", key.region);
        // A service that writes as itself uses the key as itself.
        let via = grant.account().is_some().then_some(&*via);
        let owner = self.organizations().standing(&key.account).await?;
        let rcps = owner.as_ref().map_or(&[][..], |owner| owner.rcps_for(action.action()));
        if owner.as_ref().is_some_and(|owner| owner.is_closed) {
            return Err(denied());
        }
        let through = Through { caller, shown: grant.arn(), rcps, via };
        self.keys.authorize(through, action, key, &context).await?;
        Keys::check_data_keys(key)
    }
}

fn with_arn(
    mut given: BTreeMap<String, String>,
    arn: String,
) -> Result<BTreeMap<String, String>, BucketError> {
    if given.get(S3_ARN).is_some_and(|there| *there != arn) {
        return Err(BucketError::argument(
            "x-amz-server-side-encryption-context",
            S3_ARN,
            "The encryption context member aws:s3:arn must be the ARN of the object, or of the bucket if it uses a bucket key.",
        ));
    }
    given.insert(S3_ARN.to_owned(), arn);
    checked(&given)?;
    Ok(given)
}

fn checked(context: &BTreeMap<String, String>) -> Result<EncryptionContext, BucketError> {
    Ok(EncryptionContext::new(context.clone())?)
}

/// Notes a use that failed before there was a key.
fn noted<T>(
    grant: &Grant,
    action: KeyAction,
    (region, named): (&str, &str),
    context: &BTreeMap<String, String>,
    result: Result<T, KmsError>,
) -> Result<T, BucketError> {
    result.map_err(|error| {
        if let (Some(code), Some(sealing)) = (error.code(), grant.sealing()) {
            sealing.add(KeyUse {
                action,
                key: named.to_owned(),
                owner: None,
                region: region.to_owned(),
                context: context.clone(),
                error: Some((code.to_owned(), error.to_string())),
            });
        }
        BucketError::from(error)
    })
}

/// Notes a use of `key` that failed.
fn noted_key<T>(
    grant: &Grant,
    action: KeyAction,
    key: &Key,
    context: &BTreeMap<String, String>,
    result: Result<T, KmsError>,
) -> Result<T, BucketError> {
    result.map_err(|error| {
        if error.code().is_some() {
            note(grant, action, key, context, Some(&error));
        }
        BucketError::from(error)
    })
}

fn note(
    grant: &Grant,
    action: KeyAction,
    key: &Key,
    context: &BTreeMap<String, String>,
    error: Option<&KmsError>,
) {
    let Some(sealing) = grant.sealing() else { return };
    let error = error.and_then(|error| Some((error.code()?.to_owned(), error.to_string())));
    sealing.add(KeyUse {
        action,
        key: key.arn(),
        owner: Some(key.account.clone()),
        region: key.region.clone(),
        context: context.clone(),
        error,
    });
}
