//! Every way to damage an archive that the validator must see.

use super::records::{Rng, log_file};
use super::{Object, Placed, World, gunzip, gzip, key_pairs, sign};
use std::collections::BTreeMap;
use time::Duration;
use trailward_digest::{DigestFile, sha256_hex};
use trailward_model::stamp;

/// One way. All work on the first chain and a digest in its middle, unless their name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tampering {
    /// Nothing.
    Clean,
    LogDeleted,
    LogRewritten,
    LogByteFlipped,
    LogBytesAppended,
    LogMemberAppended,
    LogNotGzip,
    LogTruncated,
    LogEmpty,
    LogDenied,
    LogPlanted,
    LogsSwapped,
    LogBomb,
    DigestDeleted,
    DigestRewritten,
    DigestNotGzip,
    DigestNotJson,
    DigestWithoutSignature,
    DigestSignatureNotHex,
    DigestSignatureShort,
    DigestDenied,
    DigestMoved,
    DigestOfAnotherHour,
    KeyWithdrawn,
    /// Signed well, but the predecessor's hash is another's.
    PreviousHashWrong,
    /// Signed well, but the predecessor's signature is another's.
    PreviousSignatureWrong,
    /// A second, well-signed digest of the same window.
    ForkedDigest,
    /// Logging was stopped and started again by somebody: no digest covers two hours.
    StoppedAndRestarted,
    /// The newest two digests and their logs are deleted.
    TailCut,
    /// Only the newest digest is deleted; its logs stay.
    NewestDigestDeleted,
    /// The oldest two digests and their logs are deleted.
    HeadCut,
    /// Everything of the last Region is deleted.
    RegionDeleted,
    /// Everything of the last account is deleted.
    AccountDeleted,
    /// All digests are deleted, the logs stay.
    AllDigestsDeleted,
    /// The bucket is empty.
    EverythingDeleted,
    BackfillDeleted,
    BackfillRewritten,
    BackfillWithoutStamp,
    BackfillLogDeleted,
    /// A digest's window ends before it begins; well signed.
    TimeBackwards,
    /// Only the checksum and the size behind the compressed content are cut off.
    LogTrailerCut,
    DigestBytesAppended,
    /// Validation was off for two hours: logs, but no digests.
    ValidationSwitchedOff,
    /// The newest backfill digest is deleted; the log that it names stays.
    NewestBackfillDeleted,
    /// A log file of the last chain, in another account and Region, is rewritten.
    OtherPlaceLogRewritten,
    /// Logging was stopped and started again between two digests: the windows join, and a new chain begins.
    RestartedAtOnce,
    /// Another archive lies in the tree of this one, where nobody looks for one.
    ArchiveInsideAnother,
    /// A log file lies beside the Regions' folders.
    LogMislaid,
    /// A log file is named for a time to come.
    LogFromTheFuture,
    /// A file beside the log files of a day is named as none of them.
    LogOfAnotherSuffix,
}

impl Tampering {
    pub const ALL: [Self; 50] = [
        Self::Clean,
        Self::LogDeleted,
        Self::LogRewritten,
        Self::LogByteFlipped,
        Self::LogBytesAppended,
        Self::LogMemberAppended,
        Self::LogNotGzip,
        Self::LogTruncated,
        Self::LogEmpty,
        Self::LogDenied,
        Self::LogPlanted,
        Self::LogsSwapped,
        Self::LogBomb,
        Self::DigestDeleted,
        Self::DigestRewritten,
        Self::DigestNotGzip,
        Self::DigestNotJson,
        Self::DigestWithoutSignature,
        Self::DigestSignatureNotHex,
        Self::DigestSignatureShort,
        Self::DigestDenied,
        Self::DigestMoved,
        Self::DigestOfAnotherHour,
        Self::KeyWithdrawn,
        Self::PreviousHashWrong,
        Self::PreviousSignatureWrong,
        Self::ForkedDigest,
        Self::StoppedAndRestarted,
        Self::TailCut,
        Self::NewestDigestDeleted,
        Self::HeadCut,
        Self::RegionDeleted,
        Self::AccountDeleted,
        Self::AllDigestsDeleted,
        Self::EverythingDeleted,
        Self::BackfillDeleted,
        Self::BackfillRewritten,
        Self::BackfillWithoutStamp,
        Self::BackfillLogDeleted,
        Self::TimeBackwards,
        Self::LogTrailerCut,
        Self::DigestBytesAppended,
        Self::ValidationSwitchedOff,
        Self::NewestBackfillDeleted,
        Self::OtherPlaceLogRewritten,
        Self::RestartedAtOnce,
        Self::ArchiveInsideAnother,
        Self::LogMislaid,
        Self::LogFromTheFuture,
        Self::LogOfAnotherSuffix,
    ];

    /// Damages `world`.
    pub fn apply(self, world: &mut World) {
        let chain = &world.chains[0];
        let middle = chain.digests.len() / 2;
        let digest = chain.digests[middle].clone();
        let log = digest.file.log_files.first().map(|l| l.s3_object.clone()).unwrap_or_default();
        match self {
            Self::Clean => {}
            Self::LogDeleted => drop(world.objects().remove(&log)),
            Self::LogRewritten => edit(world, &log, |b| gzip(&replaced(&gunzip(b), b"mallory", b"alice"))),
            Self::LogByteFlipped => edit(world, &log, |b| {
                let mut bytes = b.to_vec();
                let at = bytes.len() / 2;
                bytes[at] ^= 0x10;
                bytes
            }),
            Self::LogBytesAppended => edit(world, &log, |b| [b, b"appended"].concat()),
            Self::LogMemberAppended => edit(world, &log, |b| [b, &gzip(b"{\"Records\":[]}")].concat()),
            Self::LogNotGzip => edit(world, &log, gunzip),
            Self::LogTruncated => edit(world, &log, |b| b[..b.len() / 2].to_vec()),
            Self::LogEmpty => edit(world, &log, |_| Vec::new()),
            Self::LogDenied => world.denied.push(log),
            Self::LogPlanted => plant(world, &log),
            Self::LogsSwapped => {
                let other = digest.file.log_files[1].s3_object.clone();
                let objects = world.objects();
                let (a, b) = (objects[&log].clone(), objects[&other].clone());
                objects.insert(log, b);
                objects.insert(other, a);
            }
            Self::LogBomb => edit(world, &log, |_| bomb()),
            Self::DigestDeleted => drop(world.objects().remove(&digest.key)),
            Self::DigestRewritten => edit(world, &digest.key, |b| {
                let mut file: DigestFile = serde_json::from_slice(&gunzip(b)).unwrap();
                file.log_files.pop();
                gzip(&file.to_bytes().unwrap())
            }),
            Self::DigestNotGzip => edit(world, &digest.key, |_| b"not gzip".to_vec()),
            Self::DigestNotJson => edit(world, &digest.key, |_| gzip(b"not json")),
            Self::DigestWithoutSignature => {
                world.objects().get_mut(&digest.key).unwrap().metadata.clear();
            }
            Self::DigestSignatureNotHex => sign_with(world, &digest.key, "not hexadecimal"),
            Self::DigestSignatureShort => sign_with(world, &digest.key, digest.signature.get(..64).unwrap()),
            Self::DigestDenied => world.denied.push(digest.key),
            Self::DigestMoved => {
                // As a copy from another trail's folder would be: a well-signed digest that names another place.
                let mut file = digest.file.clone();
                file.digest_s3_object = file.digest_s3_object.replace("AWSLogs/", "elsewhere/AWSLogs/");
                let moved = sign(&file, digest.signer);
                let mut object = world.objects()[&digest.key].clone();
                object.bytes = gzip(&moved.bytes).into();
                object.metadata.insert("signature".into(), moved.signature);
                world.objects().insert(digest.key, object);
            }
            Self::DigestOfAnotherHour => {
                let older = world.chains[0].digests[middle - 1].key.clone();
                let object = world.objects()[&older].clone();
                world.objects().insert(digest.key, object);
            }
            Self::KeyWithdrawn => {
                let used = digest.signer;
                world.keys.retain(|key| key.pair != used);
                // An empty list would make the AWS CLI stop before it looks at anything.
                let spare = key_pairs().len() - 1;
                let mut other = super::KnownKey { pair: spare, ..known(world, &digest) };
                other.region.clone_from(&world.chains[0].region);
                world.keys.push(other);
            }
            Self::PreviousHashWrong => relink(world, middle, |file| {
                file.previous_digest_hash_value = Some(sha256_hex(b"another"));
            }),
            Self::PreviousSignatureWrong => {
                let other = key_pairs()[digest.signer].sign("another").unwrap();
                relink(world, middle, |file| file.previous_digest_signature = Some(other));
            }
            Self::ForkedDigest => fork(world, &digest),
            Self::StoppedAndRestarted => stop(world, middle, true),
            Self::ValidationSwitchedOff => stop(world, middle, false),
            Self::LogTrailerCut => edit(world, &log, |b| b[..b.len() - 8].to_vec()),
            Self::DigestBytesAppended => edit(world, &digest.key, |b| [b, b"appended"].concat()),
            Self::NewestBackfillDeleted => {
                let newest = world.chains[0].backfills.last().unwrap().key.clone();
                world.objects().remove(&newest);
            }
            Self::OtherPlaceLogRewritten => {
                let other = world.chains.last().unwrap().digests[middle].file.log_files[0].s3_object.clone();
                edit(world, &other, |b| gzip(&replaced(&gunzip(b), b"mallory", b"alice")));
            }
            Self::TailCut => cut(world, |at, len| at + 2 >= len),
            Self::NewestDigestDeleted => {
                let newest = world.chains[0].digests.last().unwrap().key.clone();
                world.objects().remove(&newest);
            }
            Self::HeadCut => cut(world, |at, _| at < 2),
            Self::RegionDeleted => {
                let region = world.chains.last().unwrap().region.clone();
                world.objects().retain(|key, _| !key.contains(&format!("/{region}/")));
            }
            Self::AccountDeleted => {
                let account = world.chains.last().unwrap().account.clone();
                world.objects().retain(|key, _| !key.contains(&format!("/{account}/")));
            }
            Self::AllDigestsDeleted => world.objects().retain(|key, _| !key.contains("CloudTrail-Digest")),
            Self::EverythingDeleted => world.objects().clear(),
            Self::BackfillDeleted => {
                let key = backfill(world).key;
                world.objects().remove(&key);
            }
            Self::BackfillRewritten => {
                let key = backfill(world).key;
                edit(world, &key, |b| gzip(&replaced(&gunzip(b), b"SHA-256", b"SHA-512")));
            }
            Self::BackfillWithoutStamp => {
                let key = backfill(world).key;
                world.objects().get_mut(&key).unwrap().metadata.remove("backfill-generation-timestamp");
            }
            Self::BackfillLogDeleted => {
                let log = backfill(world).file.log_files[0].s3_object.clone();
                world.objects().remove(&log);
            }
            Self::RestartedAtOnce => relink(world, middle, forget),
            Self::ArchiveInsideAnother => copy(world, &log, &log.replacen("AWSLogs/", "AWSLogs/AWSLogs/", 1)),
            Self::LogMislaid => {
                let region = world.chains[0].region.clone();
                copy(world, &log, &log.replacen(&format!("/{region}/"), "/", 1));
            }
            Self::LogFromTheFuture => copy(world, &log, &log.replace("2026", "2126")),
            Self::LogOfAnotherSuffix => copy(world, &log, &log.replace(".json.gz", ".json")),
            Self::TimeBackwards => relink(world, middle, |file| {
                std::mem::swap(&mut file.digest_start_time, &mut file.digest_end_time);
            }),
        }
    }
}

/// The older of the first chain's backfill digests.
fn backfill(world: &World) -> Placed {
    world.chains[0].backfills[0].clone()
}

fn known(world: &World, digest: &Placed) -> super::KnownKey {
    let at = stamp::parse_extended(&digest.file.digest_end_time).unwrap();
    let region = world.chains[0].region.clone();
    super::KnownKey { region, pair: 0, from: at - Duration::days(1), to: at + Duration::days(1) }
}

fn edit(world: &mut World, key: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) {
    let object = world.objects().get_mut(key).unwrap();
    object.bytes = change(&object.bytes).into();
}

fn sign_with(world: &mut World, key: &str, signature: &str) {
    world.objects().get_mut(key).unwrap().metadata.insert("signature".into(), signature.into());
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let changed = text.replace(std::str::from_utf8(from).unwrap(), std::str::from_utf8(to).unwrap());
    if changed == text {
        text.replace("203.0.113.", "198.51.100.").into_bytes()
    } else {
        changed.into_bytes()
    }
}

/// A log file that no digest names, beside a real one.
fn plant(world: &mut World, beside: &str) {
    let mut rng = Rng(4711);
    let at = world.objects()[beside].modified;
    let (folder, _) = beside.rsplit_once('_').unwrap();
    let (account, region) = (world.chains[0].account.clone(), world.chains[0].region.clone());
    let (text, _, _) = log_file(&mut rng, (&account, &region), at, 3);
    let key = format!("{folder}_{}.json.gz", rng.unique());
    let object = Object { bytes: gzip(&text).into(), metadata: BTreeMap::new(), modified: at };
    world.objects().insert(key, object);
}

/// 64 MiB of one byte: far more than its size, little enough for the AWS CLI, which reads it whole.
fn bomb() -> Vec<u8> {
    gzip(&vec![b' '; 64 << 20])
}

/// Changes digest `at` of the first chain and signs it and all after it again.
fn relink(world: &mut World, at: usize, change: impl FnOnce(&mut DigestFile)) {
    let mut digests = world.chains[0].digests.clone();
    change(&mut digests[at].file);
    for index in at..digests.len() {
        if index > at {
            let previous = digests[index - 1].as_previous();
            let file = &mut digests[index].file;
            file.previous_digest_hash_value = Some(previous.hash);
            file.previous_digest_signature = Some(previous.signature);
        }
        digests[index] = sign(&digests[index].file, digests[index].signer);
        let modified = world.objects()[&digests[index].key].modified;
        let digest = digests[index].clone();
        world.place(&digest, modified, None);
    }
    world.chains[0].digests = digests;
}

/// A second digest after the same predecessor, half an hour longer.
fn fork(world: &mut World, digest: &Placed) {
    let mut file = digest.file.clone();
    let end = stamp::parse_extended(&file.digest_end_time).unwrap() + Duration::minutes(30);
    let stem = file.digest_s3_object.rsplit_once('_').unwrap().0.to_owned();
    file.digest_s3_object = format!("{stem}_{}.json.gz", stamp::basic(end));
    file.digest_end_time = stamp::extended(end);
    let forked = sign(&file, digest.signer);
    world.place(&forked, end, None);
}

/// Takes digest `at` and the one after it away and lets the next begin a new chain, as a restart would.
fn stop(world: &mut World, at: usize, with_logs: bool) {
    let gone: Vec<Placed> = world.chains[0].digests.drain(at..at + 2).collect();
    for digest in &gone {
        world.objects().remove(&digest.key);
        for log in digest.file.log_files.iter().filter(|_| with_logs) {
            world.objects().remove(&log.s3_object);
        }
    }
    relink(world, at, forget);
}

/// Makes a digest the first of a chain.
fn forget(file: &mut DigestFile) {
    file.previous_digest_s3_bucket = None;
    file.previous_digest_s3_object = None;
    file.previous_digest_hash_value = None;
    file.previous_digest_hash_algorithm = None;
    file.previous_digest_signature = None;
}

/// The same object under another key.
fn copy(world: &mut World, from: &str, to: &str) {
    assert_ne!(from, to);
    let object = world.objects()[from].clone();
    world.objects().insert(to.to_owned(), object);
}

/// Deletes digests of the first chain, and their logs.
fn cut(world: &mut World, which: impl Fn(usize, usize) -> bool) {
    let digests = world.chains[0].digests.clone();
    for (at, digest) in digests.iter().enumerate() {
        if which(at, digests.len()) {
            world.objects().remove(&digest.key);
            for log in &digest.file.log_files {
                world.objects().remove(&log.s3_object);
            }
        }
    }
}
