//! One call of AWS's API, in the API's own words.

use crate::shell::word;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call. The input is as the AWS CLI's `--cli-input-json` takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The AWS CLI's name of the service: `s3api`, `cloudtrail` …
    pub service: String,
    /// Such as `PutBucketVersioning`.
    pub operation: String,
    /// Where.
    pub region: String,
    /// With what. `${KEY}` and `${POLICY}` stand for what an earlier call answers.
    pub input: Value,
}

impl Call {
    /// A call.
    pub fn new(service: &str, operation: &str, region: &str, input: Value) -> Self {
        Self { service: service.into(), operation: operation.into(), region: region.into(), input }
    }

    /// The command that makes it, for a POSIX shell.
    pub fn command(&self) -> String {
        let quoted = crate::shell::ascii(&self.input).replace('\'', r"'\''");
        // What an earlier command left in a variable is put in by the shell.
        let quoted = quoted.replace("${KEY}", "'\"$KEY\"'").replace("${POLICY}", "'\"$POLICY\"'");
        let command = format!(
            "aws {} {} --region {} --cli-input-json '{quoted}'",
            word(&self.service),
            word(&kebab(&self.operation)),
            word(&self.region)
        );
        match self.operation.as_str() {
            "CreateKey" => format!("KEY=$({command} --query KeyMetadata.Arn --output text)"),
            "CreatePolicy" if self.service == "organizations" => {
                format!("POLICY=$({command} --query Policy.PolicySummary.Id --output text)")
            }
            _ => command,
        }
    }
}

/// `PutBucketVersioning` → `put-bucket-versioning`, `EnableAWSServiceAccess` → `enable-aws-service-access`, as the AWS CLI
/// does.
fn kebab(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| letters.get(i));
        let lower = |c: Option<&char>| c.is_some_and(char::is_ascii_lowercase);
        let begins = letter.is_ascii_uppercase() && (lower(before) || lower(letters.get(at + 1)));
        if begins && at > 0 {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commands_are_the_clis() {
        assert_eq!(kebab("EnableAWSServiceAccess"), "enable-aws-service-access");
        assert_eq!(kebab("PutBucketOwnershipControls"), "put-bucket-ownership-controls");
        let call =
            Call::new("kms", "CreateAlias", "us-east-1", json!({ "TargetKeyId": "${KEY}", "A": "it's" }));
        assert_eq!(
            call.command(),
            r#"aws kms create-alias --region us-east-1 --cli-input-json '{"A":"it'\''s","TargetKeyId":"'"$KEY"'"}'"#
        );
    }
}
