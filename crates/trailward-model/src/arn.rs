//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

/// `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: String,
    /// `s3`, `iam`, `cloudtrail` …
    pub service: String,
    /// Empty for global resources.
    pub region: String,
    /// Empty for S3 buckets and objects.
    pub account: String,
    /// All that follows the fifth colon, colons and slashes included.
    pub resource: String,
}

/// A text that is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ARN: expected arn:partition:service:region:account:resource")]
pub struct ArnError(pub String);

impl Arn {
    /// An ARN in partition `aws`.
    pub fn new(service: &str, region: &str, account: &str, resource: impl Into<String>) -> Self {
        Self {
            partition: "aws".into(),
            service: service.into(),
            region: region.into(),
            account: account.into(),
            resource: resource.into(),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let error = || ArnError(text.chars().take(200).collect());
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(error);
        if next()? != "arn" {
            return Err(error());
        }
        let arn = Self {
            partition: next()?.into(),
            service: next()?.into(),
            region: next()?.into(),
            account: next()?.into(),
            resource: next()?.into(),
        };
        if arn.partition.is_empty() || arn.service.is_empty() || arn.resource.is_empty() {
            return Err(error());
        }
        Ok(arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        let text = "arn:aws:cloudtrail:us-east-1:111122223333:trail/a:b";
        let arn: Arn = text.parse().unwrap();
        assert_eq!(arn.resource, "trail/a:b");
        assert_eq!(arn.to_string(), text);
        for bad in ["", "arn", "arn:aws:s3", "urn:aws:s3:::b", "arn:aws:s3:::", "arn::s3:::b"] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }
}
