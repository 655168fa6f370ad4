//! Shapes shared by inputs, answers and records.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use trailward_model::stamp;

/// A time in an awsJson answer: epoch seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EpochTime(pub OffsetDateTime);

impl Serialize for EpochTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.millisecond() == 0 {
            serializer.serialize_i64(self.0.unix_timestamp())
        } else {
            serializer.serialize_f64(stamp::epoch_seconds(self.0))
        }
    }
}

/// A time in a Query answer: ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QueryTime(pub OffsetDateTime);

impl QueryTime {
    /// From the epoch seconds that stored values keep.
    pub(crate) fn from_epoch(seconds: i64) -> Self {
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }
}

impl Serialize for QueryTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&stamp::extended(self.0))
    }
}

/// An answer without members: no result element in XML, `{}` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Empty {}

/// An answer without members that has a result element in XML all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct EmptyResult {
    /// Left out where it is written.
    nothing: Option<()>,
}

/// `value` with every member name in lower camel case, and IAM's times spelled as its records have them: those are
/// known by their members' names, since a tag or a description may look like a time and must stay as it was sent.
pub(crate) fn as_recorded(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, v)| !v.is_null());
            let recorded = members.map(|(name, value)| {
                let value = if is_time(&name) { spoken(value) } else { as_recorded(value) };
                (lower_first(&name), value)
            });
            Value::Object(recorded.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(as_recorded).collect()),
        other => other,
    }
}

/// Members of answers that hold times, and nothing that a caller chose.
fn is_time(name: &str) -> bool {
    name.ends_with("Date") || matches!(name, "Expiration" | "PasswordLastUsed")
}

fn spoken(value: Value) -> Value {
    let at = value.as_str().filter(|text| text.len() == 20).and_then(stamp::parse_extended);
    at.map_or(value, |at| Value::String(stamp::spoken(at)))
}

pub(crate) fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The JSON of a request or answer, or null for `{}`: what a record carries.
pub(crate) fn recorded<T: Serialize>(value: &T) -> Value {
    match serde_json::to_value(value).map(as_recorded) {
        Ok(Value::Object(members)) if members.is_empty() => Value::Null,
        Ok(value) => value,
        Err(_) => Value::Null,
    }
}
