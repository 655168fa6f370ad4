//! Why a statement refuses, or does not allow, in words.

use super::SERVICE;
use super::need::{Need, Subject};
use trailward_policy::{Caller, Condition, Scope, Statement, Unmet};

/// How many values of an element are shown.
const SHOWN: usize = 3;

/// Why a denying statement applies to CloudTrail.
pub(super) fn denies(statement: &Statement, caller: &Caller, need: &Need) -> String {
    if statement.conditions.is_empty() {
        return "it denies this without a condition".to_owned();
    }
    let conditions: Vec<String> = statement
        .conditions
        .iter()
        .map(|condition| format!("{}, and {}", written(condition), said(condition, caller, need)))
        .collect();
    format!("it denies because {}", conditions.join("; "))
}

/// What keeps an allowing statement from applying to CloudTrail.
pub(super) fn allows_not(statement: &Statement, unmet: &Unmet, caller: &Caller, need: &Need) -> String {
    let mut reasons = Vec::new();
    if unmet.principal {
        reasons.push(format!("its Principal does not name {SERVICE}"));
    }
    if unmet.action {
        reasons.push(format!("its {} does not cover {}", element("Action", &statement.action), need.action));
    }
    if let Some(resource) = statement.resource.as_ref().filter(|_| unmet.resource) {
        reasons.push(format!(
            "its {} {} does not cover that",
            element("Resource", resource),
            list(resource.values()),
        ));
    }
    for condition in unmet.conditions.iter().filter_map(|at| statement.conditions.get(*at)) {
        reasons.push(format!("it wants {}, but {}", written(condition), said(condition, caller, need)));
    }
    reasons.join("; ")
}

fn element<T>(name: &str, scope: &Scope<T>) -> String {
    if scope.is_negated() { format!("Not{name}") } else { name.to_owned() }
}

fn written(condition: &Condition) -> String {
    format!("{} {} {}", condition.operator, condition.key, list(&condition.values))
}

/// What CloudTrail's request has under the condition's key.
fn said(condition: &Condition, caller: &Caller, need: &Need) -> String {
    match need.context.get(&condition.key).or_else(|| caller.context.get(&condition.key)) {
        Some(values) => format!("CloudTrail's request says {}", list(values)),
        None if need.subject == Subject::Trust => {
            "CloudTrail says no such key when it takes a role".to_owned()
        }
        None if need.subject == Subject::Role => {
            "CloudTrail's request, the role's, has no such key".to_owned()
        }
        None => "CloudTrail's request, a service's, has no such key".to_owned(),
    }
}

fn list(values: &[String]) -> String {
    let mut shown = values.iter().take(SHOWN).map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN {
        shown.push_str(&format!(" and {} more", values.len() - SHOWN));
    }
    shown
}
