use crate::bucket::AskedAcl;
use crate::encryption::{EncryptionAsked, EncryptionView};
use crate::engine::{Attempts, Plan};
use crate::object::{GrantedLock, GrantedTags, check_write, granted_lock, granted_tags};
use crate::record::{Algorithm, Bucket, ChecksumKind, Headers, StorageClass, Upload, UploadId, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::Revision;
use trailward_store::stored::{decode, encode};

/// What the object will be, once its parts are there.
#[derive(Debug, Clone, Default)]
pub struct CreateUpload {
    /// Headers that come back.
    pub headers: Headers,
    /// User metadata: names without `x-amz-meta-`, at most 2 KB together.
    pub metadata: Vec<(String, String)>,
    /// Tags, with the permission to set them.
    pub tagging: Option<GrantedTags>,
    /// `x-amz-object-lock-…`, with the permissions to set them.
    pub lock: GrantedLock,
    /// `x-amz-storage-class`.
    pub storage_class: Option<String>,
    /// Its access control list.
    pub acl: AskedAcl,
    /// `x-amz-server-side-encryption…`.
    pub encryption: EncryptionAsked,
    /// `x-amz-checksum-algorithm`.
    pub checksum_algorithm: Option<Algorithm>,
    /// `x-amz-checksum-type`.
    pub checksum_kind: Option<ChecksumKind>,
}

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadOutput {
    /// Names it.
    pub upload_id: String,
    /// How the object will be encrypted.
    pub encryption: EncryptionView,
    /// The checksum its parts are to have, and how they are combined.
    pub checksum: Option<(Algorithm, ChecksumKind)>,
}

pub(super) const PUT: [&str; 1] = ["s3:PutObject"];

impl Buckets {
    /// `CreateMultipartUpload`. For `s3:PutObject`.
    pub async fn create_multipart_upload(
        &self,
        grant: &Grant,
        create: CreateUpload,
    ) -> Result<UploadOutput, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let name = grant.key()?;
        check_write(name, &create.metadata)?;
        let tags = granted_tags(grant, create.tagging)?;
        let acl = self.new_acl(&loaded.bucket, grant, &create.acl).await?;
        let lock = granted_lock(grant, &loaded.bucket, create.lock, self.now_millis())?;
        let class = StorageClass::parse(create.storage_class.as_deref())?;
        let checksum = checksum(create.checksum_algorithm, create.checksum_kind)?;
        let (sse, _) = self.seal(grant, &loaded.bucket, &create.encryption).await?;
        let initiated = self.now_nanos();
        let upload_id = UploadId::create(initiated)?;
        let upload = Upload {
            initiated,
            initiator: grant.arn().to_owned(),
            headers: create.headers,
            metadata: create.metadata,
            tags,
            class,
            checksum,
            lock,
            sse,
            acl,
        };
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, &PUT).await?;
            let mut plan = Plan::new();
            plan.in_bucket(&loaded)?;
            plan.put(key::upload(&loaded.bucket.id, name, initiated, &upload_id), encode(&upload)?);
            match self.commit(plan).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => {
                    let encryption = EncryptionView::from(&upload.sse);
                    return done.map(|()| UploadOutput { upload_id, encryption, checksum });
                }
            }
        }
    }

    /// The upload of this key; `NoSuchUpload` if there is none of that name.
    pub(crate) async fn upload(
        &self,
        bucket: &Bucket,
        name: &str,
        id: &str,
    ) -> Result<(Revision, Upload), BucketError> {
        let missing = || BucketError::NoSuchUpload(id.to_owned());
        let initiated = UploadId::initiated(id).ok_or_else(missing)?;
        let at = key::upload(&bucket.id, name, initiated, id);
        let entry = self.catalog.get(at.as_bytes()).await?.ok_or_else(missing)?;
        Ok((entry.revision, decode(&entry.value)?))
    }
}

fn checksum(
    algorithm: Option<Algorithm>,
    kind: Option<ChecksumKind>,
) -> Result<Option<(Algorithm, ChecksumKind)>, BucketError> {
    match (algorithm, kind) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(BucketError::InvalidRequest(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
                .to_owned(),
        )),
        (Some(algorithm), kind) => {
            let kind = kind.unwrap_or_else(|| algorithm.default_kind());
            if !algorithm.supports(kind) {
                return Err(BucketError::InvalidRequest(format!(
                    "The {} checksum type cannot be used with the {} checksum algorithm.",
                    kind.as_str(),
                    algorithm.as_str().to_ascii_lowercase()
                )));
            }
            Ok(Some((algorithm, kind)))
        }
    }
}
