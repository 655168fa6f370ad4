//! Everybody who may ask for something, each with every policy that travels along.

use super::document::{Doc, Mood};
use super::keys::Audience;
use super::report::{Kind, Principal};
use super::snapshot::Identity;
use super::world::{Levels, World};
use std::collections::BTreeSet;
use std::sync::Arc;
use trailward_policy::{Caller, Context, Policy, Principal as Caused};

/// What somebody has made of itself with permissions on permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    /// Has given itself every permission.
    pub(super) rewritten: bool,
    /// Has shaken off its permissions boundary.
    pub(super) unbounded: bool,
    /// Has joined this group.
    pub(super) joined: Option<String>,
    /// Has made this version, by ARN and id, the default of a managed policy.
    pub(super) version: Option<(String, String)>,
    /// Is a new role of this ARN.
    pub(super) made: Option<String>,
    /// Has whatever tags would do.
    pub(super) retagged: bool,
    /// Has whatever name of a user would do.
    pub(super) renamed: bool,
}

/// Somebody.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub(super) principal: Principal,
    /// The place, among all actors, of what this is a form of; its own for somebody as found.
    pub(super) of: usize,
    pub(super) form: Form,
    pub(super) audience: Audience,
    pub(super) identity: Vec<Arc<Doc>>,
    pub(super) boundary: Option<Arc<Doc>>,
    pub(super) controls: Arc<Levels>,
    /// What everything this actor does depends on.
    pub(super) caveat: Option<&'static str>,
    /// The user or role in the snapshot.
    pub(super) source: Option<Identity>,
    /// Lenient and strict.
    callers: [Caller; 2],
    /// The names it goes by in a principal element.
    pub(super) names: Vec<String>,
}

/// On all of somebody whose control policies are not known.
const CONTROLS_UNREAD: &str =
    "unless a control policy of the organization, which could not be read, denies it";

impl Actor {
    fn new(
        of: usize,
        principal: Principal,
        audience: Audience,
        caused: Caused,
        context: Context,
        docs: Vec<Arc<Doc>>,
    ) -> Self {
        let names = names(&caused, &context);
        let mut caller = Caller::new(caused);
        caller.context = context;
        let mut actor = Self {
            principal,
            of,
            form: Form::default(),
            audience,
            identity: docs,
            boundary: None,
            controls: Arc::default(),
            caveat: None,
            source: None,
            callers: [caller.clone(), caller],
            names,
        };
        actor.load();
        actor
    }

    /// The caller, with its policies read in a mood.
    pub(super) fn caller(&self, mood: Mood) -> &Caller {
        let [lenient, strict] = &self.callers;
        match mood {
            Mood::Lenient => lenient,
            Mood::Strict => strict,
        }
    }

    /// Puts the policies into the callers.
    fn load(&mut self) {
        for (caller, mood) in self.callers.iter_mut().zip(Mood::BOTH) {
            let read = |doc: &Arc<Doc>| -> Policy { doc.reading(self.audience, mood).clone() };
            caller.identity = self.identity.iter().map(read).collect();
            caller.boundary = self.boundary.as_ref().map(read);
            caller.scps = self.controls.iter().map(|level| level.iter().map(read).collect()).collect();
        }
    }

    /// The same somebody in another form.
    pub(super) fn formed(
        &self,
        form: Form,
        group: &[Arc<Doc>],
        version: Option<(&Arc<Doc>, &Arc<Doc>)>,
        everything: &Arc<Doc>,
    ) -> Self {
        let mut formed = self.clone();
        if let Some((before, after)) = version {
            let both = formed.identity.iter_mut().chain(formed.boundary.iter_mut());
            for doc in both.filter(|doc| Arc::ptr_eq(doc, before)) {
                *doc = after.clone();
            }
        }
        formed.identity.extend(group.iter().cloned());
        if form.rewritten {
            // Denies can be taken away just as well.
            formed.identity = vec![everything.clone()];
        }
        if form.unbounded {
            formed.boundary = None;
        }
        if let Some(arn) = &form.made {
            formed.become_new(arn);
        }
        formed.audience = Audience::inside(form.retagged, form.renamed);
        formed.form = form;
        formed.load();
        formed
    }

    /// Is from now on a session of a role that was not there before, without tags.
    fn become_new(&mut self, arn: &str) {
        let account = self.account().unwrap_or_default().to_owned();
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let caused = Caused::RoleSession {
            role_arn: arn.to_owned(),
            session_arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/-"),
            role_id: "AROA".to_owned(),
            session_name: "-".to_owned(),
            account,
        };
        for caller in &mut self.callers {
            for key in self.source.iter().flat_map(|source| source.tags.keys()) {
                caller.context.remove(&format!("aws:PrincipalTag/{key}"));
            }
            caller.principal = caused.clone();
            self.names = names(&caused, &caller.context);
        }
    }

    /// Whether this is a user or role that was read.
    pub(super) fn is_inside(&self) -> bool {
        self.source.is_some()
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.principal.account.as_deref()
    }
}

/// What a principal element can name a caller by.
fn names(caused: &Caused, context: &Context) -> Vec<String> {
    let mut names: Vec<String> = caused.account().into_iter().map(str::to_owned).collect();
    match caused {
        Caused::Service(name) => names.push(name.clone()),
        Caused::User { arn, user_id, .. } => names.extend([arn.clone(), user_id.clone()]),
        Caused::RoleSession { role_arn, session_arn, role_id, .. } => {
            names.extend([role_arn.clone(), session_arn.clone(), role_id.clone()]);
        }
        Caused::FederatedUser { arn, .. } => names.push(arn.clone()),
        Caused::Anonymous | Caused::Root { .. } => {}
    }
    for key in [trailward_policy::FEDERATED_PROVIDER_KEY, trailward_policy::CANONICAL_USER_KEY] {
        names.extend(context.get(key).into_iter().flatten().cloned());
    }
    names
}

/// Everybody, root last of each account; and the policy that allows everything.
pub(super) fn everybody(world: &mut World<'_>, expect: &[String], everything: &Arc<Doc>) -> Vec<Actor> {
    let mut actors = Vec::new();
    for id in world.snapshot.accounts.keys() {
        inside(world, id, &mut actors);
    }
    outside(world, everything, &mut actors);
    for actor in &mut actors {
        let principal = &mut actor.principal;
        let names = [principal.arn.as_deref(), principal.account.as_deref(), Some(&principal.name)];
        let meant =
            expect.iter().any(|want| names.iter().flatten().any(|name| trailward_policy::like(want, name)));
        if meant && principal.expected.is_none() {
            principal.expected = Some("named as expected".to_owned());
        }
    }
    actors
}

fn inside(world: &mut World<'_>, id: &str, actors: &mut Vec<Actor>) {
    let controls = world.controls.get(id).cloned().unwrap_or_default();
    let caveat =
        (controls.unread || world.snapshot.organization.unread().is_some()).then_some(CONTROLS_UNREAD);
    let mut shared = Context::new();
    if let Some(organization) = world.organization() {
        shared.set("aws:PrincipalOrgID", organization.id.clone());
    }
    let partition = world.trail.partition.clone();
    let account = world.snapshot.accounts.get(id);
    let identities = account.and_then(|account| account.identities.known()).cloned().unwrap_or_default();
    let add = |actors: &mut Vec<Actor>, mut actor: Actor, bound: bool| {
        if bound {
            actor.controls = controls.service.clone();
            actor.caveat = caveat;
        }
        actor.load();
        actors.push(actor);
    };
    for user in &identities.users {
        let mut docs = world.policies_of(user, "user");
        for group in identities.groups.iter().filter(|group| user.groups.contains(&group.name)) {
            docs.extend(world.policies_of(group, "group"));
        }
        let caused = Caused::User { account: id.to_owned(), arn: user.arn.clone(), user_id: user.id.clone() };
        let shown = named(Kind::User, format!("user/{}", user.name), id, &user.arn);
        let mut actor =
            Actor::new(actors.len(), shown, Audience::Inside, caused, tagged(&shared, user), docs);
        actor.boundary = user.boundary.as_ref().and_then(|arn| world.managed(arn, &user.arn));
        actor.source = Some(user.clone());
        add(actors, actor, true);
    }
    for role in &identities.roles {
        let docs = world.policies_of(role, "role");
        let session_name = session_name(world, role);
        let caused = Caused::RoleSession {
            account: id.to_owned(),
            role_arn: role.arn.clone(),
            session_arn: format!("arn:{partition}:sts::{id}:assumed-role/{}/{session_name}", role.name),
            role_id: role.id.clone(),
            session_name,
        };
        let linked = super::is_service_linked(&role.arn);
        let kind = if linked { Kind::ServiceLinkedRole } else { Kind::Role };
        let mut shown = named(kind, format!("role/{}", role.name), id, &role.arn);
        if linked {
            shown.expected = Some("only its service uses it, and nobody can change it".to_owned());
        }
        let mut actor =
            Actor::new(actors.len(), shown, Audience::Inside, caused, tagged(&shared, role), docs);
        actor.boundary = role.boundary.as_ref().and_then(|arn| world.managed(arn, &role.arn));
        actor.source = Some(role.clone());
        // Control policies do not bind service-linked roles.
        add(actors, actor, !linked);
    }
    let arn = format!("arn:{partition}:iam::{id}:root");
    let mut shown = named(Kind::Root, "root".to_owned(), id, &arn);
    shown.expected = Some("no policy of its account binds root; only the organization's do".to_owned());
    let caused = Caused::Root { account: id.to_owned() };
    let actor = Actor::new(actors.len(), shown, Audience::Inside, caused, shared, Vec::new());
    add(actors, actor, true);
}

fn named(kind: Kind, name: String, account: &str, arn: &str) -> Principal {
    Principal { kind, name, account: Some(account.to_owned()), arn: Some(arn.to_owned()), expected: None }
}

fn tagged(shared: &Context, identity: &Identity) -> Context {
    let mut context = shared.clone();
    for (key, value) in &identity.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.clone());
    }
    context
}

/// Whoever assumes a role names the session; if a policy names one, that is the one to choose.
fn session_name(world: &World<'_>, role: &Identity) -> String {
    let marker = format!(":assumed-role/{}/", role.name);
    let policies = [&world.bucket, &world.key, &world.topic];
    let docs = policies.into_iter().filter_map(|held| held.doc());
    let docs = docs.chain(world.trusts.values().map(|trust| &trust.doc));
    let found =
        docs.flat_map(|doc| doc.plain.principals().cloned().collect::<Vec<_>>()).find_map(|p| match p {
            trailward_policy::PrincipalPattern::Aws(arn) => {
                arn.split_once(&marker).map(|(_, session)| session.to_owned())
            }
            _ => None,
        });
    let of_id = format!("{}:", role.id);
    let by_id = || world.user_ids.iter().find_map(|id| id.strip_prefix(&of_id));
    // What a pattern leaves open is filled in.
    let by_id = || by_id().map(|name| name.replace(['*', '?'], "x"));
    found.or_else(by_id).filter(|name| !name.is_empty()).unwrap_or_else(|| "session".to_owned())
}

/// Whom the policies name who is nobody that was read.
fn outside(world: &World<'_>, everything: &Arc<Doc>, actors: &mut Vec<Actor>) {
    use trailward_policy::{Effect, PrincipalPattern, Scope};
    let mut found: BTreeSet<Outsider> = BTreeSet::new();
    let held = [&world.bucket, &world.key, &world.topic];
    let docs = held.into_iter().filter_map(|held| held.doc()).map(|doc| (doc, true));
    for (doc, anonymous) in docs.chain(world.trusts.values().map(|trust| (&trust.doc, false))) {
        for statement in doc.plain.statements().iter().filter(|s| s.effect == Effect::Allow) {
            let patterns = match &statement.principal {
                Some(Scope::Only(patterns)) => patterns.as_slice(),
                Some(Scope::Except(_)) => &[PrincipalPattern::Everyone],
                None => &[],
            };
            for pattern in patterns {
                found.extend(Outsider::of(pattern, anonymous));
            }
        }
    }
    let grants = world.snapshot.bucket.grants.known().into_iter().flatten();
    found.extend(grants.filter_map(|grant| match grant.grantee.as_str() {
        "AllUsers" => Some(Outsider::Anonymous),
        "AuthenticatedUsers" => Some(Outsider::Anyone),
        "LogDelivery" => None,
        id => Some(Outsider::Canonical(id.to_owned())),
    }));
    if let Some(key) = &world.snapshot.key {
        let grantees = key.grants.known().into_iter().flatten().map(|grant| grant.grantee.clone());
        found.extend(grantees.flat_map(|name| Outsider::of(&PrincipalPattern::Aws(name), false)));
    }
    if let Some(organization) = world.organization() {
        found.insert(Outsider::Account(organization.management.clone()));
        let delegated = organization.delegated.known().into_iter().flatten().cloned();
        found.extend(delegated.map(Outsider::Account));
    }
    for outsider in found {
        let read = |account: &str| world.snapshot.accounts.contains_key(account);
        if !outsider.account().is_some_and(|account| read(&account)) {
            actors.extend(outsider.actor(actors.len(), world, everything));
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outsider {
    Account(String),
    Arn(String),
    Canonical(String),
    Service(String),
    Federated(String),
    Anyone,
    Anonymous,
}

impl Outsider {
    fn of(pattern: &trailward_policy::PrincipalPattern, anonymous: bool) -> Vec<Self> {
        use trailward_policy::PrincipalPattern as P;
        match pattern {
            P::Everyone if anonymous => vec![Self::Anyone, Self::Anonymous],
            P::Everyone => vec![Self::Anyone],
            P::Aws(name) if !name.contains(':') && name.ends_with(".amazonaws.com") => {
                vec![Self::Service(name.clone())]
            }
            // A path may hold colons, too.
            P::Aws(name) => match name.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                [id] if id.len() == 12 => vec![Self::Account((*id).to_owned())],
                [_, _, _, _, id, "root"] => vec![Self::Account((*id).to_owned())],
                [_, _, _, _, _, _] => vec![Self::Arn(name.clone())],
                // What a deleted user or role leaves behind names nobody.
                _ => Vec::new(),
            },
            P::Service(name) => vec![Self::Service(name.clone())],
            P::Federated(name) => vec![Self::Federated(name.clone())],
            P::CanonicalUser(id) => vec![Self::Canonical(id.clone())],
        }
    }

    fn account(&self) -> Option<String> {
        match self {
            Self::Account(id) => Some(id.clone()),
            Self::Arn(arn) => arn.split(':').nth(4).map(str::to_owned),
            _ => None,
        }
    }

    fn actor(&self, of: usize, world: &World<'_>, everything: &Arc<Doc>) -> Option<Actor> {
        let plain = |kind, name: &str| Principal {
            kind,
            name: name.to_owned(),
            account: None,
            arn: None,
            expected: None,
        };
        let docs = vec![everything.clone()];
        let somebody = |account: &str| Caused::RoleSession {
            account: account.to_owned(),
            role_arn: format!("arn:aws:iam::{account}:role/-"),
            session_arn: format!("arn:aws:sts::{account}:assumed-role/-/-"),
            role_id: "AROA".to_owned(),
            session_name: "-".to_owned(),
        };
        Some(match self {
            Self::Account(id) => {
                let managing =
                    world.organization().is_some_and(|organization| organization.management == *id);
                let kind = if managing { Kind::ManagementAccount } else { Kind::OtherAccount };
                let mut shown = plain(kind, &format!("account {id}"));
                shown.account = Some(id.clone());
                if managing {
                    shown.name = format!("management account {id}");
                    shown.expected = Some("no control policy binds the management account".to_owned());
                }
                Actor::new(of, shown, Audience::Outside, somebody(id), Context::new(), docs)
            }
            Self::Arn(arn) => {
                let account = self.account()?;
                let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
                let mut shown = plain(Kind::Outsider, resource);
                shown.account = Some(account.clone());
                shown.arn = Some(arn.clone());
                let caused = if resource.starts_with("user/") {
                    Caused::User { account, arn: arn.clone(), user_id: "AIDA".to_owned() }
                } else {
                    let session = resource.starts_with("assumed-role/");
                    let role = resource.split('/').nth(1).unwrap_or_default();
                    let role_arn =
                        if session { format!("arn:aws:iam::{account}:role/{role}") } else { arn.clone() };
                    let session_arn = if session {
                        arn.clone()
                    } else {
                        let name = resource.rsplit('/').next().unwrap_or_default();
                        format!("arn:aws:sts::{account}:assumed-role/{name}/-")
                    };
                    Caused::RoleSession {
                        account,
                        role_arn,
                        session_arn,
                        role_id: "AROA".to_owned(),
                        session_name: "-".to_owned(),
                    }
                };
                Actor::new(of, shown, Audience::Outside, caused, Context::new(), docs)
            }
            Self::Canonical(id) => {
                let short: String = id.chars().take(16).collect();
                let shown = plain(Kind::Outsider, &format!("canonical user {short}…"));
                let context = Context::from_iter([(trailward_policy::CANONICAL_USER_KEY, id.as_str())]);
                Actor::new(of, shown, Audience::Anyone, somebody("000000000000"), context, docs)
            }
            Self::Service(name) => {
                let caused = Caused::Service(name.clone());
                let context = Context::new();
                Actor::new(of, plain(Kind::Service, name), Audience::Service, caused, context, Vec::new())
            }
            Self::Federated(name) => {
                let context = Context::from_iter([(trailward_policy::FEDERATED_PROVIDER_KEY, name.as_str())]);
                let shown = plain(Kind::Federated, &format!("whoever {name} vouches for"));
                Actor::new(of, shown, Audience::Inside, Caused::Anonymous, context, Vec::new())
            }
            Self::Anyone => Actor::new(
                of,
                plain(Kind::AnyAccount, "any AWS account"),
                Audience::Anyone,
                somebody("000000000000"),
                Context::new(),
                docs,
            ),
            Self::Anonymous => Actor::new(
                of,
                plain(Kind::Anonymous, "anybody, unsigned"),
                Audience::Inside,
                Caused::Anonymous,
                Context::new(),
                Vec::new(),
            ),
        })
    }
}
