//! A snapshot with its policies read, once each.

use super::document::Doc;
use super::report::Unknown;
use super::snapshot::{Attached, Fact, Identity, Organization, Snapshot, Unread};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trailward_model::Arn;
use trailward_policy::PolicyKind;

/// Control policies, level by level.
pub(super) type Levels = Vec<Vec<Arc<Doc>>>;

/// A resource's policy.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// It has none.
    Nothing,
    Policy(Arc<Doc>),
    /// It could not be read, or not be understood.
    Unread,
}

impl Held {
    pub(super) fn doc(&self) -> Option<&Arc<Doc>> {
        match self {
            Self::Policy(doc) => Some(doc),
            Self::Nothing | Self::Unread => None,
        }
    }
}

/// What binds the callers and resources of one account.
#[derive(Debug, Clone, Default)]
pub(super) struct Controls {
    pub(super) service: Arc<Levels>,
    pub(super) resource: Arc<Levels>,
    /// Whether there may be more that could not be read.
    pub(super) unread: bool,
}

/// A role's trust policy with what is asked of it often.
#[derive(Debug)]
pub(super) struct Trust {
    pub(super) doc: Arc<Doc>,
    pub(super) arn: String,
    /// The accounts, ARNs, ids, services and providers it names.
    named: BTreeSet<String>,
    everyone: bool,
}

impl Trust {
    fn new(doc: Arc<Doc>, arn: &str) -> Self {
        let mut named = BTreeSet::new();
        // `NotPrincipal` lets everybody else in.
        let mut everyone =
            doc.plain.statements().iter().any(|statement| {
                statement.principal.as_ref().is_some_and(trailward_policy::Scope::is_negated)
            });
        for pattern in doc.plain.principals() {
            use trailward_policy::PrincipalPattern as P;
            match pattern {
                P::Everyone => everyone = true,
                P::Aws(name) => {
                    let account = name.strip_suffix(":root").and_then(|arn| arn.split(':').nth(4));
                    named.insert(account.unwrap_or(name).to_owned());
                }
                P::Service(name) | P::Federated(name) | P::CanonicalUser(name) => {
                    named.insert(name.clone());
                }
            }
        }
        Self { doc, arn: arn.to_owned(), named, everyone }
    }

    /// Whether it could let in somebody who goes by one of these names: quick, and never wrong about no.
    pub(super) fn could<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> bool {
        self.everyone || names.any(|name| self.named.contains(name))
    }
}

#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The trail's ARN.
    pub(super) trail: Arn,
    /// The account that owns the bucket; that of the trail if it is not known.
    pub(super) bucket_owner: String,
    pub(super) bucket: Held,
    pub(super) key: Held,
    pub(super) topic: Held,
    pub(super) controls: BTreeMap<String, Controls>,
    /// Trust policies by role ARN.
    pub(super) trusts: BTreeMap<String, Arc<Trust>>,
    /// Managed policies by ARN.
    pub(super) managed: BTreeMap<String, Arc<Doc>>,
    /// Their other versions, by ARN and id.
    pub(super) versions: BTreeMap<String, BTreeMap<String, Arc<Doc>>>,
    pub(super) unknown: BTreeSet<Unknown>,
    /// Whether any policy asks for tags of the caller.
    pub(super) tags_matter: bool,
    /// Whether any policy asks for the name of the caller.
    pub(super) names_matter: bool,
    /// The values of `aws:userid` that policies name for roles' sessions.
    pub(super) user_ids: BTreeSet<String>,
    /// The ARNs of roles that policies name, wildcards and all: who makes a role of such a name is taken for it.
    pub(super) role_patterns: BTreeSet<String>,
    /// Lets everybody in: with it nothing but denies and boundaries holds anybody back.
    pub(super) door: Held,
}

/// What [`World::door`] says.
const OPEN: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

impl<'a> World<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, trail: Arn) -> Self {
        let bucket_owner = snapshot.bucket.owner.known().unwrap_or(&trail.account).clone();
        let mut world = Self {
            snapshot,
            bucket_owner,
            bucket: Held::Nothing,
            key: Held::Nothing,
            topic: Held::Nothing,
            controls: BTreeMap::new(),
            trusts: BTreeMap::new(),
            managed: BTreeMap::new(),
            versions: BTreeMap::new(),
            unknown: BTreeSet::new(),
            tags_matter: false,
            names_matter: false,
            user_ids: BTreeSet::new(),
            role_patterns: BTreeSet::new(),
            door: Held::Nothing,
            trail,
        };
        world.note_unread();
        world.door = world.held(super::DOOR, &Fact::Known(Some(OPEN.to_owned())));
        world.bucket = world.held("the bucket policy", &snapshot.bucket.policy.clone());
        if let Some(key) = &snapshot.key {
            let policy = match &key.policy {
                Fact::Known(text) => Fact::Known(Some(text.clone())),
                Fact::Unread(why) => Fact::Unread(why.clone()),
            };
            world.key = world.held("the key policy", &policy);
        }
        if let Some(topic) = &snapshot.topic {
            world.topic = world.held("the topic's policy", &topic.policy);
        }
        for (id, account) in &snapshot.accounts {
            let service = world.levels(&account.service_controls, PolicyKind::Scp, "service control policy");
            let resource =
                world.levels(&account.resource_controls, PolicyKind::Rcp, "resource control policy");
            let unread = service.is_none() || resource.is_none();
            let controls = Controls {
                service: Arc::new(service.unwrap_or_default()),
                resource: Arc::new(resource.unwrap_or_default()),
                unread,
            };
            world.controls.insert(id.clone(), controls);
            let Some(identities) = account.identities.known() else { continue };
            for (arn, document) in &identities.policies {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                let whose = if super::is_managed_by_aws(arn) { "AWS's policy" } else { "managed policy" };
                if let Some(doc) = world.doc(format!("{whose} {name}"), document, PolicyKind::Identity) {
                    world.managed.insert(arn.clone(), doc);
                }
                for (id, other) in identities.versions.get(arn).into_iter().flatten() {
                    let name = format!("version {id} of {whose} {name}");
                    let differs = other != document;
                    if let Some(doc) = differs.then(|| world.doc(name, other, PolicyKind::Identity)).flatten()
                    {
                        world.versions.entry(arn.clone()).or_default().insert(id.clone(), doc);
                    }
                }
            }
            for role in &identities.roles {
                let Some(text) = &role.trust else { continue };
                let name = format!("trust policy of role/{}", role.name);
                if let Some(doc) = world.doc(name, text, PolicyKind::Trust) {
                    world.trusts.insert(role.arn.clone(), Arc::new(Trust::new(doc, &role.arn)));
                }
            }
        }
        world
    }

    /// The organization, if there is one and it was read.
    pub(super) fn organization(&self) -> Option<&'a Organization> {
        self.snapshot.organization.known()?.as_ref()
    }

    /// Reads a document; one that cannot be understood is not known.
    pub(super) fn doc(&mut self, name: impl Into<String>, text: &str, kind: PolicyKind) -> Option<Arc<Doc>> {
        let name = name.into();
        let lower = text.to_lowercase();
        self.tags_matter |= lower.contains("aws:principaltag");
        self.names_matter |= lower.contains("aws:principalarn") || lower.contains("aws:username");
        let quoted = text.split('"').filter(|part| part.starts_with("AROA") && part.contains(':'));
        self.user_ids.extend(quoted.map(str::to_owned));
        let roles = text.split('"').filter(|part| {
            part.starts_with("arn:")
                && part.splitn(6, ':').nth(5).is_some_and(|last| last.starts_with("role/"))
        });
        self.role_patterns.extend(roles.map(str::to_owned));
        match Doc::read(&name, text, kind, self.snapshot.organization.known().is_some()) {
            Ok(doc) => Some(Arc::new(doc)),
            Err(problem) => {
                self.unknown.insert(Unknown {
                    what: format!("what {name} allows and denies"),
                    why: Unread { action: "parse".to_owned(), problem },
                });
                None
            }
        }
    }

    fn held(&mut self, name: &str, policy: &Fact<Option<String>>) -> Held {
        match policy {
            Fact::Unread(_) => Held::Unread,
            Fact::Known(None) => Held::Nothing,
            Fact::Known(Some(text)) => {
                let doc = self.doc(name, text, PolicyKind::Resource);
                doc.map_or(Held::Unread, Held::Policy)
            }
        }
    }

    fn levels(&mut self, levels: &Fact<Vec<Vec<Attached>>>, kind: PolicyKind, what: &str) -> Option<Levels> {
        let mut read = Vec::new();
        for level in levels.known()? {
            let mut docs = Vec::new();
            for policy in level {
                docs.push(self.doc(format!("{what} {}", policy.name), &policy.document, kind)?);
            }
            read.push(docs);
        }
        Some(read)
    }

    /// The identity policies of a user with its groups, of a group, or of a role.
    pub(super) fn policies_of(&mut self, identity: &Identity, kind: &str) -> Vec<Arc<Doc>> {
        let mut docs = Vec::new();
        for policy in &identity.inline {
            let name = format!("inline policy {} of {kind}/{}", policy.name, identity.name);
            docs.extend(self.doc(name, &policy.document, PolicyKind::Identity));
        }
        docs.extend(identity.attached.iter().filter_map(|arn| self.managed(arn, &identity.arn)));
        docs
    }

    /// A managed policy that `whose` has.
    pub(super) fn managed(&mut self, arn: &str, whose: &str) -> Option<Arc<Doc>> {
        if let Some(doc) = self.managed.get(arn) {
            return Some(doc.clone());
        }
        self.unknown.insert(Unknown {
            what: format!("what {arn}, which {whose} has, allows and denies"),
            why: Unread { action: "iam:GetPolicyVersion".to_owned(), problem: "it was not read".to_owned() },
        });
        None
    }

    /// What every unread fact leaves open.
    fn note_unread(&mut self) {
        let snapshot = self.snapshot;
        let bucket = &snapshot.bucket;
        let mut notes = vec![
            (
                bucket.owner.unread(),
                "whose the bucket is; it is judged as the trail's account's own".to_owned(),
            ),
            (bucket.policy.unread(), "whom the bucket policy lets in or keeps out".to_owned()),
            (bucket.grants.unread(), "whom the bucket's access control list lets in".to_owned()),
            (bucket.acls_count.unread(), "whether access control lists count".to_owned()),
            (
                bucket.versioning.unread(),
                "whether versioning and MFA delete protect the log files".to_owned(),
            ),
            (bucket.lock.unread(), "whether Object Lock protects the log files".to_owned()),
            (bucket.public_access.unread(), "whether a public access block keeps the public out".to_owned()),
            (
                snapshot.organization.unread(),
                "whether there is an organization, and who manages it".to_owned(),
            ),
        ];
        if let Some(key) = &snapshot.key {
            notes.push((key.policy.unread(), "who may disable and delete the key".to_owned()));
            notes.push((key.grants.unread(), "who has grants of the key".to_owned()));
        }
        if let Some(group) = &snapshot.log_group {
            notes.push((group.alarms.unread(), "which alarms watch the log group".to_owned()));
        }
        if let Some(topic) = &snapshot.topic {
            notes.push((topic.policy.unread(), "whom the topic's policy lets in".to_owned()));
        }
        if let Some(Some(organization)) = snapshot.organization.known() {
            notes.push((
                organization.delegated.unread(),
                "which accounts administer CloudTrail by delegation".to_owned(),
            ));
        }
        for (id, account) in &snapshot.accounts {
            notes.push((account.identities.unread(), format!("which users and roles of account {id} can")));
            let versions = account.identities.known().and_then(|known| known.versions_unread.as_ref());
            notes.push((
                versions,
                format!("which other versions the policies of account {id} could go back to"),
            ));
            let why = account.service_controls.unread().or(account.resource_controls.unread());
            notes.push((why, format!("which control policies bind account {id}")));
        }
        // The management account is expected to have every way, so its people need not be known one by one.
        let managing = self.organization().map(|organization| organization.management.clone());
        let missing = |account: &str, what: &str| {
            let left_out = managing.as_deref() == Some(account) || snapshot.accounts.contains_key(account);
            (!left_out).then(|| Unknown {
                what: format!("which users and roles of account {account}, {what}, can"),
                why: Unread {
                    action: "iam:GetAccountAuthorizationDetails".to_owned(),
                    problem: "the account was not read: name a role in it that may be assumed for reading"
                        .to_owned(),
                },
            })
        };
        let others = [
            missing(&self.trail.account, "the trail's"),
            (self.bucket_owner != self.trail.account)
                .then(|| missing(&self.bucket_owner, "the bucket's"))
                .flatten(),
        ];
        let key = snapshot.key.as_ref().and_then(|key| key.arn.parse::<Arn>().ok());
        let key = key.filter(|key| key.account != self.trail.account && key.account != self.bucket_owner);
        let key = key.and_then(|key| missing(&key.account, "the key's"));
        let unread = notes.into_iter().filter_map(|(why, what)| Some(Unknown { what, why: why?.clone() }));
        self.unknown = unread.chain(others.into_iter().flatten()).chain(key).collect();
    }
}
