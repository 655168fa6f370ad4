//! `CreateTopic`. A topic that is there already, and is as asked for, is found.
//!
//! DEVIATION: no FIFO topics, no encryption under KMS keys, no data protection policies.

use super::shapes::{Entries, recorded_with};
use super::subject::{bound, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_topic::{TopicError, TopicRef, check_name};
use trailward_wire::ApiError;

pub(crate) struct CreateTopic;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Entries>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_protection_policy: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    topic_arn: String,
}

fn at(name: &str, call: &Call) -> TopicRef {
    TopicRef { account: call.account().to_owned(), region: call.region.clone(), name: name.to_owned() }
}

impl Operation for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    const ACCESS: Access = Access::write("SNS:CreateTopic");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        check_name(&input.name).map_err(refused)?;
        let target = target(&at(&input.name, call), call).await?;
        Ok(target.tagged_by("SNS:TagResource", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if input.data_protection_policy.is_some() {
            return Err(refused(TopicError::Unsupported(
                "Data protection policies are not implemented here.".into(),
            )));
        }
        let mut attributes = input.attributes.map(Entries::pairs).transpose()?.unwrap_or_default();
        for (_, policy) in attributes.iter_mut().filter(|(name, _)| name == "Policy") {
            *policy = bound(policy, call).await?;
        }
        let at = at(&input.name, call);
        let topic = call.platform.topics.create(&at, &attributes, &input.tags).await.map_err(refused)?;
        Ok(Output { topic_arn: topic.at.arn() })
    }

    fn record_input(input: &Input) -> serde_json::Value {
        let attributes = input.attributes.as_ref().map(Entries::recorded).unwrap_or_default();
        recorded_with(input, "attributes", attributes)
    }
}
