//! `AcceptHandshake`: the invited account joins, under the root, and the policies there bind it when the call returns.

use super::caller::cause;
use super::errors::{refused, unstored, unsuccessful};
use super::invitations::received;
use super::shapes::HandshakeShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::Accounts;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Answer, Refusal};
use trailward_wire::ApiError;

pub(crate) struct AcceptHandshake;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    handshake_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    handshake: HandshakeShape,
}

/// How often the change is decided anew after another one of the organization came first.
const ATTEMPTS: usize = 8;

impl Operation for AcceptHandshake {
    const NAME: &'static str = "AcceptHandshake";
    const ACCESS: Access = Access::write("organizations:AcceptHandshake");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of_handshake(call, &input.handshake_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (organizations, now) = (&call.platform.organizations, call.now.unix_timestamp());
        let mut lost = ApiError::internal();
        for _ in 0..ATTEMPTS {
            let (handshake, revision) = received(&input.handshake_id, call).await?;
            let accepted = handshake.answered(Answer::Accept, now).map_err(refused)?;
            if organizations.of_account(call.account()).await.map_err(unstored)?.is_some() {
                return Err(refused(Refusal::handshake(
                    "ALREADY_IN_AN_ORGANIZATION",
                    "Your account is already a member of an organization.",
                )));
            }
            let before = organizations.tree(&accepted.organization).await.map_err(unstored)?;
            let before = before.ok_or_else(|| refused(Refusal::no_handshake()))?;
            let account = Accounts::get(&call.platform, call.account()).await.map_err(unstored)?;
            let account = account.ok_or_else(ApiError::internal)?;
            let mut after = before.clone();
            let named = (account.id.as_str(), account.name.as_str(), account.email.as_str());
            after.joined(named, accepted.tags.clone(), now).map_err(refused)?;
            let batch = organizations.put_handshake(&accepted, Some(revision)).map_err(unstored)?;
            match organizations.commit(&before, &after, batch, cause(call)).await.map_err(unsuccessful) {
                Ok(()) => return Ok(Output { handshake: HandshakeShape::new(&accepted, now) }),
                Err(error) if error.code == "ConcurrentModificationException" => lost = error,
                Err(error) => return Err(error),
            }
        }
        Err(lost)
    }
}
