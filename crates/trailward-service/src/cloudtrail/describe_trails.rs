//! `DescribeTrails`. Shadow trails are shown unless declined; unknown names are left out, not refused.

use super::organization::visible;
use super::trail::{TrailShape, key_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DescribeTrails;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    trail_name_list: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_shadow_trails: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Output {
    trail_list: Vec<TrailShape>,
}

impl Operation for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    const ACCESS: Access = Access::read("cloudtrail:DescribeTrails");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let mut wanted = Vec::new();
        for name in input.trail_name_list.iter().flatten() {
            wanted.push(key_of(name, call)?);
        }
        let shadows = input.include_shadow_trails != Some(false);
        let all = visible(call).await?;
        let shown = all.iter().filter(|trail| {
            let home = trail.key.home_region == call.region && trail.key.account == call.account();
            let here = home || (shadows && trail.covers(&call.region));
            here && (wanted.is_empty() || wanted.contains(&trail.key))
        });
        Ok(Output { trail_list: shown.map(TrailShape::from).collect() })
    }
}
