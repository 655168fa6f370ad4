//! What subscriptions can be told.

use crate::{Subscription, TopicError, retry};

/// Sets `RawMessageDelivery` or `DeliveryPolicy`. `Unsupported` for attributes that AWS has and this product does not.
pub(crate) fn apply(subscription: &mut Subscription, name: &str, value: &str) -> Result<(), TopicError> {
    const ABSENT: [&str; 5] =
        ["FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn"];
    match name {
        "RawMessageDelivery" => {
            subscription.raw = match value {
                _ if value.eq_ignore_ascii_case("true") => true,
                _ if value.eq_ignore_ascii_case("false") => false,
                _ => return Err(TopicError::Invalid("Attributes Reason: RawMessageDelivery".into())),
            };
        }
        "DeliveryPolicy" => (subscription.retry, subscription.request) = retry::of_subscription(value)?,
        // What a subscription is anyhow.
        "FilterPolicy" | "RedrivePolicy" if matches!(value.trim(), "" | "{}") => {}
        _ if ABSENT.contains(&name) => {
            return Err(TopicError::Unsupported(format!(
                "The subscription attribute {name} is not implemented here."
            )));
        }
        _ => return Err(TopicError::Invalid("AttributeName".into())),
    }
    Ok(())
}
