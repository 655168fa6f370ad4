//! One actor, one permission, one resource: certain, possible or not, and by which statements.

use super::actors::Actor;
use super::document::{Doc, Mood};
use super::report::{Certainty, Place};
use super::world::{Held, Levels};
use std::collections::BTreeSet;
use std::sync::Arc;
use trailward_policy::{Context, Effect, Policy, Request, Scope, Source, evaluate, explain, like};

/// What is asked.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    /// The account that owns the resource.
    pub(super) owner: &'a str,
    pub(super) policy: &'a Held,
    /// Whether the resource's policy has to allow in any case, as a key's does.
    pub(super) required: bool,
    /// Resource control policies over the owner.
    pub(super) controls: &'a Levels,
    pub(super) context: &'a Context,
}

/// Yes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) certainty: Certainty,
    pub(super) because: Vec<Place>,
    /// What it depends on; empty if it is certain.
    pub(super) conditions: Vec<String>,
}

impl Answer {
    /// Both have to hold.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.certainty = self.certainty.max(other.certainty);
        merge(&mut self.because, other.because);
        merge(&mut self.conditions, other.conditions);
        self
    }

    /// The same, if something else holds as well.
    pub(super) fn only(mut self, condition: impl Into<String>) -> Self {
        self.certainty = Certainty::Possible;
        merge(&mut self.conditions, vec![condition.into()]);
        self
    }
}

/// Adds what is not there yet.
pub(super) fn merge<T: PartialEq>(into: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !into.contains(&one) {
            into.push(one);
        }
    }
}

/// Decides; `None` for no.
pub(super) fn ask(actor: &Actor, ask: &Ask<'_>) -> Option<Answer> {
    let unread = matches!(ask.policy, Held::Unread);
    let read = |mood| {
        let policy = ask.policy.doc().map(|doc| doc.reading(actor.audience, mood));
        let level = |docs: &Vec<Arc<Doc>>| {
            docs.iter().map(|doc| doc.reading(actor.audience, mood).clone()).collect::<Vec<_>>()
        };
        (policy, ask.controls.iter().map(level).collect::<Vec<_>>())
    };
    let decide = |mood, policy: Option<&Policy>, rcps: &[Vec<Policy>]| {
        evaluate(&request(actor, ask, mood, policy, rcps)).is_allowed()
    };
    let (policy, rcps) = read(Mood::Lenient);
    if !decide(Mood::Lenient, policy, &rcps) {
        return None;
    }
    let (strict, strict_rcps) = read(Mood::Strict);
    let certain = decide(Mood::Strict, strict, &strict_rcps);
    let mood = if certain { Mood::Strict } else { Mood::Lenient };
    let (policy, rcps) = if certain { (strict, strict_rcps) } else { (policy, rcps) };
    let deciding = explain(&request(actor, ask, mood, policy, &rcps)).deciding;
    let mut answer = Answer {
        certainty: if certain { Certainty::Certain } else { Certainty::Possible },
        because: Vec::new(),
        conditions: Vec::new(),
    };
    let mut allowing = BTreeSet::new();
    for found in &deciding {
        let doc = match found.source {
            Source::Identity => actor.identity.get(found.policy),
            Source::Resource | Source::Trust => ask.policy.doc(),
            Source::Boundary => actor.boundary.as_ref(),
            Source::Scp => found.level.and_then(|level| actor.controls.get(level)?.get(found.policy)),
            Source::Rcp => found.level.and_then(|level| ask.controls.get(level)?.get(found.policy)),
            Source::Session => None,
        };
        let Some(doc) = doc else { continue };
        allowing.insert((Arc::as_ptr(doc), found.statement));
        if matches!(found.source, Source::Identity | Source::Resource | Source::Trust) {
            merge(&mut answer.because, vec![doc.place(found.statement)]);
        }
    }
    if !certain {
        answer.conditions = conditions(actor, ask, &allowing);
    }
    if let Some(caveat) = actor.caveat {
        answer = answer.only(caveat);
    }
    if unread {
        answer = answer.only("unless the resource's policy, which could not be read, says otherwise");
    }
    Some(answer)
}

fn request<'a>(
    actor: &'a Actor,
    ask: &'a Ask<'_>,
    mood: Mood,
    policy: Option<&'a Policy>,
    rcps: &'a [Vec<Policy>],
) -> Request<'a> {
    Request {
        caller: actor.caller(mood),
        action: ask.action,
        resource: ask.resource,
        resource_account: Some(ask.owner),
        resource_policy: policy,
        resource_policy_required: ask.required && !matches!(ask.policy, Held::Unread),
        rcps,
        context: ask.context,
    }
}

/// The open conditions of the statements that allow, and of those that would deny.
fn conditions(actor: &Actor, ask: &Ask<'_>, allowing: &BTreeSet<(*const Doc, usize)>) -> Vec<String> {
    let controls = ask.controls.iter().chain(actor.controls.iter()).flatten();
    let docs = actor.identity.iter().chain(&actor.boundary).chain(controls).chain(ask.policy.doc());
    let mut found = Vec::new();
    for doc in docs {
        for (at, statement) in doc.plain.statements().iter().enumerate() {
            let open = doc.open(actor.audience, at);
            if open.is_empty() {
                continue;
            }
            let words = open.join(" and ");
            let place = doc.place(at);
            let said = if statement.effect == Effect::Allow {
                allowing.contains(&(Arc::as_ptr(doc), at)).then(|| format!("if {words}: {place}"))
            } else {
                let strict = doc.reading(actor.audience, Mood::Strict);
                let request = request(actor, ask, Mood::Strict, Some(strict), &[]);
                let applies = strict.unmet(at, &request).is_some_and(|unmet| unmet.is_empty());
                applies.then(|| format!("unless {words}: {place} denies it"))
            };
            merge(&mut found, said.into_iter().collect());
        }
    }
    found
}

/// How many further resources are tried for one permission.
const MOST_RESOURCES: usize = 64;

/// Resources that statements allowing `action` to `actor` name, wildcards filled in: what a policy allows somewhere, it
/// allows on one of these.
pub(super) fn resources(actor: &Actor, action: &str, policy: &Held) -> Vec<String> {
    let docs = actor.identity.iter().chain(policy.doc());
    let mut found = Vec::new();
    for statement in docs.flat_map(|doc| doc.reading(actor.audience, Mood::Lenient).statements()) {
        if statement.effect != Effect::Allow || !covers(&statement.action, action) {
            continue;
        }
        if let Some(Scope::Only(patterns)) = &statement.resource {
            for pattern in patterns {
                merge(&mut found, vec![pattern.replace(['*', '?'], "x")]);
            }
        }
    }
    found.truncate(MOST_RESOURCES);
    found
}

/// Whether any statement could allow `action` on anything: quick, and never wrong about no.
pub(super) fn touches(actor: &Actor, action: &str) -> bool {
    actor.identity.iter().any(|doc| {
        let allowing = doc.plain.statements().iter().filter(|s| s.effect == Effect::Allow);
        allowing.into_iter().any(|statement| covers(&statement.action, action))
    })
}

fn covers(scope: &Scope<String>, action: &str) -> bool {
    scope.values().iter().any(|pattern| like(pattern, action)) != scope.is_negated()
}
