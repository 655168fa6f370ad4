//! Finding the topic or subscription that a call names, and what bears on it.

use crate::access::Target;
use crate::call::Call;
use crate::iam::state::failed;
use crate::identity::principals;
use trailward_model::RecordResource;
use trailward_topic::{Subscription, SubscriptionRef, Topic, TopicError, TopicRef};
use trailward_wire::ApiError;

/// An engine's refusal, as the API says it.
pub(crate) fn refused(error: TopicError) -> ApiError {
    match (error.code(), error) {
        (Some((code, status)), error) => ApiError::new(code, status, error.to_string()),
        (None, TopicError::Store(error)) => failed(error),
        (None, error) => {
            tracing::error!(%error, "a topic could not be used");
            ApiError::new("InternalError", 500, "Internal error")
        }
    }
}

/// The same, of calls about tags.
pub(super) fn of_tags(error: TopicError) -> ApiError {
    refused(match error {
        TopicError::NotFound(_) => TopicError::ResourceNotFound,
        other => other,
    })
}

pub(super) fn invalid(why: impl Into<String>) -> ApiError {
    refused(TopicError::Invalid(why.into()))
}

/// The topic that the member `member` names. Topics of other Regions are not known here.
pub(super) fn named(member: &str, arn: &str, call: &Call) -> Result<TopicRef, ApiError> {
    let at = TopicRef::parse(arn).ok_or_else(|| invalid(member))?;
    if at.region == call.region { Ok(at) } else { Err(invalid(member)) }
}

/// The subscription that `SubscriptionArn` names.
pub(super) fn named_subscription(arn: &str, call: &Call) -> Result<SubscriptionRef, ApiError> {
    let why = || invalid("SubscriptionArn Reason: it is not the ARN of a subscription of this Region");
    let at = SubscriptionRef::parse(arn).ok_or_else(why)?;
    if at.topic.region == call.region { Ok(at) } else { Err(why()) }
}

/// The target of a call about a topic. A topic that is not there is left for the operation to miss, once it is known that
/// the caller may ask.
pub(super) async fn target(at: &TopicRef, call: &Call) -> Result<Target, ApiError> {
    let found = call.platform.topics.find(at).await.map_err(refused)?;
    let mut target = Target::new(at.arn(), &at.account);
    if let Some(topic) = &found {
        target.policy = topic.value.compiled_policy();
        target.context = topic.value.condition_keys();
    }
    target.recorded = vec![RecordResource {
        account_id: Some(at.account.clone()),
        kind: Some("AWS::SNS::Topic".into()),
        arn: Some(at.arn()),
        ..RecordResource::default()
    }];
    Ok(target)
}

/// A topic's policy as it is stored: its principals are bound to who they are.
pub(super) async fn bound(policy: &str, call: &Call) -> Result<String, ApiError> {
    principals::bound(&call.platform, policy, |_| invalid("Policy Error: PrincipalNotFound")).await
}

/// The topic of a call that was let in.
pub(super) async fn topic(at: &TopicRef, call: &Call) -> Result<Topic, ApiError> {
    Ok(call.platform.topics.get(at).await.map_err(refused)?.value)
}

/// The subscription, if it is the caller's account's business: it subscribed, or the topic is its own.
pub(super) async fn own_subscription(at: &SubscriptionRef, call: &Call) -> Result<Subscription, ApiError> {
    let found = call.platform.topics.subscription(at).await.map_err(refused)?;
    let found = found.ok_or_else(|| refused(TopicError::NotFound("Subscription")))?.value;
    if found.owner == call.account() || at.topic.account == call.account() {
        return Ok(found);
    }
    Err(refused(TopicError::Denied(format!(
        "User: {} is not authorized to perform this operation on a subscription of another account",
        call.identity.display_arn()
    ))))
}
