//! What a topic's policy may say.
//!
//! Source: Amazon SNS Developer Guide, "Example cases for Amazon SNS access control", "Special information for Amazon SNS
//! policies"; API Reference, AddPermission, RemovePermission.

use crate::topic::is_account;
use crate::{TopicError, TopicRef};
use serde_json::{Value, json};
use trailward_policy::{Policy, PolicyKind, Scope};

/// The most characters of a topic's policy.
pub(crate) const MOST_POLICY: usize = 30_720;

/// What a topic's policy can allow, without `SNS:`.
pub const ACTIONS: [&str; 10] = [
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

/// The policy of a topic that was made without one: its account, when a service acts for it. Who in the account may do
/// what is left to IAM.
pub fn default_policy(topic: &TopicRef) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": topic.arn(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
        }],
    })
    .to_string()
}

/// Checks a policy that somebody sets; an empty one is the default.
pub(crate) fn checked(topic: &TopicRef, text: &str) -> Result<String, TopicError> {
    if text.trim().is_empty() {
        return Ok(default_policy(topic));
    }
    let invalid = |why: String| TopicError::Invalid(why);
    let policy = Policy::parse_within(text, PolicyKind::Resource, MOST_POLICY)
        .map_err(|error| invalid(format!("Policy Error: {error}")))?;
    for action in policy.actions() {
        let service = action.split(':').next().unwrap_or_default();
        if !service.eq_ignore_ascii_case("sns") {
            return Err(invalid("Policy statement action out of service scope!".into()));
        }
    }
    let arn = topic.arn();
    for statement in policy.statements() {
        if let Some(Scope::Only(resources) | Scope::Except(resources)) = &statement.resource
            && resources.len() != 1
        {
            return Err(invalid("Policy statement must apply to a single resource".into()));
        }
    }
    if policy.resources().any(|resource| resource != arn) {
        return Err(invalid("Invalid policy: Resource must be the topic's ARN".into()));
    }
    Ok(text.to_owned())
}

/// `policy` with a statement `label` that lets `accounts` do `actions`.
pub(crate) fn with_statement(
    topic: &TopicRef,
    policy: &str,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String, TopicError> {
    let valid = (1..=80).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !valid {
        return Err(TopicError::Invalid("Label".into()));
    }
    if accounts.is_empty() || !accounts.iter().all(|account| is_account(account)) {
        return Err(TopicError::Invalid("AWSAccountId".into()));
    }
    let known = |name: &String| name == "*" || ACTIONS.contains(&name.as_str());
    if actions.is_empty() || !actions.iter().all(known) {
        return Err(TopicError::Invalid("ActionName".into()));
    }
    let mut document = read(policy)?;
    let statements = statements(&mut document)?;
    if statements.iter().any(|statement| statement.get("Sid").and_then(Value::as_str) == Some(label)) {
        return Err(TopicError::Invalid("Statement already exists".into()));
    }
    let principals: Vec<String> =
        accounts.iter().map(|account| format!("arn:aws:iam::{account}:root")).collect();
    let actions: Vec<String> = actions.iter().map(|action| format!("SNS:{action}")).collect();
    statements.push(json!({
        "Sid": label, "Effect": "Allow", "Principal": {"AWS": principals}, "Action": actions, "Resource": topic.arn(),
    }));
    checked(topic, &document.to_string())
}

/// `policy` without its statement `label`. Without any statement left, it is the default.
pub(crate) fn without_statement(topic: &TopicRef, policy: &str, label: &str) -> Result<String, TopicError> {
    let mut document = read(policy)?;
    let statements = statements(&mut document)?;
    let before = statements.len();
    statements.retain(|statement| statement.get("Sid").and_then(Value::as_str) != Some(label));
    if statements.len() == before {
        return Err(TopicError::NotFound("Statement"));
    }
    if statements.is_empty() {
        return Ok(default_policy(topic));
    }
    checked(topic, &document.to_string())
}

fn read(policy: &str) -> Result<Value, TopicError> {
    serde_json::from_str(policy).map_err(|_| TopicError::Invalid("Policy".into()))
}

fn statements(document: &mut Value) -> Result<&mut Vec<Value>, TopicError> {
    let statements = document.get_mut("Statement").ok_or_else(|| TopicError::Invalid("Policy".into()))?;
    if statements.is_object() {
        *statements = Value::Array(vec![statements.take()]);
    }
    statements.as_array_mut().ok_or_else(|| TopicError::Invalid("Policy".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> TopicRef {
        TopicRef { account: "111122223333".into(), region: "us-east-1".into(), name: "audit".into() }
    }

    #[test]
    fn statements_come_and_go_by_their_label() {
        let topic = topic();
        let default = default_policy(&topic);
        checked(&topic, &default).unwrap();
        let accounts = ["444455556666".to_owned()];
        let actions = ["Publish".to_owned()];
        let more = with_statement(&topic, &default, "other", &accounts, &actions).unwrap();
        assert!(more.contains("arn:aws:iam::444455556666:root"));
        let again = with_statement(&topic, &more, "other", &accounts, &actions);
        assert!(matches!(again, Err(TopicError::Invalid(_))));
        let less = without_statement(&topic, &more, "other").unwrap();
        assert_eq!(read(&less).unwrap(), read(&default).unwrap());
        assert!(matches!(without_statement(&topic, &less, "other"), Err(TopicError::NotFound(_))));
        for (label, account, action) in
            [("", "444455556666", "Publish"), ("x", "4", "Publish"), ("x", "444455556666", "CreateTopic")]
        {
            let refused = with_statement(&topic, &default, label, &[account.into()], &[action.into()]);
            assert!(matches!(refused, Err(TopicError::Invalid(_))), "{label} {account} {action}");
        }
    }

    #[test]
    fn policies_of_other_things_are_refused() {
        let policy = |action: &str, resource: &str| {
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": action,
                "Resource": resource}]})
            .to_string()
        };
        let arn = topic().arn();
        assert!(checked(&topic(), &policy("sns:Publish", &arn)).is_ok());
        for bad in [
            policy("s3:PutObject", &arn),
            policy("sns:Publish", "arn:aws:sns:us-east-1:111122223333:other"),
            policy("sns:Publish", "*"),
            "{".into(),
            "[]".into(),
        ] {
            assert!(matches!(checked(&topic(), &bad), Err(TopicError::Invalid(_))), "{bad}");
        }
    }
}
