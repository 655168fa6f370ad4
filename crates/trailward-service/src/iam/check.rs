//! The rules of the API's model for members: lengths, patterns, enumerations.
//!
//! Source: IAM API reference. As with AWS, they are checked before permissions are.

use super::errors::{invalid_input, short, validation};
use super::simulation::Scenario;
use std::collections::HashSet;
use trailward_model::Tag;
use trailward_wire::ApiError;

const MAX_TAGS: usize = 50;

/// Collects what is wrong with a request's members, so that one answer names it all.
#[derive(Debug, Default)]
pub(super) struct Check {
    problems: Vec<String>,
    /// The first refusal that is not told as a broken constraint.
    other: Option<ApiError>,
}

impl Check {
    /// Nothing looked at yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn broken(&mut self, member: &str, value: &str, rule: &str) {
        self.problems.push(format!(
            "Value '{}' at '{member}' failed to satisfy constraint: Member must {rule}",
            short(value)
        ));
    }

    fn refuse(&mut self, error: ApiError) {
        self.other.get_or_insert(error);
    }

    /// A text of `min` to `max` characters.
    pub(super) fn length(mut self, member: &str, value: &str, min: usize, max: usize) -> Self {
        let length = value.chars().count();
        if length < min {
            self.broken(member, value, &format!("have length greater than or equal to {min}"));
        } else if length > max {
            self.broken(member, value, &format!("have length less than or equal to {max}"));
        }
        self
    }

    /// The same for a member that may be absent.
    pub(super) fn optional_length(self, member: &str, value: Option<&str>, min: usize, max: usize) -> Self {
        match value {
            Some(value) => self.length(member, value, min, max),
            None => self,
        }
    }

    /// A number within bounds.
    pub(super) fn range(mut self, member: &str, value: Option<i64>, min: i64, max: i64) -> Self {
        if let Some(value) = value {
            if value < min {
                let rule = format!("have value greater than or equal to {min}");
                self.broken(member, &value.to_string(), &rule);
            } else if value > max {
                self.broken(member, &value.to_string(), &format!("have value less than or equal to {max}"));
            }
        }
        self
    }

    /// One of these words.
    pub(super) fn one_of(mut self, member: &str, value: Option<&str>, words: &[&str]) -> Self {
        if let Some(value) = value.filter(|value| !words.contains(value)) {
            self.broken(member, value, &format!("satisfy enum value set: [{}]", words.join(", ")));
        }
        self
    }

    /// A list of these words.
    pub(super) fn each_of(self, member: &str, values: &[String], words: &[&str]) -> Self {
        let each = values.iter().enumerate();
        each.fold(self, |check, (at, value)| {
            check.one_of(&format!("{member}.{}.member", at + 1), Some(value), words)
        })
    }

    /// A name: letters, digits and `+=,.@_-`.
    pub(super) fn name(self, member: &str, value: &str, max: usize) -> Self {
        let mut check = self.length(member, value, 1, max);
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)) {
            check.refuse(validation(format!(
                "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
            )));
        }
        check
    }

    /// The name of a user that may be there; longer ones than can be made today are looked up too.
    pub(super) fn user(self, value: &str) -> Self {
        self.name("userName", value, 128)
    }

    /// The name of a group.
    pub(super) fn group(self, value: &str) -> Self {
        self.name("groupName", value, 128)
    }

    /// The name of a role.
    pub(super) fn role(self, value: &str) -> Self {
        self.name("roleName", value, 64)
    }

    /// The name of a policy.
    pub(super) fn policy(self, value: &str) -> Self {
        self.name("policyName", value, 128)
    }

    /// A path: `/`, or printable characters between two of them.
    pub(super) fn path(self, member: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        let mut check = self.length(member, value, 1, 512);
        let printable = value.chars().all(|c| ('!'..='~').contains(&c));
        if !printable || !value.starts_with('/') || !value.ends_with('/') || value == "//" {
            check.refuse(validation(format!(
                "The specified value for {member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
            )));
        }
        check
    }

    /// The path of a managed policy, which has fewer characters to choose from.
    pub(super) fn policy_path(self, value: Option<&str>) -> Self {
        let mut check = self.path("path", value);
        let fits = |value: &str| {
            !value.contains("//")
                && value.chars().all(|c| c.is_ascii_alphanumeric() || "/.,+@=_-".contains(c))
        };
        if value.is_some_and(|value| !fits(value)) {
            check.refuse(validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            ));
        }
        check
    }

    /// The beginning of paths.
    pub(super) fn path_prefix(self, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        let mut check = self.length("pathPrefix", value, 1, 512);
        if !value.starts_with('/') || !value.chars().all(|c| ('!'..='\u{7f}').contains(&c)) {
            check.broken(
                "pathPrefix",
                value,
                "satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*",
            );
        }
        check
    }

    /// The members of a listing.
    pub(super) fn page(self, marker: Option<&str>, max_items: Option<i64>) -> Self {
        self.optional_length("marker", marker, 1, 4_096).range("maxItems", max_items, 1, 1_000)
    }

    /// The ARN of a managed policy.
    pub(super) fn policy_arn(self, member: &str, value: &str) -> Self {
        let mut check = self.length(member, value, 20, 2_048);
        if check.problems.is_empty() && !(value.starts_with("arn:aws:iam::") && value.contains(":policy/")) {
            check.refuse(super::errors::invalid_input(format!("ARN {} is not valid.", short(value))));
        }
        check
    }

    /// A permissions boundary, which is the ARN of a managed policy.
    pub(super) fn boundary(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.policy_arn("permissionsBoundary", value),
            None => self,
        }
    }

    /// A policy document as text; what it says is read later.
    pub(super) fn document(self, member: &str, value: &str) -> Self {
        let mut check = self.length(member, value, 1, 131_072);
        if !value.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
            check.refuse(validation(format!(
                "The specified value for {member} is invalid. It contains characters beyond U+00FF."
            )));
        }
        check
    }

    /// Policy documents.
    pub(super) fn documents(self, member: &str, values: &[String]) -> Self {
        let each = values.iter().enumerate();
        each.fold(self, |check, (at, value)| check.document(&format!("{member}.{}.member", at + 1), value))
    }

    /// What both simulations are asked.
    pub(super) fn scenario(mut self, scenario: &Scenario<'_>) -> Self {
        if scenario.actions.is_empty() {
            self.broken("actionNames", "null", "not be null");
        }
        let actions = scenario.actions.iter().enumerate();
        let mut check = actions.fold(self, |check, (at, value)| {
            check.length(&format!("actionNames.{}.member", at + 1), value, 3, 128)
        });
        for action in scenario.actions {
            if !action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
            {
                check.refuse(invalid_input(format!("Invalid Action name: {}", short(action))));
            }
        }
        for (at, value) in scenario.resources.iter().enumerate() {
            check = check.length(&format!("resourceArns.{}.member", at + 1), value, 1, 2_048);
        }
        if scenario.boundary.len() > 1 {
            check.refuse(invalid_input("Only one permissions boundary can be simulated."));
        }
        if scenario.handling.is_some() {
            check.refuse(invalid_input(
                "ResourceHandlingOption is for EC2 scenarios, which are not simulated here.",
            ));
        }
        check
            .documents("policyInputList", scenario.policies)
            .documents("permissionsBoundaryPolicyInputList", scenario.boundary)
            .page(scenario.page.marker, scenario.page.max_items)
    }

    /// The id of a policy's version.
    pub(super) fn version(mut self, value: &str) -> Self {
        let number = value.strip_prefix('v').and_then(|rest| rest.split('.').next()).unwrap_or("");
        let valid =
            !number.is_empty() && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        if !valid {
            let rule = "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?";
            self.broken("versionId", value, rule);
        }
        self
    }

    /// The id of an access key.
    pub(super) fn access_key_id(self, value: &str) -> Self {
        let mut check = self.length("accessKeyId", value, 16, 128);
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            check.broken("accessKeyId", value, "satisfy regular expression pattern: [\\w]+");
        }
        check
    }

    /// An alias of an account: small letters, digits and single hyphens between them, and not an account's number.
    pub(super) fn account_alias(self, value: &str) -> Self {
        let mut check = self.length("accountAlias", value, 3, 63);
        let allowed = value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !allowed || value.starts_with('-') || value.ends_with('-') || value.contains("--") {
            let rule = "satisfy regular expression pattern: ^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$";
            check.broken("accountAlias", value, rule);
        } else if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
            check.refuse(invalid_input("An account alias cannot be the number of an account."));
        }
        check
    }

    /// A password. A refusal does not repeat it.
    pub(super) fn password(mut self, member: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        if !(1..=128).contains(&value.chars().count()) {
            self.broken(member, "******", "have a length of 1 to 128");
        } else if !value.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
            let rule = "satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
            self.broken(member, "******", rule);
        }
        self
    }

    /// The serial number of an MFA device.
    pub(super) fn serial_number(self, value: &str) -> Self {
        let mut check = self.length("serialNumber", value, 9, 256);
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || "_=/:,.@+-".contains(c)) {
            check.broken("serialNumber", value, "satisfy regular expression pattern: [\\w+=/:,.@-]+");
        }
        check
    }

    /// A code of an MFA device. A refusal does not repeat it.
    pub(super) fn code(mut self, member: &str, value: &str) -> Self {
        if value.len() != 6 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            self.broken(member, "******", "satisfy regular expression pattern: [\\d]{6}");
        }
        self
    }

    /// Tags to put on something.
    pub(super) fn tags(self, tags: &[Tag]) -> Self {
        let mut check = self;
        let mut seen = HashSet::new();
        for (at, tag) in tags.iter().enumerate() {
            let place = format!("tags.{}.member", at + 1);
            check = check.tag_text(&format!("{place}.key"), &tag.key, 1, 128).tag_text(
                &format!("{place}.value"),
                &tag.value,
                0,
                256,
            );
            if tag.key.to_ascii_lowercase().starts_with("aws:") {
                check.refuse(super::errors::invalid_input(
                    "User-defined tag keys can't start with 'aws:'. This prefix is reserved for system tags.",
                ));
            }
            if !seen.insert(tag.key.to_lowercase()) {
                check.refuse(super::errors::invalid_input(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
        }
        if tags.len() > MAX_TAGS {
            check.broken("tags", &format!("{} tags", tags.len()), "have length less than or equal to 50");
        }
        check
    }

    /// Keys of tags to take off something.
    pub(super) fn tag_keys(self, keys: &[String]) -> Self {
        let mut check = self;
        for (at, key) in keys.iter().enumerate() {
            check = check.tag_text(&format!("tagKeys.{}.member", at + 1), key, 1, 128);
        }
        if keys.len() > MAX_TAGS {
            check.broken("tagKeys", &format!("{} keys", keys.len()), "have length less than or equal to 50");
        }
        check
    }

    fn tag_text(self, member: &str, value: &str, min: usize, max: usize) -> Self {
        let mut check = self.length(member, value, min, max);
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if !value.chars().all(allowed) {
            check.broken(
                member,
                value,
                "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
            );
        }
        check
    }

    /// The verdict.
    pub(super) fn done(self) -> Result<(), ApiError> {
        if !self.problems.is_empty() {
            let count = self.problems.len();
            let plural = if count == 1 { "error" } else { "errors" };
            return Err(validation(format!(
                "{count} validation {plural} detected: {}",
                self.problems.join("; ")
            )));
        }
        self.other.map_or(Ok(()), Err)
    }
}
