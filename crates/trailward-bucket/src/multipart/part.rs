use super::create::PUT;
use crate::encryption::{CustomerKey, EncryptionView};
use crate::engine::{Attempts, Body, Demands, Plan, Spooled, shows_versions};
use crate::object::{ByteRange, Expected, ExpectedChecksum, MAX_PUT, ReadConditions, check_digest};
use crate::record::{Algorithm, Bucket, Checksum, Content, Part, Sse, Upload, key, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;
use trailward_store::BlobKey;
use trailward_store::stored::{decode, encode};

/// A part that is uploaded.
#[derive(Debug, Default)]
pub struct PartInput {
    /// `Content-MD5`.
    pub content_md5: Option<String>,
    /// `x-amz-checksum-…`.
    pub checksum: Option<ExpectedChecksum>,
    /// The body's length, if it is known.
    pub content_length: Option<u64>,
    /// The customer's key (SSE-C), the same for all parts.
    pub customer_key: Option<CustomerKey>,
}

/// A part that is copied.
#[derive(Debug, Clone, Default)]
pub struct CopyPart {
    /// Conditions on the source.
    pub conditions: ReadConditions,
    /// `x-amz-copy-source-range`, as it was sent.
    pub range: Option<String>,
    /// The customer's key (SSE-C) of the object that is written.
    pub customer_key: Option<CustomerKey>,
    /// The customer's key (SSE-C) of the source.
    pub source_key: Option<CustomerKey>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOutput {
    /// Without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// Its checksum.
    pub checksum: Option<Checksum>,
    /// How it is encrypted.
    pub encryption: EncryptionView,
    /// The version a copied part comes from; `None` where its bucket never had versions.
    pub source_version_id: Option<String>,
}

impl Buckets {
    /// `UploadPart`: a part of that number which is there already is replaced. For `s3:PutObject`.
    pub async fn upload_part(
        &self,
        grant: &Grant,
        upload_id: &str,
        number: u32,
        input: PartInput,
        body: Body,
    ) -> Result<PartOutput, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        check_part_number(number)?;
        let (_, upload) = self.upload(&loaded.bucket, grant.key()?, upload_id).await?;
        let announced = input.content_md5.is_some() || input.checksum.is_some();
        check_digest(&loaded.bucket, &upload.lock, announced, "Upload Part")?;
        let checksum = match (upload.checksum, input.checksum) {
            (Some((wanted, _)), Some(given)) if given.algorithm != wanted => {
                return Err(BucketError::InvalidRequest(format!(
                    "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                    wanted.as_str().to_ascii_lowercase(),
                    given.algorithm.as_str().to_ascii_lowercase()
                )));
            }
            (Some((algorithm, _)), None) => {
                Some(ExpectedChecksum { algorithm, expected: Expected::Computed })
            }
            (_, given) => given,
        };
        let seal_under = self.part_key(grant, &loaded.bucket, &upload, input.customer_key.as_ref()).await?;
        let demands = Demands {
            max: MAX_PUT,
            seal_under,
            length: input.content_length,
            md5: input.content_md5,
            checksum,
            sha256: None,
        };
        let spooled = self.spool(body, demands).await?;
        self.add_part(grant, upload_id, number, spooled, (&upload.sse).into()).await
    }

    /// What the parts of an upload are encrypted under. The key is asked for anew each time: whoever lost it in the
    /// meantime adds nothing.
    async fn part_key(
        &self,
        grant: &Grant,
        bucket: &Bucket,
        upload: &Upload,
        customer: Option<&CustomerKey>,
    ) -> Result<Option<BlobKey>, BucketError> {
        if let (Sse::Customer(_), None) = (&upload.sse, customer) {
            return Err(BucketError::InvalidRequest(
                "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.".to_owned(),
            ));
        }
        self.unseal(grant, &bucket.region, &upload.sse, customer).await
    }

    /// `UploadPartCopy`. `to` is for `s3:PutObject`, `from` for `s3:GetObject` or `s3:GetObjectVersion`.
    pub async fn upload_part_copy(
        &self,
        to: &Grant,
        upload_id: &str,
        number: u32,
        from: &Grant,
        copy: &CopyPart,
    ) -> Result<PartOutput, BucketError> {
        let target = self.enter(to, &PUT).await?;
        check_part_number(number)?;
        let (_, upload) = self.upload(&target.bucket, to.key()?, upload_id).await?;
        let source = self.enter(from, &["s3:GetObject", "s3:GetObjectVersion"]).await?;
        let (version, object) = self.resolve_object(&source.bucket, from, "GET").await?;
        self.check_readable(&object)?;
        copy.conditions.check_source(&object.etag, version.modified)?;
        let range = match &copy.range {
            None => 0..object.size,
            Some(range) => copy_range(range, object.size)?,
        };
        let length = range.end - range.start;
        if length > MAX_PUT {
            return Err(BucketError::InvalidRequest(format!(
                "The specified copy source is larger than the maximum allowable size for a copy source: {MAX_PUT}"
            )));
        }
        let checksum = upload
            .checksum
            .map(|(algorithm, _)| ExpectedChecksum { algorithm, expected: Expected::Computed });
        let region = &source.bucket.region;
        let opened_with = self.unseal(from, region, &object.sse, copy.source_key.as_ref()).await?;
        let seal_under = self.part_key(to, &target.bucket, &upload, copy.customer_key.as_ref()).await?;
        let body = self.open(&object.content, range, opened_with).await?;
        let demands =
            Demands { max: MAX_PUT, length: Some(length), checksum, seal_under, ..Demands::default() };
        let spooled = self.spool(body, demands).await?;
        let mut output = self.add_part(to, upload_id, number, spooled, (&upload.sse).into()).await?;
        output.source_version_id = shows_versions(&source.bucket).then_some(version.id);
        Ok(output)
    }

    async fn add_part(
        &self,
        grant: &Grant,
        upload_id: &str,
        number: u32,
        spooled: Spooled,
        encryption: EncryptionView,
    ) -> Result<PartOutput, BucketError> {
        let part = Part {
            size: spooled.size,
            etag: spooled.etag.clone(),
            blob: match &spooled.content {
                Content::Blob(id) => Some(id.clone()),
                Content::Empty | Content::Parts { .. } => None,
            },
            modified: self.now(),
            checksum: Some((spooled.checksum.algorithm, spooled.checksum.value.clone())),
        };
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_add_part(grant, upload_id, number, &part).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                Ok(()) => {
                    return Ok(PartOutput {
                        etag: part.etag,
                        last_modified: time_of(part.modified),
                        checksum: Some(spooled.checksum),
                        encryption,
                        source_version_id: None,
                    });
                }
                Err(error) => {
                    // An internal error may hide that it happened: then the blob stays until a sweep knows.
                    if !matches!(error, BucketError::Internal(_)) {
                        self.discard(part.blob.as_slice()).await;
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn try_add_part(
        &self,
        grant: &Grant,
        upload_id: &str,
        number: u32,
        part: &Part,
    ) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let name = grant.key()?;
        let (revision, upload) = self.upload(&loaded.bucket, name, upload_id).await?;
        let mut plan = Plan::new();
        // Written back unchanged: whoever completes or aborts the upload with the parts as they were must look again.
        let at = key::upload(&loaded.bucket.id, name, upload.initiated, upload_id);
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&upload)?);
        let at = key::part(upload_id, number);
        if let Some(entry) = self.catalog.get(at.as_bytes()).await? {
            let replaced: Part = decode(&entry.value)?;
            if let Some(id) = replaced.blob {
                plan.forget_blob(id);
            }
        }
        if let Some(id) = &part.blob {
            plan.name_blob(id);
        }
        plan.put(at, encode(part)?);
        self.commit(plan).await
    }
}

fn check_part_number(number: u32) -> Result<(), BucketError> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(BucketError::argument(
        "partNumber",
        number.to_string(),
        "Part number must be an integer between 1 and 10000, inclusive",
    ))
}

/// Unlike in a read, a range of a copy must be exact.
fn copy_range(header: &str, size: u64) -> Result<std::ops::Range<u64>, BucketError> {
    let invalid = |message: String| BucketError::argument("x-amz-copy-source-range", header, message);
    match ByteRange::parse(header) {
        Some(ByteRange::Between(first, last)) if last < size => Ok(first..last + 1),
        Some(ByteRange::Between(..)) => {
            Err(invalid(format!("Range specified is not valid for source object of size: {size}")))
        }
        _ => Err(invalid(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy".to_owned(),
        )),
    }
}

/// The checksum of a part, as a listing shows it.
pub(crate) fn part_checksum(checksum: Option<(Algorithm, String)>) -> Option<Checksum> {
    checksum.map(|(algorithm, value)| Checksum {
        algorithm,
        kind: crate::record::ChecksumKind::FullObject,
        value,
    })
}
