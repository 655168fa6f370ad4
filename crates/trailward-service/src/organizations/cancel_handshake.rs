//! `CancelHandshake`, by the organization that invited.

use super::invitations::{answer, sent};
use super::shapes::HandshakeShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Answer;
use trailward_wire::ApiError;

pub(crate) struct CancelHandshake;

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

impl Operation for CancelHandshake {
    const NAME: &'static str = "CancelHandshake";
    const ACCESS: Access = Access::write("organizations:CancelHandshake");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of_handshake(call, &input.handshake_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let found = sent(&input.handshake_id, call).await?;
        Ok(Output { handshake: answer(found, Answer::Cancel, call).await? })
    }
}
