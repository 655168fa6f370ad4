//! A platform in memory, and a client that signs.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use time::macros::datetime;
use trailward_bucket::{Buckets, CreateBucket, Resource};
use trailward_model::journaled::Journaled;
use trailward_model::{Clock as _, ManualClock};
use trailward_policy::{Caller, Context, Principal};
use trailward_service::{
    AccountSeed, Body, Gateway, KeySeed, Peer, Platform, SeededEntropy, Settings, ensure_account,
};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog, MemoryJournal};
use trailward_store::seal::MasterKey;
use trailward_store::{Journal as _, JournalEntry, ReadLimit};
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret, sha256_hex, sign};

/// The account everything happens in.
pub(crate) const ACCOUNT: &str = "111122223333";

/// Somebody else's.
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";

/// Regions that are enabled.
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

/// A request that is not sent yet.
pub(crate) type Unsent = Request<Bytes>;

/// A whole installation.
pub(crate) struct World {
    /// Where requests come from.
    pub(crate) address: std::sync::Mutex<IpAddr>,
    pub platform: Arc<Platform>,
    pub clock: Arc<ManualClock>,
    journal: Arc<MemoryJournal>,
    buckets: Arc<Buckets>,
    gateway: Gateway,
    /// Where the journal ended before the last request, and the id it was answered with.
    last: std::sync::Mutex<(u64, String)>,
    /// How far records were counted, and how many there were.
    counted: std::sync::Mutex<(u64, usize)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub request_id: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    /// The text of the first `<name>` of an XML answer, or of a JSON answer's member.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        if self.body.starts_with('{') {
            let (_, rest) = self.body.split_once(&format!("\"{name}\":\""))?;
            return rest.split_once('"').map(|(text, _)| text.to_owned());
        }
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
    }

    /// The body of a JSON answer.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON answer")
    }

    /// The error's code, in whatever protocol.
    pub(crate) fn code(&self) -> String {
        if self.body.starts_with('{') {
            return self.json()["__type"].as_str().unwrap_or_default().to_owned();
        }
        self.text("Code").unwrap_or_default()
    }

    /// The error's message, in whatever protocol.
    pub(crate) fn message(&self) -> String {
        if self.body.starts_with('{') {
            return self.json()["message"].as_str().unwrap_or_default().to_owned();
        }
        self.text("Message").unwrap_or_default().replace("&apos;", "'")
    }

    /// The credentials of an answer that has some.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.text("AccessKeyId").expect("an access key id"),
            secret: SigningSecret::new(self.text("SecretAccessKey").expect("a secret")),
            session_token: self.text("SessionToken"),
        }
    }

    /// Fails unless the call succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    /// Fails unless the call failed so.
    #[track_caller]
    pub(crate) fn failed(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.body);
        self
    }
}

/// Root's key of `account`.
pub(crate) fn root_of(account: &str) -> Credentials {
    Credentials {
        access_key_id: format!("AKIAROOT{account}"),
        secret: SigningSecret::new(format!("root-secret-of-{account}")),
        session_token: None,
    }
}

/// Root's key of the account.
pub(crate) fn root() -> Credentials {
    root_of(ACCOUNT)
}

impl World {
    /// Two accounts with a root key each, and nothing else.
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(datetime!(2026-01-02 03:04:05 UTC)));
        let catalog = Arc::new(MemoryCatalog::new());
        let journal = Arc::new(MemoryJournal::new());
        let master = Arc::new(MasterKey::from_bytes([7; 32]));
        let blobs = Arc::new(MemoryBlobs::new());
        let buckets = Arc::new(Buckets::new(catalog.clone(), blobs, clock.clone(), master.clone()));
        let settings = Settings {
            regions: REGIONS.map(str::to_owned).to_vec(),
            bucket_hosts: Vec::new(),
            primary_account: ACCOUNT.to_owned(),
        };
        let platform =
            Platform::new(clock.clone(), catalog, journal.clone(), buckets.clone(), master, settings)
                .with_entropy(Arc::new(SeededEntropy::new(1)));
        for id in [ACCOUNT, OTHER_ACCOUNT] {
            let key = root_of(id);
            let seed = AccountSeed {
                id: id.to_owned(),
                name: "main".to_owned(),
                canonical_id: None,
                email: String::new(),
                keys: vec![KeySeed {
                    access_key_id: key.access_key_id,
                    secret: key.secret.expose().to_owned(),
                    user: None,
                    administrator: false,
                }],
                mfa: Vec::new(),
            };
            ensure_account(&platform, &seed).await.expect("an account");
        }
        let platform = Arc::new(platform);
        let gateway = Gateway::new(platform.clone());
        Self {
            address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)).into(),
            platform,
            clock,
            journal,
            buckets,
            gateway,
            last: std::sync::Mutex::default(),
            counted: std::sync::Mutex::default(),
        }
    }

    /// A bucket of the account into which CloudTrail may deliver.
    pub(crate) async fn bucket(&self, name: &str) {
        let owner = Caller::new(Principal::Root { account: ACCOUNT.to_owned() });
        let (resource, context) = (|| Resource::bucket(name), Context::new());
        let create = CreateBucket { region: "us-east-1".to_owned(), ..CreateBucket::default() };
        let may_create = self.buckets.authorize(&owner, "s3:CreateBucket", resource(), &context).await;
        let may_create = may_create.expect("root may create buckets");
        self.buckets.create_bucket(&may_create, create).await.expect("a bucket");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": format!("arn:aws:s3:::{name}"),
                },
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": format!("arn:aws:s3:::{name}/*"),
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ],
        });
        let may_put = self.buckets.authorize(&owner, "s3:PutBucketPolicy", resource(), &context).await;
        let may_put = may_put.expect("root may put policies");
        self.buckets.put_bucket_policy(&may_put, &policy.to_string()).await.expect("a policy");
    }

    /// A call of root.
    pub(crate) async fn root(&self, service: &str, operation: &str, members: Value) -> Answer {
        self.call(service, operation, members, &root()).await
    }

    /// A signed call.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        members: Value,
        who: &Credentials,
    ) -> Answer {
        let request = unsigned(service, operation, &members);
        let request = self.signed(request, who, Scope { region: "us-east-1", service });
        self.send(request).await
    }

    /// Signs at the present time.
    pub(crate) fn signed(&self, request: Unsent, who: &Credentials, scope: Scope<'_>) -> Unsent {
        let (mut parts, body) = request.into_parts();
        sign(&mut parts, &sha256_hex(&body), who, scope, self.clock.now()).expect("a signature");
        Request::from_parts(parts, body)
    }

    /// From now on, requests come from the machine itself.
    pub(crate) fn come_near(&self) {
        *self.address.lock().unwrap() = IpAddr::V4(Ipv4Addr::LOCALHOST);
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Unsent) -> Answer {
        let body: fn(Bytes) -> Body = |bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
        let peer = Peer { address: *self.address.lock().unwrap(), tls: None };
        let before = self.journal.end();
        let response = self.gateway.handle(request.map(body), peer).await;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, content_type) = (response.status().as_u16(), header("content-type"));
        let request_id = header("x-amzn-requestid");
        let told = if request_id.is_empty() { header("x-amz-request-id") } else { request_id.clone() };
        *self.last.lock().expect("no panic") = (before, told);
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("a text");
        Answer { status, content_type, request_id, headers, body }
    }

    /// The code that a device shows `steps` from now; its seed as `CreateVirtualMFADevice` answers it.
    pub(crate) fn code(&self, seed: &str, steps: i64) -> String {
        let text = STANDARD.decode(seed).expect("base 64");
        let text = String::from_utf8(text).expect("base 32");
        let mut bits: Vec<u8> = Vec::new();
        for letter in text.bytes() {
            let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
            bits.extend((0..5).rev().map(|bit| value >> bit & 1));
        }
        let bytes: Vec<u8> =
            bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
        let counter = self.clock.now().unix_timestamp() / 30 + steps;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
        let tag = hmac::sign(&key, &counter.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// A device of the user, enabled: its serial number and seed.
    pub(crate) async fn device(&self, user: &str) -> (String, String) {
        let members = json!({"VirtualMFADeviceName": format!("{user}-device")});
        let made = self.root("iam", "CreateVirtualMFADevice", members).await.ok();
        let (serial, seed) = (made.text("SerialNumber").unwrap(), made.text("Base32StringSeed").unwrap());
        let members = json!({
            "UserName": user, "SerialNumber": serial,
            "AuthenticationCode1": self.code(&seed, -1), "AuthenticationCode2": self.code(&seed, 0),
        });
        self.root("iam", "EnableMFADevice", members).await.ok();
        (serial, seed)
    }

    /// What is in the journal from a position on: whether it is an intent, and what it says.
    async fn journaled_from(&self, position: u64) -> Vec<(bool, Value)> {
        let read = |entry: JournalEntry| {
            let (intent, json) = match Journaled::of(&entry.payload) {
                Journaled::Intent(json) => (true, json),
                Journaled::Record(json) => (false, json),
            };
            (intent, serde_json::from_slice(json).expect("a record"))
        };
        self.entries(position).await.into_iter().map(read).collect()
    }

    async fn entries(&self, position: u64) -> Vec<JournalEntry> {
        let limit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };
        self.journal.read(position, limit).await.expect("a readable journal")
    }

    /// Everything in the journal: whether it is an intent, and what it says.
    pub(crate) async fn journaled(&self) -> Vec<(bool, Value)> {
        self.journaled_from(0).await
    }

    /// Everything that was recorded.
    pub(crate) async fn records(&self) -> Vec<Value> {
        self.journaled().await.into_iter().filter(|(intent, _)| !intent).map(|(_, record)| record).collect()
    }

    /// How much was recorded. What was counted before is not read again.
    pub(crate) fn recorded(&self) -> usize {
        let mut counted = self.counted.lock().expect("no panic");
        let new = self.entries(counted.0).now_or_never().expect("a journal in memory");
        counted.0 += new.len() as u64;
        counted.1 += new.iter().filter(|e| matches!(Journaled::of(&e.payload), Journaled::Record(_))).count();
        counted.1
    }

    /// All that the last request had recorded.
    pub(crate) async fn last_records(&self) -> Vec<Value> {
        let before = self.last.lock().expect("no panic").0;
        let journaled = self.journaled_from(before).await;
        journaled.into_iter().filter(|(intent, _)| !intent).map(|(_, record)| record).collect()
    }

    /// The record of the last request itself.
    pub(crate) async fn last_record(&self) -> Value {
        let told = self.last.lock().expect("no panic").1.clone();
        let mut records = self.last_records().await;
        let own = records.iter().position(|record| record["requestID"] == told.as_str());
        records.remove(own.unwrap_or(records.len() - 1))
    }

    /// A user with a key, and with an inline policy if one is given.
    pub(crate) async fn user(&self, name: &str, policy: Option<Value>) -> Credentials {
        self.root("iam", "CreateUser", json!({"UserName": name})).await.ok();
        if let Some(policy) = policy {
            let members = json!({
                "UserName": name,
                "PolicyName": "inline",
                "PolicyDocument": policy.to_string(),
            });
            self.root("iam", "PutUserPolicy", members).await.ok();
        }
        self.root("iam", "CreateAccessKey", json!({"UserName": name})).await.ok().credentials()
    }

    /// A role that `principal` may assume, with an inline policy.
    pub(crate) async fn role(&self, name: &str, principal: &str, policy: Value) -> String {
        let trust = allow_principal(principal);
        let members = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        let made = self.root("iam", "CreateRole", members).await.ok();
        let members = json!({"RoleName": name, "PolicyName": "inline", "PolicyDocument": policy.to_string()});
        self.root("iam", "PutRolePolicy", members).await.ok();
        made.text("Arn").expect("an ARN")
    }
}

/// A trust policy that lets one principal in.
pub(crate) fn allow_principal(arn: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"},
    })
}

/// A policy that allows `action` on everything.
pub(crate) fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}})
}

/// A policy that denies `action` on everything.
pub(crate) fn deny(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": action, "Resource": "*"}})
}

/// A call in its service's protocol, without a signature.
pub(crate) fn unsigned(service: &str, operation: &str, members: &Value) -> Unsent {
    let request = Request::builder().method(Method::POST).uri("/").header("host", "trailward.test");
    let request = request.header("user-agent", "test/1.0");
    let json = [
        ("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
        ("kms", "TrentService"),
        ("organizations", "AWSOrganizationsV20161128"),
    ];
    if let Some((_, prefix)) = json.iter().find(|(name, _)| *name == service) {
        let target = format!("{prefix}.{operation}");
        let request = request.header("content-type", "application/x-amz-json-1.1");
        let request = request.header("x-amz-target", target);
        return request.body(Bytes::from(members.to_string())).expect("a request");
    }
    let version = match service {
        "iam" => "2010-05-08",
        "sns" => "2010-03-31",
        _ => "2011-06-15",
    };
    let mut form = format!("Action={operation}&Version={version}");
    flatten(&mut form, "", members);
    let request = request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body(Bytes::from(form)).expect("a request")
}

/// `Tags.member.1.Key=…`.
fn flatten(form: &mut String, name: &str, value: &Value) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| flatten(form, &below(key), value)),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(form, &below(&format!("member.{}", at + 1)), item);
            }
        }
        Value::String(text) => pair(form, name, text),
        other => pair(form, name, &other.to_string()),
    }
}

fn pair(form: &mut String, name: &str, value: &str) {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    form.push_str(&format!("&{}={}", encode(name), encode(value)));
}
