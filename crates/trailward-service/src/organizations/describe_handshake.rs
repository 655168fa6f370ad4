//! `DescribeHandshake`, for the organization that invited and the account that is invited.

use super::invitations::{received, sent};
use super::shapes::HandshakeShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DescribeHandshake;

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

impl Operation for DescribeHandshake {
    const NAME: &'static str = "DescribeHandshake";
    const ACCESS: Access = Access::read("organizations:DescribeHandshake");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of_handshake(call, &input.handshake_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let found = match received(&input.handshake_id, call).await {
            Err(error) if error.code == "HandshakeNotFoundException" => {
                sent(&input.handshake_id, call).await?
            }
            found => found?,
        };
        Ok(Output { handshake: HandshakeShape::new(&found.0, call.now.unix_timestamp()) })
    }
}
