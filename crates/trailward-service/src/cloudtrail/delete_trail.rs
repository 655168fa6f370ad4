//! `DeleteTrail`. What was recorded before is still delivered; delivered files stay where they are.

use super::trail::{delete, find_at_home, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteTrail;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
}

impl Operation for DeleteTrail {
    const NAME: &'static str = "DeleteTrail";
    const ACCESS: Access = Access::write("cloudtrail:DeleteTrail");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let (trail, revision) = find_at_home(&input.name, call).await?;
        delete(&trail, revision, call).await?;
        Ok(Empty {})
    }
}
