//! Reading one digest, and believing it or not.

use super::Run;
use super::binding::{Origin, moved};
use super::doubt::Doubt;
use crate::find::Place;
use crate::report::{Checked, Kind, Span};
use crate::source::{Listed, Metadata, SourceError};
use crate::unpack::{Broken, MOST_PACKED_BYTES, sha256};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};
use trailward_digest::judge::{Body, Claim, Link};
use trailward_digest::{FoundDigest, ListedLog, MOST_DIGEST_BYTES, PublicKey, Reason, Verdict};
use trailward_model::delivered::{Delivered, DeliveredKind};

const ALGORITHM: &str = "SHA256withRSA";
/// How much later than its window's end a digest's name may be.
const MOST_MOVED: Duration = Duration::minutes(15);

/// Whether a digest is asked for, or only helps to know which log files are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is asked for: everything about it counts.
    Asked,
    /// It lies behind the range, or belongs to another trail.
    Naming,
}

/// A digest that a listing shows.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// Which of the group's places.
    pub(super) place: usize,
    pub(super) listed: Listed,
    pub(super) trail: String,
    pub(super) home_region: String,
    pub(super) backfill: bool,
    /// The end time in its name.
    pub(super) stamp: OffsetDateTime,
    pub(super) role: Role,
}

/// A digest that could be read. Whether it is true is not known yet.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) found: FoundDigest,
    /// `None` where the source has no metadata.
    pub(super) metadata: Option<Metadata>,
    pub(super) bytes: u64,
    pub(super) unpacked: u64,
    /// Whether the signature in its metadata was found good.
    signed: bool,
}

/// A digest with a good signature.
#[derive(Debug)]
pub(super) struct Believed {
    pub(super) link: Link,
    pub(super) origin: Origin,
    pub(super) logs: Vec<ListedLog>,
    pub(super) span: Span,
}

impl Shown {
    /// The time that is not proven when it fails.
    pub(super) fn span(&self, run: &Run, read: Option<&Read>) -> Span {
        match read {
            Some(read) => Span { start: Some(read.found.start), end: Some(read.found.end) },
            None => Span { start: Some(self.stamp.saturating_sub(run.interval)), end: Some(self.stamp) },
        }
    }

    pub(super) fn kind(&self) -> Kind {
        if self.backfill { Kind::Backfill } else { Kind::Digest }
    }

    /// A place in the chain without content.
    pub(super) fn failed_link(&self, run: &Run, place: &Place) -> Link {
        let source = run.sources.get(place.source);
        Link {
            bucket: source.and_then(|source| source.bucket()).unwrap_or("").to_owned(),
            key: self.listed.key.clone(),
            stamp: self.stamp.unix_timestamp(),
            body: None,
        }
    }
}

/// The most log files that are kept in memory of a digest that nobody is known to have signed.
const MOST_UNSIGNED: usize = 1_000;

/// Reads a digest. Only what is signed may take memory as it likes: anybody can write a digest of 100,000 log files.
pub(super) async fn read(
    run: &Run,
    place: &Place,
    shown: &Shown,
    keys: &HashMap<String, PublicKey>,
) -> Result<Read, Doubt> {
    let source = run
        .sources
        .get(place.source)
        .ok_or_else(|| Doubt::new(Reason::DigestUnreadable, "its source is not there any more"))?;
    let _permit = run.gets.acquire().await;
    let object = source.get(&shown.listed.key, MOST_PACKED_BYTES).await.map_err(|error| match error {
        SourceError::NotFound(_) => {
            Doubt::new(Reason::DigestMissing, "it was listed, and is not there any more")
        }
        _ => Doubt::unread(Reason::DigestUnreadable, &error),
    })?;
    let bytes = object.bytes.len() as u64;
    let content = run.unpacking(|unpacker| unpacker.content(&object.bytes, MOST_DIGEST_BYTES));
    let content = content.map_err(|broken| match broken {
        Broken::Trailing(_) => Doubt::new(Reason::DigestAltered, broken.to_string()),
        Broken::NotGzip(_) | Broken::TooLarge(_) => {
            Doubt::altered(Reason::DigestUnreadable, broken.to_string())
        }
    })?;
    let mut found = FoundDigest::read(&content)
        .map_err(|error| Doubt::altered(Reason::DigestUnreadable, error.to_string()))?;
    let signature = object.metadata.as_ref().and_then(|metadata| metadata.signature.as_deref());
    let key = keys.get(&found.file.digest_public_key_fingerprint);
    let signed = signature.zip(key).is_some_and(|(signature, key)| found.is_signed(signature, key));
    if !signed && object.metadata.is_some() {
        found.file.log_files.truncate(MOST_UNSIGNED);
        found.file.log_files.shrink_to_fit();
    }
    Ok(Read { found, metadata: object.metadata, bytes, unpacked: content.len() as u64, signed })
}

/// Believes a digest, or says why not. `signatures` are those that successors name, for sources without metadata: a
/// signature proves itself, wherever it was found.
pub(super) fn believe(
    run: &Run,
    place: &Place,
    shown: &Shown,
    read: Read,
    signatures: &HashMap<(String, String), String>,
    keys: &HashMap<String, PublicKey>,
) -> Result<Believed, Doubt> {
    let Read { found, metadata, signed, .. } = read;
    let file = &found.file;
    let signature = match &metadata {
        Some(metadata) => stored_signature(metadata, shown.backfill)?,
        None => {
            let named = (file.digest_s3_bucket.clone(), file.digest_s3_object.clone());
            signatures.get(&named).cloned().ok_or_else(|| {
                Doubt::new(
                    Reason::DigestUnreadable,
                    "a plain copy has no signatures, and no newer digest in it names this one's: copy with \
                     `trailward archive fetch`",
                )
            })?
        }
    };
    let fingerprint = &file.digest_public_key_fingerprint;
    let key = keys.get(fingerprint).ok_or_else(|| {
        let known = keys.len();
        let shown: String = fingerprint.chars().take(64).collect();
        Doubt::new(
            Reason::KeyUnknown,
            format!("none of the {known} public keys of {} has the fingerprint {shown}", place.region),
        )
    })?;
    if !signed && !found.is_signed(&signature, key) {
        return Err(Doubt::new(
            Reason::DigestAltered,
            "its signature is not of these bytes, at the place it names, after the predecessor it names",
        ));
    }
    let origin = bound(place, shown, &found)?;
    let signature_hash = sha256(&hex::decode(&signature).unwrap_or_default());
    let span = Span { start: Some(found.start), end: Some(found.end) };
    let body = Body {
        start: found.start.unix_timestamp(),
        end: found.end.unix_timestamp(),
        hash: hash_bytes(&found.hash).unwrap_or_default(),
        signature: signature_hash,
        previous: claim_of(&found),
    };
    let file = found.file;
    run.bindings.claim(place, origin.clone(), || {
        let uri = run.uri(place.source, &shown.listed.key);
        let detail = format!("it was signed for s3://{}/{}", file.digest_s3_bucket, file.digest_s3_object);
        moved(place, &shown.trail, uri, span, detail)
    });
    let link = Link {
        bucket: file.digest_s3_bucket,
        key: file.digest_s3_object,
        stamp: shown.stamp.unix_timestamp(),
        body: Some(body),
    };
    Ok(Believed { link, origin, logs: file.log_files, span })
}

fn stored_signature(metadata: &Metadata, backfill: bool) -> Result<String, Doubt> {
    let Some(signature) = &metadata.signature else {
        return Err(Doubt::altered(Reason::DigestUnreadable, "its metadata have no signature"));
    };
    match metadata.algorithm.as_deref() {
        Some(ALGORITHM) => {}
        other => {
            return Err(Doubt::new(
                Reason::DigestAltered,
                format!("its signature-algorithm is {other:?}, not {ALGORITHM}"),
            ));
        }
    }
    if backfill && metadata.backfill.is_none() {
        return Err(Doubt::altered(
            Reason::DigestUnreadable,
            "its metadata have no backfill-generation-timestamp",
        ));
    }
    Ok(signature.clone())
}

/// Compares what a true digest says of itself with where it lies; returns the origin it claims.
pub(super) fn bound(place: &Place, shown: &Shown, found: &FoundDigest) -> Result<Origin, Doubt> {
    let file = &found.file;
    let elsewhere = || {
        let detail = format!("it was signed for s3://{}/{}", file.digest_s3_bucket, file.digest_s3_object);
        Doubt::new(Reason::DigestMoved, detail)
    };
    let tail = shown.listed.key.strip_prefix(&place.prefix).ok_or_else(elsewhere)?;
    let prefix = file.digest_s3_object.strip_suffix(tail).ok_or_else(elsewhere)?;
    if !(prefix.is_empty() || prefix.ends_with('/')) {
        return Err(elsewhere());
    }
    // Where the names of two digests would be the same, the name moves and the window does not.
    let moved = shown.stamp - found.end;
    if file.aws_account_id != place.account || !(Duration::ZERO..=MOST_MOVED).contains(&moved) {
        return Err(Doubt::new(
            Reason::DigestMoved,
            format!(
                "its name is of account {} and ends at {}, its content of {} and {}",
                place.account, shown.stamp, file.aws_account_id, file.digest_end_time
            ),
        ));
    }
    Ok((file.digest_s3_bucket.clone(), prefix.to_owned()))
}

fn claim_of(found: &FoundDigest) -> Option<Claim> {
    let file = &found.file;
    let key = file.previous_digest_s3_object.clone()?;
    let signature = file.previous_digest_signature.as_deref().unwrap_or("");
    let stamp = Delivered::parse(&key)
        .filter(|name| matches!(name.kind, DeliveredKind::Digest { .. }))
        .map(|name| name.stamp.unix_timestamp());
    Some(Claim {
        bucket: file.previous_digest_s3_bucket.clone().unwrap_or_default(),
        stamp,
        hash: file.previous_digest_hash_value.as_deref().and_then(hash_bytes),
        signature: sha256(&hex::decode(signature).unwrap_or_default()),
        key,
    })
}

/// Thirty-two bytes in hexadecimal.
pub(super) fn hash_bytes(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}

/// Reports a digest that is not believed. Returns its verdict.
pub(super) fn report(run: &Run, place: &Place, shown: &Shown, doubt: Doubt, span: Span) -> Verdict {
    let verdict = doubt.verdict;
    let uri = run.uri(place.source, &shown.listed.key);
    run.collector.add(doubt.finding(place, &shown.trail, uri, span));
    verdict
}

/// Tells the observer and the totals.
pub(super) fn count(run: &Run, shown: &Shown, link: &Link, reason: Option<Reason>, sizes: (u64, u64)) {
    run.count(|counts| {
        counts.digests += 1;
        counts.digests_valid += u64::from(reason.is_none());
        counts.bytes += sizes.0;
        counts.unpacked += sizes.1;
    });
    run.observer.checked(&Checked {
        kind: shown.kind(),
        bucket: link.bucket.clone(),
        key: link.key.clone(),
        reason,
        remembered: false,
        bytes: sizes.0,
        unpacked: sizes.1,
    });
}
