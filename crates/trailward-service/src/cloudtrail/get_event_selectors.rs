//! `GetEventSelectors`. A trail that was never told selects all management events, and says so.

use super::put_event_selectors::Shown;
use super::trail::{find, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetEventSelectors;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    trail_name: String,
}

impl Operation for GetEventSelectors {
    const NAME: &'static str = "GetEventSelectors";
    const ACCESS: Access = Access::read("cloudtrail:GetEventSelectors");
    type Input = Input;
    type Output = Shown;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.trail_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Shown, ApiError> {
        let (trail, _) = find(&input.trail_name, call).await?;
        Ok(Shown::new(&trail))
    }
}
