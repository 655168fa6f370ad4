//! Golden cases: one file per operation with the calls before it, the call, its answer and its record.
//!
//! `golden/SERVICE/OPERATION.json`, and `OPERATION.VARIANT.json` for more of the same operation.
//! `TRAILWARD_BLESS=1 cargo test` writes answers and records anew.

use crate::world::{Answer, OTHER_ACCOUNT, World, root, root_of};
use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use trailward_service::compatibility;
use trailward_topic::{Courier, Parcel, Undelivered};
use trailward_wire::sigv4::{Credentials, Scope};

/// One file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What happens before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    setup: Vec<Step>,
    /// What is tested.
    request: Sent,
    /// What is expected.
    #[serde(default)]
    response: Value,
    /// What is expected in the journal.
    #[serde(default)]
    record: Value,
}

/// One thing that happens before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Step {
    /// Makes a bucket into which CloudTrail may deliver.
    Bucket { bucket: String },
    /// Keeps two codes in a row of a seed that was kept: `${code1}` and `${code2}`.
    Codes { codes: String },
    /// Delivers messages of topics, and keeps the last token that an endpoint was asked with.
    Token { token: String },
    /// Lets time pass.
    Wait { wait_seconds: i64 },
    /// A call that must succeed.
    Call {
        /// `iam:CreateUser`.
        call: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        members: Map<String, Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<String>,
        /// Keeps the credentials of the answer under this name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login: Option<String>,
        /// Keeps texts of the answer: `${NAME}` is then the text of the element.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        keep: BTreeMap<String, String>,
    },
    /// A raw request that must succeed.
    Http {
        http: Http,
        /// As for calls.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        keep: BTreeMap<String, String>,
    },
}

/// The request under test.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Sent {
    /// A call by its members.
    Call {
        operation: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        members: Map<String, Value>,
        /// Credentials that were kept, or `other`; root without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<String>,
    },
    /// A raw request, for S3.
    Http { http: Http },
}

/// A raw request, signed for S3 by root.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
}

/// The scope S3's requests are signed for.
pub(crate) const S3: Scope<'static> = Scope { region: "us-east-1", service: "s3" };

impl Http {
    /// The request, without a signature.
    pub(crate) fn unsigned(&self) -> Request<Bytes> {
        let uri =
            if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) };
        let mut request = Request::builder().method(self.method.as_str()).uri(uri);
        request = request.header("host", "trailward.test").header("user-agent", "test/1.0");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(self.body.clone())).expect("a request")
    }
}

/// S3's operations, each with its request, and a world in which that would succeed.
pub(crate) async fn s3_requests() -> Vec<(String, Player, Http)> {
    let mut all = Vec::new();
    for (service, operation, path) in cases() {
        let plain = path.file_name().is_some_and(|name| name == format!("{operation}.json").as_str());
        if service != "s3" || !plain {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a case");
        let case: Case = serde_json::from_str(&text).expect("a case");
        let mut player = Player { world: World::new().await, logins: BTreeMap::new(), kept: BTreeMap::new() };
        for step in &case.setup {
            player.step(step).await;
        }
        let Sent::Http { http } = &case.request else { continue };
        let http = player.ready(http);
        all.push((operation, player, http));
    }
    all
}

/// An endpoint that keeps the tokens it is asked with.
#[derive(Debug, Default)]
struct Asked(std::sync::Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Courier for Asked {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        let envelope: Value = serde_json::from_str(&parcel.body).expect("an envelope");
        if let Some(token) = envelope["Token"].as_str() {
            self.0.lock().expect("tokens").push(token.to_owned());
        }
        Ok(())
    }
}

/// What a case has come to know.
pub(crate) struct Player {
    pub(crate) world: World,
    logins: BTreeMap<String, Credentials>,
    kept: BTreeMap<String, String>,
}

impl Player {
    fn who(&self, name: Option<&String>) -> Credentials {
        match name.map(String::as_str) {
            None => root(),
            // Root of the account that stands beside.
            Some("other") => root_of(OTHER_ACCOUNT),
            Some(name) => self.logins.get(name).expect("a caller that logged in").clone(),
        }
    }

    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let mut text = text.clone();
                for (name, kept) in &self.kept {
                    text = text.replace(&format!("${{{name}}}"), kept);
                }
                Value::String(text)
            }
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect()
            }
            other => other.clone(),
        }
    }

    async fn call(
        &self,
        service: &str,
        operation: &str,
        members: &Map<String, Value>,
        caller: Option<&String>,
    ) -> Answer {
        let members = self.filled(&Value::Object(members.clone()));
        self.world.call(service, operation, members, &self.who(caller)).await
    }

    /// The request with what was kept.
    pub(crate) fn ready(&self, http: &Http) -> Http {
        let filled = self.filled(&serde_json::to_value(http).expect("JSON"));
        serde_json::from_value(filled).expect("a raw request")
    }

    async fn http(&self, http: &Http) -> Answer {
        self.world.send(self.world.signed(self.ready(http).unsigned(), &root(), S3)).await
    }

    fn keep(&mut self, answer: &Answer, keep: &BTreeMap<String, String>) {
        for (name, element) in keep {
            self.kept.insert(name.clone(), answer.text(element).expect("an element to keep"));
        }
    }

    /// What was kept differs every time, so cases name it.
    fn unfilled(&self, value: &Value) -> Value {
        let mut text = value.to_string();
        for (name, kept) in &self.kept {
            text = text.replace(kept, &format!("${{{name}}}"));
        }
        serde_json::from_str(&text).expect("JSON")
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Bucket { bucket } => self.world.bucket(bucket).await,
            Step::Codes { codes } => {
                let seed = self.kept.get(codes).expect("a seed that was kept").clone();
                for (name, steps) in [("code1", -1), ("code2", 0)] {
                    self.kept.insert(name.to_owned(), self.world.code(&seed, steps));
                }
            }
            Step::Token { token } => {
                let asked = Asked::default();
                let topics = &self.world.platform.topics;
                topics.deliver(&asked, "https://sns.test").await.expect("messages");
                let last = asked.0.lock().expect("tokens").pop().expect("a token");
                self.kept.insert(token.clone(), last);
            }
            Step::Wait { wait_seconds } => {
                self.world.clock.advance(time::Duration::seconds(*wait_seconds));
            }
            Step::Http { http, keep } => {
                let answer = self.http(http).await;
                assert!(answer.status < 300, "{}", answer.body);
                self.keep(&answer, keep);
            }
            Step::Call { call, members, caller, login, keep } => {
                let (service, operation) = call.split_once(':').expect("SERVICE:OPERATION");
                let answer = self.call(service, operation, members, caller.as_ref()).await.ok();
                if let Some(name) = login {
                    self.logins.insert(name.clone(), answer.credentials());
                }
                self.keep(&answer, keep);
            }
        }
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Every case: service, operation's file name, path.
fn cases() -> Vec<(String, String, PathBuf)> {
    let mut found = Vec::new();
    for service in fs::read_dir(directory()).expect("the golden directory") {
        let service = service.expect("an entry").path();
        let name =
            |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        for case in fs::read_dir(&service).expect("a service's directory") {
            let case = case.expect("an entry").path();
            if case.extension().is_some_and(|extension| extension == "json") {
                let operation = name(&case).split('.').next().unwrap_or_default().to_owned();
                found.push((name(&service), operation, case));
            }
        }
    }
    found.sort();
    found
}

fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let upper = |at: usize| letters.get(at).is_some_and(char::is_ascii_uppercase);
    let lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
    let mut text = String::new();
    for (at, letter) in letters.iter().enumerate() {
        // `MFADevice` is two words.
        if at > 0 && upper(at) && (lower(at - 1) || lower(at + 1)) {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// Sealed tokens differ every time, and a secret belongs in no file.
fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["SessionToken", "SecretAccessKey", "UploadId", "Base32StringSeed", "QRCodePNG", "MessageId"]
    {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        if let Some((before, rest)) = text.clone().split_once(&open)
            && let Some((_, after)) = rest.split_once(&close)
        {
            text = format!("{before}{open}…{close}{after}");
        }
    }
    text
}

/// What encrypts and signs is drawn from the system, so its results differ every time.
fn without_bytes(mut json: Value) -> Value {
    if let Value::Object(members) = &mut json {
        for name in ["CiphertextBlob", "Signature", "PublicKey", "Mac"] {
            if let Some(bytes) = members.get_mut(name) {
                *bytes = Value::from("…");
            }
        }
    }
    json
}

fn record_without_secrets(mut record: Value) -> Value {
    let differing = [
        "/responseElements/credentials/sessionToken",
        "/responseElements/messageId",
        "/responseElements/successful/0/messageId",
    ];
    for at in differing {
        if let Some(text) = record.pointer_mut(at) {
            *text = Value::from("…");
        }
    }
    record
}

async fn play(service: &str, case: &Case) -> (Value, Value) {
    let mut player = Player { world: World::new().await, logins: BTreeMap::new(), kept: BTreeMap::new() };
    for step in &case.setup {
        player.step(step).await;
    }
    let before = player.world.recorded();
    let answer = match &case.request {
        Sent::Call { operation, members, caller } => {
            player.call(service, operation, members, caller.as_ref()).await
        }
        Sent::Http { http } => player.http(http).await,
    };
    let record = record_without_secrets(player.world.last_record().await);
    assert!(player.world.recorded() > before, "nothing was recorded");
    if record["readOnly"] == false && record["errorCode"].is_null() {
        // What takes effect was announced, under the same id and with all that is known beforehand.
        let journaled = player.world.journaled().await;
        let place =
            |intent| journaled.iter().position(|(i, r)| *i == intent && r["eventID"] == record["eventID"]);
        let announced = place(true).expect("an intent");
        assert!(place(false).expect("a record") > announced, "the record comes after its intent");
        let intent = &journaled[announced].1;
        for element in
            ["eventName", "requestParameters", "resources", "userIdentity", "awsRegion", "readOnly"]
        {
            // Where a new bucket is, and whose, it says itself.
            let exempt =
                ["resources", "awsRegion"].contains(&element) && record["eventName"] == "CreateBucket";
            assert!(
                exempt || intent[element] == record[element],
                "{element}: {} {}",
                intent[element],
                record[element]
            );
        }
    }
    if service != "s3" {
        assert_eq!(record["requestID"], Value::from(answer.request_id.clone()));
    }
    let body = match serde_json::from_str(&answer.body) {
        Ok(json) => without_bytes(json),
        Err(_) => Value::from(without_secrets(&answer.body)),
    };
    let mut response = serde_json::json!({
        "status": answer.status,
        "contentType": answer.content_type,
        "body": body,
    });
    if service == "sns" {
        return (player.unfilled(&response), player.unfilled(&record));
    }
    if service != "s3" {
        return (response, record);
    }
    // Half of what S3 says is in headers.
    let headers: Map<String, Value> = answer
        .headers
        .into_iter()
        .filter(|(name, _)| name != "content-type")
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    response["headers"] = Value::Object(headers);
    (player.unfilled(&response), player.unfilled(&record))
}

#[tokio::test]
async fn every_case_is_as_expected() {
    let bless = std::env::var_os("TRAILWARD_BLESS").is_some();
    let mut wrong = Vec::new();
    for (service, _, path) in cases() {
        let text = fs::read_to_string(&path).expect("a case");
        let mut case: Case =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (response, record) = play(&service, &case).await;
        if bless {
            (case.response, case.record) = (response, record);
            let text = serde_json::to_string_pretty(&case).expect("JSON");
            fs::write(&path, text + "\n").expect("a writable case");
        } else if response != case.response || record != case.record {
            let expected = serde_json::json!({"response": case.response, "record": case.record});
            let found = serde_json::json!({"response": response, "record": record});
            wrong.push(format!("{}\nexpected {expected:#}\nfound {found:#}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_operation_has_a_case_and_every_case_an_operation() {
    let done: BTreeSet<(String, String)> = compatibility::operations()
        .into_iter()
        .filter(|(_, _, done)| *done)
        .map(|(service, name, _)| (service.to_owned(), snake(name)))
        .collect();
    let have: BTreeSet<(String, String)> =
        cases().into_iter().map(|(service, operation, _)| (service, operation)).collect();
    let missing: Vec<_> = done.difference(&have).collect();
    assert!(missing.is_empty(), "operations without a golden case: {missing:?}");
    let unknown: Vec<_> = have.difference(&done).collect();
    assert!(unknown.is_empty(), "golden cases without an operation: {unknown:?}");
}
