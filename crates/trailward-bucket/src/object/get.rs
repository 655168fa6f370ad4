use super::preconditions::ReadConditions;
use super::range::{ByteRange, ContentRange};
use crate::encryption::{CustomerKey, EncryptionView, check_customer};
use crate::engine::{Attempts, Body, Loaded, shows_versions};
use crate::lifecycle::expiry;
use crate::record::{
    Checksum, Content, Headers, Object, ReplicationStatus, Retention, StorageClass, Version, time_of,
};
use crate::{BucketError, Buckets, Grant};
use std::ops::Range;
use time::OffsetDateTime;
use trailward_store::StoreErrorKind;

/// What to read of an object.
#[derive(Debug, Clone, Default)]
pub struct GetObject {
    /// Conditions.
    pub conditions: ReadConditions,
    /// Some bytes only.
    pub range: Option<ByteRange>,
    /// One part only, of those it was uploaded in; 1 is the first.
    pub part_number: Option<u32>,
    /// Whether the checksum is wanted.
    pub checksum_mode: bool,
    /// The customer's key (SSE-C).
    pub customer_key: Option<CustomerKey>,
}

/// An object's description, as `HeadObject` answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectView {
    /// Bytes that are answered.
    pub content_length: u64,
    /// Which of them, if not all.
    pub range: Option<ContentRange>,
    /// Without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// `None` where the bucket never had versions.
    pub version_id: Option<String>,
    /// Headers as they were put; `Content-Type` is always there.
    pub headers: Headers,
    /// User metadata.
    pub metadata: Vec<(String, String)>,
    /// How many tags it has.
    pub tag_count: usize,
    /// How it is stored.
    pub storage_class: StorageClass,
    /// How it is encrypted.
    pub encryption: EncryptionView,
    /// If it was asked for, and the answer is the whole object.
    pub checksum: Option<Checksum>,
    /// How many parts it was uploaded in, if one was asked for.
    pub parts_count: Option<u32>,
    /// Until when it is kept; only for callers with `s3:GetObjectRetention`.
    pub retention: Option<Retention>,
    /// Whether a legal hold is on, if there ever was one; only for callers with `s3:GetObjectLegalHold`.
    pub legal_hold: Option<bool>,
    /// Until when an archived object can be read.
    pub restored_until: Option<OffsetDateTime>,
    /// Whether it is replicated, or was; `None` where no rule wanted it.
    pub replication: Option<ReplicationStatus>,
    /// When the newest version expires, and by which lifecycle rule.
    pub expires: Option<(OffsetDateTime, String)>,
}

/// An object, as `GetObject` answers it.
pub struct ObjectRead {
    /// Its description.
    pub view: ObjectView,
    /// Its bytes. An error in it means that the rest cannot be read; what came before is right.
    pub body: Body,
}

impl std::fmt::Debug for ObjectRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectRead").field("view", &self.view).finish_non_exhaustive()
    }
}

const READ: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];

impl Buckets {
    /// `GetObject`. For `s3:GetObject`, or `s3:GetObjectVersion` of a version.
    pub async fn get_object(&self, grant: &Grant, get: &GetObject) -> Result<ObjectRead, BucketError> {
        let mut attempts = Attempts::new();
        loop {
            let (view, object, range) = self.view(grant, get, "GET").await?;
            let region = &self.enter(grant, &READ).await?.bucket.region;
            let key = self.unseal(grant, region, &object.sse, get.customer_key.as_ref()).await?;
            match self.open(&object.content, range, key).await {
                Ok(body) => return Ok(ObjectRead { view, body }),
                // Replaced or deleted since it was found: look again.
                Err(BucketError::Internal(error)) if error.kind() == StoreErrorKind::NotFound => {
                    attempts.again().await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// `HeadObject`. For `s3:GetObject`, or `s3:GetObjectVersion` of a version.
    pub async fn head_object(&self, grant: &Grant, get: &GetObject) -> Result<ObjectView, BucketError> {
        Ok(self.view(grant, get, "HEAD").await?.0)
    }

    pub(super) async fn view(
        &self,
        grant: &Grant,
        get: &GetObject,
        method: &'static str,
    ) -> Result<(ObjectView, Object, Range<u64>), BucketError> {
        let loaded = self.enter(grant, &READ).await?;
        check_action(grant)?;
        let (version, object) = self.resolve_object(&loaded.bucket, grant, method).await?;
        check_customer(&object.sse, get.customer_key.as_ref())?;
        get.conditions.check(&object.etag, version.modified)?;
        if method == "GET" {
            self.check_readable(&object)?;
        }
        let newest = grant.version().is_none();
        let expires = newest
            .then(|| expiry(&loaded.bucket, grant.key().unwrap_or_default(), &version, self.calendar()));
        let (range, parts_count) = self.range(get, &object).await?;
        let whole = range == (0..object.size);
        let partial = (get.range.is_some() || get.part_number.is_some()) && !range.is_empty();
        let content_range = partial.then(|| ContentRange {
            first: range.start,
            last: range.end.saturating_sub(1),
            size: object.size,
        });
        let checksum = get.checksum_mode && whole;
        let (lock, archived, restored) = (object.lock, object.class.is_archive(), object.restored_until);
        let mut view = describe(&loaded, version, object.clone(), checksum);
        view.retention = lock.retention.filter(|_| grant.sees_retention());
        view.restored_until = restored.filter(|until| archived && *until > self.now()).map(time_of);
        view.expires = expires.flatten().map(|(date, rule)| (time_of(date), rule));
        view.legal_hold = lock.legal_hold.filter(|_| grant.sees_legal_hold());
        view.content_length = range.end - range.start;
        view.range = content_range;
        view.parts_count = parts_count;
        Ok((view, object, range))
    }

    /// Which bytes are asked for, and how many parts there are.
    async fn range(
        &self,
        get: &GetObject,
        object: &Object,
    ) -> Result<(Range<u64>, Option<u32>), BucketError> {
        match (get.range, get.part_number) {
            (None, None) => Ok((0..object.size, None)),
            (Some(range), None) => Ok((range.within(object.size)?, None)),
            (Some(_), Some(_)) => Err(BucketError::InvalidRequest(
                "Cannot specify both Range header and partNumber query parameter".to_owned(),
            )),
            (None, Some(number)) => self.part_range(object, number).await,
        }
    }

    async fn part_range(
        &self,
        object: &Object,
        number: u32,
    ) -> Result<(Range<u64>, Option<u32>), BucketError> {
        if !(1..=10_000).contains(&number) {
            return Err(BucketError::argument(
                "partNumber",
                number.to_string(),
                "Part number must be an integer between 1 and 10000, inclusive",
            ));
        }
        let Content::Parts { upload, count } = &object.content else {
            // An object that was put whole has one part and does not say so.
            return match number {
                1 => Ok((0..object.size, None)),
                _ => Err(BucketError::InvalidPartNumber { requested: number, actual: 1 }),
            };
        };
        let mut start = 0;
        for (at, (_, part)) in (1..).zip(self.parts(upload).await?) {
            if at == number {
                return Ok((start..start + part.size, Some(*count)));
            }
            start += part.size;
        }
        Err(BucketError::InvalidPartNumber { requested: number, actual: *count })
    }
}

/// A version needs the permission for versions.
fn check_action(grant: &Grant) -> Result<(), BucketError> {
    match grant.version() {
        Some(_) => grant.permits(&["s3:GetObjectVersion"]),
        None => grant.permits(&["s3:GetObject"]),
    }
}

fn describe(loaded: &Loaded, version: Version, object: Object, checksum: bool) -> ObjectView {
    let mut headers = object.headers;
    headers.content_type.get_or_insert_with(|| "binary/octet-stream".to_owned());
    ObjectView {
        content_length: object.size,
        range: None,
        etag: object.etag,
        last_modified: time_of(version.modified),
        version_id: shows_versions(&loaded.bucket).then_some(version.id),
        headers,
        metadata: object.metadata,
        tag_count: object.tags.len(),
        storage_class: object.class,
        encryption: EncryptionView::from(&object.sse),
        checksum: object.checksum.filter(|_| checksum),
        parts_count: None,
        retention: None,
        legal_hold: None,
        restored_until: None,
        replication: version.replication,
        expires: None,
    }
}
