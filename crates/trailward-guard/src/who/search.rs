//! From what everybody may do themselves, and who may act as whom, to who can.

use super::actors::{Actor, everybody};
use super::ask::{Answer, merge};
use super::document::Doc;
use super::report::{Assumption, Certainty, Finding, Kind, Report, Step};
use super::snapshot::Snapshot;
use super::steps::{Edge, Graph, Reach};
use super::ways::{Way, Ways};
use super::world::World;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use trailward_model::{Arn, ArnError};
use trailward_policy::PolicyKind;

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// Judges every principal against every way. `expect` are patterns (`*`, `?`) of ARNs, names such as `role/break-glass`
/// and account numbers that are supposed to have ways, and so are listed without alarm.
///
/// The error is for a snapshot whose trail has no ARN.
pub fn judge(snapshot: &Snapshot, expect: &[String]) -> Result<Report, ArnError> {
    let trail: Arn = snapshot.trail.arn.parse()?;
    let mut world = World::of(snapshot, trail);
    let own = world.doc(super::OWN, EVERYTHING, PolicyKind::Identity);
    let theirs = world.doc(super::THEIRS, EVERYTHING, PolicyKind::Identity);
    let (Some(own), Some(theirs)) = (own, theirs) else {
        return Err(ArnError(snapshot.trail.arn.clone()));
    };
    let ways = Ways::of(snapshot);
    let actors = everybody(&mut world, expect, &theirs);
    let groups = groups(&mut world);
    let found = actors.len();
    let world = world;
    let has = |actor: &Actor| ways.open.iter().map(|way| world.has(actor, way)).collect::<Vec<_>>();
    let reach = |actor: &Actor| {
        let mut reach = Reach::default();
        for (at, way) in ways.open.iter().enumerate() {
            if let Some((answer, _)) = world.has(actor, way) {
                reach.possible.insert(at);
                if answer.certainty == Certainty::Certain {
                    reach.certain.insert(at);
                }
            }
        }
        reach.everything = reach.certain.len() == ways.open.len();
        reach
    };
    let graph = Graph::of(&world, actors, own, groups, &reach);
    let answers: Vec<Vec<Own>> = graph.actors.iter().map(|actor| has(actor)).collect();
    let into = [into(&graph, Certainty::Certain), into(&graph, Certainty::Possible)];
    let [sure, all] = &into;
    let mut findings = Vec::new();
    let mut useful = BTreeSet::new();
    for (at, way) in ways.open.iter().enumerate() {
        let direct: Vec<_> = answers.iter().map(|own| own.get(at).and_then(Option::as_ref)).collect();
        let certain = Search::of(&graph, &direct, sure, Certainty::Certain);
        let possible = Search::of(&graph, &direct, all, Certainty::Possible);
        for actor in 0..found {
            let one = certain.finding(&graph, &direct, actor, way);
            let one = one.or_else(|| possible.finding(&graph, &direct, actor, way));
            let Some((finding, edges)) = one else { continue };
            let service = finding.principal.kind == Kind::Service && !finding.path.is_empty();
            useful.extend(edges);
            if !service {
                findings.push(finding);
            }
        }
    }
    findings.sort_by_key(order);
    Ok(Report {
        trail: snapshot.trail.arn.clone(),
        bucket: snapshot.bucket.name.clone(),
        accounts: snapshot.accounts.keys().cloned().collect(),
        findings,
        assumptions: assumptions(&graph, &useful),
        closed: ways.closed,
        unknown: world.unknown.iter().cloned().collect(),
        judged: found,
    })
}

/// Unexpected first, then the worst, then by name.
fn order(finding: &Finding) -> impl Ord + use<> {
    (
        finding.principal.expected.is_some(),
        finding.principal.account.clone(),
        finding.principal.name.clone(),
        finding.severity,
        finding.certainty,
        finding.way,
    )
}

/// The policies of every group, by account and name.
fn groups(world: &mut World<'_>) -> BTreeMap<(String, String), Vec<Arc<Doc>>> {
    let mut found = BTreeMap::new();
    let snapshot = world.snapshot;
    for (id, account) in &snapshot.accounts {
        for group in account.identities.known().into_iter().flat_map(|identities| &identities.groups) {
            found.insert((id.clone(), group.name.clone()), world.policies_of(group, "group"));
        }
    }
    found
}

/// From every actor the first edge of the shortest path to somebody who has the way.
struct Search {
    next: BTreeMap<usize, usize>,
    worst: Certainty,
}

/// Whether an actor has a way itself, and with which resources.
type Own = Option<(Answer, Vec<String>)>;

/// The same of all actors, for one way.
type Direct<'a> = Vec<Option<&'a (Answer, Vec<String>)>>;

/// The edges into each actor.
type Into = BTreeMap<usize, Vec<usize>>;

fn into(graph: &Graph<'_, '_>, worst: Certainty) -> Into {
    let mut into = Into::new();
    for (at, edge) in graph.edges.iter().enumerate().filter(|(_, edge)| edge.certainty <= worst) {
        into.entry(edge.to).or_default().push(at);
    }
    into
}

impl Search {
    fn of(graph: &Graph<'_, '_>, direct: &Direct<'_>, into: &Into, worst: Certainty) -> Self {
        let has = |at: usize| {
            direct.get(at).copied().flatten().is_some_and(|(answer, _)| answer.certainty <= worst)
        };
        let mut cost: BTreeMap<usize, usize> =
            (0..graph.actors.len()).filter(|at| has(*at)).map(|at| (at, 0)).collect();
        let mut queue: BinaryHeap<Reverse<(usize, usize)>> =
            cost.keys().map(|at| Reverse((0, *at))).collect();
        let mut next = BTreeMap::new();
        while let Some(Reverse((so_far, at))) = queue.pop() {
            if cost.get(&at) != Some(&so_far) {
                continue;
            }
            for &number in into.get(&at).into_iter().flatten() {
                let Some(edge) = graph.edges.get(number) else { continue };
                let whole = so_far + edge.cost;
                if cost.get(&edge.from).is_none_or(|before| whole < *before) {
                    cost.insert(edge.from, whole);
                    next.insert(edge.from, number);
                    queue.push(Reverse((whole, edge.from)));
                }
            }
        }
        Self { next, worst }
    }

    /// The finding for an actor, and the edges it rests on.
    fn finding(
        &self,
        graph: &Graph<'_, '_>,
        direct: &Direct<'_>,
        actor: usize,
        way: &Way,
    ) -> Option<(Finding, Vec<usize>)> {
        let has = |at: usize| {
            direct.get(at).copied().flatten().filter(|(answer, _)| answer.certainty <= self.worst)
        };
        let (mut at, mut path, mut edges) = (actor, Vec::new(), Vec::new());
        let mut conditions = Vec::new();
        let mut certainty = Certainty::Certain;
        let (answer, resources) = loop {
            if let Some(found) = has(at) {
                break found;
            }
            let number = *self.next.get(&at)?;
            let edge: &Edge = graph.edges.get(number)?;
            edges.push(number);
            path.push(edge.step.clone());
            certainty = certainty.max(edge.certainty);
            merge(&mut conditions, edge.conditions.clone());
            at = edge.to;
        };
        merge(&mut conditions, answer.conditions.clone());
        let mut closes = vec![way.closes.to_owned()];
        merge(&mut closes, path.iter().map(|step: &Step| step.closes.clone()).collect());
        let finding = Finding {
            principal: graph.actors.get(actor)?.principal.clone(),
            way: way.id,
            title: way.title,
            effect: way.effect,
            severity: way.severity,
            actions: way.needs.iter().map(|need| need.action).collect(),
            resources: resources.clone(),
            certainty: certainty.max(answer.certainty),
            conditions,
            path,
            because: answer.because.clone(),
            closes,
        };
        Some((finding, edges))
    }
}

/// The edges findings rest on, between principals as they were found.
fn assumptions(graph: &Graph<'_, '_>, useful: &BTreeSet<usize>) -> Vec<Assumption> {
    let found: BTreeSet<Assumption> = useful
        .iter()
        .filter_map(|at| {
            let edge = graph.edges.get(*at)?;
            let (from, to) = (graph.actors.get(edge.from)?, graph.actors.get(edge.to)?);
            (from.of != to.of).then(|| Assumption {
                from: from.principal.clone(),
                to: to.principal.clone(),
                how: edge.step.does.clone(),
                certainty: edge.certainty,
            })
        })
        .collect();
    found.into_iter().collect()
}
