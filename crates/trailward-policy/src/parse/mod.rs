//! From JSON to the written policy, checking everything that the grammar of its kind demands.

mod condition;
mod element;
mod principal;

use std::collections::HashSet;

use crate::ast::{Effect, PolicyKind, Scope, Statement, Version};
use crate::error::{ParseError, quote};
use crate::json::{Json, Object};

/// A whole document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) version: Version,
    pub(crate) id: Option<String>,
    pub(crate) statements: Vec<Statement>,
}

pub(crate) fn document(json: &Json, kind: PolicyKind) -> Result<Document, ParseError> {
    let object = object(json, "")?;
    let mut version = Version::V2008;
    let mut id = None;
    let mut statements = None;
    for (key, value) in &object.members {
        match key.as_str() {
            "Version" => version = version_of(value)?,
            "Id" => id = Some(text(value, "Id")?.to_owned()),
            "Statement" => statements = Some(value),
            _ => return Err(ParseError::new(quoted_path("", key), "is not an element of a policy")),
        }
    }
    let statements = match statements {
        None => return Err(ParseError::new("", "the policy has no Statement")),
        Some(Json::List(list)) if list.is_empty() => {
            return Err(ParseError::new("Statement", "must hold at least one statement"));
        }
        Some(Json::List(list)) => list
            .iter()
            .enumerate()
            .map(|(at, item)| statement(item, kind, version, &format!("Statement[{at}]")))
            .collect::<Result<_, _>>()?,
        Some(single) => vec![statement(single, kind, version, "Statement[0]")?],
    };
    unique_sids(&statements, kind)?;
    Ok(Document { version, id, statements })
}

fn version_of(value: &Json) -> Result<Version, ParseError> {
    match text(value, "Version")? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        other => {
            let message = format!("{} is not a version: use 2012-10-17 or 2008-10-17", quote(other));
            Err(ParseError::new("Version", message))
        }
    }
}

fn statement(json: &Json, kind: PolicyKind, version: Version, path: &str) -> Result<Statement, ParseError> {
    let object = object(json, path)?;
    let mut sid = None;
    let mut effect = None;
    let mut principal = None;
    let mut action = None;
    let mut resource = None;
    let mut conditions = Vec::new();
    for (key, value) in &object.members {
        let place = format!("{path}.{key}");
        let negated = key.starts_with("Not");
        match key.as_str() {
            "Sid" => sid = Some(sid_of(value, kind, &place)?),
            "Effect" => effect = Some(effect_of(value, &place)?),
            "Principal" | "NotPrincipal" => {
                let read = principal::principals(value, kind, negated, &place)?;
                set_once(&mut principal, scope(negated, read), path, "Principal")?;
            }
            "Action" | "NotAction" => {
                set_once(
                    &mut action,
                    scope(negated, element::actions(value, kind, &place)?),
                    path,
                    "Action",
                )?;
            }
            "Resource" | "NotResource" => {
                let read = element::resources(value, kind, version, &place)?;
                set_once(&mut resource, scope(negated, read), path, "Resource")?;
            }
            "Condition" => conditions = condition::conditions(value, &place)?,
            _ => return Err(ParseError::new(quoted_path(path, key), "is not an element of a statement")),
        }
    }
    let missing = |element: &str| ParseError::new(path, format!("must have {element}"));
    let effect = effect.ok_or_else(|| missing("Effect"))?;
    let action = action.ok_or_else(|| missing("Action or NotAction"))?;
    let wants_principal = matches!(kind, PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Rcp);
    if wants_principal && principal.is_none() {
        return Err(missing("Principal"));
    }
    if principal.as_ref().is_some_and(Scope::is_negated) && effect == Effect::Allow {
        return Err(ParseError::new(
            format!("{path}.NotPrincipal"),
            "must not be used with Allow: it would grant to everybody else",
        ));
    }
    if kind != PolicyKind::Trust && resource.is_none() {
        return Err(missing("Resource or NotResource"));
    }
    Ok(Statement { sid, effect, principal, action, resource, conditions })
}

fn scope<T>(negated: bool, values: Vec<T>) -> Scope<T> {
    if negated { Scope::Except(values) } else { Scope::Only(values) }
}

fn set_once<T>(slot: &mut Option<T>, value: T, path: &str, name: &str) -> Result<(), ParseError> {
    if slot.replace(value).is_some() {
        return Err(ParseError::new(path, format!("must not have both {name} and Not{name}")));
    }
    Ok(())
}

fn effect_of(value: &Json, path: &str) -> Result<Effect, ParseError> {
    match text(value, path)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(ParseError::new(path, format!("{} is neither Allow nor Deny", quote(other)))),
    }
}

fn sid_of(value: &Json, kind: PolicyKind, path: &str) -> Result<String, ParseError> {
    let sid = text(value, path)?;
    // Services that keep resource policies take any text; IAM and Organizations take letters and digits.
    if kind != PolicyKind::Resource && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ParseError::new(path, format!("{} must be alphanumeric", quote(sid))));
    }
    Ok(sid.to_owned())
}

fn unique_sids(statements: &[Statement], kind: PolicyKind) -> Result<(), ParseError> {
    if kind == PolicyKind::Resource {
        return Ok(());
    }
    let mut seen = HashSet::new();
    for (at, statement) in statements.iter().enumerate() {
        if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty())
            && !seen.insert(sid)
        {
            let message = format!("{} must be unique within the policy", quote(sid));
            return Err(ParseError::new(format!("Statement[{at}].Sid"), message));
        }
    }
    Ok(())
}

/// A path that ends in a foreign key, shown bounded.
fn quoted_path(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{}", key.chars().filter(|c| !c.is_control()).take(64).collect::<String>())
}

fn object<'a>(json: &'a Json, path: &str) -> Result<&'a Object, ParseError> {
    match json {
        Json::Object(object) => match &object.duplicate {
            None => Ok(object),
            Some(key) => Err(ParseError::new(quoted_path(path, key), "occurs twice")),
        },
        _ if path.is_empty() => Err(ParseError::new("", "the policy must be a JSON object")),
        _ => Err(ParseError::new(path, "must be an object")),
    }
}

fn text<'a>(json: &'a Json, path: &str) -> Result<&'a str, ParseError> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(ParseError::new(path, "must be a string")),
    }
}

/// One string or a list of them, each with its place.
fn texts<'a>(json: &'a Json, path: &str) -> Result<Vec<(String, &'a str)>, ParseError> {
    match json {
        Json::List(items) if items.is_empty() => Err(ParseError::new(path, "must not be empty")),
        Json::List(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let place = format!("{path}[{at}]");
                text(item, &place).map(|text| (place, text))
            })
            .collect(),
        _ => Ok(vec![(path.to_owned(), text(json, path)?)]),
    }
}
