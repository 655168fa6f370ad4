//! `StopLogging`. What was recorded before is still delivered, this call included, and a last digest closes the chain.

use super::trail::{find_at_home, store, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct StopLogging;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
}

impl Operation for StopLogging {
    const NAME: &'static str = "StopLogging";
    const ACCESS: Access = Access::write("cloudtrail:StopLogging");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let (mut trail, revision) = find_at_home(&input.name, call).await?;
        if trail.is_logging {
            trail.is_logging = false;
            trail.stopped = Some(call.now.unix_timestamp());
            store(trail, Some(revision), false, call).await?;
        }
        Ok(Empty {})
    }
}
