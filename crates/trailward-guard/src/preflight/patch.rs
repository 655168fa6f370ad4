//! The smallest change to a policy that removes an obstacle. Nothing is taken away: a list gets a value, a statement
//! that denies everybody gets an exception for CloudTrail, or a statement is added.

use super::SERVICE;
use super::judge::Obstacle;
use super::need::Need;
use serde::Serialize;
use serde_json::{Map, Value, json};
use trailward_policy::{Policy, PrincipalPattern, Scope, Statement, Test, Unmet};

/// One change of a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// Where, such as `Statement[1].Resource`.
    pub path: String,
    /// What was there; `null` for nothing.
    pub before: Value,
    /// What is there now.
    pub after: Value,
}

/// The condition keys whose values CloudTrail states, and that a value can be added to.
const STATED: [&str; 5] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "s3:x-amz-acl",
    "kms:encryptioncontext:aws:cloudtrail:arn",
];

/// Removes one obstacle. Others may be left, or come to light.
pub(super) fn mend(document: &mut Value, policy: Option<&Policy>, need: &Need, obstacle: &Obstacle) -> Edit {
    let written = |at: &usize| policy.and_then(|policy| policy.statements().get(*at));
    let edit = match obstacle {
        Obstacle::Denied(at) => except(document, *at),
        Obstacle::Nearly(at, unmet) => {
            written(at).and_then(|written| widen(document, *at, written, unmet, need))
        }
        Obstacle::Nothing => None,
    };
    edit.unwrap_or_else(|| add(document, need))
}

pub(super) fn statement_mut(document: &mut Value, at: usize) -> Option<&mut Map<String, Value>> {
    let statements = document.get_mut("Statement")?;
    match statements {
        Value::Array(list) => list.get_mut(at)?.as_object_mut(),
        one => one.as_object_mut().filter(|_| at == 0),
    }
}

/// Adds a value to the one element that does not match, in a statement that is CloudTrail's alone: what is given to it
/// is given to nobody else.
fn widen(document: &mut Value, at: usize, written: &Statement, unmet: &Unmet, need: &Need) -> Option<Edit> {
    let only_cloudtrail = matches!(&written.principal, Some(Scope::Only(principals))
        if principals.iter().all(|p| matches!(p, PrincipalPattern::Service(name) if name == SERVICE)));
    if unmet.count() != 1 || !only_cloudtrail {
        return None;
    }
    let statement = statement_mut(document, at)?;
    if unmet.resource {
        return push(statement, &format!("Statement[{at}]"), "Resource", &need.pattern);
    }
    let condition = written.conditions.get(*unmet.conditions.first()?)?;
    let key = condition.key.to_lowercase();
    let adds = matches!(
        condition.operator.test,
        Test::StringEquals
            | Test::StringEqualsIgnoreCase
            | Test::StringLike
            | Test::ArnEquals
            | Test::ArnLike
    );
    if !adds || !STATED.contains(&key.as_str()) {
        return None;
    }
    let expected = need.statement.get("Condition")?.as_object()?.values();
    let value =
        expected.filter_map(Value::as_object).flatten().find(|(name, _)| name.to_lowercase() == key)?.1;
    let conditions = statement.get_mut("Condition")?.as_object_mut()?;
    let operator =
        conditions.keys().find(|name| name.eq_ignore_ascii_case(&condition.operator.to_string()))?;
    let operator = operator.clone();
    let path = format!("Statement[{at}].Condition.{operator}");
    let keys = conditions.get_mut(&operator)?.as_object_mut()?;
    // Wildcards mean nothing to StringEquals, so that one gets the context as it will be.
    let literal = need.context.get(&condition.key).and_then(|values| values.first()).map(String::as_str);
    let exact = matches!(condition.operator.test, Test::StringEquals | Test::StringEqualsIgnoreCase);
    let value = literal.filter(|_| exact).or(value.as_str())?;
    push(keys, &path, &condition.key, value)
}

/// Adds a value to an element that is a text or a list of texts.
pub(super) fn push(map: &mut Map<String, Value>, path: &str, name: &str, value: &str) -> Option<Edit> {
    let element = map.get_mut(name)?;
    let before = element.clone();
    if let Value::Array(list) = element {
        list.push(value.into());
    } else {
        *element = json!([before, value]);
    }
    Some(Edit { path: format!("{path}.{name}"), before, after: element.clone() })
}

/// Excepts CloudTrail from a statement that denies. Callers that are no service have no `aws:PrincipalServiceName`, and
/// so are denied as before.
fn except(document: &mut Value, at: usize) -> Option<Edit> {
    const KEY: &str = "aws:PrincipalServiceName";
    let statement = statement_mut(document, at)?;
    let before = statement.get("Condition").cloned().unwrap_or(Value::Null);
    let conditions = statement.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
    let operator = conditions.keys().find(|name| name.eq_ignore_ascii_case("StringNotEquals")).cloned();
    let keys = conditions.entry(operator.unwrap_or_else(|| "StringNotEquals".to_owned()));
    let keys = keys.or_insert_with(|| json!({})).as_object_mut()?;
    let named = keys.keys().find(|name| name.eq_ignore_ascii_case(KEY)).cloned();
    match named {
        Some(named) => drop(push(keys, "", &named, SERVICE)?),
        None => drop(keys.insert(KEY.to_owned(), SERVICE.into())),
    }
    Some(Edit {
        path: format!("Statement[{at}].Condition"),
        before,
        after: statement.get("Condition")?.clone(),
    })
}

/// Adds the statement that AWS documents.
pub(super) fn add(document: &mut Value, need: &Need) -> Edit {
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    };
    let mut statement = need.statement.clone();
    let wanted = statement.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let taken = |sid: &str| list.iter().any(|s| s.get("Sid").and_then(Value::as_str) == Some(sid));
    let free = (2..).map(|n| format!("{wanted}v{n}"));
    if let (Some(sid), Some(members)) =
        (std::iter::once(wanted.clone()).chain(free).find(|sid| !taken(sid)), statement.as_object_mut())
    {
        members.insert("Sid".to_owned(), sid.into());
    }
    let path = format!("Statement[{}]", list.len());
    let all: Vec<Value> = list.into_iter().chain([statement.clone()]).collect();
    if let Some(members) = document.as_object_mut() {
        members.insert("Statement".to_owned(), all.into());
    }
    Edit { path, before: Value::Null, after: statement }
}
