//! Judging the policies as CloudTrail's own requests will be judged.

use super::because::{allows_not, denies};
use super::need::{Need, Subject, TOPIC_REFUSAL, needs};
use super::patch::mend;
use super::report::{Finding, Patch, Place, Report};
use super::role::judge_log;
use super::{Facts, FoundKey, InvalidPolicy, Proposal, SERVICE};
use serde_json::{Value, json};
use trailward_model::Arn;
use trailward_policy::{
    Caller, Context, Decision, Effect, Policy, PolicyKind, PrincipalPattern, Request, Scope, Statement,
    Unmet, evaluate, explain,
};

/// Says what would make `CreateTrail` refuse the bucket, the topic, the key or the log group, and what would keep files from arriving later, with
/// patches that were judged to help.
pub fn preflight(proposal: &Proposal, facts: &Facts) -> Result<Report, InvalidPolicy> {
    let mut report = Report::default();
    let needs = needs(proposal, facts);
    let caller = caller(proposal);
    let of = |subject| needs.iter().filter(|need| need.subject == subject).collect::<Vec<_>>();
    match &facts.bucket {
        None => report.findings.push(no_bucket(proposal)),
        Some(bucket) => {
            judge(&caller, Subject::Bucket, &of(Subject::Bucket), bucket.policy.as_deref(), &mut report)?;
        }
    }
    if let Some(topic) = &facts.topic {
        match &topic.policy {
            None => report.findings.push(no_topic(&topic.arn)),
            Some(policy) => {
                judge(&caller, Subject::Topic, &of(Subject::Topic), Some(policy), &mut report)?;
            }
        }
    }
    if let Some(key) = &facts.key {
        let region = facts.bucket.as_ref().and_then(|bucket| bucket.region.as_deref());
        report.findings.extend(elsewhere(&key.arn, region));
        match &key.found {
            None => report.findings.push(no_key(&key.arn, region)),
            Some(found) => {
                judge(&caller, Subject::Key, &of(Subject::Key), Some(&found.policy), &mut report)?;
                report.findings.extend(unfit(&key.arn, found));
            }
        }
    }
    if let Some(log) = &facts.log {
        judge_log(proposal, log, &mut report)?;
    }
    Ok(report)
}

pub(super) fn judge(
    caller: &Caller,
    subject: Subject,
    needs: &[&Need],
    text: Option<&str>,
    report: &mut Report,
) -> Result<(), InvalidPolicy> {
    let invalid = |problem: String| InvalidPolicy { subject, problem };
    let empty = json!({ "Version": "2012-10-17", "Statement": [] });
    let mut document: Value = match text {
        Some(text) => serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?,
        None => empty,
    };
    let policy = text.map(|text| parse(subject, text)).transpose().map_err(invalid)?;
    let mut findings: Vec<Finding> = Vec::new();
    for need in needs {
        if let Some(obstacle) = obstacle(caller, policy.as_ref(), need) {
            note(&mut findings, finding(caller, policy.as_ref(), need, &obstacle));
        }
    }
    let mut edits = Vec::new();
    // A change can open the way for several, or lay bare another obstacle behind the first.
    let mut turns = 4 * needs.len();
    let helped = loop {
        let now = match parse(subject, &document.to_string()) {
            Ok(now) => Some(now),
            Err(_) if edits.is_empty() => None,
            // Too long, for one.
            Err(_) => break false,
        };
        let next = needs.iter().find_map(|need| Some((*need, obstacle(caller, now.as_ref(), need)?)));
        let Some((need, obstacle)) = next else { break true };
        turns = turns.saturating_sub(1);
        if turns == 0 {
            break false;
        }
        if !edits.is_empty() && obstacle != Obstacle::Nothing {
            note(&mut findings, finding(caller, now.as_ref(), need, &obstacle));
        }
        edits.push(mend(&mut document, now.as_ref(), need, &obstacle));
    };
    if helped && !edits.is_empty() {
        report.patches.push(Patch { subject, name: None, edits, policy: document });
    }
    report.findings.extend(findings);
    Ok(())
}

/// Adds a finding, or what it says CloudTrail cannot do to one with the same cause.
pub(super) fn note(findings: &mut Vec<Finding>, found: Finding) {
    let same = |other: &&mut Finding| (&other.place, &other.because) == (&found.place, &found.because);
    let Some(other) = findings.iter_mut().find(same) else { return findings.push(found) };
    other.refusal = other.refusal.or(found.refusal);
    for cannot in found.cannot {
        if !other.cannot.contains(&cannot) {
            other.cannot.push(cannot);
        }
    }
}

fn parse(subject: Subject, text: &str) -> Result<Policy, String> {
    let kind = if subject == Subject::Trust { PolicyKind::Trust } else { PolicyKind::Resource };
    Policy::parse(text, kind).map_err(|error| error.to_string())
}

/// CloudTrail, working for the trail.
fn caller(proposal: &Proposal) -> Caller {
    let mut context = Context::new();
    context.set("aws:SourceArn", proposal.trail.to_string());
    context.set("aws:SourceAccount", proposal.trail.account.clone());
    if let Some(organization) = &proposal.organization {
        context.set("aws:SourceOrgID", organization.clone());
    }
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:SecureTransport", "true");
    Caller::service(SERVICE, context)
}

/// What stands in the way of a need.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Obstacle {
    /// This statement denies.
    Denied(usize),
    /// Nothing allows; this statement comes nearest.
    Nearly(usize, Unmet),
    /// Nothing allows, and nothing comes near.
    Nothing,
}

pub(super) fn request<'a>(caller: &'a Caller, policy: Option<&'a Policy>, need: &'a Need) -> Request<'a> {
    Request {
        caller,
        action: need.action,
        resource: &need.resource,
        resource_account: None,
        resource_policy: policy,
        resource_policy_required: need.subject != Subject::Bucket,
        rcps: &[],
        context: &need.context,
    }
}

fn obstacle(caller: &Caller, policy: Option<&Policy>, need: &Need) -> Option<Obstacle> {
    let request = request(caller, policy, need);
    match evaluate(&request) {
        Decision::Allow => None,
        Decision::ExplicitDeny => {
            let deciding = explain(&request).deciding;
            Some(deciding.first().map_or(Obstacle::Nothing, |found| Obstacle::Denied(found.statement)))
        }
        Decision::ImplicitDeny => Some(nearest(policy, &request)),
    }
}

/// The statement that would allow if the fewest parts of it were different. One about another action, or for people rather
/// than services, is meant for something else.
fn nearest(policy: Option<&Policy>, request: &Request<'_>) -> Obstacle {
    let Some(policy) = policy else { return Obstacle::Nothing };
    let allowing = policy.statements().iter().enumerate().filter(|(_, s)| s.effect == Effect::Allow);
    allowing
        .filter_map(|(at, statement)| Some((at, statement, policy.unmet(at, request)?)))
        .filter(|(_, statement, unmet)| !unmet.action && (!unmet.principal || names_a_service(statement)))
        .map(|(at, _, unmet)| (at, unmet))
        .min_by_key(|(_, unmet)| (unmet.principal, unmet.count()))
        .map_or(Obstacle::Nothing, |(at, unmet)| Obstacle::Nearly(at, unmet))
}

fn names_a_service(statement: &Statement) -> bool {
    let principals = statement.principal.as_ref().map_or(&[][..], Scope::values);
    principals.iter().any(|principal| matches!(principal, PrincipalPattern::Service(_)))
}

fn finding(caller: &Caller, policy: Option<&Policy>, need: &Need, obstacle: &Obstacle) -> Finding {
    let place = |statement: usize, denies| Place {
        subject: need.subject,
        policy: None,
        statement,
        sid: policy.and_then(|p| p.statements().get(statement)?.sid.clone()),
        denies,
    };
    let named = |statement: usize| policy.and_then(|p| p.statements().get(statement));
    let (place, because) = match obstacle {
        Obstacle::Denied(at) => {
            let because = named(*at).map(|statement| denies(statement, caller, need));
            (Some(place(*at, true)), because.unwrap_or_default())
        }
        Obstacle::Nearly(at, unmet) => {
            let because = named(*at).map(|statement| allows_not(statement, unmet, caller, need));
            (Some(place(*at, false)), because.unwrap_or_default())
        }
        Obstacle::Nothing if policy.is_none() => (None, format!("there is no {}", need.subject.policy())),
        Obstacle::Nothing => {
            (None, format!("no statement of the {} allows {SERVICE} {}", need.subject.policy(), need.action))
        }
    };
    Finding {
        refusal: need.refusal,
        cannot: vec![format!("{} ({} on {})", need.purpose, need.action, need.resource)],
        place,
        because,
        remedy: None,
    }
}

fn no_bucket(proposal: &Proposal) -> Finding {
    plain(
        "S3BucketDoesNotExistException",
        format!("there is no bucket {}", proposal.bucket),
        "create the bucket, or name the right one",
    )
}

fn no_topic(arn: &str) -> Finding {
    plain(TOPIC_REFUSAL, format!("there is no topic {arn}"), "create the topic, or name the right one")
}

fn no_key(arn: &str, region: Option<&str>) -> Finding {
    let place = region
        .map_or_else(|| "the bucket's Region".to_owned(), |region| format!("{region}, the bucket's Region"));
    plain(
        "KmsKeyNotFoundException",
        format!("there is no key {arn} in {place}"),
        "create the key there, or name the right one",
    )
}

/// A key in another Region than the bucket.
fn elsewhere(key: &str, region: Option<&str>) -> Option<Finding> {
    let (key, region) = (key.parse::<Arn>().ok()?, region?);
    (key.region != region).then(|| {
        plain(
            "KmsKeyNotFoundException",
            format!("the key lies in {}, the bucket in {region}", key.region),
            "use a key of the bucket's Region",
        )
    })
}

/// A key that cannot make data keys, whatever its policy says.
fn unfit(arn: &str, key: &FoundKey) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(state) = key.state.as_deref().filter(|state| *state != "Enabled") {
        let remedy = match state {
            "Disabled" => "enable the key: aws kms enable-key",
            "PendingDeletion" => {
                "cancel its deletion and enable it: aws kms cancel-key-deletion, aws kms enable-key"
            }
            _ => "wait until the key is Enabled, or use another",
        };
        findings.push(plain("KmsException", format!("the key {arn} is {state}"), remedy));
    }
    if key.symmetric == Some(false) {
        findings.push(plain(
            "KmsException",
            format!("the key {arn} is not a symmetric encryption key"),
            "use a key of spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT",
        ));
    }
    findings
}

pub(super) fn plain(refusal: &'static str, because: String, remedy: &str) -> Finding {
    Finding {
        refusal: Some(refusal),
        cannot: Vec::new(),
        place: None,
        because,
        remedy: Some(remedy.to_owned()),
    }
}
