//! What Publish and PublishBatch have in common: a message and the checks on it.
//!
//! Source: Amazon SNS API Reference, Publish; Developer Guide, "Amazon SNS message attributes".

use super::subject::invalid;
use crate::call::Call;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_topic::{MessageAttribute, Protocol, Published};
use trailward_wire::ApiError;

/// The most bytes of a message with its attributes.
pub(super) const MOST_BYTES: usize = 256 << 10;

/// What stands in records where a message was.
pub(super) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Attributes as the Query protocol has them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AttributeEntries {
    #[serde(default)]
    entry: Vec<AttributeEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeEntry {
    name: String,
    value: AttributeValue,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeValue {
    data_type: Option<String>,
    string_value: Option<String>,
    binary_value: Option<String>,
}

/// The members that say what is published.
#[derive(Debug)]
pub(super) struct Draft {
    pub message: String,
    pub subject: Option<String>,
    pub structure: Option<String>,
    pub attributes: Option<AttributeEntries>,
    pub deduplication: Option<String>,
    pub group: Option<String>,
}

impl Draft {
    /// Checks it. Returns its size in bytes too.
    pub(super) fn checked(self) -> Result<(Published, usize), ApiError> {
        if self.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if self.deduplication.is_some() || self.group.is_some() {
            return Err(invalid(
                "MessageGroupId Reason: MessageGroupId and MessageDeduplicationId are for FIFO topics",
            ));
        }
        if let Some(subject) = &self.subject {
            check_subject(subject)?;
        }
        let attributes = checked_attributes(self.attributes.unwrap_or_default())?;
        let of_attributes: usize =
            attributes.iter().map(|(name, a)| name.len() + a.data_type.len() + a.value.len()).sum();
        let size = self.message.len() + of_attributes;
        if size > MOST_BYTES {
            return Err(invalid("Message too long"));
        }
        let (body, bodies) = match self.structure.as_deref() {
            None => (self.message, BTreeMap::new()),
            Some("json") => structured(&self.message)?,
            Some(_) => return Err(invalid("MessageStructure")),
        };
        Ok((Published { subject: self.subject, body, bodies, attributes }, size))
    }
}

/// At most 100 printable ASCII characters, the first of them no space.
fn check_subject(subject: &str) -> Result<(), ApiError> {
    let printable = subject.bytes().all(|b| (b' '..=b'~').contains(&b));
    let valid = (1..=100).contains(&subject.len()) && printable && !subject.starts_with(' ');
    if valid { Ok(()) } else { Err(invalid("Subject")) }
}

fn structured(message: &str) -> Result<(String, BTreeMap<Protocol, String>), ApiError> {
    let failed = || invalid("Message Structure - JSON message body failed to parse");
    let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(message).map_err(|_| failed())?;
    let text = |name: &str| match all.get(name) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(failed()),
    };
    let default = text("default")?
        .ok_or_else(|| invalid("Message Structure - No default entry in JSON message body"))?;
    let mut bodies = BTreeMap::new();
    for protocol in [Protocol::Http, Protocol::Https] {
        if let Some(body) = text(protocol.name())? {
            bodies.insert(protocol, body);
        }
    }
    Ok((default, bodies))
}

fn checked_attributes(given: AttributeEntries) -> Result<BTreeMap<String, MessageAttribute>, ApiError> {
    let refuse = |message: String| ApiError::bad_request("ParameterValueInvalid", message);
    let mut all = BTreeMap::new();
    for AttributeEntry { name, value } in given.entry {
        let shown: String = name.chars().take(100).collect();
        let legal = (1..=256).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
            && !name.starts_with('.')
            && !name.ends_with('.')
            && !name.contains("..")
            && !name.to_ascii_lowercase().starts_with("aws.")
            && !name.to_ascii_lowercase().starts_with("amazon.");
        if !legal {
            return Err(refuse(format!("The message attribute name '{shown}' is not valid.")));
        }
        let Some(data_type) = value.data_type.filter(|kind| !kind.is_empty()) else {
            return Err(refuse(format!(
                "The message attribute '{shown}' must contain non-empty message attribute type."
            )));
        };
        let text = match (data_type.as_str(), value.string_value, value.binary_value) {
            ("Binary", None, Some(bytes)) => Some(bytes).filter(|b| STANDARD.decode(b).is_ok()),
            ("String", Some(text), None) => Some(text),
            ("Number", Some(text), None) => Some(text).filter(|t| t.parse::<f64>().is_ok_and(f64::is_finite)),
            ("String.Array", Some(text), None) => {
                Some(text).filter(|t| serde_json::from_str::<Vec<serde_json::Value>>(t).is_ok())
            }
            ("Binary" | "String" | "Number" | "String.Array", ..) => None,
            _ => {
                return Err(refuse(format!(
                    "The message attribute '{shown}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
                )));
            }
        };
        let Some(value) = text.filter(|text| !text.is_empty()) else {
            return Err(refuse(format!(
                "The message attribute '{shown}' must contain a non-empty value of its type {data_type}."
            )));
        };
        if all.insert(name, MessageAttribute { data_type, value }).is_some() {
            return Err(refuse(format!("The message attribute '{shown}' comes twice.")));
        }
    }
    Ok(all)
}

/// Publishing is what a topic is for: its records are data events.
pub(super) fn is_data(call: &Call) {
    call.trace().data_event = true;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(message: &str) -> Draft {
        let message = message.to_owned();
        Draft { message, subject: None, structure: None, attributes: None, deduplication: None, group: None }
    }

    #[test]
    fn messages_are_checked() {
        assert_eq!(draft("x").checked().unwrap().1, 1);
        let structured = |text: &str| Draft { structure: Some("json".into()), ..draft(text) }.checked();
        let (published, _) = structured(r#"{"default":"d","https":"s","sqs":"q"}"#).unwrap();
        assert_eq!((published.body.as_str(), published.bodies.len()), ("d", 1));
        let message = |result: Result<(Published, usize), ApiError>| result.unwrap_err().message;
        assert!(message(structured(r#"{"https":"s"}"#)).contains("No default entry"));
        assert!(message(structured("x")).contains("failed to parse"));
        assert!(message(draft("").checked()).contains("Empty message"));
        assert!(message(draft(&"x".repeat(MOST_BYTES + 1)).checked()).contains("too long"));
        for bad in ["", " x", "a\nb", "é", &"x".repeat(101)] {
            let refused = Draft { subject: Some(bad.into()), ..draft("x") }.checked();
            assert_eq!(message(refused), "Invalid parameter: Subject", "{bad}");
        }
    }

    #[test]
    fn attributes_are_checked() {
        let with = |name: &str, kind: &str, text: Option<&str>, bytes: Option<&str>| {
            let value = AttributeValue {
                data_type: Some(kind.into()),
                string_value: text.map(str::to_owned),
                binary_value: bytes.map(str::to_owned),
            };
            checked_attributes(AttributeEntries { entry: vec![AttributeEntry { name: name.into(), value }] })
        };
        assert!(with("a.b", "String", Some("x"), None).is_ok());
        assert!(with("a", "Number", Some("1.5"), None).is_ok());
        assert!(with("a", "Binary", None, Some("AA==")).is_ok());
        for (name, kind, text, bytes) in [
            ("a", "String", None, Some("AA==")),
            ("a", "String", Some(""), None),
            ("a", "Number", Some("one"), None),
            ("a", "Binary", None, Some("!")),
            ("a", "Text", Some("x"), None),
            ("a", "", Some("x"), None),
            ("AWS.x", "String", Some("x"), None),
            ("a..b", "String", Some("x"), None),
            ("", "String", Some("x"), None),
        ] {
            assert!(with(name, kind, text, bytes).is_err(), "{name} {kind}");
        }
    }
}
