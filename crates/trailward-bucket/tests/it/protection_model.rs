//! Random sequences of versioning, locks, MFA delete, lifecycle and deletions against a plain model of the rules.
//!
//! Two judges: the model says of every step whether it must succeed and what is there afterwards; and, whatever the
//! model says, no version under compliance retention or a legal hold is ever lost, and none under governance without
//! the bypass, and none by a deletion without MFA where MFA delete is on. `TRAILWARD_TEST_SEED` and `TRAILWARD_TEST_SEQUENCES` are for longer searches.

use crate::fixture::{BUCKET, Fixture, OWNER, Seen, body, root, user};
use time::Duration;
use trailward_bucket::{
    BucketError, BucketLock, Bypass, CompleteUpload, CompletedPart, CreateUpload, DefaultRetention, DeleteBy,
    DeleteEntry, DeleteObject, Expected, ExpectedChecksum, Expiration, FilterForm, GrantedLock, Lifecycle,
    LifecycleFilter, LifecycleRule, LockMode, MfaProof, Noncurrent, PartInput, PutObject, PutVersioning,
    Resource, Retention, RetentionPeriod, TransitionMinimum, When,
};
use trailward_model::Clock as _;
use trailward_policy::Context;

const SEQUENCES: u64 = 10_000;
const STEPS: u64 = 16;
const KEYS: [&str; 2] = ["a", "b"];

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn chance(&mut self, of: u64) -> bool {
        self.next(of) == 0
    }
}

/// Key and id of a version.
type Name = (String, String);

/// Days from the beginning.
type Day = i64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    No,
    Allowed,
    Denied,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Put {
        key: usize,
        retention: Option<(LockMode, Day)>,
        hold: Option<bool>,
        digest: bool,
    },
    PutParts {
        key: usize,
    },
    Delete {
        key: usize,
    },
    /// The newest version is 0.
    DeleteVersion {
        key: usize,
        nth: usize,
        asks: Asks,
        proof: bool,
    },
    DeleteMany {
        bypass: bool,
        proof: bool,
    },
    Retain {
        key: usize,
        nth: usize,
        retention: Option<(LockMode, Day)>,
        asks: Asks,
    },
    Hold {
        key: usize,
        nth: usize,
        on: bool,
    },
    Versioning {
        enabled: bool,
        mfa_delete: Option<bool>,
        proof: bool,
    },
    Lock {
        default: Option<(LockMode, u32)>,
    },
    Rule(Option<Rule>),
    RunLifecycle,
    DeleteBucket,
    Wait {
        days: i64,
    },
}

fn mode(rng: &mut Rng) -> LockMode {
    if rng.chance(2) { LockMode::Governance } else { LockMode::Compliance }
}

fn retention(rng: &mut Rng, today: Day) -> (LockMode, Day) {
    // Sometimes in the past.
    (mode(rng), today + i64::try_from(rng.next(5)).unwrap() - i64::from(rng.chance(3)))
}

fn asks(rng: &mut Rng) -> Asks {
    [Asks::No, Asks::Allowed, Asks::Denied][usize::try_from(rng.next(3)).unwrap()]
}

fn step(rng: &mut Rng, today: Day) -> Step {
    let key = usize::try_from(rng.next(2)).unwrap();
    let nth = usize::try_from(rng.next(3)).unwrap();
    match rng.next(23) {
        0..=3 => Step::Put {
            key,
            retention: rng.chance(3).then(|| retention(rng, today)),
            hold: rng.chance(5).then(|| rng.chance(2)),
            digest: !rng.chance(4),
        },
        4 => Step::PutParts { key },
        5 | 6 => Step::Delete { key },
        7..=9 => Step::DeleteVersion { key, nth, asks: asks(rng), proof: rng.chance(2) },
        10 => Step::DeleteMany { bypass: rng.chance(2), proof: rng.chance(2) },
        11..=13 => Step::Retain {
            key,
            nth,
            retention: (!rng.chance(5)).then(|| retention(rng, today)),
            asks: asks(rng),
        },
        14 | 15 => Step::Hold { key, nth, on: rng.chance(2) },
        16 => Step::Versioning {
            enabled: !rng.chance(3),
            mfa_delete: rng.chance(3).then(|| rng.chance(2)),
            proof: !rng.chance(3),
        },
        17 => Step::Lock { default: rng.chance(2).then(|| (mode(rng), u32::try_from(rng.next(3)).unwrap())) },
        18 if rng.chance(3) => Step::DeleteBucket,
        19 => Step::RunLifecycle,
        20 => Step::Rule((!rng.chance(5)).then(|| rule(rng))),
        _ => Step::Wait { days: i64::try_from(rng.next(3)).unwrap() },
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    id: String,
    marker: bool,
    content: String,
    retention: Option<(LockMode, Day)>,
    hold: Option<bool>,
    made: Day,
}

/// A lifecycle rule. Days count from noon-like moments, so that what is due at midnight is done a day later.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Which key; all without.
    key: Option<usize>,
    expire: Option<i64>,
    markers: bool,
    noncurrent: Option<(i64, Option<i64>)>,
}

fn rule(rng: &mut Rng) -> Rule {
    let days = |rng: &mut Rng| i64::try_from(rng.next(3)).unwrap() + 1;
    let expire = rng.chance(2).then(|| days(rng));
    let newer = rng.chance(2).then(|| days(rng));
    Rule {
        key: rng.chance(2).then(|| usize::try_from(rng.next(2)).unwrap()),
        expire,
        markers: expire.is_none() && rng.chance(2),
        noncurrent: (!rng.chance(4)).then(|| (days(rng), newer)),
    }
}

/// The rules, as one would tell them.
#[derive(Debug, Default)]
struct Model {
    /// Off, enabled, suspended.
    versioning: Option<bool>,
    locked: bool,
    default: Option<(LockMode, u32)>,
    mfa_delete: bool,
    rule: Option<Rule>,
    keys: [Vec<Version>; 2],
    today: Day,
}

type Ruling = Result<(), &'static str>;

impl Model {
    /// Whether the version may be destroyed.
    fn erasable(&self, version: &Version, asks: Asks) -> bool {
        let held = version.hold == Some(true);
        let strict = matches!(version.retention, Some((LockMode::Compliance, until)) if until > self.today);
        let mild = matches!(version.retention, Some((LockMode::Governance, until)) if until > self.today);
        !held && !strict && (!mild || asks == Asks::Allowed)
    }

    fn add(&mut self, key: usize, mut version: Version) {
        if !version.marker
            && version.retention.is_none()
            && let Some((mode, days)) = self.default
        {
            version.retention = Some((mode, self.today + i64::from(days)));
        }
        if self.versioning != Some(true) {
            self.keys[key].retain(|version| version.id != "null");
        }
        self.keys[key].insert(0, version);
    }

    /// What a lifecycle run does to a key.
    fn run_lifecycle(&mut self, key: usize, mut marker: impl FnMut() -> Version) {
        let Some(rule) = self.rule.filter(|rule| rule.key.is_none_or(|only| only == key)) else { return };
        let due = |made: Day, days: i64, today: Day| today > made + days;
        loop {
            if let Some((days, newer)) = rule.noncurrent {
                let versions = self.keys[key].clone();
                let goes = |at: usize| {
                    let spared = newer.is_some_and(|newer| at <= usize::try_from(newer).unwrap());
                    at > 0
                        && !spared
                        && due(versions[at - 1].made, days, self.today)
                        && self.erasable(&versions[at], Asks::No)
                };
                let kept =
                    (0..versions.len()).filter(|at| !goes(*at)).map(|at| versions[at].clone()).collect();
                self.keys[key] = kept;
            }
            let alone = self.keys[key].len() == 1;
            let Some(newest) = self.keys[key].first().cloned() else { return };
            let expires = rule.expire.is_some_and(|days| due(newest.made, days, self.today));
            match (newest.marker, self.versioning) {
                (true, _) if alone && (rule.markers || expires) => self.keys[key].clear(),
                (false, None) if expires => self.keys[key].clear(),
                (false, Some(_)) if expires => self.add(key, marker()),
                _ => return,
            }
        }
    }

    fn may_put(&self, retention: Option<(LockMode, Day)>, hold: Option<bool>, digest: bool) -> Ruling {
        if retention.is_some_and(|(_, until)| until <= self.today) {
            return Err("InvalidArgument");
        }
        if (retention.is_some() || hold.is_some()) && !self.locked {
            return Err("InvalidRequest");
        }
        let locks = retention.is_some() || hold.is_some() || self.default.is_some();
        if locks && !digest { Err("InvalidRequest") } else { Ok(()) }
    }

    fn may_retain(&self, version: &Version, new: Option<(LockMode, Day)>, asks: Asks) -> Ruling {
        if new.is_some_and(|(_, until)| until <= self.today) {
            return Err("InvalidArgument");
        }
        if !self.locked {
            return Err("InvalidRequest");
        }
        if version.marker {
            return Err("MethodNotAllowed");
        }
        let Some((mode, until)) = version.retention.filter(|(_, until)| *until > self.today) else {
            return Ok(());
        };
        let weaker = new.is_none_or(|(new_mode, new_until)| new_mode != mode || new_until < until);
        match (weaker, mode, asks) {
            (false, ..) | (true, LockMode::Governance, Asks::Allowed) => Ok(()),
            _ => Err("AccessDenied"),
        }
    }
}

/// The engine and the model, side by side.
struct Pair {
    fixture: Fixture,
    model: Model,
    written: u32,
}

impl Pair {
    async fn new() -> Self {
        let fixture = Fixture::memory().await;
        Self { fixture, model: Model::default(), written: 0 }
    }

    fn at(&self, day: Day) -> time::OffsetDateTime {
        self.fixture.clock.now() + Duration::days(day - self.model.today)
    }

    fn retention(&self, (mode, until): (LockMode, Day)) -> Retention {
        Retention::new(mode, self.at(until)).unwrap()
    }

    async fn bypass(&self, asks: Asks, resource: Resource) -> Bypass {
        let caller = match asks {
            Asks::No => return Bypass::NotAsked,
            Asks::Allowed => root(OWNER),
            Asks::Denied => user(OWNER, None),
        };
        Bypass::Asked(self.fixture.authorize(&caller, "s3:BypassGovernanceRetention", resource).await)
    }

    fn nth(&self, key: usize, nth: usize) -> Option<Version> {
        self.model.keys[key].get(nth).cloned()
    }

    fn new_content(&mut self) -> String {
        self.written += 1;
        self.written.to_string()
    }

    /// Does one step to both; the engine's code must be the model's.
    async fn run(&mut self, step: Step) {
        match step {
            Step::Wait { days } => {
                self.fixture.clock.advance(Duration::days(days));
                self.model.today += days;
            }
            Step::Put { key, retention, hold, digest } => {
                let content = self.new_content();
                let name = KEYS[key];
                let mut put = PutObject::default();
                if let Some(retention) = retention {
                    let grant = self.fixture.on("s3:PutObjectRetention", name).await;
                    put.lock.retention = Some((self.retention(retention), grant));
                }
                if let Some(on) = hold {
                    put.lock = GrantedLock {
                        legal_hold: Some((on, self.fixture.on("s3:PutObjectLegalHold", name).await)),
                        ..put.lock
                    };
                }
                put.checksum = digest.then(computed);
                let outcome = self.fixture.put_with(name, put, content.clone()).await;
                let ruling = self.model.may_put(retention, hold, digest);
                assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|_| ()), ruling);
                if let Ok(output) = outcome {
                    let id = self.id(output.version_id);
                    self.model.add(
                        key,
                        Version { id, marker: false, content, retention, hold, made: self.model.today },
                    );
                }
            }
            Step::PutParts { key } => {
                let content = self.new_content();
                let buckets = &self.fixture.buckets;
                let put = self.fixture.on("s3:PutObject", KEYS[key]).await;
                let upload =
                    buckets.create_multipart_upload(&put, CreateUpload::default()).await.unwrap().upload_id;
                let input = PartInput { checksum: Some(computed()), ..PartInput::default() };
                let part = buckets.upload_part(&put, &upload, 1, input, body(content.clone())).await.unwrap();
                let parts = vec![CompletedPart { number: 1, etag: part.etag, checksum: None }];
                let complete = CompleteUpload { parts, ..CompleteUpload::default() };
                let output = buckets.complete_multipart_upload(&put, &upload, &complete).await.unwrap();
                let id = self.id(output.version_id);
                self.model.add(
                    key,
                    Version {
                        id,
                        marker: false,
                        content,
                        retention: None,
                        hold: None,
                        made: self.model.today,
                    },
                );
            }
            Step::Delete { key } => {
                let output = self.fixture.delete(KEYS[key]).await;
                match self.model.versioning {
                    None => self.model.keys[key].clear(),
                    Some(_) => {
                        let id = self.id(output.version_id);
                        let content = String::new();
                        let marker = Version {
                            id,
                            marker: true,
                            content,
                            retention: None,
                            hold: None,
                            made: self.model.today,
                        };
                        self.model.add(key, marker);
                    }
                }
            }
            Step::DeleteVersion { key, nth, asks, proof } => {
                let Some(version) = self.nth(key, nth) else { return };
                let resource = Resource::version(BUCKET, KEYS[key], &*version.id);
                let bypass = self.bypass(asks, resource).await;
                let grant = self.fixture.on_version("s3:DeleteObjectVersion", KEYS[key], &version.id).await;
                let mfa = proof.then(|| MfaProof::of_root(OWNER));
                let delete = DeleteObject { bypass, mfa, ..DeleteObject::default() };
                let outcome = self.fixture.buckets.delete_object(&grant, &delete).await;
                let may = self.model.erasable(&version, asks) && (proof || !self.model.mfa_delete);
                assert_eq!(outcome.is_ok(), may, "{outcome:?}");
                if may {
                    self.model.keys[key].remove(nth);
                } else {
                    assert_eq!(outcome.unwrap_err().code(), "AccessDenied");
                }
            }
            Step::DeleteMany { bypass, proof } => self.delete_many(bypass, proof).await,
            Step::Retain { key, nth, retention, asks } => {
                let Some(version) = self.nth(key, nth) else { return };
                let resource = Resource::version(BUCKET, KEYS[key], &*version.id);
                let bypass = self.bypass(asks, resource).await;
                let grant = self.fixture.on_version("s3:PutObjectRetention", KEYS[key], &version.id).await;
                let new = retention.map(|retention| self.retention(retention));
                let outcome = self.fixture.buckets.put_object_retention(&grant, new, &bypass).await;
                let ruling = self.model.may_retain(&version, retention, asks);
                assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|&()| ()), ruling);
                if ruling.is_ok() {
                    self.model.keys[key][nth].retention = retention;
                }
            }
            Step::Hold { key, nth, on } => {
                let Some(version) = self.nth(key, nth) else { return };
                let grant = self.fixture.on_version("s3:PutObjectLegalHold", KEYS[key], &version.id).await;
                let outcome = self.fixture.buckets.put_object_legal_hold(&grant, on).await;
                let ruling = match (self.model.locked, version.marker) {
                    (false, _) => Err("InvalidRequest"),
                    (true, true) => Err("MethodNotAllowed"),
                    (true, false) => Ok(()),
                };
                assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|&()| ()), ruling);
                if ruling.is_ok() {
                    self.model.keys[key][nth].hold = Some(on);
                }
            }
            Step::Versioning { enabled, mfa_delete, proof } => {
                let grant = self.fixture.on_bucket("s3:PutBucketVersioning").await;
                let proof = proof.then(|| MfaProof::of_root(OWNER));
                let put = PutVersioning {
                    status: Some(if enabled { "Enabled" } else { "Suspended" }),
                    mfa_delete: mfa_delete.map(|on| if on { "Enabled" } else { "Disabled" }),
                    mfa: proof.as_ref(),
                };
                let outcome = self.fixture.buckets.put_bucket_versioning(&grant, put).await;
                let guarded = self.model.mfa_delete || mfa_delete.is_some();
                let possible = (enabled || !self.model.locked)
                    && !(mfa_delete == Some(true) && self.model.rule.is_some());
                let ruling = match (guarded && proof.is_none(), possible) {
                    (true, _) => Err("AccessDenied"),
                    (false, false) => Err("InvalidBucketState"),
                    (false, true) => Ok(()),
                };
                assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|&()| ()), ruling);
                if ruling.is_ok() {
                    self.model.versioning = Some(enabled);
                    self.model.mfa_delete = mfa_delete.unwrap_or(self.model.mfa_delete);
                }
            }
            Step::Lock { default } => {
                let grant = self.fixture.on_bucket("s3:PutBucketObjectLockConfiguration").await;
                let asked = default
                    .map(|(mode, days)| DefaultRetention { mode, period: RetentionPeriod::Days(days) });
                let lock = BucketLock { default: asked };
                let outcome = self.fixture.buckets.put_object_lock_configuration(&grant, lock).await;
                let ruling = match (default, self.model.versioning) {
                    (Some((_, 0)), _) => Err("InvalidArgument"),
                    (_, Some(true)) => Ok(()),
                    _ => Err("InvalidBucketState"),
                };
                assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|&()| ()), ruling);
                if ruling.is_ok() {
                    (self.model.locked, self.model.default) = (true, default);
                }
            }
            Step::Rule(rule) => self.put_rule(rule).await,
            Step::RunLifecycle => self.run_lifecycle().await,
            Step::DeleteBucket => {
                let grant = self.fixture.on_bucket("s3:DeleteBucket").await;
                let outcome = self.fixture.buckets.delete_bucket(&grant).await;
                assert_eq!(outcome.is_ok(), self.model.keys.iter().all(Vec::is_empty));
                if outcome.is_ok() {
                    self.fixture.create(BUCKET).await.unwrap();
                    let today = self.model.today;
                    self.model = Model { today, ..Model::default() };
                }
            }
        }
    }

    async fn put_rule(&mut self, rule: Option<Rule>) {
        let grant = self.fixture.on_bucket("s3:PutLifecycleConfiguration").await;
        let Some(asked) = rule else {
            self.fixture.buckets.delete_bucket_lifecycle(&grant).await.unwrap();
            self.model.rule = None;
            return;
        };
        let expiration = match (asked.expire, asked.markers) {
            (Some(days), _) => Some(Expiration::When(When::Days(days))),
            (None, true) => Some(Expiration::ExpiredMarkers(true)),
            (None, false) => None,
        };
        let rule = LifecycleRule {
            id: "rule".to_owned(),
            enabled: true,
            filter: LifecycleFilter {
                form: FilterForm::Plain,
                prefix: asked.key.map(|key| KEYS[key].to_owned()),
                tags: Vec::new(),
                larger_than: None,
                smaller_than: None,
            },
            expiration,
            transitions: Vec::new(),
            noncurrent_expiration: asked.noncurrent.map(|(days, newer)| Noncurrent { days, newer }),
            noncurrent_transitions: Vec::new(),
            abort_days: None,
        };
        let acts = expiration.is_some() || asked.noncurrent.is_some();
        let lifecycle = Lifecycle { rules: vec![rule], minimum: TransitionMinimum::default() };
        let outcome = self.fixture.buckets.put_bucket_lifecycle(&grant, lifecycle).await;
        let ruling = match (acts, self.model.mfa_delete) {
            (false, _) => Err("InvalidRequest"),
            (true, true) => Err("InvalidBucketState"),
            (true, false) => Ok(()),
        };
        assert_eq!(outcome.as_ref().map_err(BucketError::code).map(|&()| ()), ruling);
        if ruling.is_ok() {
            self.model.rule = Some(asked);
        }
    }

    async fn run_lifecycle(&mut self) {
        self.fixture.buckets.apply_lifecycle(&Seen::default()).await.unwrap();
        let shown = self.fixture.versions().await;
        let made = self.model.today;
        let keeps = self.model.versioning == Some(true);
        for (key, name) in KEYS.iter().enumerate() {
            // The marker that a run made is the newest there is.
            let newest = shown.iter().find(|version| version.key == *name);
            let id = newest.filter(|_| keeps).map_or("null".to_owned(), |version| version.version_id.clone());
            self.model.run_lifecycle(key, || Version {
                id: id.clone(),
                marker: true,
                content: String::new(),
                retention: None,
                hold: None,
                made,
            });
        }
    }

    async fn delete_many(&mut self, bypass: bool, proof: bool) {
        let targets: Vec<(usize, Version)> = self
            .model
            .keys
            .iter()
            .enumerate()
            .flat_map(|(key, versions)| versions.iter().map(move |version| (key, version.clone())))
            .collect();
        if targets.is_empty() {
            return;
        }
        let entries: Vec<DeleteEntry> = targets
            .iter()
            .map(|(key, version)| DeleteEntry {
                key: KEYS[*key].to_owned(),
                version_id: Some(version.id.clone()),
                if_match: None,
            })
            .collect();
        let buckets = &self.fixture.buckets;
        let by = DeleteBy { bypass, mfa: proof.then(|| MfaProof::of_root(OWNER)) };
        let outcomes = buckets.delete_objects(&root(OWNER), &Context::new(), BUCKET, &entries, &by).await;
        let asks = if bypass { Asks::Allowed } else { Asks::No };
        if self.model.mfa_delete && !proof {
            assert_eq!(outcomes.unwrap_err().code(), "AccessDenied");
            return;
        }
        for ((key, version), outcome) in targets.into_iter().zip(outcomes.unwrap()) {
            let may = self.model.erasable(&version, asks);
            assert_eq!(outcome.is_ok(), may, "{outcome:?}");
            if may {
                self.model.keys[key].retain(|other| other.id != version.id);
            }
        }
    }

    fn id(&self, id: Option<String>) -> String {
        if self.model.versioning == Some(true) { id.unwrap() } else { "null".to_owned() }
    }

    /// What the engine shows must be what the model has.
    async fn compare(&self) -> Vec<Name> {
        let shown: Vec<(String, String, bool)> = self
            .fixture
            .versions()
            .await
            .into_iter()
            .map(|version| (version.key, version.version_id, version.object.is_none()))
            .collect();
        let expected: Vec<(String, String, bool)> = KEYS
            .iter()
            .zip(&self.model.keys)
            .flat_map(|(key, versions)| {
                versions.iter().map(|version| ((*key).to_owned(), version.id.clone(), version.marker))
            })
            .collect();
        assert_eq!(shown, expected);
        shown.into_iter().map(|(key, id, _)| (key, id)).collect()
    }

    /// Key and id of every version that nobody, and that only the bypass, may destroy now.
    fn protected(&self) -> (Vec<Name>, Vec<Name>) {
        let (mut strict, mut mild) = (Vec::new(), Vec::new());
        for (key, versions) in KEYS.iter().zip(&self.model.keys) {
            for version in versions {
                let name = ((*key).to_owned(), version.id.clone());
                let in_force = version.retention.filter(|(_, until)| *until > self.model.today);
                match (version.hold, in_force) {
                    (Some(true), _) | (_, Some((LockMode::Compliance, _))) => strict.push(name),
                    (_, Some((LockMode::Governance, _))) => mild.push(name),
                    _ => {}
                }
            }
        }
        (strict, mild)
    }
}

fn computed() -> ExpectedChecksum {
    ExpectedChecksum { algorithm: trailward_bucket::Algorithm::Crc32, expected: Expected::Computed }
}

fn bypasses(step: Step) -> bool {
    matches!(step, Step::DeleteVersion { asks: Asks::Allowed, .. } | Step::DeleteMany { bypass: true, .. })
}

async fn sequence(seed: u64) -> (u64, u64) {
    let mut rng = Rng(seed);
    let mut pair = Pair::new().await;
    if !rng.chance(4) {
        // Most sequences begin where locks are possible.
        pair.run(Step::Versioning { enabled: true, mfa_delete: None, proof: false }).await;
        pair.run(Step::Lock { default: None }).await;
    }
    let (mut kept, mut bypassed) = (0, 0);
    for _ in 0..STEPS {
        let step = step(&mut rng, pair.model.today);
        let (strict, mild) = match step {
            Step::Wait { .. } => (Vec::new(), Vec::new()),
            _ => pair.protected(),
        };
        let (guarded, before) = (pair.model.mfa_delete, pair.compare().await);
        pair.run(step).await;
        let there = pair.compare().await;
        assert!(strict.iter().all(|version| there.contains(version)), "{step:?} destroyed a locked version");
        let unproven =
            matches!(step, Step::DeleteVersion { proof: false, .. } | Step::DeleteMany { proof: false, .. });
        assert!(!(unproven && guarded) || there == before, "{step:?} destroyed a version without MFA");
        let lost = mild.iter().filter(|version| !there.contains(version)).count();
        assert!(lost == 0 || bypasses(step), "{step:?} destroyed a governed version");
        kept += strict.len() as u64;
        bypassed += lost as u64;
    }
    for (key, versions) in KEYS.iter().zip(&pair.model.keys) {
        for version in versions.iter().filter(|version| !version.marker) {
            assert_eq!(pair.fixture.get_version(key, &version.id).await.unwrap(), version.content);
        }
    }
    (kept, bypassed)
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn no_locked_version_is_ever_lost() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seed = number("TRAILWARD_TEST_SEED", 20_261_121);
    let (mut kept, mut bypassed) = (0, 0);
    for number in 0..number("TRAILWARD_TEST_SEQUENCES", SEQUENCES) {
        let seed = Rng(seed ^ number.wrapping_mul(0x9e37_79b9)).next(u64::MAX);
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(sequence(seed))));
        let Ok((strict, mild)) = outcome else { panic!("sequence {number} with the seed {seed}") };
        kept += strict;
        bypassed += mild;
    }
    // The search must have gone where the danger is.
    assert!(kept > 1000 && bypassed > 10, "{kept} locked versions met, {bypassed} bypassed");
}
