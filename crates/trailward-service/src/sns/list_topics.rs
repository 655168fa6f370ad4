//! `ListTopics`. A hundred a page.

use super::shapes::{PAGE, after, page};
use super::subject::refused;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListTopics;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedTopic {
    topic_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    topics: Vec<ListedTopic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListTopics {
    const NAME: &'static str = "ListTopics";
    const ACCESS: Access = Access::read("SNS:ListTopics");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let after = after(input.next_token.as_deref())?;
        let found = call.platform.topics.list(call.account(), &call.region, after.as_deref(), PAGE + 1).await;
        let (topics, next_token) = page(found.map_err(refused)?, |topic| topic.name.clone());
        let topics = topics.into_iter().map(|topic| ListedTopic { topic_arn: topic.arn() }).collect();
        Ok(Output { topics, next_token })
    }
}
