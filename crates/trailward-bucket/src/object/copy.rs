use super::lock::{GrantedLock, granted_lock};
use super::preconditions::ReadConditions;
use super::put::{Expected, ExpectedChecksum, GrantedTags, MAX_PUT, PutCondition, check_write, granted_tags};
use crate::bucket::AskedAcl;
use crate::encryption::{CustomerKey, EncryptionAsked, EncryptionView};
use crate::engine::{Demands, shows_versions};
use crate::record::{Algorithm, Checksum, Headers, Object, StorageClass, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;

/// How to copy an object.
#[derive(Debug, Clone, Default)]
pub struct CopyObject {
    /// Conditions on the source.
    pub conditions: ReadConditions,
    /// Where headers and user metadata come from.
    pub metadata: MetadataDirective,
    /// Where tags come from.
    pub tagging: TaggingDirective,
    /// `x-amz-object-lock-…`, with the permissions to set them. The source's lock is never copied.
    pub lock: GrantedLock,
    /// `x-amz-storage-class`.
    pub storage_class: Option<String>,
    /// Its access control list; the source's is never copied.
    pub acl: AskedAcl,
    /// `x-amz-server-side-encryption…`: the source's encryption is never copied.
    pub encryption: EncryptionAsked,
    /// `x-amz-copy-source-server-side-encryption-customer-…`: the key of the source.
    pub source_key: Option<CustomerKey>,
    /// Which checksum the copy gets; the source's if missing.
    pub checksum_algorithm: Option<Algorithm>,
    /// What must hold at the destination.
    pub condition: PutCondition,
}

/// `x-amz-metadata-directive`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MetadataDirective {
    /// From the source.
    #[default]
    Copy,
    /// These.
    Replace {
        /// Headers that come back.
        headers: Headers,
        /// User metadata.
        metadata: Vec<(String, String)>,
    },
}

/// `x-amz-tagging-directive`.
#[derive(Debug, Clone, Default)]
pub enum TaggingDirective {
    /// From the source.
    #[default]
    Copy,
    /// These; `None` for no tags.
    Replace(Option<GrantedTags>),
}

/// What a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOutput {
    /// Without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// The copy's version; `None` where the bucket never had versions.
    pub version_id: Option<String>,
    /// The source's version; `None` where its bucket never had versions.
    pub source_version_id: Option<String>,
    /// How the copy is encrypted.
    pub encryption: EncryptionView,
    /// The copy's checksum.
    pub checksum: Option<Checksum>,
}

const PUT: [&str; 1] = ["s3:PutObject"];

impl Buckets {
    /// `CopyObject`: up to 5 GiB, with the bytes really copied. `to` is for `s3:PutObject`, `from` for `s3:GetObject`
    /// or `s3:GetObjectVersion`.
    pub async fn copy_object(
        &self,
        to: &Grant,
        from: &Grant,
        copy: CopyObject,
    ) -> Result<CopyOutput, BucketError> {
        let target = self.enter(to, &PUT).await?;
        let source = self.enter(from, &["s3:GetObject", "s3:GetObjectVersion"]).await?;
        let (version, object) = self.resolve_object(&source.bucket, from, "GET").await?;
        self.check_readable(&object)?;
        copy.conditions.check_source(&object.etag, version.modified)?;
        if object.size > MAX_PUT {
            return Err(BucketError::InvalidRequest(format!(
                "The specified copy source is larger than the maximum allowable size for a copy source: {MAX_PUT}"
            )));
        }
        let same_place =
            target.bucket.id == source.bucket.id && to.key()? == from.key()? && from.version().is_none();
        if same_place
            && copy.metadata == MetadataDirective::Copy
            && copy.storage_class.is_none()
            && !copy.encryption.is_some()
        {
            return Err(BucketError::InvalidRequest(
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.".to_owned(),
            ));
        }
        let (headers, metadata) = match copy.metadata {
            MetadataDirective::Copy => (object.headers, object.metadata),
            MetadataDirective::Replace { headers, metadata } => (headers, metadata),
        };
        check_write(to.key()?, &metadata)?;
        let tags = match copy.tagging {
            TaggingDirective::Copy => object.tags,
            TaggingDirective::Replace(tagging) => granted_tags(to, tagging)?,
        };
        let acl = self.new_acl(&target.bucket, to, &copy.acl).await?;
        let lock = granted_lock(to, &target.bucket, copy.lock, self.now_millis())?;
        let class = StorageClass::parse(copy.storage_class.as_deref())?;
        let kept = object.checksum.as_ref().map(|checksum| checksum.algorithm);
        let region = &source.bucket.region;
        let opened_with = self.unseal(from, region, &object.sse, copy.source_key.as_ref()).await?;
        let (sse, seal_under) = self.seal(to, &target.bucket, &copy.encryption).await?;
        let demands = Demands {
            max: MAX_PUT,
            seal_under,
            length: Some(object.size),
            checksum: copy
                .checksum_algorithm
                .or(kept)
                .map(|algorithm| ExpectedChecksum { algorithm, expected: Expected::Computed }),
            ..Demands::default()
        };
        let body = self.open(&object.content, 0..object.size, opened_with).await?;
        let spooled = self.spool(body, demands).await?;
        let object = Object {
            size: spooled.size,
            etag: spooled.etag.clone(),
            content: spooled.content.clone(),
            headers,
            metadata,
            tags,
            class,
            checksum: Some(spooled.checksum.clone()),
            sha256: None,
            lock,
            restored_until: None,
            sse,
            acl,
        };
        let put = self.put_spooled(to, "ObjectCreated:Copy", spooled, object, &copy.condition).await?;
        Ok(CopyOutput {
            etag: put.etag,
            last_modified: time_of(self.now()),
            version_id: put.version_id,
            source_version_id: shows_versions(&source.bucket).then_some(version.id),
            encryption: put.encryption,
            checksum: put.checksum,
        })
    }
}
