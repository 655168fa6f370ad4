//! `PutEventSelectors`. Basic selectors replace advanced ones and the reverse; both in one call are refused.

use super::trail::{find_at_home, store, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Trail;
use trailward_model::advanced::AdvancedEventSelector;
use trailward_model::selector::{EventSelector, Selectors};
use trailward_wire::ApiError;

pub(crate) struct PutEventSelectors;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    trail_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_selectors: Option<Vec<EventSelector>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
}

/// A trail's selectors, as both calls answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shown {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_selectors: Option<Vec<EventSelector>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
}

impl Shown {
    pub(crate) fn new(trail: &Trail) -> Self {
        let (event_selectors, advanced_event_selectors) = match trail.selectors.clone() {
            Selectors::Basic(selectors) => (Some(selectors), None),
            Selectors::Advanced(selectors) => (None, Some(selectors)),
        };
        Self { trail_arn: trail.key.arn(), event_selectors, advanced_event_selectors }
    }
}

impl Operation for PutEventSelectors {
    const NAME: &'static str = "PutEventSelectors";
    const ACCESS: Access = Access::write("cloudtrail:PutEventSelectors");
    type Input = Input;
    type Output = Shown;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.trail_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Shown, ApiError> {
        let (mut trail, revision) = find_at_home(&input.trail_name, call).await?;
        let invalid = |text: String| ApiError::bad_request("InvalidEventSelectorsException", text);
        let selectors = match (input.event_selectors, input.advanced_event_selectors) {
            (Some(basic), None) => Selectors::Basic(basic),
            (None, Some(advanced)) => Selectors::Advanced(advanced),
            (Some(_), Some(_)) => {
                return Err(invalid(
                    "Specify either EventSelectors or AdvancedEventSelectors, not both.".into(),
                ));
            }
            (None, None) => {
                return Err(invalid("Either EventSelectors or AdvancedEventSelectors is required.".into()));
            }
        };
        selectors.check().map_err(|error| invalid(error.to_string()))?;
        trail.selectors = selectors;
        trail.has_custom_selectors = true;
        let answer = Shown::new(&trail);
        store(trail, Some(revision), false, call).await?;
        Ok(answer)
    }
}
