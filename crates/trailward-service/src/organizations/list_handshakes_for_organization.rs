//! `ListHandshakesForOrganization`: the invitations that the organization sent.

use super::caller::reader;
use super::errors::unstored;
use super::invitations::{HandshakeFilter, wants_invitations};
use super::page::page;
use super::shapes::HandshakeShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListHandshakesForOrganization;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    filter: Option<HandshakeFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    handshakes: Vec<HandshakeShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListHandshakesForOrganization {
    const NAME: &'static str = "ListHandshakesForOrganization";
    const ACCESS: Access = Access::read("organizations:ListHandshakesForOrganization");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let invitations = wants_invitations(input.filter.as_ref())?;
        let tree = reader(call).await?;
        let now = call.now.unix_timestamp();
        let all = call.platform.organizations.handshakes().await.map_err(unstored)?;
        let found =
            all.iter().filter(|handshake| invitations && handshake.organization == tree.organization.id);
        let found = found.map(|handshake| HandshakeShape::new(handshake, now)).collect();
        let (handshakes, next_token) =
            page(found, |handshake| &handshake.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { handshakes, next_token })
    }
}
