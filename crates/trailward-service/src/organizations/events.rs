//! What AWS Organizations records beside calls: how making and closing an account went, for the management account.

use super::shapes::CreationShape;
use crate::audit::{ServiceEvent, append_event};
use crate::call::Call;
use crate::shape::as_recorded;
use serde_json::{Value, json};
use trailward_model::stamp;
use trailward_organization::Creation;
use trailward_wire::ApiError;

const SERVICE: &str = "organizations.amazonaws.com";

/// `CreateAccountResult`.
pub(super) async fn created(creation: &Creation, management: &str, call: &Call) -> Result<(), ApiError> {
    let status = serde_json::to_value(CreationShape::from(creation)).map_err(|_| ApiError::internal())?;
    let mut status = as_recorded(status);
    let at = stamp::spoken(super::shapes::time(creation.at).0);
    if let Some(members) = status.as_object_mut() {
        members.insert("accountName".to_owned(), Value::from("****"));
        members.insert("requestedTimestamp".to_owned(), Value::from(at.clone()));
        members.insert("completedTimestamp".to_owned(), Value::from(at));
    }
    let details = json!({ "createAccountStatus": status });
    let event = ServiceEvent { service: SERVICE, name: "CreateAccountResult", account: management, details };
    append_event(&call.platform, event).await
}

/// `CloseAccountResult`.
pub(super) async fn closed(account: &str, call: &Call) -> Result<(), ApiError> {
    let at = stamp::spoken(call.now);
    let status = json!({
        "accountId": account,
        "state": "SUCCEEDED",
        "requestedTimestamp": at,
        "completedTimestamp": at,
    });
    let details = json!({ "closeAccountStatus": status });
    let event =
        ServiceEvent { service: SERVICE, name: "CloseAccountResult", account: call.account(), details };
    append_event(&call.platform, event).await
}
