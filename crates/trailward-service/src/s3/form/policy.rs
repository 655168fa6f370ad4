//! The policy of a form: until when it holds, and what its fields may say.
//!
//! Source: Amazon S3 API Reference, "Creating a POST policy".

use super::fields::Fields;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use time::OffsetDateTime;
use trailward_model::stamp;
use trailward_wire::ApiError;

/// Fields that need no condition.
const FREE: [&str; 5] = ["awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"];

/// A policy that could be read.
pub(super) struct Policy {
    expiration: OffsetDateTime,
    conditions: Vec<Condition>,
}

enum Condition {
    Equal(String, String),
    StartsWith(String, String),
    Length(Length),
}

/// Bytes that a file may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Length {
    pub(super) fn too_large(self, proposed: u64) -> ApiError {
        ApiError::bad_request("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            .with("ProposedSize", proposed.to_string())
            .with("MaxSizeAllowed", self.most.to_string())
    }

    pub(super) fn too_small(self, proposed: u64) -> ApiError {
        ApiError::bad_request(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("ProposedSize", proposed.to_string())
        .with("MinSizeAllowed", self.least.to_string())
    }
}

impl Condition {
    fn parse(value: &Value) -> Option<Vec<Self>> {
        match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| Some(Self::Equal(name.to_ascii_lowercase(), value.as_str()?.to_owned())))
                .collect(),
            Value::Array(items) => {
                let [kind, first, second] = items.as_slice() else { return None };
                let kind = kind.as_str()?.to_ascii_lowercase();
                if kind == "content-length-range" {
                    let length = Length { least: number(first)?, most: number(second)? };
                    return Some(vec![Self::Length(length)]);
                }
                let name = first.as_str()?.strip_prefix('$')?.to_ascii_lowercase();
                let value = second.as_str()?.to_owned();
                match kind.as_str() {
                    "eq" => Some(vec![Self::Equal(name, value)]),
                    "starts-with" => Some(vec![Self::StartsWith(name, value)]),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The condition as error messages show it.
    fn shown(&self) -> String {
        let list = |kind: &str, name: &str, value: &str| {
            format!("[\"{kind}\", \"${name}\", {}]", Value::from(value))
        };
        match self {
            Self::Equal(name, value) => list("eq", name, value),
            Self::StartsWith(name, value) => list("starts-with", name, value),
            Self::Length(length) => {
                format!("[\"content-length-range\", {}, {}]", length.least, length.most)
            }
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Equal(name, _) | Self::StartsWith(name, _) => Some(name),
            Self::Length(_) => None,
        }
    }

    fn holds(&self, bucket: &str, fields: &Fields) -> bool {
        let of = |name: &str| if name == "bucket" { Some(bucket) } else { fields.get(name) };
        match self {
            Self::Equal(name, value) => of(name) == Some(value),
            // Nothing starts with nothing.
            Self::StartsWith(name, value) if name == "content-type" => {
                of(name).unwrap_or_default().split(',').all(|kind| kind.trim().starts_with(value.as_str()))
            }
            Self::StartsWith(name, value) => of(name).unwrap_or_default().starts_with(value.as_str()),
            // The file has not come yet.
            Self::Length(_) => true,
        }
    }
}

/// Numbers may be written as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

impl Policy {
    /// Reads a policy, in base64.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let json = BASE64.decode(packed).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let json = json.ok_or_else(|| invalid("Invalid JSON."))?;
        let expiration = json.get("expiration").ok_or_else(|| invalid("Policy missing expiration."))?;
        let expiration = expiration.as_str().and_then(stamp::parse_rfc3339);
        let expiration = expiration.ok_or_else(|| invalid("Invalid 'expiration' value."))?;
        let conditions = json.get("conditions").ok_or_else(|| invalid("Policy missing conditions."))?;
        let conditions = conditions.as_array().ok_or_else(|| invalid("Invalid 'conditions' value."))?;
        let mut parsed = Vec::new();
        for condition in conditions {
            let condition = Condition::parse(condition);
            parsed.extend(condition.ok_or_else(|| invalid("Invalid 'conditions' value."))?);
        }
        Ok(Self { expiration, conditions: parsed })
    }

    /// Refuses what the policy does not allow. Every field needs a condition.
    pub(super) fn check(&self, bucket: &str, fields: &Fields, now: OffsetDateTime) -> Result<(), ApiError> {
        if now >= self.expiration {
            return Err(denied("Policy expired."));
        }
        if let Some(failed) = self.conditions.iter().find(|condition| !condition.holds(bucket, fields)) {
            return Err(denied(&format!("Policy Condition failed: {}", failed.shown())));
        }
        let known = |field: &str| {
            FREE.contains(&field)
                || field.starts_with("x-ignore-")
                || self.conditions.iter().any(|condition| condition.name() == Some(field))
        };
        let extra: Vec<&str> = fields.iter().map(|(name, _)| name).filter(|name| !known(name)).collect();
        if extra.is_empty() {
            Ok(())
        } else {
            Err(denied(&format!("Extra input fields: {}", extra.join(", "))))
        }
    }

    /// How long the file may be.
    pub(super) fn length(&self) -> Option<Length> {
        let lengths = self.conditions.iter().filter_map(|condition| match condition {
            Condition::Length(length) => Some(*length),
            _ => None,
        });
        lengths
            .reduce(|one, other| Length { least: one.least.max(other.least), most: one.most.min(other.most) })
    }
}

fn invalid(what: &str) -> ApiError {
    ApiError::bad_request("InvalidPolicyDocument", format!("Invalid Policy: {what}"))
}

fn denied(why: &str) -> ApiError {
    ApiError::new("AccessDenied", 403, format!("Invalid according to Policy: {why}"))
}
