//! `ListSubscriptions`. Those of the caller's account, of whosever topics; a hundred a page.

use super::shapes::{ListedSubscription, PAGE, after, page};
use super::subject::{invalid, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_topic::SubscriptionRef;
use trailward_wire::ApiError;

pub(crate) struct ListSubscriptions;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    subscriptions: Vec<ListedSubscription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListSubscriptions {
    const NAME: &'static str = "ListSubscriptions";
    const ACCESS: Access = Access::read("SNS:ListSubscriptions");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let after = match after(input.next_token.as_deref())? {
            None => None,
            Some(arn) => Some(SubscriptionRef::parse(&arn).ok_or_else(|| invalid("NextToken"))?),
        };
        let topics = &call.platform.topics;
        let found = topics.subscriptions_by(call.account(), &call.region, after.as_ref(), PAGE + 1).await;
        let (found, next_token) = page(found.map_err(refused)?, |one| one.at.arn());
        Ok(Output { subscriptions: found.into_iter().map(ListedSubscription::from).collect(), next_token })
    }
}
