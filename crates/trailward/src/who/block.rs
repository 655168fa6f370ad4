//! Findings in the order and the lumps in which people read them.

use std::collections::BTreeMap;
use trailward_guard::who::{Certainty, Effect, Finding, Principal, Report, Severity};

/// One principal.
pub(super) struct Block<'a> {
    pub(super) principal: &'a Principal,
    pub(super) severity: Severity,
    /// Ways with the same path and the same statements.
    pub(super) parts: Vec<Part<'a>>,
}

/// What a principal can by one path.
pub(super) struct Part<'a> {
    /// One of the findings; they differ in the way alone.
    pub(super) first: &'a Finding,
    /// All of them, worst first.
    pub(super) ways: Vec<&'a Finding>,
}

impl<'a> Part<'a> {
    /// The ways by what becomes of the trail, worst effect first.
    pub(super) fn by_effect(&self) -> BTreeMap<Effect, Vec<&'a Finding>> {
        let mut found: BTreeMap<Effect, Vec<&Finding>> = BTreeMap::new();
        for finding in &self.ways {
            found.entry(finding.effect).or_default().push(finding);
        }
        found
    }

    /// How it is done, a line a step; the last is by which statements.
    pub(super) fn how(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.first.path.iter().map(|step| format!("{} ({})", step.does, listed(&step.because))).collect();
        let by = listed(&self.first.because);
        lines.push(if lines.is_empty() { by } else { format!("then by {by}") });
        lines
    }

    /// What takes the path away, the ways' own remedies aside.
    pub(super) fn closes(&self) -> Vec<&'a str> {
        self.first.path.iter().map(|step| step.closes.as_str()).collect()
    }
}

fn listed(places: &[trailward_guard::who::Place]) -> String {
    let mut shown: Vec<String> = places.iter().take(4).map(ToString::to_string).collect();
    if places.len() > 4 {
        shown.push(format!("{} more", places.len() - 4));
    }
    if shown.is_empty() { "no policy at all: root needs none".to_owned() } else { shown.join("; ") }
}

/// Those who should not be able to, worst first.
pub(super) fn unexpected(report: &Report) -> Vec<Block<'_>> {
    blocks(report.unexpected())
}

/// Those of whom it was expected.
pub(super) fn expected(report: &Report) -> Vec<Block<'_>> {
    blocks(report.findings.iter().filter(|finding| finding.principal.expected.is_some()))
}

fn blocks<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Block<'a>> {
    let mut by: BTreeMap<&Principal, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by.entry(&finding.principal).or_default().push(finding);
    }
    let mut blocks: Vec<Block<'_>> = by
        .into_iter()
        .map(|(principal, findings)| {
            let severity = findings.iter().map(|f| f.severity).min().unwrap_or(Severity::Low);
            Block { principal, severity, parts: parts(findings) }
        })
        .collect();
    blocks.sort_by_key(|block| {
        let possible = block.parts.iter().all(|part| part.first.certainty == Certainty::Possible);
        (block.severity, possible, block.principal.account.clone(), block.principal.name.clone())
    });
    blocks
}

fn parts(findings: Vec<&Finding>) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for finding in findings {
        let same = parts.iter_mut().find(|part| {
            let first = part.first;
            first.path == finding.path
                && first.because == finding.because
                && first.conditions == finding.conditions
        });
        match same {
            Some(part) => part.ways.push(finding),
            None => parts.push(Part { first: finding, ways: vec![finding] }),
        }
    }
    for part in &mut parts {
        part.ways.sort_by_key(|finding| (finding.severity, finding.way));
    }
    parts.sort_by_key(|part| {
        let worst = part.ways.iter().map(|f| f.severity).min();
        (worst, part.first.certainty, part.first.path.len())
    });
    parts
}

/// Every way that is named, once, worst first.
pub(super) fn ways<'a>(blocks: &[Block<'a>]) -> Vec<&'a Finding> {
    let all = blocks.iter().flat_map(|block| &block.parts).flat_map(|part| &part.ways);
    let found: BTreeMap<(Severity, &str), &Finding> = all.map(|f| ((f.severity, f.way), *f)).collect();
    found.into_values().collect()
}

/// The answer in one sentence.
pub(super) fn verdict(report: &Report) -> String {
    let names = |certain: bool| {
        let found = unexpected(report);
        let has = |block: &&Block<'_>| {
            block.parts.iter().any(|part| part.first.certainty == Certainty::Certain) == certain
        };
        found.iter().filter(has).count()
    };
    let (certain, possible) = (names(true), names(false));
    let unknown = report.unknown.len();
    let mut sentence = match (certain, possible) {
        (0, 0) if unknown > 0 => "Nobody was found who can, but not everything could be read".to_owned(),
        (0, 0) => "Nobody but those who are expected to".to_owned(),
        (0, n) => format!("{} under conditions, besides those who are expected to", can(n)),
        (n, 0) => format!("{}, besides those who are expected to", can(n)),
        (n, m) => format!("{}, and {m} more under conditions, besides those who are expected to", can(n)),
    };
    if unknown > 0 {
        sentence.push_str(&format!(
            "; {unknown} {} open",
            if unknown == 1 { "question is" } else { "questions are" }
        ));
    }
    sentence + "."
}

fn can(count: usize) -> String {
    format!("{count} {} can", if count == 1 { "principal" } else { "principals" })
}

/// A principal's name with its account, where the account does not follow.
pub(super) fn name(principal: &Principal) -> String {
    match &principal.account {
        Some(account) if !principal.name.contains(account.as_str()) => {
            format!("{} ({account})", principal.name)
        }
        _ => principal.name.clone(),
    }
}
