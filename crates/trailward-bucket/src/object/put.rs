use super::lock::{GrantedLock, check_digest, granted_lock};
use super::preconditions::same_etag;
use crate::bucket::AskedAcl;
use crate::encryption::{EncryptionAsked, EncryptionView};
use crate::engine::{Attempts, Body, Demands, KeyState, Plan, Spooled, Told, shows_versions};
use crate::record::{Algorithm, Checksum, Content, Headers, Kind, Object, StorageClass, Tag, Version, key};
use crate::record::{check_key, check_metadata, check_object_tags};
use crate::{BucketError, Buckets, Grant};
use trailward_store::Scan;
use trailward_store::stored::decode;

/// The most bytes one put may have: 5 GiB.
pub(crate) const MAX_PUT: u64 = 5 << 30;

/// Versions of a key that are looked through for bytes that were delivered before.
const LOOK_BACK: usize = 1000;

/// An object that is put.
#[derive(Debug, Default)]
pub struct PutObject {
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
    /// `Content-MD5`.
    pub content_md5: Option<String>,
    /// `x-amz-checksum-…`; CRC64NVME is computed if there is none.
    pub checksum: Option<ExpectedChecksum>,
    /// The body's length, if it is known.
    pub content_length: Option<u64>,
    /// Whether to put at all.
    pub condition: PutCondition,
    /// Whether a browser's form puts it: events say so.
    pub is_form: bool,
}

/// Tags that the caller may set: the grant is for `s3:PutObjectTagging` on the same object.
#[derive(Debug, Clone)]
pub struct GrantedTags {
    /// At most ten.
    pub tags: Vec<Tag>,
    /// The permission.
    pub grant: Grant,
}

/// What must hold of the key when the object takes its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PutCondition {
    /// Anything.
    #[default]
    Always,
    /// `If-None-Match: *`: there is no object.
    Absent,
    /// `If-Match`: the object there has this entity tag.
    Match(String),
    /// There is no object, or one that was put with the same bytes, which then counts as this one: putting twice
    /// equals putting once (invariant D2), and other bytes never take its place (D1, `PreconditionFailed`).
    SameOrAbsent {
        /// SHA-256 of the bytes, in lower-case hexadecimal digits.
        sha256: String,
    },
}

/// A checksum that the client announces.
#[derive(Debug)]
pub struct ExpectedChecksum {
    /// Which one.
    pub algorithm: Algorithm,
    /// Its value.
    pub expected: Expected,
}

/// Where the value of an announced checksum is.
#[derive(Debug)]
pub enum Expected {
    /// Here, in base64.
    Value(String),
    /// Behind the body.
    Trailer(Trailer),
    /// Nowhere: it is to be computed and stored.
    Computed,
}

/// Gives a value that is known only once the body has ended.
pub struct Trailer(Box<dyn FnOnce() -> Option<String> + Send>);

impl Trailer {
    /// `take` is called once, after the body's end.
    pub fn new(take: impl FnOnce() -> Option<String> + Send + 'static) -> Self {
        Self(Box::new(take))
    }

    pub(crate) fn take(self) -> Option<String> {
        (self.0)()
    }
}

impl std::fmt::Debug for Trailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trailer(..)")
    }
}

/// What was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOutput {
    /// Without quotes.
    pub etag: String,
    /// The version it is; `None` where the bucket never had versions.
    pub version_id: Option<String>,
    /// The checksum that was stored.
    pub checksum: Option<Checksum>,
    /// How it is encrypted.
    pub encryption: EncryptionView,
    /// Bytes.
    pub size: u64,
    /// [`PutCondition::SameOrAbsent`] found it there already.
    pub already_there: bool,
}

const PUT: [&str; 1] = ["s3:PutObject"];

impl Buckets {
    /// `PutObject`: takes in the body and makes it the newest version of its key. For `s3:PutObject`.
    ///
    /// After `Ok`, bytes and metadata are on stable storage and every later read sees them. After an error nothing
    /// of it is visible, except that `InternalError` may leave either.
    pub async fn put_object(
        &self,
        grant: &Grant,
        put: PutObject,
        body: Body,
    ) -> Result<PutOutput, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let key = grant.key()?;
        check_write(key, &put.metadata)?;
        let tags = granted_tags(grant, put.tagging)?;
        let acl = self.new_acl(&loaded.bucket, grant, &put.acl).await?;
        let lock = granted_lock(grant, &loaded.bucket, put.lock, self.now_millis())?;
        let class = StorageClass::parse(put.storage_class.as_deref())?;
        let sha256 = match &put.condition {
            PutCondition::SameOrAbsent { sha256 } => Some(sha256.clone()),
            PutCondition::Always | PutCondition::Absent | PutCondition::Match(_) => None,
        };
        let announced = put.content_md5.is_some() || put.checksum.is_some() || sha256.is_some();
        check_digest(&loaded.bucket, &lock, announced, "Put Object")?;
        // Before the body is read: most refusals need none of it.
        let state = self.key_state(&loaded.bucket, key).await?;
        if let Some(there) = self.check_condition(&loaded.bucket, key, &state, &put.condition).await? {
            return Ok(there);
        }
        let (sse, seal_under) = self.seal(grant, &loaded.bucket, &put.encryption).await?;
        let demands = Demands {
            max: MAX_PUT,
            seal_under,
            length: put.content_length,
            md5: put.content_md5,
            checksum: put.checksum,
            sha256: sha256.clone(),
        };
        let spooled = self.spool(body, demands).await?;
        let object = Object {
            size: spooled.size,
            etag: spooled.etag.clone(),
            content: spooled.content.clone(),
            headers: put.headers,
            metadata: put.metadata,
            tags,
            class,
            checksum: Some(spooled.checksum.clone()),
            sha256,
            lock,
            restored_until: None,
            sse,
            acl,
        };
        let event = if put.is_form { "ObjectCreated:Post" } else { "ObjectCreated:Put" };
        self.put_spooled(grant, event, spooled, object, &put.condition).await
    }

    /// Makes bytes that are on stable storage already the newest version of the grant's key.
    pub(crate) async fn put_spooled(
        &self,
        grant: &Grant,
        event: &'static str,
        spooled: Spooled,
        object: Object,
        condition: &PutCondition,
    ) -> Result<PutOutput, BucketError> {
        let key = grant.key()?;
        let _one_writer = self.lock(grant.bucket()?, key).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_put(grant, event, key, &object, condition).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                Err(error @ BucketError::Internal(_)) => {
                    // It may have happened: the blob stays until a sweep knows.
                    return Err(error);
                }
                Ok(done) if !done.already_there => return Ok(done),
                done => {
                    if let Content::Blob(id) = &spooled.content {
                        self.discard(std::slice::from_ref(id)).await;
                    }
                    return done;
                }
            }
        }
    }

    async fn try_put(
        &self,
        grant: &Grant,
        event: &'static str,
        key: &str,
        object: &Object,
        condition: &PutCondition,
    ) -> Result<PutOutput, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let state = self.key_state(&loaded.bucket, key).await?;
        if let Some(there) = self.check_condition(&loaded.bucket, key, &state, condition).await? {
            return Ok(there);
        }
        let mut plan = Plan::new();
        if let Content::Blob(id) = &object.content {
            plan.name_blob(id);
        }
        let kind = Kind::Object(Box::new(object.clone()));
        let told = Told { event, by: Some(grant) };
        let version_id = self.plan_addition(&mut plan, &loaded, key, &state, kind, told).await?;
        self.commit(plan).await?;
        Ok(PutOutput {
            etag: object.etag.clone(),
            version_id: shows_versions(&loaded.bucket).then_some(version_id),
            checksum: object.checksum.clone(),
            encryption: EncryptionView::from(&object.sse),
            size: object.size,
            already_there: false,
        })
    }

    /// `PreconditionFailed` unless the condition holds; `Some` if what is to be put is there already.
    pub(crate) async fn check_condition(
        &self,
        bucket: &crate::record::Bucket,
        key: &str,
        state: &KeyState,
        condition: &PutCondition,
    ) -> Result<Option<PutOutput>, BucketError> {
        match condition {
            PutCondition::Always => Ok(None),
            PutCondition::Absent if state.current.is_none() => Ok(None),
            PutCondition::Absent => Err(BucketError::PreconditionFailed("If-None-Match")),
            PutCondition::Match(wanted) => match state.etag() {
                None => Err(BucketError::NoSuchKey { key: key.to_owned(), marker: None }),
                Some(etag) if same_etag(wanted, etag) => Ok(None),
                Some(_) => Err(BucketError::PreconditionFailed("If-Match")),
            },
            PutCondition::SameOrAbsent { sha256 } => self.find_same(bucket, key, state, sha256).await,
        }
    }

    /// Looks for a version with these bytes, also below a delete marker: somebody may have deleted what was
    /// delivered, which is no reason to deliver it again.
    async fn find_same(
        &self,
        bucket: &crate::record::Bucket,
        key: &str,
        state: &KeyState,
        sha256: &str,
    ) -> Result<Option<PutOutput>, BucketError> {
        if state.head.is_none() {
            return Ok(None);
        }
        let prefix = key::versions(&bucket.id).str(key).into_bytes();
        for item in self.catalog.scan(Scan { prefix, after: None, limit: LOOK_BACK }).await? {
            let version: Version = decode(&item.value)?;
            if let Kind::Object(object) = version.kind
                && object.sha256.as_deref() == Some(sha256)
            {
                return Ok(Some(PutOutput {
                    etag: object.etag,
                    version_id: shows_versions(bucket).then_some(version.id),
                    checksum: object.checksum,
                    encryption: EncryptionView::from(&object.sse),
                    size: object.size,
                    already_there: true,
                }));
            }
        }
        match state.current {
            Some(_) => Err(BucketError::PreconditionFailed("If-None-Match")),
            None => Ok(None),
        }
    }
}

/// What every way of writing an object checks.
pub(crate) fn check_write(key: &str, metadata: &[(String, String)]) -> Result<(), BucketError> {
    check_key(key)?;
    check_metadata(metadata)
}

/// The tags, if the permission to set them is for this object.
pub(crate) fn granted_tags(put: &Grant, tagging: Option<GrantedTags>) -> Result<Vec<Tag>, BucketError> {
    let Some(GrantedTags { tags, grant }) = tagging else {
        return Ok(Vec::new());
    };
    grant.permits(&["s3:PutObjectTagging"])?;
    if (grant.bucket_id(), grant.key()?) != (put.bucket_id(), put.key()?) {
        return Err(BucketError::AccessDenied("Access Denied".to_owned()));
    }
    check_object_tags(&tags)?;
    Ok(tags)
}
