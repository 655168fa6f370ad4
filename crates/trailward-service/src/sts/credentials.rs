//! Temporary credentials as answers and records show them.

use crate::identity::Issued;
use crate::shape::QueryTime;
use serde::Serialize;
use serde_json::Value;
use trailward_wire::ApiError;

/// `Credentials`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: QueryTime,
}

impl From<Issued> for Credentials {
    fn from(issued: Issued) -> Self {
        Self {
            access_key_id: issued.access_key_id,
            secret_access_key: issued.secret.expose().to_owned(),
            session_token: issued.token,
            expiration: QueryTime(issued.expires),
        }
    }
}

/// The record of an answer with credentials: as AWS has it, the secret is left out and the token stays. The token
/// alone signs nothing.
pub(crate) fn without_secret(mut recorded: Value) -> Value {
    if let Some(credentials) = recorded.get_mut("credentials").and_then(Value::as_object_mut) {
        credentials.remove("secretAccessKey");
    }
    recorded
}

/// A duration within its bounds, or AWS's refusal.
pub(crate) fn duration(asked: Option<i64>, default: i64, max: i64) -> Result<i64, ApiError> {
    let seconds = asked.unwrap_or(default);
    if seconds < 900 {
        return Err(ApiError::bad_request(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
            ),
        ));
    }
    if seconds > max {
        return Err(ApiError::bad_request(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to {max}"
            ),
        ));
    }
    Ok(seconds)
}
