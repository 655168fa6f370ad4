//! A policy, read twice: as it is at its most lenient and at its strictest, where conditions ask for what nobody here
//! knows. What both allow is certain, what neither allows is impossible, and the rest is possible under conditions.

use super::keys::{Audience, Class, class, class_with};
use super::report::Place;
use serde_json::{Map, Value};
use std::sync::Arc;
use trailward_policy::{Policy, PolicyKind};

/// The longest document that is read. IAM takes no longer one.
const LONGEST: usize = 131_072;

/// How open conditions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Every open condition turns out as the caller would wish.
    Lenient,
    /// None does.
    Strict,
}

impl Mood {
    pub(super) const BOTH: [Self; 2] = [Self::Lenient, Self::Strict];
}

/// A policy with its name and its readings.
#[derive(Debug, Clone)]
pub(super) struct Doc {
    /// Such as `inline policy ops of user/alice`.
    pub(super) name: String,
    /// As it is written.
    pub(super) plain: Arc<Policy>,
    inside: View,
    retagged: View,
    renamed: View,
    remade: View,
    outside: View,
    anyone: View,
    service: View,
}

/// A policy as one audience meets it.
#[derive(Debug, Clone)]
struct View {
    lenient: Arc<Policy>,
    strict: Arc<Policy>,
    /// For each statement, its open conditions in words.
    open: Vec<Vec<String>>,
}

impl Doc {
    /// Reads a document; the error says what is wrong with it.
    pub(super) fn read(name: &str, text: &str, kind: PolicyKind, organization: bool) -> Result<Self, String> {
        let parse = |text: &str| {
            let parsed = Policy::parse_within(text, kind, LONGEST);
            parsed.map(Arc::new).map_err(|error| format!("{name} is not valid: {error}"))
        };
        let plain = parse(text)?;
        let document: Value =
            serde_json::from_str(text).map_err(|error| format!("{name} is not valid: {error}"))?;
        let statements = match document.get("Statement") {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let reading = |audience, mood| -> Result<(Arc<Policy>, Vec<Vec<String>>), String> {
            let (mut changed, mut words) = (false, Vec::new());
            let mut settled = Vec::new();
            for statement in &statements {
                let (now, open) = settle(statement, audience, mood, organization);
                changed |= now != *statement;
                settled.push(now);
                words.push(open);
            }
            if !changed {
                return Ok((plain.clone(), words));
            }
            let mut document = document.clone();
            if let Some(members) = document.as_object_mut() {
                members.insert("Statement".to_owned(), settled.into());
            }
            Ok((parse(&document.to_string())?, words))
        };
        let view = |audience| -> Result<View, String> {
            let (lenient, open) = reading(audience, Mood::Lenient)?;
            let (strict, _) = reading(audience, Mood::Strict)?;
            Ok(View { lenient, strict, open })
        };
        Ok(Self {
            inside: view(Audience::Inside)?,
            retagged: view(Audience::Retagged)?,
            renamed: view(Audience::Renamed)?,
            remade: view(Audience::Remade)?,
            outside: view(Audience::Outside)?,
            anyone: view(Audience::Anyone)?,
            service: view(Audience::Service)?,
            plain: plain.clone(),
            name: name.to_owned(),
        })
    }

    fn view(&self, audience: Audience) -> &View {
        match audience {
            Audience::Inside => &self.inside,
            Audience::Retagged => &self.retagged,
            Audience::Renamed => &self.renamed,
            Audience::Remade => &self.remade,
            Audience::Outside => &self.outside,
            Audience::Anyone => &self.anyone,
            Audience::Service => &self.service,
        }
    }

    /// The policy as `audience` meets it.
    pub(super) fn reading(&self, audience: Audience, mood: Mood) -> &Policy {
        let view = self.view(audience);
        match mood {
            Mood::Lenient => &view.lenient,
            Mood::Strict => &view.strict,
        }
    }

    /// What of a statement depends on things that are not known, in words; empty for one that does not.
    pub(super) fn open(&self, audience: Audience, statement: usize) -> &[String] {
        self.view(audience).open.get(statement).map_or(&[], Vec::as_slice)
    }

    /// One of its statements, by name. What nobody has written has no statements.
    pub(super) fn place(&self, statement: usize) -> Place {
        let sid = self.plain.statements().get(statement).and_then(|s| s.sid.clone());
        let written = self.name != super::OWN && self.name != super::THEIRS;
        Place { policy: self.name.clone(), statement: written.then_some(statement), sid }
    }
}

/// A statement with its open conditions decided, and those conditions in words. Statements keep their places: one that
/// is not to apply asks for an action that is never asked.
fn settle(statement: &Value, audience: Audience, mood: Mood, organization: bool) -> (Value, Vec<String>) {
    let Some(members) = statement.as_object() else { return (statement.clone(), Vec::new()) };
    let allows = members.get("Effect").and_then(Value::as_str) == Some("Allow");
    let mut left = Map::new();
    let (mut words, mut chosen) = (Vec::new(), false);
    for (operator, keys) in members.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        let mut kept = Map::new();
        for (key, values) in keys.as_object().into_iter().flatten() {
            let texts = texts(values);
            let by_value = texts.iter().flat_map(|text| variables(text)).collect::<Vec<_>>();
            let mut classes: Vec<Class> =
                by_value.iter().map(|key| class(key, audience, organization)).collect();
            classes.push(class_with(key, &texts, audience, organization));
            if classes.contains(&Class::Open) {
                // Whether it is a secret is a matter of opinion, so it is not told.
                let secret = key.eq_ignore_ascii_case("sts:ExternalId");
                let values = if secret { "…".to_owned() } else { shown(values) };
                words.push(format!("{key} ({operator} {values})"));
            } else if classes.contains(&Class::Chosen) {
                chosen = true;
            } else {
                kept.insert(key.clone(), values.clone());
            }
        }
        if !kept.is_empty() {
            left.insert(operator.clone(), kept.into());
        }
    }
    let mut now = members.clone();
    let mut open_resource = false;
    for element in ["Resource", "NotResource"] {
        let Some(value) = now.get_mut(element) else { continue };
        let unknown =
            |text: &str| variables(text).iter().any(|key| class(key, audience, organization) != Class::Known);
        if texts(value).iter().any(|text| unknown(text)) {
            open_resource = true;
            words.push(format!("{element} {}", shown(value)));
            *value = texts(value).iter().map(|text| Value::from(widened(text))).collect();
        }
    }
    let open = open_resource || !words.is_empty();
    // A caller meets a condition on what it chooses if that allows, and avoids one that would deny.
    let applies = match (allows, mood) {
        (true, Mood::Lenient) => true,
        (true, Mood::Strict) => !open,
        (false, Mood::Lenient) => !open && !chosen,
        (false, Mood::Strict) => !chosen,
    };
    now.remove("Condition");
    if !left.is_empty() {
        now.insert("Condition".to_owned(), left.into());
    }
    if !applies {
        now.remove("NotAction");
        now.insert("Action".to_owned(), super::NEVER.into());
    }
    (now.into(), words)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// The keys of a text's policy variables, escapes aside.
fn variables(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("${") {
        let Some((variable, after)) = inside.split_once('}') else { break };
        let key = variable.split(',').next().unwrap_or_default().trim();
        if !matches!(key, "*" | "?" | "$") {
            keys.push(key.to_owned());
        }
        rest = after;
    }
    keys
}

/// A text with a wildcard for each variable.
fn widened(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = inside.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Values for people: at most three.
fn shown(values: &Value) -> String {
    let all = match values {
        Value::Array(list) => list.iter().map(text_of).collect(),
        one => vec![text_of(one)],
    };
    let more = all.len().saturating_sub(3);
    let mut out = all.into_iter().take(3).collect::<Vec<_>>().join(", ");
    if more > 0 {
        out.push_str(&format!(" and {more} more"));
    }
    out
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
