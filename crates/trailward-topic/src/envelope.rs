//! What an endpoint gets.
//!
//! DEVIATION: signatures are of version 2 (SHA256withRSA) only; version 1 is SHA-1.
//!
//! Source: Amazon SNS Developer Guide, "HTTP/HTTPS notification JSON format", "Verifying the signatures of Amazon SNS
//! messages".

use crate::outbox::Parcel;
use crate::signing::Signer;
use crate::{Message, MessageKind, Subscription, TopicError};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use time::OffsetDateTime;
use trailward_model::stamp;

/// The version of signatures.
pub(crate) const SIGNATURE_VERSION: &str = "2";

/// The request that brings `message` to `subscription`; `base` is the endpoint of the API as subscribers see it, without
/// a slash at its end.
pub(crate) fn parcel(
    message: &Message,
    subscription: &Subscription,
    content_type: Option<&str>,
    signer: &Signer,
    base: &str,
) -> Result<Parcel, TopicError> {
    let raw = subscription.raw && message.kind == MessageKind::Notification;
    let body = if raw {
        message.body_for(subscription.endpoint.protocol).to_owned()
    } else {
        envelope(message, subscription, signer, base)?
    };
    let mut headers = vec![
        ("x-amz-sns-message-type", message.kind.name().to_owned()),
        ("x-amz-sns-message-id", message.id.clone()),
        ("x-amz-sns-topic-arn", message.topic.arn()),
        ("content-type", content_type.unwrap_or("text/plain; charset=UTF-8").to_owned()),
        ("user-agent", "Amazon Simple Notification Service Agent".to_owned()),
    ];
    if message.kind == MessageKind::Notification {
        headers.push(("x-amz-sns-subscription-arn", subscription.at.arn()));
    }
    if raw {
        headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
    }
    Ok(Parcel { url: subscription.endpoint.url.clone(), headers, body })
}

fn envelope(
    message: &Message,
    subscription: &Subscription,
    signer: &Signer,
    base: &str,
) -> Result<String, TopicError> {
    let topic = message.topic.arn();
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(message.at) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at = stamp::extended_millis(at);
    let mut members: Vec<(&str, String)> =
        vec![("Type", message.kind.name().to_owned()), ("MessageId", message.id.clone())];
    let mut subscribe = None;
    match &message.kind {
        MessageKind::Notification => {}
        MessageKind::SubscriptionConfirmation { token } | MessageKind::UnsubscribeConfirmation { token } => {
            members.push(("Token", token.clone()));
            subscribe = Some(format!("{base}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"));
        }
    }
    members.push(("TopicArn", topic));
    if let Some(subject) = &message.subject {
        members.push(("Subject", subject.clone()));
    }
    members.push(("Message", message.body_for(subscription.endpoint.protocol).to_owned()));
    if let Some(url) = subscribe {
        members.push(("SubscribeURL", url));
    }
    members.push(("Timestamp", at));
    let signature = signer.sign(&signed_text(&members))?;
    members.push(("SignatureVersion", SIGNATURE_VERSION.to_owned()));
    members.push(("Signature", signature));
    members.push(("SigningCertURL", format!("{base}{}", signer.path)));
    if message.kind == MessageKind::Notification {
        let arn = subscription.at.arn();
        members.push(("UnsubscribeURL", format!("{base}/?Action=Unsubscribe&SubscriptionArn={arn}")));
    }
    Ok(written(&members, message))
}

/// The members that are signed, by name, each name and value on a line.
fn signed_text(members: &[(&str, String)]) -> String {
    let mut sorted: Vec<&(&str, String)> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted.into_iter().fold(String::new(), |mut text, (name, value)| {
        let _ = write!(text, "{name}\n{value}\n");
        text
    })
}

/// The envelope, its members in SNS's order.
fn written(members: &[(&str, String)], message: &Message) -> String {
    let mut text = String::from("{");
    for (number, (name, value)) in members.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\n  \"{name}\" : {}", Value::from(value.as_str()));
    }
    if !message.attributes.is_empty() {
        let attributes: Map<String, Value> = message
            .attributes
            .iter()
            .map(|(name, a)| (name.clone(), json!({"Type": a.data_type, "Value": a.value})))
            .collect();
        let _ = write!(text, ",\n  \"MessageAttributes\" : {}", Value::Object(attributes));
    }
    text.push_str("\n}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_sorted_by_name() {
        let members = [("Type", "Notification".into()), ("Message", "m".to_owned()), ("Subject", "s".into())];
        assert_eq!(signed_text(&members), "Message\nm\nSubject\ns\nType\nNotification\n");
    }
}
