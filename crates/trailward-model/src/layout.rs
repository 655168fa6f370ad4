//! The key of every object that is delivered, in one place: an auditor reads these names years later.
//!
//! Source: CloudTrail user guide, "CloudTrail log file name format" and "CloudTrail digest file structure".

use crate::stamp;
use time::OffsetDateTime;

/// Where one trail's files of one account and Region go.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The trail's key prefix, without slashes at its ends; `None` or empty for none.
    pub prefix: Option<&'a str>,
    /// `o-…` for organization trails.
    pub organization: Option<&'a str>,
    /// The account whose records these are.
    pub account: &'a str,
    /// The Region the records come from.
    pub region: &'a str,
}

impl Place<'_> {
    fn root(&self, folder: &str) -> String {
        let mut key = root_of(self.prefix);
        if let Some(organization) = self.organization {
            key.push_str(organization);
            key.push('/');
        }
        key.push_str(self.account);
        key.push('/');
        key.push_str(folder);
        key.push('/');
        key.push_str(self.region);
        key.push('/');
        key
    }

    /// `[prefix/]AWSLogs/[org/]A/CloudTrail/R/YYYY/MM/DD/A_CloudTrail_R_YYYYMMDDTHHmmZ_UNIQUE.json.gz`.
    /// `unique` is 16 letters and digits; `at` is the delivery time.
    pub fn log_file(&self, at: OffsetDateTime, unique: &str) -> String {
        let Self { account, region, .. } = self;
        let (folders, minute) = (stamp::folders(at), stamp::basic_minutes(at));
        format!(
            "{}{folders}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz",
            self.root("CloudTrail")
        )
    }

    /// `[prefix/]AWSLogs/[org/]A/CloudTrail-Digest/R/YYYY/MM/DD/A_CloudTrail-Digest_R_TRAIL_HOME_YYYYMMDDTHHMMSSZ.json.gz`.
    /// `end` is the digest's end time.
    pub fn digest(&self, trail: &str, home_region: &str, end: OffsetDateTime) -> String {
        self.digest_after(&format!("{trail}_{home_region}"), end)
    }

    /// The same where that name is taken: `…_TRAIL_HOME_UNIQUE_YYYYMMDDTHHMMSSZ.json.gz`, which nobody can guess and
    /// take as well. `unique` is 16 letters and digits. The AWS CLI finds it like any other.
    pub fn moved_digest(&self, trail: &str, home_region: &str, unique: &str, end: OffsetDateTime) -> String {
        self.digest_after(&format!("{trail}_{home_region}_{unique}"), end)
    }

    fn digest_after(&self, name: &str, end: OffsetDateTime) -> String {
        let Self { account, region, .. } = self;
        let (folders, second) = (stamp::folders(end), stamp::basic(end));
        format!(
            "{}{folders}/{account}_CloudTrail-Digest_{region}_{name}_{second}.json.gz",
            self.root("CloudTrail-Digest")
        )
    }
}

fn root_of(prefix: Option<&str>) -> String {
    match prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}/AWSLogs/"),
        _ => "AWSLogs/".to_owned(),
    }
}

/// The folder a trail's creation tries to write to: `[prefix/]AWSLogs/ACCOUNT/`.
pub fn account_folder(prefix: Option<&str>, account: &str) -> String {
    format!("{}{account}/", root_of(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn names_as_aws_gives_them() {
        let place = Place {
            prefix: Some("audit"),
            organization: Some("o-exampleorg"),
            account: "111122223333",
            region: "us-east-2",
        };
        let at = datetime!(2026-02-03 04:05:06 UTC);
        assert_eq!(
            place.log_file(at, "0123456789abcdef"),
            "audit/AWSLogs/o-exampleorg/111122223333/CloudTrail/us-east-2/2026/02/03/\
             111122223333_CloudTrail_us-east-2_20260203T0405Z_0123456789abcdef.json.gz"
        );
        let plain = Place { prefix: None, organization: None, ..place };
        let key = plain.digest("main", "us-east-1", at);
        assert_eq!(
            key,
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/02/03/\
             111122223333_CloudTrail-Digest_us-east-2_main_us-east-1_20260203T040506Z.json.gz"
        );
        // The AWS CLI cuts the stamp out of the key by counting from its end.
        assert_eq!(key.get(key.len() - 24..key.len() - 8), Some("20260203T040506Z"));
        assert_eq!(account_folder(Some(""), "1"), "AWSLogs/1/");
    }
}
