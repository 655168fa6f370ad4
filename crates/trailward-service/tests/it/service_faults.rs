//! Every call to the stores fails once, before or after its effect, over a script of calls. Each call succeeds or is
//! answered with a server's error, each success is recorded, and whoever tries again ends where nothing failed.

use crate::world::{ACCOUNT, OTHER_ACCOUNT, allow, allow_principal, root, root_of, unsigned};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use time::macros::datetime;
use trailward_bucket::Buckets;
use trailward_model::journaled::Journaled;
use trailward_model::{Clock as _, ManualClock};
use trailward_service::{
    AccountSeed, Body, Gateway, KeySeed, Peer, Platform, SeededEntropy, Settings, ensure_account,
};
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog, FaultyJournal};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog, MemoryJournal};
use trailward_store::seal::MasterKey;
use trailward_store::{Blobs, Catalog, Journal, JournalEntry, Position, ReadLimit, StoreError};
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret, sha256_hex, sign};

/// Says whether the last append failed.
#[derive(Debug)]
struct Watched {
    inner: FaultyJournal,
    failed: AtomicBool,
}

#[async_trait]
impl Journal for Watched {
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError> {
        let outcome = self.inner.append(payload).await;
        self.failed.store(outcome.is_err(), Ordering::SeqCst);
        outcome
    }

    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        let outcome = self.inner.append_all(payloads).await;
        self.failed.store(outcome.is_err(), Ordering::SeqCst);
        outcome
    }

    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.read(from, limit).await
    }

    fn start(&self) -> Position {
        self.inner.start()
    }

    fn end(&self) -> Position {
        self.inner.end()
    }

    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError> {
        self.inner.wait_beyond(position).await
    }

    async fn trim(&self, before: Position) -> Result<(), StoreError> {
        self.inner.trim(before).await
    }
}

/// An installation whose stores fail as planned, and a sound one on the same catalog and blobs.
pub(crate) struct Rig {
    pub clock: Arc<ManualClock>,
    journal: Arc<MemoryJournal>,
    watched: Arc<Watched>,
    faulty: Gateway,
    sound: Gateway,
    buckets: Arc<Buckets>,
    /// What earlier steps gave: upload ids, entity tags, keys.
    pub given: HashMap<&'static str, String>,
}

pub(crate) struct Answer {
    pub status: u16,
    request_id: String,
    etag: String,
    pub body: String,
}

impl Answer {
    /// The text of an XML answer's element, or of a JSON answer's member.
    pub(crate) fn text(&self, name: &str) -> String {
        if self.body.starts_with('{') {
            let rest = self.body.split_once(&format!("\"{name}\":\"")).map_or("", |(_, rest)| rest);
            return rest.split('"').next().unwrap_or_default().to_owned();
        }
        let rest = self.body.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
        rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text).to_owned()
    }

    fn code(&self) -> String {
        match serde_json::from_str::<Value>(&self.body) {
            Ok(value) => value["__type"].as_str().unwrap_or_default().to_owned(),
            Err(_) => self.text("Code"),
        }
    }
}

/// One call of the script.
pub(crate) struct Step {
    name: &'static str,
    request: Request<Bytes>,
    service: &'static str,
    who: Option<Credentials>,
    /// What a second try may be told if the first one took effect after all.
    again: &'static [&'static str],
    /// Kept for later steps: its name and how to find it.
    gives: &'static [&'static str],
}

pub(crate) fn s3(name: &'static str, method: Method, uri: &str, body: impl Into<Bytes>) -> Step {
    let request = Request::builder().method(method).uri(uri).header("host", "trailward.test");
    let request = request.body(body.into()).unwrap();
    Step { name, request, service: "s3", who: None, again: &[], gives: &[] }
}

#[expect(clippy::needless_pass_by_value, reason = "the calls below read better")]
pub(crate) fn call(service: &'static str, name: &'static str, members: Value) -> Step {
    Step { name, request: unsigned(service, name, &members), service, who: None, again: &[], gives: &[] }
}

impl Step {
    /// By somebody else than root.
    pub(crate) fn by(self, who: Credentials) -> Self {
        Self { who: Some(who), ..self }
    }

    pub(crate) fn again(self, again: &'static [&'static str]) -> Self {
        Self { again, ..self }
    }

    pub(crate) fn gives(self, gives: &'static [&'static str]) -> Self {
        Self { gives, ..self }
    }
}

impl Rig {
    pub(crate) async fn new(plan: &FaultPlan) -> Self {
        let clock = Arc::new(ManualClock::new(datetime!(2026-01-02 03:04:05 UTC)));
        let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let journal = Arc::new(MemoryJournal::new());
        let watched = Arc::new(Watched {
            inner: FaultyJournal::new(journal.clone(), plan.clone()),
            failed: AtomicBool::new(false),
        });
        let platform = |catalog: Arc<dyn Catalog>, blobs: Arc<dyn Blobs>, journal: Arc<dyn Journal>, seed| {
            let master = Arc::new(MasterKey::from_bytes([7; 32]));
            let buckets = Arc::new(Buckets::new(catalog.clone(), blobs, clock.clone(), Arc::clone(&master)));
            let settings = Settings {
                regions: vec!["us-east-1".to_owned()],
                bucket_hosts: Vec::new(),
                primary_account: ACCOUNT.to_owned(),
            };
            Platform::new(clock.clone(), catalog, journal, buckets, master, settings)
                .with_entropy(Arc::new(SeededEntropy::new(seed)))
        };
        let sound = platform(catalog.clone(), blobs.clone(), Arc::new(MemoryJournal::new()), 2);
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
            ensure_account(&sound, &seed).await.unwrap();
        }
        let buckets = sound.buckets.clone();
        let faulty = platform(
            Arc::new(FaultyCatalog::new(catalog, plan.clone())),
            Arc::new(FaultyBlobs::new(blobs, plan.clone())),
            watched.clone(),
            1,
        );
        Self {
            journal,
            watched,
            faulty: Gateway::new(Arc::new(faulty)),
            sound: Gateway::new(Arc::new(sound)),
            buckets,
            given: HashMap::new(),
            clock,
        }
    }

    async fn send(&self, gateway: &Gateway, step: &Step) -> Answer {
        let (mut parts, body) = step.request.clone().into_parts();
        let who = step.who.clone().unwrap_or_else(root);
        let scope = Scope { region: "us-east-1", service: step.service };
        sign(&mut parts, &sha256_hex(&body), &who, scope, self.clock.now()).unwrap();
        let length = body.len();
        parts.headers.insert("content-length", length.into());
        let body: Body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
        let peer = Peer { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), tls: None };
        let response = gateway.handle(Request::from_parts(parts, body), peer).await;
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let request_id = header(if step.service == "s3" { "x-amz-request-id" } else { "x-amzn-requestid" });
        let (status, etag) = (response.status().as_u16(), header("etag"));
        let body = response.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        // A blob that fails while it is read cuts its answer off: that is no success either.
        let (status, body) = body.map_or((500, Bytes::new()), |body| (status, body));
        Answer { status, request_id, etag, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// Records with this request id.
    pub(crate) async fn records(&self, request_id: &str) -> Vec<Value> {
        let limit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };
        let entries = self.journal.read(0, limit).await.unwrap();
        // An intent alone is no record.
        let records = entries.iter().filter_map(|entry| match Journaled::of(&entry.payload) {
            Journaled::Record(json) => Some(serde_json::from_slice::<Value>(json).unwrap()),
            Journaled::Intent(_) => None,
        });
        records.filter(|record| record["requestID"] == request_id).collect()
    }

    /// One try of a step, its record checked.
    async fn attempt(&self, step: &Step) -> Answer {
        self.watched.failed.store(false, Ordering::SeqCst);
        let answer = self.send(&self.faulty, step).await;
        let records = self.records(&answer.request_id).await;
        let name = step.name;
        assert!(!answer.body.contains("planned"), "{name}: internal words reach a client: {}", answer.body);
        if self.watched.failed.load(Ordering::SeqCst) {
            assert!(answer.status >= 500, "{name}: answered {} without a record", answer.status);
            assert!(records.len() <= 1, "{name}: {records:?}");
        } else {
            assert_eq!(records.len(), 1, "{name}: {} {}", answer.status, answer.body);
            assert_eq!(records[0]["eventName"], name, "{:?}", records[0]);
        }
        answer
    }

    /// Takes a step, again if the first try fails.
    pub(crate) async fn take(&mut self, step: Step) {
        let mut answer = self.attempt(&step).await;
        let name = step.name;
        let succeeded = |answer: &Answer| (200..300).contains(&answer.status);
        if !succeeded(&answer) {
            assert!(answer.status >= 500, "{name}: {} {}", answer.status, answer.body);
            answer = self.attempt(&step).await;
            let code = answer.code();
            let conflict = step.again.contains(&code.as_str());
            assert!(succeeded(&answer) || conflict, "{name}, again: {} {}", answer.status, answer.body);
        }
        for given in step.gives {
            let value = if *given == "ETag" { answer.etag.clone() } else { answer.text(given) };
            self.given.insert(given, value);
        }
    }

    async fn script(&mut self) {
        let bucket_policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": ["s3:GetBucketAcl", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
            }],
        });
        let owned = &["BucketAlreadyOwnedByYou"];
        self.take(s3("CreateBucket", Method::PUT, "/logs", "").again(owned)).await;
        self.take(s3("PutBucketPolicy", Method::PUT, "/logs?policy", bucket_policy.to_string())).await;
        self.take(s3("CreateBucket", Method::PUT, "/data", "").again(owned)).await;
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.take(s3("PutBucketVersioning", Method::PUT, "/data?versioning", versioning)).await;
        self.take(s3("PutObject", Method::PUT, "/data/a", "one")).await;
        self.take(s3("PutObject", Method::PUT, "/data/a", "two")).await;
        self.take(s3("PutObject", Method::PUT, "/data/b", "three")).await;
        self.take(s3("GetObject", Method::GET, "/data/a", "")).await;
        self.take(s3("HeadObject", Method::HEAD, "/data/a", "")).await;
        self.take(s3("CreateMultipartUpload", Method::POST, "/data/m?uploads", "").gives(&["UploadId"]))
            .await;
        let upload = self.given["UploadId"].clone();
        let uri = format!("/data/m?partNumber=1&uploadId={upload}");
        self.take(s3("UploadPart", Method::PUT, &uri, "a part").gives(&["ETag"])).await;
        let list = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
            self.given["ETag"]
        );
        let uri = format!("/data/m?uploadId={upload}");
        let gone = &["NoSuchUpload"];
        self.take(s3("CompleteMultipartUpload", Method::POST, &uri, list).again(gone)).await;

        let exists = &["EntityAlreadyExists"];
        self.take(call("iam", "CreateUser", json!({"UserName": "bob"})).again(exists)).await;
        let document = allow("s3:GetObject").to_string();
        let policy = json!({"PolicyName": "reader", "PolicyDocument": document});
        self.take(call("iam", "CreatePolicy", policy).again(exists)).await;
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/reader");
        let attached = json!({"UserName": "bob", "PolicyArn": arn});
        self.take(call("iam", "AttachUserPolicy", attached.clone())).await;
        let inline = json!({"UserName": "bob", "PolicyName": "more", "PolicyDocument": document});
        self.take(call("iam", "PutUserPolicy", inline)).await;
        let created = call("iam", "CreateAccessKey", json!({"UserName": "bob"}));
        self.take(created.gives(&["AccessKeyId", "SecretAccessKey"])).await;
        let bob = Credentials {
            access_key_id: self.given["AccessKeyId"].clone(),
            secret: SigningSecret::new(self.given["SecretAccessKey"].clone()),
            session_token: None,
        };
        let identity = call("sts", "GetCallerIdentity", json!({}));
        self.take(Step { who: Some(bob.clone()), ..identity }).await;
        self.take(Step { who: Some(bob), ..s3("GetObject", Method::GET, "/data/b", "") }).await;
        let device = json!({"VirtualMFADeviceName": "phone"});
        self.take(call("iam", "CreateVirtualMFADevice", device).again(exists)).await;
        let device = json!({"SerialNumber": format!("arn:aws:iam::{ACCOUNT}:mfa/phone")});
        self.take(call("iam", "DeleteVirtualMFADevice", device).again(&["NoSuchEntity"])).await;
        let trust = allow_principal(&format!("arn:aws:iam::{ACCOUNT}:root")).to_string();
        let role = json!({"RoleName": "reader", "AssumeRolePolicyDocument": trust});
        self.take(call("iam", "CreateRole", role).again(exists)).await;
        self.take(call("sts", "GetSessionToken", json!({}))).await;

        self.settings().await;
        self.keys().await;

        let trail = json!({"Name": "main", "S3BucketName": "logs", "EnableLogFileValidation": true});
        self.take(call("cloudtrail", "CreateTrail", trail).again(&["TrailAlreadyExistsException"])).await;
        let selectors = json!({"TrailName": "main", "EventSelectors": [{"DataResources": [
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data/"]}]}]});
        self.take(call("cloudtrail", "PutEventSelectors", selectors)).await;
        let name = json!({"Name": "main"});
        self.take(call("cloudtrail", "StartLogging", name.clone())).await;
        self.take(call("cloudtrail", "GetTrailStatus", name.clone())).await;
        let tags = json!({"ResourceId": format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"),
            "TagsList": [{"Key": "a", "Value": "b"}]});
        self.take(call("cloudtrail", "AddTags", tags)).await;
        self.take(call("cloudtrail", "StopLogging", name)).await;

        self.take(s3("DeleteObject", Method::DELETE, "/data/a", "")).await;
        self.take(call("iam", "DetachUserPolicy", attached).again(&["NoSuchEntity"])).await;
        let missing = &["NoSuchEntity"];
        self.take(call("iam", "DeleteRole", json!({"RoleName": "reader"})).again(missing)).await;
    }

    /// What else an account has.
    async fn settings(&mut self) {
        let (exists, missing) = (&["EntityAlreadyExists"], &["NoSuchEntity"]);
        for alias in ["acme", "acme-audit"] {
            let alias = json!({"AccountAlias": alias});
            self.take(call("iam", "CreateAccountAlias", alias).again(exists)).await;
        }
        self.take(call("iam", "UpdateAccountPasswordPolicy", json!({"MinimumPasswordLength": 12}))).await;
        let profile = json!({"InstanceProfileName": "web"});
        self.take(call("iam", "CreateInstanceProfile", profile).again(exists)).await;
        let role = json!({"InstanceProfileName": "web", "RoleName": "reader"});
        let full = &["LimitExceeded"];
        self.take(call("iam", "AddRoleToInstanceProfile", role.clone()).again(full)).await;
        self.take(call("iam", "RemoveRoleFromInstanceProfile", role).again(missing)).await;
        let service = json!({"AWSServiceName": "cloudtrail.amazonaws.com"});
        self.take(call("iam", "CreateServiceLinkedRole", service).again(&["InvalidInput"])).await;
        let role = json!({"RoleName": "AWSServiceRoleForCloudTrail"});
        self.take(call("iam", "DeleteServiceLinkedRole", role).again(missing)).await;
        self.take(call("iam", "GenerateCredentialReport", json!({}))).await;
    }

    /// A key's life, with an alias and a grant.
    async fn keys(&mut self) {
        self.take(call("kms", "CreateKey", json!({"Description": "logs"})).gives(&["KeyId"])).await;
        let id = json!({"KeyId": self.given["KeyId"]});
        let with = |more: Value| {
            let mut members = id.clone();
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            members
        };
        let alias = json!({"AliasName": "alias/logs", "TargetKeyId": id["KeyId"]});
        self.take(call("kms", "CreateAlias", alias).again(&["AlreadyExistsException"])).await;
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}});
        self.take(call("kms", "PutKeyPolicy", with(json!({"Policy": policy.to_string()})))).await;
        self.take(call("kms", "EnableKeyRotation", id.clone())).await;
        let plaintext = with(json!({"Plaintext": "c2VjcmV0"}));
        self.take(call("kms", "Encrypt", plaintext).gives(&["CiphertextBlob"])).await;
        let blob = json!({"CiphertextBlob": self.given["CiphertextBlob"]});
        self.take(call("kms", "Decrypt", blob.clone())).await;
        let reader = format!("arn:aws:iam::{ACCOUNT}:user/bob");
        for name in ["kept", "taken back"] {
            let grant = with(json!({"GranteePrincipal": reader, "Operations": ["Decrypt"], "Name": name}));
            self.take(call("kms", "CreateGrant", grant).gives(&["GrantId"])).await;
        }
        let grant = with(json!({"GrantId": self.given["GrantId"]}));
        self.take(call("kms", "RevokeGrant", grant).again(&["NotFoundException"])).await;
        self.take(call("kms", "DisableKey", id.clone())).await;
        self.take(call("kms", "EnableKey", id.clone())).await;
        let twice = &["KMSInvalidStateException"];
        self.take(call("kms", "ScheduleKeyDeletion", id.clone()).again(twice)).await;
        self.take(call("kms", "CancelKeyDeletion", id.clone()).again(twice)).await;
        self.take(call("kms", "EnableKey", id)).await;
        self.take(call("kms", "Decrypt", blob)).await;
    }

    /// A call to the sound installation.
    pub(crate) async fn see(&self, step: Step) -> Answer {
        self.send(&self.sound, &step).await
    }

    /// That no two records have one request id.
    pub(crate) async fn check_records(&self) {
        let limit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };
        let mut ids: Vec<String> = Vec::new();
        for entry in self.journal.read(0, limit).await.unwrap() {
            let Journaled::Record(json) = Journaled::of(&entry.payload) else { continue };
            let record: Value = serde_json::from_slice(json).unwrap();
            // What a service did because of a call has none.
            if record["eventType"] == "AwsApiCall" {
                ids.push(record["requestID"].as_str().unwrap().to_owned());
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "two records with one request id");
    }

    /// What a client sees of the whole, without what random numbers chose and without how often it was tried.
    async fn seen(&self) -> Vec<String> {
        let see = async |step: Step| self.send(&self.sound, &step).await;
        let mut seen = Vec::new();
        for uri in ["/data/a", "/data/b", "/data/m"] {
            let answer = see(s3("GetObject", Method::GET, uri, "")).await;
            let body = if answer.status == 200 { answer.body.clone() } else { answer.code() };
            seen.push(format!("{uri}: {} {body}", answer.status));
        }
        let listed = see(s3("ListObjects", Method::GET, "/data?list-type=2", "")).await;
        seen.extend(
            listed.body.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()),
        );
        for uri in ["/logs?policy", "/data?versioning"] {
            seen.push(see(s3("GetBucketPolicy", Method::GET, uri, "")).await.body);
        }
        for (operation, members, element) in [
            ("ListUsers", json!({}), "UserName"),
            ("ListRoles", json!({}), "RoleName"),
            ("ListPolicies", json!({"Scope": "Local"}), "PolicyName"),
            ("ListAccountAliases", json!({}), "AccountAliases"),
            ("GetAccountPasswordPolicy", json!({}), "MinimumPasswordLength"),
            ("ListInstanceProfiles", json!({}), "InstanceProfileName"),
            ("GetCredentialReport", json!({}), "ReportFormat"),
            ("ListAttachedUserPolicies", json!({"UserName": "bob"}), "PolicyName"),
            ("ListUserPolicies", json!({"UserName": "bob"}), "member"),
            ("GetUserPolicy", json!({"UserName": "bob", "PolicyName": "more"}), "PolicyDocument"),
        ] {
            seen.push(format!("{operation}: {}", see(call("iam", operation, members)).await.text(element)));
        }
        let name = json!({"Name": "main"});
        for operation in ["GetTrail", "GetTrailStatus"] {
            seen.push(see(call("cloudtrail", operation, name.clone())).await.body);
        }
        let key = json!({"KeyId": "alias/logs"});
        let described = see(call("kms", "DescribeKey", key.clone())).await.body;
        let described: Value = serde_json::from_str(&described).unwrap();
        seen.push(format!(
            "{} {}",
            described["KeyMetadata"]["KeyState"], described["KeyMetadata"]["Description"]
        ));
        let status: Value =
            serde_json::from_str(&see(call("kms", "GetKeyRotationStatus", key.clone())).await.body).unwrap();
        seen.push(status["KeyRotationEnabled"].to_string());
        let grants: Value = serde_json::from_str(&see(call("kms", "ListGrants", key)).await.body).unwrap();
        let names = grants["Grants"].as_array().unwrap().iter().map(|grant| grant["Name"].to_string());
        seen.extend(names);
        let name = json!({"TrailName": "main"});
        seen.push(see(call("cloudtrail", "GetEventSelectors", name)).await.body);
        seen
    }
}

/// Runs the script with `plan`; returns what is seen afterwards.
async fn run(plan: &FaultPlan) -> Vec<String> {
    let mut rig = Rig::new(plan).await;
    rig.script().await;
    let seen = rig.seen().await;
    rig.check_records().await;
    // What a failure left behind, a sweep takes away, and nothing else.
    rig.buckets.sweep().await.unwrap();
    assert_eq!(rig.seen().await, seen);
    assert_eq!(rig.buckets.sweep().await.unwrap(), 0);
    seen
}

#[tokio::test]
async fn every_call_fails_once() {
    let plan = FaultPlan::none();
    let wanted = run(&plan).await;
    let calls = plan.calls();
    assert!(calls > 150, "{calls}");
    for mode in [FaultMode::Before, FaultMode::After] {
        for call in 1..=calls {
            println!("call {call} of {calls} fails, {mode:?}");
            let seen = run(&FaultPlan::fail_call(call, mode)).await;
            assert_eq!(seen, wanted, "call {call} of {calls} failed, {mode:?}");
        }
    }
}
