//! A small archive in a directory.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use trailward_archive::expect::Expected;
use trailward_archive::find::Wanted;
use trailward_archive::keys::Keys;
use trailward_archive::range::Range;
use trailward_archive::report::{Report, Unobserved};
use trailward_archive::source::{MANIFEST, ManifestLine, Origin, Source};
use trailward_archive::{DIGEST_INTERVAL, Request, validate};
use trailward_digest::{DigestFile, ListedLog, Previous, SigningKeyPair, sha256_hex, string_to_sign};
use trailward_model::layout::Place;
use trailward_model::stamp;

pub(crate) const START: OffsetDateTime = datetime!(2026-03-01 22:00 UTC);
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-central-1";

fn place(prefix: &'static str) -> Place<'static> {
    Place { prefix: Some(prefix), organization: None, account: ACCOUNT, region: REGION }
}

pub(crate) fn hour(n: i64) -> OffsetDateTime {
    START + Duration::hours(n)
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One digest and what signs it.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) key: String,
    pub(crate) digest: DigestFile,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: String,
}

/// A chain of `hours` digests with two log files each, in a directory as `aws s3 sync` leaves it, with a mirror's sidecar.
pub(crate) struct Archive {
    pub(crate) folder: TempDir,
    pub(crate) pair: SigningKeyPair,
    pub(crate) digests: Vec<Made>,
    pub(crate) logs: Vec<String>,
    sidecar: BTreeMap<String, String>,
    prefix: &'static str,
}

impl Archive {
    pub(crate) fn new(hours: i64) -> Self {
        Self::below("audit", hours)
    }

    /// Delivered under `prefix`.
    pub(crate) fn below(prefix: &'static str, hours: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = SigningKeyPair::generate().unwrap();
        let mut this = Self { folder, pair, digests: vec![], logs: vec![], sidecar: BTreeMap::new(), prefix };
        for n in 0..hours {
            let mut listed = Vec::new();
            for minute in [10, 40] {
                let at = hour(n) + Duration::minutes(minute);
                let key = place(prefix).log_file(at, &format!("unique{n:010}"));
                let content = format!("{{\"Records\":[{{\"hour\":{n},\"minute\":{minute}}}]}}");
                this.write(&key, &gzip(content.as_bytes()));
                let time = Some(stamp::extended(at));
                listed.push(ListedLog::new("b", &key, sha256_hex(content.as_bytes()), time.clone(), time));
                this.logs.push(key);
            }
            let previous = this.digests.last().cloned();
            let made = this.make(n, previous.as_ref(), listed);
            this.store(&made);
            this.digests.push(made);
        }
        this.sign_sidecar();
        this
    }

    /// The digest of hour `n`, not stored.
    pub(crate) fn make(&self, n: i64, previous: Option<&Made>, logs: Vec<ListedLog>) -> Made {
        let previous = previous.map(|made| Previous {
            bucket: "b".into(),
            key: made.key.clone(),
            hash: sha256_hex(&made.bytes),
            signature: made.signature.clone(),
        });
        let key = place(self.prefix).digest("main", REGION, hour(n + 1));
        let (start, end) = (stamp::extended(hour(n)), stamp::extended(hour(n + 1)));
        let fingerprint = self.pair.public().fingerprint();
        let digest =
            DigestFile::new(ACCOUNT, (&start, &end), ("b", &key), &fingerprint, previous.as_ref(), logs);
        self.sign(key, digest)
    }

    pub(crate) fn sign(&self, key: String, digest: DigestFile) -> Made {
        let bytes = digest.to_bytes().unwrap();
        let text = string_to_sign(
            &digest.digest_end_time,
            &digest.digest_s3_bucket,
            &digest.digest_s3_object,
            &bytes,
            digest.previous_digest_signature.as_deref(),
        );
        let signature = self.pair.sign(&text).unwrap();
        Made { key, digest, bytes, signature }
    }

    pub(crate) fn store(&mut self, made: &Made) {
        self.write(&made.key, &gzip(&made.bytes));
        self.sidecar.insert(made.key.clone(), made.signature.clone());
    }

    pub(crate) fn store_signature(&mut self, key: &str, signature: &str) {
        self.sidecar.insert(key.to_owned(), signature.to_owned());
        self.sign_sidecar();
    }

    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(key)
    }

    pub(crate) fn write(&self, key: &str, bytes: &[u8]) {
        let path = self.path(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn remove(&self, key: &str) {
        fs::remove_file(self.path(key)).unwrap();
    }

    pub(crate) fn sign_sidecar(&self) {
        let mut text = serde_json::to_string(&Origin::new("b", "")).unwrap();
        for (key, signature) in &self.sidecar {
            let line = ManifestLine {
                key: key.clone(),
                size: 1,
                tag: String::new(),
                signature: Some(signature.clone()),
                signature_algorithm: Some("SHA256withRSA".into()),
                backfill_generation_timestamp: None,
            };
            text.push('\n');
            text.push_str(&serde_json::to_string(&line).unwrap());
        }
        fs::write(self.folder.path().join(MANIFEST), text).unwrap();
    }

    pub(crate) fn keys(&self) -> PathBuf {
        let path = self.folder.path().join("keys.json");
        let key = self.pair.public();
        let file = serde_json::json!({"PublicKeyList": [{
            "Value": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &key.0),
            "Fingerprint": key.fingerprint(),
        }]});
        fs::write(&path, file.to_string()).unwrap();
        path
    }

    pub(crate) fn source(&self) -> Arc<dyn Source> {
        trailward_archive::open::open_directory(self.folder.path()).unwrap()
    }

    /// Everything, asked at the end of the last hour.
    pub(crate) fn request(&self) -> Request {
        Request {
            sources: vec![self.source()],
            range: Range::default(),
            wanted: Wanted::default(),
            trail: None,
            expected: Expected::default(),
            keys: Keys::file(&self.keys()).unwrap(),
            originals: vec![],
            resume: None,
            jobs: 8,
            interval: DIGEST_INTERVAL,
            now: hour(i64::try_from(self.digests.len()).unwrap()) + Duration::minutes(5),
        }
    }
}

/// What a validation says: the verdict and the reasons' codes with the number of findings.
pub(crate) async fn ask(request: Request) -> Report {
    validate(request, Arc::new(Unobserved)).await.unwrap()
}

pub(crate) fn codes(report: &Report) -> Vec<(&'static str, u64)> {
    report.totals.iter().map(|(code, count)| (*code, *count)).collect()
}
