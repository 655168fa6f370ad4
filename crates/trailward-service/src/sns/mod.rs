//! The Simple Notification Service: topics, and HTTP endpoints that subscribe to them.

mod add_permission;
mod confirm_subscription;
mod create_topic;
mod delete_topic;
mod get_subscription_attributes;
mod get_topic_attributes;
mod list_subscriptions;
mod list_subscriptions_by_topic;
mod list_tags_for_resource;
mod list_topics;
mod message;
mod publish;
mod publish_batch;
mod remove_permission;
mod set_subscription_attributes;
mod set_topic_attributes;
mod shapes;
pub(crate) mod subject;
mod subscribe;
mod tag_resource;
mod unsubscribe;
mod untag_resource;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<add_permission::AddPermission>(),
    entry::<confirm_subscription::ConfirmSubscription>(),
    entry::<create_topic::CreateTopic>(),
    entry::<delete_topic::DeleteTopic>(),
    entry::<get_subscription_attributes::GetSubscriptionAttributes>(),
    entry::<get_topic_attributes::GetTopicAttributes>(),
    entry::<list_subscriptions::ListSubscriptions>(),
    entry::<list_subscriptions_by_topic::ListSubscriptionsByTopic>(),
    entry::<list_tags_for_resource::ListTagsForResource>(),
    entry::<list_topics::ListTopics>(),
    entry::<publish::Publish>(),
    entry::<publish_batch::PublishBatch>(),
    entry::<remove_permission::RemovePermission>(),
    entry::<set_subscription_attributes::SetSubscriptionAttributes>(),
    entry::<set_topic_attributes::SetTopicAttributes>(),
    entry::<subscribe::Subscribe>(),
    entry::<tag_resource::TagResource>(),
    entry::<unsubscribe::Unsubscribe>(),
    entry::<untag_resource::UntagResource>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "CheckIfPhoneNumberIsOptedOut",
    "CreatePlatformApplication",
    "CreatePlatformEndpoint",
    "CreateSMSSandboxPhoneNumber",
    "DeleteEndpoint",
    "DeletePlatformApplication",
    "DeleteSMSSandboxPhoneNumber",
    "GetDataProtectionPolicy",
    "GetEndpointAttributes",
    "GetPlatformApplicationAttributes",
    "GetSMSAttributes",
    "GetSMSSandboxAccountStatus",
    "ListEndpointsByPlatformApplication",
    "ListOriginationNumbers",
    "ListPhoneNumbersOptedOut",
    "ListPlatformApplications",
    "ListSMSSandboxPhoneNumbers",
    "OptInPhoneNumber",
    "PutDataProtectionPolicy",
    "SetEndpointAttributes",
    "SetPlatformApplicationAttributes",
    "SetSMSAttributes",
    "VerifySMSSandboxPhoneNumber",
];
