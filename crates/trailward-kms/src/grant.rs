//! Grants: permissions on one key that are given and taken back without touching its policy.
//!
//! Source: KMS Developer Guide, "Grants in AWS KMS".

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use trailward_store::stored::Stored;

/// What a grant can allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the operations are")]
pub enum GrantOperation {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    Sign,
    Verify,
    GetPublicKey,
    CreateGrant,
    RetireGrant,
    DescribeKey,
    GenerateMac,
    VerifyMac,
}

/// What the encryption context must be for the grant to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Constraints {
    /// The context must have at least these pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context_subset: BTreeMap<String, String>,
    /// The context must be just these pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context_equals: BTreeMap<String, String>,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The id of the key.
    pub key: String,
    /// A word of the creator's.
    #[serde(default)]
    pub name: Option<String>,
    /// The ARN of who may.
    pub grantee: String,
    /// The ARN of who may retire it.
    #[serde(default)]
    pub retiring: Option<String>,
    /// The account that made it.
    pub issuer: String,
    /// What may be done.
    pub operations: Vec<GrantOperation>,
    /// When.
    #[serde(default)]
    pub constraints: Option<Constraints>,
    /// Epoch seconds.
    pub created: i64,
}

impl Stored for Grant {
    const FORMAT: u16 = 1;
}

impl Grant {
    /// The statements that it adds to the key's policy. With `variables` the policy's version knows `${…}`, which the
    /// values of a grant must not be taken for.
    pub(crate) fn statements(&self, key_arn: &str, variables: bool) -> Vec<Value> {
        let retiring = self.retiring.as_deref().map(|arn| {
            json!({
                "Effect": "Allow",
                "Principal": {kind_of(arn): arn},
                "Action": "kms:RetireGrant",
                "Resource": key_arn,
            })
        });
        let allowing = self.allowing(key_arn, variables);
        std::iter::once(allowing).chain(retiring).collect()
    }

    fn allowing(&self, key_arn: &str, variables: bool) -> Value {
        let literal = |text: &str| if variables { text.replace('$', "${$}") } else { text.to_owned() };
        let actions: Vec<String> =
            self.operations.iter().map(|operation| format!("kms:{operation:?}")).collect();
        let mut statement = Map::new();
        statement.insert("Effect".into(), json!("Allow"));
        statement.insert("Principal".into(), json!({kind_of(&self.grantee): self.grantee}));
        statement.insert("Action".into(), json!(actions));
        statement.insert("Resource".into(), json!(key_arn));
        let Some(constraints) = &self.constraints else { return Value::Object(statement) };
        let exact = &constraints.encryption_context_equals;
        let mut pairs = Map::new();
        for (name, value) in exact.iter().chain(&constraints.encryption_context_subset) {
            pairs.insert(format!("kms:EncryptionContext:{name}"), json!(literal(value)));
        }
        let mut condition = Map::new();
        if !pairs.is_empty() {
            condition.insert("StringEquals".into(), Value::Object(pairs));
        }
        if !exact.is_empty() {
            // No other name may be there.
            let names: Vec<String> = exact.keys().map(|name| literal(name)).collect();
            condition.insert("ForAllValues:StringEquals".into(), json!({"kms:EncryptionContextKeys": names}));
        }
        if !condition.is_empty() {
            statement.insert("Condition".into(), Value::Object(condition));
        }
        Value::Object(statement)
    }
}

/// Which kind of principal an ARN or a service's name is.
fn kind_of(principal: &str) -> &'static str {
    if principal.ends_with(".amazonaws.com") { "Service" } else { "AWS" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncryptionContext;
    use crate::key::{Key, KeyState, default_policy};
    use crate::spec::{KeySpec, KeyUsage};
    use trailward_policy::{Caller, Decision, Principal, Request, evaluate};

    const ACCOUNT: &str = "111122223333";
    const GRANTEE: &str = "arn:aws:iam::444455556666:user/reader";

    fn allowed(constraints: Option<Constraints>, action: &str, context: &[(&str, &str)]) -> Decision {
        let key = Key {
            account: ACCOUNT.into(),
            region: "us-east-1".into(),
            id: "1234abcd-12ab-34cd-56ef-1234567890ab".into(),
            created: 0,
            state: KeyState::Enabled,
            deletion: None,
            description: String::new(),
            spec: KeySpec::SymmetricDefault,
            usage: KeyUsage::EncryptDecrypt,
            policy: default_policy(ACCOUNT),
            tags: vec![],
            rotation: None,
            on_demand_rotations: 0,
            aws_managed: false,
            materials: vec![],
        };
        let grant = Grant {
            id: "g".into(),
            key: key.id.clone(),
            name: None,
            grantee: GRANTEE.into(),
            retiring: None,
            issuer: ACCOUNT.into(),
            operations: vec![GrantOperation::Decrypt],
            constraints,
            created: 0,
        };
        let policy = key.policy(&[grant]).unwrap();
        let pairs = context.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let keys = key.condition_keys("444455556666", &EncryptionContext::new(pairs).unwrap());
        let identity = trailward_policy::Policy::parse(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}"#,
            trailward_policy::PolicyKind::Identity,
        );
        let principal = Principal::User {
            account: "444455556666".into(),
            arn: GRANTEE.into(),
            user_id: "AIDAREADER".into(),
        };
        let mut caller = Caller::new(principal);
        caller.identity.push(identity.unwrap());
        evaluate(&Request {
            caller: &caller,
            action,
            resource: &key.arn(),
            resource_account: Some(ACCOUNT),
            resource_policy: Some(&policy),
            resource_policy_required: true,
            rcps: &[],
            context: &keys,
        })
    }

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn allows_what_it_says_and_no_more() {
        assert_eq!(allowed(None, "kms:Decrypt", &[]), Decision::Allow);
        assert_eq!(allowed(None, "kms:Encrypt", &[]), Decision::ImplicitDeny);
        let subset = || {
            Some(Constraints {
                encryption_context_subset: pairs(&[("a", "${aws:username}")]),
                ..Constraints::default()
            })
        };
        assert_eq!(
            allowed(subset(), "kms:Decrypt", &[("a", "${aws:username}"), ("b", "x")]),
            Decision::Allow
        );
        assert_eq!(allowed(subset(), "kms:Decrypt", &[("a", "reader")]), Decision::ImplicitDeny);
        assert_eq!(allowed(subset(), "kms:Decrypt", &[]), Decision::ImplicitDeny);
        let equals = || {
            Some(Constraints { encryption_context_equals: pairs(&[("a", "1")]), ..Constraints::default() })
        };
        assert_eq!(allowed(equals(), "kms:Decrypt", &[("a", "1")]), Decision::Allow);
        assert_eq!(allowed(equals(), "kms:Decrypt", &[("a", "1"), ("b", "x")]), Decision::ImplicitDeny);
        assert_eq!(allowed(equals(), "kms:Decrypt", &[("a", "2")]), Decision::ImplicitDeny);
    }
}
