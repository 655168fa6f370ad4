//! Reads everything a server delivered, as anybody with read access could: no more than HTTP, the bucket and
//! `ListPublicKeys`. Whatever does not verify is a panic that says what.

use crate::client::{Answered, Client};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use trailward_digest::{DigestFile, PublicKey, check_digest, check_link, check_log};
use trailward_model::delivered::{Delivered, DeliveredKind};

/// Reads one account's files in one bucket. What was delivered never changes, so each file is fetched once.
pub struct Auditor {
    client: Client,
    bucket: String,
    account: String,
    fetched: HashMap<String, (Vec<u8>, Option<String>)>,
}

/// What was delivered.
#[derive(Debug, Default)]
pub struct Audit {
    /// By log file, the request ids of its records, in order.
    pub files: BTreeMap<String, Vec<String>>,
    /// What may have taken effect: event name, and the user or key that it was about. Refused calls are not among it,
    /// those of unknown outcome are.
    pub effects: BTreeSet<(String, String)>,
    /// By log file, how many digests list it.
    pub listed: BTreeMap<String, usize>,
    /// Digests, all chains together.
    pub digests: usize,
    /// By Region, the chains that begin there: digests without a predecessor.
    pub beginnings: BTreeMap<String, usize>,
}

impl Audit {
    /// By request id, the log files with its record; one that is in a file twice counts twice.
    pub fn places(&self) -> HashMap<&str, Vec<&str>> {
        let mut places: HashMap<&str, Vec<&str>> = HashMap::new();
        for (file, requests) in &self.files {
            for request in requests {
                places.entry(request).or_default().push(file);
            }
        }
        places
    }

    /// Request ids with more than one record.
    pub fn duplicates(&self) -> Vec<String> {
        let twice = self.places().into_iter().filter(|(_, files)| files.len() > 1);
        let mut twice: Vec<String> = twice.map(|(request, files)| format!("{request}: {files:?}")).collect();
        twice.sort();
        twice
    }

    /// Request ids in files that a digest lists.
    pub fn covered(&self) -> BTreeSet<&str> {
        let listed = self.files.iter().filter(|(file, _)| self.listed.contains_key(*file));
        listed.flat_map(|(_, requests)| requests.iter().map(String::as_str)).collect()
    }

    /// Log files that are not listed exactly once.
    pub fn not_listed_once(&self) -> Vec<&str> {
        let once = |file: &&String| self.listed.get(*file) != Some(&1);
        self.files.keys().filter(once).map(String::as_str).collect()
    }
}

impl Auditor {
    /// `client` may list and read `bucket`, in which the files of `account` lie without a prefix.
    pub fn new(client: Client, bucket: &str, account: &str) -> Self {
        Self { client, bucket: bucket.to_owned(), account: account.to_owned(), fetched: HashMap::new() }
    }

    /// Reads and checks everything there is now.
    pub async fn audit(&mut self) -> Audit {
        let mut audit = Audit::default();
        // Digests first: what they list has been delivered before, so the log files listed later include it.
        let root = format!("AWSLogs/{}/CloudTrail-Digest/", self.account);
        let mut chains: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for key in self.list(&root).await {
            let region = key.strip_prefix(&root).unwrap().split('/').next().unwrap().to_owned();
            let named = Delivered::parse(&key).unwrap_or_else(|| panic!("{key} is no digest's name"));
            let DeliveredKind::Digest { trail, home_region, .. } = named.kind else {
                panic!("{key} is no digest")
            };
            let chain = format!("{trail} {home_region}");
            chains.entry((region, chain)).or_default().push(key);
        }
        for ((region, _), mut keys) in chains {
            keys.sort_by_key(|key| Delivered::parse(key).map(|named| named.stamp));
            let public = self.public_keys(&region).await;
            self.chain(&region, &keys, &public, &mut audit).await;
        }
        let root = format!("AWSLogs/{}/CloudTrail/", self.account);
        for key in self.list(&root).await {
            let region = key.strip_prefix(&root).unwrap().split('/').next().unwrap().to_owned();
            let (text, _) = self.read(&key).await;
            let requests = requests(&text, &self.account, &region, &key);
            audit.effects.extend(effects(&text));
            audit.files.insert(key, requests);
        }
        for file in audit.listed.keys() {
            assert!(audit.files.contains_key(file), "{file} is listed by a digest and is not there");
        }
        audit
    }

    /// Every delivered key has one version, and nothing was deleted (invariants D1, D2).
    pub async fn one_version_each(&self) {
        let mut marker = String::new();
        let mut seen = BTreeSet::new();
        loop {
            let query = format!("prefix=AWSLogs%2F&versions{marker}");
            let text =
                self.ok(self.client.s3("GET", &self.bucket, "", &query, &[], Bytes::new()).await).text();
            assert!(!text.contains("<DeleteMarker>"), "something delivered was deleted: {text}");
            for version in text.split("<Version>").skip(1) {
                let key = element(version, "Key");
                assert!(seen.insert(key.clone()), "{key} was delivered more than once");
            }
            if element(&text, "IsTruncated") != "true" {
                return;
            }
            let key = element(&text, "NextKeyMarker").replace('/', "%2F");
            let version = element(&text, "NextVersionIdMarker");
            marker = format!("&key-marker={key}&version-id-marker={version}");
        }
    }

    /// One trail's digests in one Region, oldest first.
    async fn chain(
        &mut self,
        region: &str,
        keys: &[String],
        public: &HashMap<String, PublicKey>,
        audit: &mut Audit,
    ) {
        let mut before: Option<(DigestFile, Vec<u8>, String)> = None;
        for key in keys {
            let (bytes, signature) = self.read(key).await;
            let signature = signature.unwrap_or_else(|| panic!("{key} has no signature"));
            let said: DigestFile = serde_json::from_slice(&bytes).unwrap();
            let signer = public
                .get(&said.digest_public_key_fingerprint)
                .unwrap_or_else(|| panic!("{key} is signed by a key that {region} does not list"));
            let digest = check_digest(&bytes, (&self.bucket, key), &signature, signer)
                .unwrap_or_else(|fault| panic!("{key}: {fault}"));
            assert_eq!(digest.aws_account_id, self.account, "{key}");
            match (&before, &digest.previous_digest_signature) {
                (_, None) => *audit.beginnings.entry(region.to_owned()).or_default() += 1,
                (None, Some(_)) => panic!("{key} has a predecessor, which is not there"),
                // Also holds that each window begins where the one before ends.
                (Some((older, bytes, signature)), Some(_)) => check_link(&digest, older, bytes, signature)
                    .unwrap_or_else(|fault| panic!("{key}: {fault}")),
            }
            assert!(digest.digest_start_time <= digest.digest_end_time, "{key} ends before it begins");
            for log in &digest.log_files {
                assert_eq!(log.s3_bucket, self.bucket, "{key}");
                let (text, _) = self.read(&log.s3_object).await;
                check_log(log, &text).unwrap_or_else(|fault| panic!("{key}: {}: {fault}", log.s3_object));
                *audit.listed.entry(log.s3_object.clone()).or_default() += 1;
            }
            audit.digests += 1;
            before = Some((digest, bytes, signature));
        }
    }

    async fn public_keys(&self, region: &str) -> HashMap<String, PublicKey> {
        let client = Client { region: region.to_owned(), ..self.client.clone() };
        let range = json!({ "StartTime": 0, "EndTime": 4_102_444_800_i64 });
        let answer = self.ok(client.cloudtrail("ListPublicKeys", &range).await);
        let value: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(value.get("NextToken"), None, "more than a page");
        let keys = value["PublicKeyList"].as_array().unwrap().iter().map(|key| {
            let public = PublicKey(STANDARD.decode(key["Value"].as_str().unwrap()).unwrap());
            assert_eq!(key["Fingerprint"], public.fingerprint());
            (public.fingerprint(), public)
        });
        keys.collect()
    }

    async fn list(&self, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let mut token = String::new();
        loop {
            let query = format!("{token}list-type=2&prefix={}", prefix.replace('/', "%2F"));
            let text =
                self.ok(self.client.s3("GET", &self.bucket, "", &query, &[], Bytes::new()).await).text();
            keys.extend(text.split("<Contents>").skip(1).map(|object| element(object, "Key")));
            if element(&text, "IsTruncated") != "true" {
                return keys;
            }
            let next = element(&text, "NextContinuationToken");
            let next = percent_encoding::utf8_percent_encode(&next, percent_encoding::NON_ALPHANUMERIC);
            token = format!("continuation-token={next}&");
        }
    }

    /// A file's bytes, unzipped, and its signature if it has one.
    async fn read(&mut self, key: &str) -> (Vec<u8>, Option<String>) {
        if let Some(found) = self.fetched.get(key) {
            return found.clone();
        }
        let answer = self.ok(self.client.s3("GET", &self.bucket, key, "", &[], Bytes::new()).await);
        let signature = answer.headers.get("x-amz-meta-signature").map(|v| v.to_str().unwrap().to_owned());
        let mut text = Vec::new();
        let mut member = GzDecoder::new(&*answer.body);
        member.read_to_end(&mut text).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert!(member.into_inner().is_empty(), "{key} has bytes after its gzip member");
        self.fetched.insert(key.to_owned(), (text.clone(), signature.clone()));
        (text, signature)
    }

    fn ok(&self, answer: anyhow::Result<Answered>) -> Answered {
        answer.unwrap().expect_success(&self.bucket).unwrap()
    }
}

fn effects(text: &[u8]) -> Vec<(String, String)> {
    let file: Value = serde_json::from_slice(text).unwrap();
    let took = |record: &&Value| record["errorCode"].is_null() || record["errorCode"] == "OutcomeUnknown";
    let named = |record: &Value| {
        let about = ["userName", "key"].iter().find_map(|name| record["requestParameters"][name].as_str())?;
        Some((record["eventName"].as_str()?.to_owned(), about.to_owned()))
    };
    file["Records"].as_array().unwrap().iter().filter(took).filter_map(named).collect()
}

fn requests(text: &[u8], account: &str, region: &str, key: &str) -> Vec<String> {
    let file: Value = serde_json::from_slice(text).unwrap();
    let records = file["Records"].as_array().unwrap();
    assert!(!records.is_empty(), "{key} is empty");
    for record in records {
        assert_eq!(record["awsRegion"], region, "{key}");
        assert_eq!(record["recipientAccountId"], account, "{key}");
    }
    records.iter().map(|record| record["requestID"].as_str().unwrap().to_owned()).collect()
}

/// The text of the first `<name>`; empty if there is none.
pub fn element(xml: &str, name: &str) -> String {
    let rest = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text).to_owned()
}
