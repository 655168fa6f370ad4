//! Roles and the root user.

use super::Reader;
use crate::account::{Fact, Role, Root};
use aws_sdk_iam::types::SummaryKeyType;
use percent_encoding::percent_decode_str;

/// The name of the inline policy of the role that CloudTrail writes to the log group with.
pub const ROLE_POLICY: &str = "write-events";

impl Reader {
    /// A role with the control's inline policy.
    pub(super) async fn log_role(&self, name: &str) -> Fact<Role> {
        let client = aws_sdk_iam::Client::new(&self.region(self.default_region()));
        let missing = ["NoSuchEntity", "NoSuchEntityException"];
        let role = self.ask("iam:GetRole", client.get_role().role_name(name).send(), &missing);
        let policy = self.ask(
            "iam:GetRolePolicy",
            client.get_role_policy().role_name(name).policy_name(ROLE_POLICY).send(),
            &missing,
        );
        let (role, policy) = futures::join!(role, policy);
        role.and(|answer| {
            let role = answer.role?;
            Some(Role {
                arn: role.arn,
                trust: decoded(&role.assume_role_policy_document.unwrap_or_default()),
                policy: policy.map(|answer| decoded(&answer.policy_document)),
            })
        })
    }

    /// Whether the root user has a device, and keys.
    pub(super) async fn root(&self) -> Fact<Root> {
        let client = aws_sdk_iam::Client::new(&self.region(self.default_region()));
        let call = client.get_account_summary().send();
        self.ask("iam:GetAccountSummary", call, &[]).await.and(|answer| {
            let summary = answer.summary_map?;
            let on = |key: SummaryKeyType| summary.get(&key).is_some_and(|n| *n > 0);
            Some(Root {
                mfa: on(SummaryKeyType::AccountMfaEnabled),
                keys: on(SummaryKeyType::AccountAccessKeysPresent),
            })
        })
    }
}

/// IAM answers documents percent-encoded.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_are_decoded() {
        assert_eq!(super::decoded("%7B%22a%22%3A%20%22%C3%BC%22%7D"), "{\"a\": \"ü\"}");
        assert_eq!(super::decoded("100%, %zz %4"), "100%, %zz %4");
    }
}
