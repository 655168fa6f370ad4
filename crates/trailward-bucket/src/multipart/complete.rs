use super::create::PUT;
use crate::encryption::EncryptionView;
use crate::engine::{Attempts, Plan, Told, shows_versions};
use crate::object::{PutCondition, PutOutput, same_etag};
use crate::record::{Checksum, Content, Kind, Object, Part, Sse, Upload, key};
use crate::{BucketError, Buckets, Grant};
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;

/// The smallest part, but for the last: 5 MiB.
const MIN_PART: u64 = 5 << 20;

/// How to complete an upload.
#[derive(Debug, Clone, Default)]
pub struct CompleteUpload {
    /// The parts the object is made of, in order. Parts that are not among them are thrown away.
    pub parts: Vec<CompletedPart>,
    /// The checksum of the whole, if the client knows it.
    pub checksum: Option<String>,
    /// `x-amz-mp-object-size`.
    pub size: Option<u64>,
    /// What must hold of the key.
    pub condition: PutCondition,
}

/// A part as the client knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompletedPart {
    /// 1 to 10,000.
    pub number: u32,
    /// As the upload of the part answered it.
    pub etag: String,
    /// Its checksum, base64; compared if it is there.
    pub checksum: Option<String>,
}

impl Buckets {
    /// `CompleteMultipartUpload`: makes the parts one object, the newest version of its key, without moving a byte.
    /// For `s3:PutObject`. Completing again what this made is answered with the same.
    pub async fn complete_multipart_upload(
        &self,
        grant: &Grant,
        upload_id: &str,
        complete: &CompleteUpload,
    ) -> Result<PutOutput, BucketError> {
        self.enter(grant, &PUT).await?;
        check_order(upload_id, &complete.parts)?;
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_complete(grant, upload_id, complete).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                Err(error @ BucketError::NoSuchUpload(_)) => {
                    return self.completed_before(grant, upload_id).await?.ok_or(error);
                }
                done => return done,
            }
        }
    }

    async fn try_complete(
        &self,
        grant: &Grant,
        upload_id: &str,
        complete: &CompleteUpload,
    ) -> Result<PutOutput, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let name = grant.key()?;
        // Read before the parts: a part that comes later changes the upload, and the commit fails.
        let (revision, upload) = self.upload(&loaded.bucket, name, upload_id).await?;
        if let Sse::Kms(_) = upload.sse {
            // Nothing is decrypted, but whoever lost the key completes nothing.
            self.unseal(grant, &loaded.bucket.region, &upload.sse, None).await?;
        }
        let mut there: BTreeMap<u32, Part> = self.parts(upload_id).await?.into_iter().collect();
        let parts = choose(upload_id, &mut there, &complete.parts)?;
        let object = assemble(upload_id, &upload, &parts, complete)?;
        let state = self.key_state(&loaded.bucket, name).await?;
        self.check_condition(&loaded.bucket, name, &state, &complete.condition).await?;
        let mut plan = Plan::new();
        let at = key::upload(&loaded.bucket.id, name, upload.initiated, upload_id);
        plan.unchanged(at.clone(), revision);
        plan.delete(at);
        for (number, part) in there {
            plan.delete(key::part(upload_id, number));
            if let Some(blob) = part.blob {
                plan.forget_blob(blob);
            }
        }
        let mut output = output_of(&object);
        let kind = Kind::Object(Box::new(object));
        let told = Told { event: "ObjectCreated:CompleteMultipartUpload", by: Some(grant) };
        let version_id = self.plan_addition(&mut plan, &loaded, name, &state, kind, told).await?;
        output.version_id = shows_versions(&loaded.bucket).then_some(version_id);
        self.commit(plan).await?;
        Ok(output)
    }

    /// What this upload was completed to, if that is still the newest version: the client did not get the answer.
    async fn completed_before(
        &self,
        grant: &Grant,
        upload_id: &str,
    ) -> Result<Option<PutOutput>, BucketError> {
        let loaded = self.enter(grant, &PUT).await?;
        let state = self.key_state(&loaded.bucket, grant.key()?).await?;
        Ok(state.current.and_then(|(version, object)| match &object.content {
            Content::Parts { upload, .. } if upload == upload_id => {
                let version_id = shows_versions(&loaded.bucket).then_some(version.id);
                Some(PutOutput { version_id, already_there: true, ..output_of(&object) })
            }
            _ => None,
        }))
    }
}

fn output_of(object: &Object) -> PutOutput {
    PutOutput {
        etag: object.etag.clone(),
        version_id: None,
        checksum: object.checksum.clone(),
        encryption: EncryptionView::from(&object.sse),
        size: object.size,
        already_there: false,
    }
}

fn check_order(upload: &str, parts: &[CompletedPart]) -> Result<(), BucketError> {
    if parts.is_empty() || parts.len() > 10_000 {
        return Err(BucketError::MalformedXml);
    }
    if parts.is_sorted_by(|a, b| a.number < b.number) {
        return Ok(());
    }
    Err(BucketError::InvalidPartOrder(upload.to_owned()))
}

/// Takes the parts that were named out of those that are there.
fn choose(
    upload: &str,
    there: &mut BTreeMap<u32, Part>,
    named: &[CompletedPart],
) -> Result<Vec<Part>, BucketError> {
    let mut parts = Vec::with_capacity(named.len());
    for (at, wanted) in (1..).zip(named) {
        let invalid = || BucketError::InvalidPart {
            upload: upload.to_owned(),
            part: wanted.number,
            etag: wanted.etag.clone(),
        };
        let part = there.remove(&wanted.number).ok_or_else(invalid)?;
        let same_checksum = match (&wanted.checksum, &part.checksum) {
            (Some(wanted), Some((_, value))) => wanted == value,
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !same_etag(&wanted.etag, &part.etag) || !same_checksum {
            return Err(invalid());
        }
        if part.size < MIN_PART && at < named.len() {
            return Err(BucketError::EntityTooSmall {
                proposed: part.size,
                min: MIN_PART,
                part: wanted.number,
                etag: part.etag,
            });
        }
        parts.push(part);
    }
    Ok(parts)
}

fn assemble(
    upload_id: &str,
    upload: &Upload,
    parts: &[Part],
    complete: &CompleteUpload,
) -> Result<Object, BucketError> {
    let size = parts.iter().map(|part| part.size).sum();
    if complete.size.is_some_and(|announced| announced != size) {
        return Err(BucketError::InvalidRequest(
            "The provided 'x-amz-mp-object-size' header does not match what was computed.".to_owned(),
        ));
    }
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(&part.etag).unwrap_or_default());
    }
    let checksum = combine(upload, parts);
    if let (Some(announced), Some(checksum)) = (&complete.checksum, &checksum)
        && announced.split_once('-').map_or(announced.as_str(), |(value, _)| value)
            != checksum.value.split_once('-').map_or(checksum.value.as_str(), |(value, _)| value)
    {
        return Err(BucketError::BadDigest {
            message: format!(
                "The {} you specified did not match the calculated checksum.",
                checksum.algorithm.as_str()
            ),
            expected: announced.clone(),
            calculated: checksum.value.clone(),
        });
    }
    Ok(Object {
        size,
        etag: format!("{}-{}", hex::encode(md5.finalize()), parts.len()),
        content: Content::Parts {
            upload: upload_id.to_owned(),
            count: u32::try_from(parts.len()).unwrap_or(u32::MAX),
        },
        headers: upload.headers.clone(),
        metadata: upload.metadata.clone(),
        tags: upload.tags.clone(),
        class: upload.class,
        checksum,
        sha256: None,
        lock: upload.lock,
        restored_until: None,
        sse: upload.sse.clone(),
        acl: upload.acl.clone(),
    })
}

/// The checksum of the whole, as the upload wants it; else of the kind all parts have.
fn combine(upload: &Upload, parts: &[Part]) -> Option<Checksum> {
    let first = parts.first()?.checksum.as_ref()?.0;
    let (algorithm, kind) = upload.checksum.unwrap_or((first, first.default_kind()));
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        match &part.checksum {
            Some((of_part, value)) if *of_part == algorithm => values.push((value.as_str(), part.size)),
            _ => return None,
        }
    }
    Checksum::of_parts(algorithm, kind, &values)
}
