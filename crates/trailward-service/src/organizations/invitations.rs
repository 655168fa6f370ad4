//! Finding and answering invitations.

use super::caller::reader;
use super::check::{id, unknown_value};
use super::errors::{not_permitted, refused, unstored, unsuccessful};
use super::shapes::HandshakeShape;
use crate::call::Call;
use serde::{Deserialize, Serialize};
use trailward_organization::{Answer, Handshake, Id, Refusal};
use trailward_store::Revision;
use trailward_wire::ApiError;

/// Which handshakes a listing is to show.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HandshakeFilter {
    action_type: Option<String>,
    parent_handshake_id: Option<String>,
}

/// Whether a filter lets invitations through; there are no other handshakes here.
pub(super) fn wants_invitations(filter: Option<&HandshakeFilter>) -> Result<bool, ApiError> {
    let Some(filter) = filter else { return Ok(true) };
    if let Some(parent) = &filter.parent_handshake_id {
        id(parent, &[Id::Handshake])?;
        return Ok(false);
    }
    match filter.action_type.as_deref() {
        None | Some("INVITE") => Ok(true),
        Some(
            "ENABLE_ALL_FEATURES"
            | "APPROVE_ALL_FEATURES"
            | "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE"
            | "TRANSFER_RESPONSIBILITY",
        ) => Ok(false),
        Some(_) => Err(unknown_value()),
    }
}

async fn find(handshake: &str, call: &Call) -> Result<(Handshake, Revision), ApiError> {
    id(handshake, &[Id::Handshake])?;
    let found = call.platform.organizations.handshake(handshake).await.map_err(unstored)?;
    found.ok_or_else(|| refused(Refusal::no_handshake()))
}

/// An invitation that the caller's account got.
pub(super) async fn received(handshake: &str, call: &Call) -> Result<(Handshake, Revision), ApiError> {
    let found = find(handshake, call).await?;
    if found.0.account == call.account() { Ok(found) } else { Err(refused(Refusal::no_handshake())) }
}

/// An invitation that the caller's organization sent; only the management account answers for it.
pub(super) async fn sent(handshake: &str, call: &Call) -> Result<(Handshake, Revision), ApiError> {
    let found = find(handshake, call).await?;
    let tree = match reader(call).await {
        Err(error) if error.code == "AWSOrganizationsNotInUseException" => {
            return Err(refused(Refusal::no_handshake()));
        }
        tree => tree?,
    };
    if found.0.organization != tree.organization.id {
        return Err(refused(Refusal::no_handshake()));
    }
    if tree.is_management(call.account()) { Ok(found) } else { Err(not_permitted()) }
}

/// Stores an answer by which nobody joins.
pub(super) async fn answer(
    (handshake, revision): (Handshake, Revision),
    answer: Answer,
    call: &Call,
) -> Result<HandshakeShape, ApiError> {
    let now = call.now.unix_timestamp();
    let answered = handshake.answered(answer, now).map_err(refused)?;
    let organizations = &call.platform.organizations;
    let batch = organizations.put_handshake(&answered, Some(revision)).map_err(unstored)?;
    organizations.put(batch).await.map_err(unsuccessful)?;
    Ok(HandshakeShape::new(&answered, now))
}
