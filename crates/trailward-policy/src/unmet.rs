//! What keeps a statement from applying to a request: for telling somebody which part of a policy to mend.

use crate::ast::{Effect, PolicyKind};
use crate::eval::Request;
use crate::policy::{Policy, holds};

/// The parts of a statement that a request does not meet. A statement applies when there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unmet {
    /// `Principal` or `NotPrincipal` does not reach the caller.
    pub principal: bool,
    /// `Action` or `NotAction` does not cover the action.
    pub action: bool,
    /// `Resource` or `NotResource` does not cover the resource.
    pub resource: bool,
    /// The conditions that do not hold, by their place in [`crate::Statement::conditions`].
    pub conditions: Vec<usize>,
}

impl Unmet {
    /// Whether the statement applies.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many parts stand in the way, conditions one by one.
    pub fn count(&self) -> usize {
        usize::from(self.principal)
            + usize::from(self.action)
            + usize::from(self.resource)
            + self.conditions.len()
    }
}

impl Policy {
    /// What of one of this policy's statements `request` does not meet, whatever other policies say. `None` if there is
    /// no such statement.
    pub fn unmet(&self, statement: usize, request: &Request<'_>) -> Option<Unmet> {
        let rule = self.rules().get(statement)?;
        let keys = request.keys();
        let reaches = match &rule.who {
            Some(who) => who.reach(&keys, request.caller.boundary.is_some()).is_some(),
            // In a resource policy, a statement that names nobody may refuse but not grant.
            None => rule.effect == Effect::Deny || self.kind() != PolicyKind::Resource,
        };
        let conditions = rule.clauses.iter().enumerate().filter(|(_, clause)| !clause.holds(&keys));
        Some(Unmet {
            principal: !reaches,
            action: !holds(&rule.action, |glob| glob.matches_folded(request.action)),
            resource: !rule
                .resource
                .as_ref()
                .is_none_or(|scope| holds(scope, |glob| glob.matches(request.resource, &keys))),
            conditions: conditions.map(|(at, _)| at).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Caller, Context};

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject",
         "Resource":"arn:aws:s3:::b/AWSLogs/1/*",
         "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"arn:x"}}},
        {"Effect":"Deny","NotPrincipal":{"Service":"config.amazonaws.com"},"NotAction":"s3:Get*","Resource":"*"}]}"#;

    #[test]
    fn names_every_part_that_stands_in_the_way() {
        let policy = Policy::parse(POLICY, PolicyKind::Resource).unwrap();
        let mut context = Context::new();
        context.set("aws:SourceArn", "arn:x");
        let caller = Caller::service("cloudtrail.amazonaws.com", context);
        let mut asked = Context::new();
        let unmet = |service: &Caller, action: &str, resource: &str, context: &Context, statement| {
            let request = Request {
                caller: service,
                action,
                resource,
                resource_account: None,
                resource_policy: Some(&policy),
                resource_policy_required: false,
                rcps: &[],
                context,
            };
            policy.unmet(statement, &request)
        };
        let key = "arn:aws:s3:::b/AWSLogs/1/x";
        let lacking = unmet(&caller, "s3:PutObject", key, &asked, 0).unwrap();
        assert_eq!(lacking, Unmet { conditions: vec![0], ..Unmet::default() });
        asked.set("s3:x-amz-acl", "bucket-owner-full-control");
        assert!(unmet(&caller, "S3:putobject", key, &asked, 0).unwrap().is_empty());
        let other = Caller::service("config.amazonaws.com", Context::new());
        let all = unmet(&other, "s3:GetObject", "arn:aws:s3:::c/AWSLogs/1/x", &Context::new(), 0).unwrap();
        assert_eq!((all.count(), all.principal, all.action, all.resource), (5, true, true, true));
        let deny = unmet(&other, "s3:GetObject", key, &asked, 1).unwrap();
        assert_eq!((deny.principal, deny.action, deny.resource), (true, true, false));
        assert!(unmet(&caller, "s3:PutObject", key, &asked, 1).unwrap().is_empty());
        assert_eq!(unmet(&caller, "s3:PutObject", key, &asked, 2), None);
    }
}
