//! What earlier runs have verified, so that a nightly run reads only what is new.
//!
//! A gzip file of JSON lines: a header, one line for each digest whose signature, content and log files were all good,
//! and a last line with the SHA-256 of all lines before it. A digest is taken from here only if the listing still shows
//! the same tag, size and time for it and for every one of its log files; how it links to its neighbours is judged anew
//! in every run. The checksum finds damage and careless edits. Whoever can write this file can make a run skip objects,
//! so it belongs where the tool itself belongs, not into the archive.

use super::binding::Origin;
use super::digest::Believed;
use crate::source::Listed;
use crate::unpack::sha256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Mutex;
use time::OffsetDateTime;
use trailward_digest::judge::{Body, Claim, Link};

const VERSION: u32 = 1;
/// The most characters of a line: a digest with 100,000 log files.
const MOST_LINE: u64 = 32 << 20;

/// What must not have changed: the first 16 bytes of a SHA-256 over key, size, tag and time.
pub(super) type Identity = [u8; 16];

/// What a listing shows of an object, in 16 bytes.
pub(super) fn identity(listed: &Listed) -> Identity {
    let text = format!(
        "{}\n{}\n{}\n{}",
        listed.key,
        listed.size,
        listed.tag,
        listed.modified.unix_timestamp_nanos()
    );
    let mut identity = Identity::default();
    identity.iter_mut().zip(sha256(text.as_bytes())).for_each(|(to, from)| *to = from);
    identity
}

/// Why the state could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the state file {path} could not be written: {error}")]
pub struct StateError {
    path: String,
    error: std::io::Error,
}

/// A digest that was good with all its log files.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    uri: String,
    identity: Identity,
    bucket: String,
    key: String,
    pub(super) origin: Origin,
    body: Body,
    /// Keys in the digest's own source, and their identities.
    pub(super) logs: Vec<(String, Identity)>,
}

impl Entry {
    /// An entry without log files yet.
    pub(super) fn new(uri: String, listed: &Listed, believed: &Believed) -> Self {
        let body = believed.link.body.clone().unwrap_or(Body {
            start: 0,
            end: 0,
            hash: [0; 32],
            signature: [0; 32],
            previous: None,
        });
        Self {
            uri,
            identity: identity(listed),
            bucket: believed.link.bucket.clone(),
            key: believed.link.key.clone(),
            origin: believed.origin.clone(),
            body,
            logs: Vec::new(),
        }
    }

    pub(super) fn link(&self, stamp: i64) -> Link {
        Link { bucket: self.bucket.clone(), key: self.key.clone(), stamp, body: Some(self.body.clone()) }
    }
}

/// What is known of one account and Region.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    entries: HashMap<String, Entry>,
}

impl Past {
    /// The entry of a digest that is as it was.
    pub(super) fn verified(&self, uri: &str, listed: &Listed) -> Option<&Entry> {
        self.entries.get(uri).filter(|entry| entry.identity == identity(listed))
    }

    pub(super) fn remember(&mut self, entry: Entry) {
        self.entries.insert(entry.uri.clone(), entry);
    }
}

/// What is known of all accounts and Regions.
#[derive(Debug, Default)]
pub(super) struct State {
    groups: Mutex<BTreeMap<(String, String), Past>>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    trailward: String,
    version: u32,
    #[serde(with = "time::serde::timestamp")]
    written: OffsetDateTime,
}

#[derive(Serialize, Deserialize)]
struct Line {
    account: String,
    region: String,
    uri: String,
    id: String,
    bucket: String,
    key: String,
    origin: Origin,
    start: i64,
    end: i64,
    hash: String,
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<PreviousLine>,
    logs: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct PreviousLine {
    bucket: String,
    key: String,
    stamp: Option<i64>,
    hash: Option<String>,
    signature: String,
}

#[derive(Serialize, Deserialize)]
struct Footer {
    sha256: String,
}

impl State {
    /// Reads `path`. A file that is not there is an empty state; one that is damaged, of another version or from the
    /// future is ignored, and the words say so.
    pub(super) fn load(path: &Path, now: OffsetDateTime) -> (Self, Option<String>) {
        match Self::read(path, now) {
            Ok(state) => (state, None),
            Err(why) => {
                let words =
                    format!("the state file {} was ignored and everything is read: {why}", path.display());
                (Self::default(), Some(words))
            }
        }
    }

    fn read(path: &Path, now: OffsetDateTime) -> Result<Self, String> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(e.to_string()),
        };
        let mut lines = BufReader::new(GzDecoder::new(BufReader::new(file)));
        let mut sum = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let mut groups: BTreeMap<(String, String), Past> = BTreeMap::new();
        let (mut line, mut number) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read =
                (&mut lines).take(MOST_LINE).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
            if read == 0 {
                return Err("it is cut off".into());
            }
            if let Ok(footer) = serde_json::from_slice::<Footer>(&line) {
                if footer.sha256 != hex::encode(sum.finish()) {
                    return Err("its checksum is wrong: it was damaged or edited".into());
                }
                return Ok(Self { groups: Mutex::new(groups) });
            }
            sum.update(&line);
            if number == 0 {
                let header: Header =
                    serde_json::from_slice(&line).map_err(|_| "it is not a state file".to_owned())?;
                if header.trailward != "validate-state" || header.version != VERSION {
                    return Err(format!("it has version {}, not {VERSION}", header.version));
                }
                if header.written > now {
                    return Err("it was written in the future".into());
                }
            } else {
                let read: Line = serde_json::from_slice(&line).map_err(|e| format!("line {number}: {e}"))?;
                let group = (read.account.clone(), read.region.clone());
                let entry = entry(read).ok_or_else(|| format!("line {number} has a malformed hash"))?;
                groups.entry(group).or_default().remember(entry);
            }
            number += 1;
        }
    }

    /// What is known of a group.
    pub(super) fn past(&self, account: &str, region: &str) -> Past {
        let key = (account.to_owned(), region.to_owned());
        self.groups.lock().ok().and_then(|mut groups| groups.remove(&key)).unwrap_or_default()
    }

    /// Keeps what is known of a group.
    pub(super) fn keep(&self, account: &str, region: &str, past: Past) {
        if let Ok(mut groups) = self.groups.lock() {
            groups.insert((account.to_owned(), region.to_owned()), past);
        }
    }

    /// Writes everything to `path`, all or nothing.
    pub(super) fn save(&self, path: &Path, now: OffsetDateTime) -> Result<(), StateError> {
        self.write(path, now).map_err(|error| StateError { path: path.display().to_string(), error })
    }

    fn write(&self, path: &Path, now: OffsetDateTime) -> std::io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let fresh = path.with_file_name(name);
        let file = File::create(&fresh)?;
        let mut out = GzEncoder::new(BufWriter::new(file), Compression::fast());
        let mut sum = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let mut put = |out: &mut GzEncoder<BufWriter<File>>, mut line: Vec<u8>| {
            line.push(b'\n');
            sum.update(&line);
            out.write_all(&line)
        };
        let header = Header { trailward: "validate-state".into(), version: VERSION, written: now };
        put(&mut out, serde_json::to_vec(&header)?)?;
        let groups = self.groups.lock().map_err(|_| std::io::Error::other("a thread died"))?;
        for ((account, region), past) in groups.iter() {
            for entry in past.entries.values() {
                put(&mut out, serde_json::to_vec(&line(account, region, entry))?)?;
            }
        }
        let mut footer = serde_json::to_vec(&Footer { sha256: hex::encode(sum.finish()) })?;
        footer.push(b'\n');
        out.write_all(&footer)?;
        let file = out.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn line(account: &str, region: &str, entry: &Entry) -> Line {
    let text = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    Line {
        account: account.to_owned(),
        region: region.to_owned(),
        uri: entry.uri.clone(),
        id: text(&entry.identity),
        bucket: entry.bucket.clone(),
        key: entry.key.clone(),
        origin: entry.origin.clone(),
        start: entry.body.start,
        end: entry.body.end,
        hash: text(&entry.body.hash),
        signature: text(&entry.body.signature),
        previous: entry.body.previous.as_ref().map(|claim| PreviousLine {
            bucket: claim.bucket.clone(),
            key: claim.key.clone(),
            stamp: claim.stamp,
            hash: claim.hash.map(|hash| text(&hash)),
            signature: text(&claim.signature),
        }),
        logs: entry.logs.iter().map(|(key, identity)| (key.clone(), text(identity))).collect(),
    }
}

fn entry(line: Line) -> Option<Entry> {
    let previous = match line.previous {
        None => None,
        Some(claim) => Some(Claim {
            bucket: claim.bucket,
            key: claim.key,
            stamp: claim.stamp,
            hash: match claim.hash {
                None => None,
                Some(hash) => Some(bytes(&hash)?),
            },
            signature: bytes(&claim.signature)?,
        }),
    };
    let body = Body {
        start: line.start,
        end: line.end,
        hash: bytes(&line.hash)?,
        signature: bytes(&line.signature)?,
        previous,
    };
    let logs: Option<Vec<_>> =
        line.logs.into_iter().map(|(key, identity)| Some((key, bytes(&identity)?))).collect();
    Some(Entry {
        uri: line.uri,
        identity: bytes(&line.id)?,
        bucket: line.bucket,
        key: line.key,
        origin: line.origin,
        body,
        logs: logs?,
    })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-05-01 0:00 UTC);

    fn listed() -> Listed {
        Listed { key: "k".into(), size: 3, tag: "\"e\"".into(), modified: NOW }
    }

    fn sample() -> State {
        let hash = [7; 32];
        let previous =
            Claim { bucket: "b".into(), key: "p".into(), stamp: Some(5), hash: Some(hash), signature: hash };
        let mut past = Past::default();
        past.remember(Entry {
            uri: "s3://b/k".into(),
            identity: identity(&listed()),
            bucket: "b".into(),
            key: "k".into(),
            origin: ("b".into(), String::new()),
            body: Body { start: 1, end: 2, hash, signature: hash, previous: Some(previous) },
            logs: vec![("l".into(), [9; 16])],
        });
        let state = State::default();
        state.keep("1", "r", past);
        state
    }

    #[test]
    fn what_was_written_is_read_and_any_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        sample().save(&path, NOW).unwrap();
        let (state, warning) = State::load(&path, NOW);
        assert_eq!(warning, None);
        let past = state.past("1", "r");
        let entry = past.verified("s3://b/k", &listed()).unwrap();
        assert_eq!((entry.logs.len(), entry.body.end), (1, 2));
        for change in [
            Listed { size: 4, ..listed() },
            Listed { tag: "\"f\"".into(), ..listed() },
            Listed { modified: NOW + time::Duration::nanoseconds(1), ..listed() },
        ] {
            assert!(past.verified("s3://b/k", &change).is_none());
        }
        let whole = fs::read(&path).unwrap();
        let mut text = String::new();
        GzDecoder::new(&whole[..]).read_to_string(&mut text).unwrap();
        let again = |text: &str| {
            let mut out = GzEncoder::new(Vec::new(), Compression::fast());
            out.write_all(text.as_bytes()).unwrap();
            fs::write(&path, out.finish().unwrap()).unwrap();
            State::load(&path, NOW)
        };
        assert_eq!(again(&text).1, None);
        for (from, to) in
            [("\"start\":1", "\"start\":0"), ("\"version\":1", "\"version\":2"), ("\"l\"", "\"m\"")]
        {
            assert!(text.contains(from));
            let (state, warning) = again(&text.replace(from, to));
            assert!(warning.unwrap().contains("ignored"), "{from}");
            assert!(state.past("1", "r").entries.is_empty());
        }
        for cut in [0, 1, whole.len() / 2, whole.len() - 30] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(State::load(&path, NOW).1.is_some(), "cut at {cut}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(State::load(&path, NOW - time::Duration::SECOND).1.unwrap().contains("future"));
        assert_eq!(State::load(&folder.path().join("none"), NOW).1, None);
    }
}
