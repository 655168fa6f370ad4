//! `StartLogging`. Records from now on are delivered; digests start a new chain. Starting twice changes nothing.

use super::trail::{find_at_home, store, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct StartLogging;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
}

impl Operation for StartLogging {
    const NAME: &'static str = "StartLogging";
    const ACCESS: Access = Access::write("cloudtrail:StartLogging");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let (mut trail, revision) = find_at_home(&input.name, call).await?;
        if !trail.is_logging {
            trail.is_logging = true;
            trail.started = Some(call.now.unix_timestamp());
            store(trail, Some(revision), true, call).await?;
        }
        Ok(Empty {})
    }
}
