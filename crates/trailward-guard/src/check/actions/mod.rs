//! Which actions there are, and which name was meant by one that there is not.
//!
//! SPEC Service Authorization Reference, "Actions, resources, and condition keys" of each service in [`SERVICES`]. The
//! lists beside this file are that reference's, one name a line, in order without regard to case.

mod slips;

use crate::spelling::distance;
use serde_json::Value;
use slips::SLIPS;
use std::fmt;
use trailward_policy::like;

/// The services whose actions are judged, each with the names of all. Whoever names another service's is believed.
const SERVICES: &[(&str, &str)] = &[
    ("cloudtrail", include_str!("cloudtrail.txt")),
    ("cloudwatch", include_str!("cloudwatch.txt")),
    ("iam", include_str!("iam.txt")),
    ("kms", include_str!("kms.txt")),
    ("logs", include_str!("logs.txt")),
    ("organizations", include_str!("organizations.txt")),
    ("s3", include_str!("s3.txt")),
    ("sns", include_str!("sns.txt")),
    ("sts", include_str!("sts.txt")),
];

/// Names that the reference does not list, and that are no faults: `sns:Receive` stands in the policy that SNS itself gave
/// to topics; the others are API operations that the reference says nothing about.
const UNLISTED: &[&str] = &[
    "cloudtrail:ListInsightsMetricData",
    "cloudwatch:AssociateDatasetKmsKey",
    "cloudwatch:DeleteMetricDataQueryDefinition",
    "cloudwatch:DescribeAlarmContributors",
    "cloudwatch:DisassociateDatasetKmsKey",
    "cloudwatch:GetMetricDataQueryDefinition",
    "cloudwatch:ListMetricDataQueryDefinitions",
    "cloudwatch:PutMetricDataQueryDefinition",
    "iam:AcquireRole",
    "iam:UpdateDelegationRequest",
    "logs:GetLogObject",
    "sns:Receive",
];

/// The longest name that a nearest one is looked for. The longest there is has 61 characters.
const LONGEST: usize = 128;
/// A name is near if so many changes make one of the other, and no more than one in [`PART`] of its characters.
const NEAR: usize = 4;
const PART: usize = 4;

/// An action of a policy that does not exist, so that the statement does less than it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoAction {
    /// As the policy has it.
    pub written: String,
    meant: Meant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Meant {
    /// The API operation of that name takes this.
    Slip(&'static str),
    /// The nearest there is.
    Near(String),
    Unclear,
}

impl fmt::Display for NoAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, meant } = self;
        let wild = written.contains(['*', '?']);
        write!(f, "{written}, which {}", if wild { "matches no action" } else { "is no action" })?;
        match meant {
            Meant::Slip(meant) => write!(f, ": the operation takes {meant}"),
            Meant::Near(near) => write!(f, ": {near} is the nearest there is"),
            Meant::Unclear => Ok(()),
        }
    }
}

/// Actions of a policy that do not exist. Of a text that is no policy, none.
pub(super) fn no_actions(text: &str) -> Vec<NoAction> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let one = [document.get("Statement").cloned().unwrap_or_default()];
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        _ => &one[..],
    };
    let mut found: Vec<NoAction> = Vec::new();
    for statement in statements {
        for member in ["Action", "NotAction"] {
            let actions = match statement.get(member) {
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(action)) => vec![action.as_str()],
                _ => Vec::new(),
            };
            let unknown = actions.into_iter().filter_map(judge);
            for action in unknown {
                if !found.contains(&action) {
                    found.push(action);
                }
            }
        }
    }
    found
}

fn judge(written: &str) -> Option<NoAction> {
    let (service, name) = written.split_once(':')?;
    let (service, names) = SERVICES.iter().find(|(s, _)| s.eq_ignore_ascii_case(service))?;
    let unlisted = UNLISTED.iter().any(|unlisted| like(written, unlisted));
    if unlisted || names.lines().any(|there| like(name, there)) {
        return None;
    }
    let slip = SLIPS.iter().find(|(slip, _)| slip.eq_ignore_ascii_case(written));
    let meant = match (slip, nearest(name, names)) {
        (Some((_, meant)), _) => Meant::Slip(meant),
        (None, Some(near)) => Meant::Near(format!("{service}:{near}")),
        (None, None) => Meant::Unclear,
    };
    Some(NoAction { written: written.to_owned(), meant })
}

/// The name that the fewest changes of the pattern would match, if they are few.
fn nearest<'n>(pattern: &str, names: &'n str) -> Option<&'n str> {
    if pattern.len() > LONGEST {
        return None;
    }
    let most = NEAR.min(pattern.len() / PART);
    let distances = names.lines().map(|name| (distance(pattern, name), name));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, n)| n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(action: &str) -> Option<String> {
        let all = no_actions(&json!({ "Statement": [{ "Effect": "Deny", "Action": [action] }] }).to_string());
        assert!(all.len() < 2);
        all.first().map(ToString::to_string)
    }

    #[test]
    fn what_is_no_action_is_named_with_what_is_meant() {
        for (written, meant) in [
            ("s3:PutBucketLifecycle", "the operation takes s3:PutLifecycleConfiguration"),
            ("S3:HEADOBJECT", "the operation takes s3:GetObject"),
            ("s3:ListParts", "the operation takes s3:ListMultipartUploadParts"),
            ("kms:DeleteKey", "the operation takes kms:ScheduleKeyDeletion"),
            ("cloudtrail:DeleteTrails", "cloudtrail:DeleteTrail is the nearest"),
            ("cloudtrail:PutEventSelector", "cloudtrail:PutEventSelectors is the nearest"),
            ("logs:DeleteLogGruop", "logs:DeleteLogGroup is the nearest"),
            ("iam:AttachRolPolicy", "iam:AttachRolePolicy is the nearest"),
            ("sts:AsumeRole", "sts:AssumeRole is the nearest"),
            ("sns:PublishBatch", "the operation takes sns:Publish"),
            ("organizations:LeaveOrganisation", "organizations:LeaveOrganization is the nearest"),
            ("cloudwatch:DeleteAlarm", "cloudwatch:DeleteAlarms is the nearest"),
            ("s3:GetBucketEncryptio*", "matches no action"),
            ("s3:PutBucketPublicAcessBl*", "s3:PutBucketPublicAccessBlock is the nearest"),
            ("kms:Delete?ey", "matches no action"),
            ("s3:MakeCoffee", "is no action"),
        ] {
            let said = said(written).unwrap_or_default();
            assert!(said.starts_with(written) && said.contains(meant), "{written}: {said}");
        }
        assert_eq!(said("s3:MakeCoffee").unwrap(), "s3:MakeCoffee, which is no action");
        assert!(said(&format!("s3:{}", "a".repeat(20_000))).unwrap().ends_with("is no action"));
    }

    #[test]
    fn what_is_one_is_not_named() {
        for action in [
            "*",
            "s3:*",
            "s3:Delete*",
            "s3:*Object",
            "S3:getOBJECT",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
            "kms:Describe?ey",
            "SNS:Receive",
            "SNS:Publish",
            "sts:AssumeRole",
            "ec2:NoSuchThing",
            "s3express:CreateSession",
            "s3*:GetObject",
            "nonsense",
            "",
        ] {
            assert_eq!(said(action), None, "{action}");
        }
        for text in
            ["{", "[]", r#"{"Statement":7}"#, r#"{"Statement":{"Action":7}}"#, r#"{"Statement":[[]]}"#]
        {
            assert!(no_actions(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn every_statement_is_looked_at_once() {
        let text = json!({ "Statement": [{ "Action": ["s3:GetObject", "s3:HeadObject"] },
            { "NotAction": "s3:HeadObject" }, { "NotAction": ["s3:HeadBucket"] }] });
        let found: Vec<String> =
            no_actions(&text.to_string()).into_iter().map(|found| found.written).collect();
        assert_eq!(found, ["s3:HeadObject", "s3:HeadBucket"]);
        assert_eq!(no_actions(r#"{"Statement":{"Action":"s3:HeadObject"}}"#).len(), 1);
    }

    #[test]
    fn the_lists_are_in_order_and_the_slips_are_none_of_them() {
        for (service, names) in SERVICES {
            let lower: Vec<String> = names.lines().map(str::to_lowercase).collect();
            assert!(lower.windows(2).all(|pair| pair[0] < pair[1]), "{service}");
            assert!(
                names
                    .lines()
                    .all(|name| name.len() <= LONGEST && name.bytes().all(|b| b.is_ascii_alphanumeric()))
            );
        }
        let there = |action: &str| {
            let (service, name) = action.split_once(':').unwrap();
            let names = SERVICES.iter().find(|(s, _)| *s == service);
            names.map(|(_, names)| names.lines().any(|there| there == name))
        };
        for (slip, meant) in SLIPS {
            assert!(judge(slip).is_some(), "{slip} is an action");
            for action in meant.split(" and ") {
                assert_ne!(there(action), Some(false), "{slip}: {action} is no action");
            }
        }
        assert!(UNLISTED.iter().all(|action| there(action) == Some(false)));
    }
}
