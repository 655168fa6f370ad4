//! What a control file may say.

use super::{Control, KEYS, Protection, S3Events, nearest};
use crate::benchmark;
use trailward_model::check_trail_name;

/// A control file that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidControl {
    /// Not TOML, or a value of the wrong kind; the text shows the line.
    #[error("the control file cannot be read:\n{0}")]
    Syntax(String),
    /// A key that does not exist.
    #[error(
        "the control file has a key `{key}`, which does not exist{hint}; `trailward control explain` lists all keys"
    )]
    UnknownKey {
        /// What was written.
        key: String,
        /// The nearest that exists, as part of the sentence.
        hint: String,
    },
    /// A value that cannot be.
    #[error("`{key}` is {value}, but {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What was written.
        value: String,
        /// Why not, and what to do.
        problem: String,
    },
}

/// The lengths of retention that CloudWatch Logs knows, in days.
///
/// SPEC CloudWatch Logs API, `PutRetentionPolicy`.
const RETENTIONS: &[u32] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

pub(super) fn parse(text: &str) -> Result<Control, InvalidControl> {
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| InvalidControl::Syntax(error.to_string()))?;
    if let Some(key) = unknown(&table, "") {
        let hint = nearest(&key).first().map(|near| format!(" (is `{near}` meant?)")).unwrap_or_default();
        return Err(InvalidControl::UnknownKey { key, hint });
    }
    let control: Control = toml::from_str(text).map_err(|error| InvalidControl::Syntax(error.to_string()))?;
    check(&control)?;
    Ok(control)
}

/// The first key that is not in the table of keys.
fn unknown(table: &toml::Table, path: &str) -> Option<String> {
    for (name, value) in table {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if KEYS.iter().any(|known| known.name == key) {
            continue;
        }
        match value {
            toml::Value::Table(inner) if is_section(&key) => {
                if let Some(found) = unknown(inner, &key) {
                    return Some(found);
                }
            }
            // Each entry of `[[data_trails]]`.
            toml::Value::Array(list) if is_section(&key) => {
                let mut tables = list.iter().filter_map(toml::Value::as_table);
                if let Some(found) = tables.find_map(|inner| unknown(inner, &key)) {
                    return Some(found);
                }
            }
            _ => return Some(key),
        }
    }
    None
}

/// Whether keys lie below it.
fn is_section(key: &str) -> bool {
    KEYS.iter().any(|known| known.name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

fn check(control: &Control) -> Result<(), InvalidControl> {
    let wrong = |key: &'static str, value: &dyn std::fmt::Display, problem: &str| InvalidControl::Value {
        key,
        value: format!("`{value}`"),
        problem: problem.to_owned(),
    };
    if let Err(error) = check_trail_name(&control.trail.name) {
        return Err(wrong(
            "trail.name",
            &control.trail.name,
            &format!("that cannot be a trail's name: {error}"),
        ));
    }
    if control.trail.validated_days > 90 {
        let days = control.trail.validated_days;
        return Err(wrong(
            "trail.validated_days",
            &days,
            "the Event history reaches back 90 days: set that or less, or 0 not to ask",
        ));
    }
    let bucket = &control.bucket;
    for (key, name) in
        [("bucket.name", &bucket.name), ("bucket.access_log.bucket", &bucket.access_log.bucket)]
    {
        if !is_bucket_name(name) {
            return Err(wrong(
                key,
                name,
                "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens",
            ));
        }
    }
    if bucket.prefix.starts_with('/') || bucket.prefix.ends_with('/') || bucket.prefix.len() > 200 {
        return Err(wrong(
            "bucket.prefix",
            &bucket.prefix,
            "a prefix has at most 200 characters and no slash at its ends",
        ));
    }
    if !bucket.account.is_empty() && !is_account(&bucket.account) {
        return Err(wrong(
            "bucket.account",
            &bucket.account,
            "an account's id has 12 digits; leave it empty for the account that the commands run in",
        ));
    }
    if bucket.access_log.enabled && bucket.access_log.bucket == bucket.name {
        return Err(wrong(
            "bucket.access_log.bucket",
            &bucket.name,
            "a bucket that logs into itself fills itself: name another bucket",
        ));
    }
    if bucket.replication.enabled
        && (bucket.replication.bucket.is_empty() || bucket.replication.role.is_empty())
    {
        return Err(wrong(
            "bucket.replication.enabled",
            &true,
            "`bucket.replication.bucket` and `bucket.replication.role` say where to and as whom: set both",
        ));
    }
    let copy = &bucket.replication;
    if copy.enabled && control.key.enabled && !(copy.key.starts_with("arn:") && copy.key.contains(":kms:")) {
        return Err(wrong(
            "bucket.replication.key",
            &copy.key,
            "log files lie under a KMS key, and S3 copies those only under a key that it is told: set the ARN of one in the \
             copy's Region, or `key.enabled = false`",
        ));
    }
    if !copy.account.is_empty() && !is_account(&copy.account) {
        return Err(wrong(
            "bucket.replication.account",
            &copy.account,
            "an account's id has 12 digits; leave it empty for the account that owns the bucket",
        ));
    }
    if bucket.lock.days == 0 || bucket.lock.days > 36_500 {
        return Err(wrong("bucket.lock.days", &bucket.lock.days, "Object Lock keeps for 1 to 36500 days"));
    }
    check_lifecycle(control)?;
    for arn in &bucket.policy.break_glass {
        if !arn.starts_with("arn:") || !arn.contains(":iam::") {
            return Err(wrong(
                "bucket.policy.break_glass",
                arn,
                "each entry is the ARN of a role or user, arn:aws:iam::ACCOUNT:role/NAME",
            ));
        }
    }
    if !RETENTIONS.contains(&control.log_group.retention_days) {
        let days = control.log_group.retention_days;
        let next = RETENTIONS.iter().find(|known| **known >= days).unwrap_or(&3653);
        let problem = format!("CloudWatch Logs does not know that length: the next is {next}");
        return Err(wrong("log_group.retention_days", &days, &problem));
    }
    if control.alarms.enabled && !control.log_group.enabled {
        return Err(wrong(
            "alarms.enabled",
            &true,
            "alarms watch the log group, and `log_group.enabled` is false: set both alike",
        ));
    }
    for name in &control.alarms.filters {
        if benchmark::filter(name).is_none() {
            let known: Vec<&str> = benchmark::FILTERS.iter().map(|filter| filter.name).collect();
            let problem = format!("the filters are {}", known.join(", "));
            return Err(wrong("alarms.filters", name, &problem));
        }
    }
    if !control.key.alias.starts_with("alias/") || control.key.alias.starts_with("alias/aws/") {
        return Err(wrong(
            "key.alias",
            &control.key.alias,
            "an alias of one's own begins with `alias/`, and not with `alias/aws/`",
        ));
    }
    if control.notifications.enabled
        && control.alarms.enabled
        && control.notifications.topic == control.alarms.topic
    {
        return Err(wrong(
            "notifications.topic",
            &control.notifications.topic,
            "that is the alarms' topic, whose subscribers would get a notice with every log file: name another",
        ));
    }
    if !is_topic_name(&control.notifications.topic) {
        return Err(wrong(
            "notifications.topic",
            &control.notifications.topic,
            "a topic's name has 1 to 256 letters, digits, hyphens and underscores",
        ));
    }
    check_data_trails(control)?;
    if control.guard_policies.enabled && !control.trail.organization {
        return Err(wrong(
            "guard_policies.enabled",
            &true,
            "service control policies guard an organization's trail: set `trail.organization = true`, too",
        ));
    }
    Ok(())
}

/// The most trails of a Region that CloudTrail allows.
///
/// SPEC CloudTrail user guide, "Quotas in AWS CloudTrail".
const MOST_TRAILS: usize = 5;
/// The most data resources over all selectors of a trail.
const MOST_RESOURCES: usize = 250;

fn check_data_trails(control: &Control) -> Result<(), InvalidControl> {
    let wrong = |key: &'static str, value: &str, problem: String| {
        Err(InvalidControl::Value { key, value: format!("`{value}`"), problem })
    };
    // Statements of policies are found again by names that have letters and digits alone.
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let mut names = vec![plain(&control.trail.name)];
    for trail in &control.data_trails {
        let name = &trail.name;
        if let Err(error) = check_trail_name(name) {
            return wrong("data_trails.name", name, format!("that cannot be a trail's name: {error}"));
        }
        if names.contains(&plain(name)) {
            let problem =
                "another trail has that name, or one that differs in punctuation alone: name it otherwise";
            return wrong("data_trails.name", name, problem.into());
        }
        names.push(plain(name));
        if trail.s3 == S3Events::None && trail.s3_buckets.is_empty() && !trail.lambda {
            let problem = "the trail would record nothing: set `s3`, `s3_buckets` or `lambda`";
            return wrong("data_trails.name", name, problem.into());
        }
        if trail.s3_buckets.len() >= MOST_RESOURCES {
            let problem = format!("a trail has at most {MOST_RESOURCES} data resources: use `s3 = \"all\"`");
            return wrong("data_trails.s3_buckets", &trail.s3_buckets.len().to_string(), problem);
        }
    }
    if names.len() > MOST_TRAILS {
        let problem = format!("CloudTrail allows {MOST_TRAILS} trails in a Region, the first among them");
        return wrong("data_trails.name", &(names.len() - 1).to_string(), problem);
    }
    Ok(())
}

fn check_lifecycle(control: &Control) -> Result<(), InvalidControl> {
    let (bucket, cold) = (&control.bucket, &control.bucket.lifecycle);
    let wrong = |key: &'static str, value: u32, problem: String| {
        Err(InvalidControl::Value { key, value: format!("`{value}`"), problem })
    };
    if !cold.enabled {
        return Ok(());
    }
    if bucket.protection == Protection::MfaDelete {
        let problem = "S3 takes no lifecycle rules for a bucket with MFA delete: set it to false, or \
                       `bucket.protection = \"lock\"`";
        return Err(InvalidControl::Value {
            key: "bucket.lifecycle.enabled",
            value: "`true`".into(),
            problem: problem.into(),
        });
    }
    if (1..30).contains(&cold.standard_ia_days) {
        return wrong(
            "bucket.lifecycle.standard_ia_days",
            cold.standard_ia_days,
            "S3 moves nothing to STANDARD_IA before day 30: set 30 or more, or 0 for never".into(),
        );
    }
    if cold.standard_ia_days > 0 && cold.glacier_days > 0 && cold.glacier_days < cold.standard_ia_days + 30 {
        return wrong(
            "bucket.lifecycle.glacier_days",
            cold.glacier_days,
            format!(
                "files stay 30 days in STANDARD_IA: set {} or more, or 0 for never",
                cold.standard_ia_days + 30
            ),
        );
    }
    if cold.deep_archive_days > 0 && cold.deep_archive_days <= cold.glacier_days.max(cold.standard_ia_days) {
        return wrong(
            "bucket.lifecycle.deep_archive_days",
            cold.deep_archive_days,
            "it has to come after the warmer classes, or be 0 for never".into(),
        );
    }
    let last = cold.standard_ia_days.max(cold.glacier_days).max(cold.deep_archive_days);
    if cold.expire_days > 0 && cold.expire_days <= last {
        return wrong(
            "bucket.lifecycle.expire_days",
            cold.expire_days,
            format!("files go colder until day {last}: set more than that, or 0 for never"),
        );
    }
    let guarded = if bucket.protection == Protection::Lock { bucket.lock.days } else { 364 };
    if cold.expire_days > 0 && cold.expire_days < guarded {
        return wrong(
            "bucket.lifecycle.expire_days",
            cold.expire_days,
            format!("log files have to be kept for {guarded} days: set that or more, or 0 for never"),
        );
    }
    if cold.noncurrent_days > 0 && cold.noncurrent_days <= guarded {
        return wrong(
            "bucket.lifecycle.noncurrent_days",
            cold.noncurrent_days,
            format!(
                "a log file under a delete marker is a noncurrent version, and has to be kept for {guarded} days: \
                     set more than that, or 0 for never"
            ),
        );
    }
    Ok(())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_topic_name(name: &str) -> bool {
    let name = name.replace("{account}", "000000000000").replace("{trail}", "trail");
    (1..=256).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// SPEC S3 user guide, "General purpose bucket naming rules", with the placeholders filled in.
fn is_bucket_name(name: &str) -> bool {
    let name = name.replace("{account}", "000000000000").replace("{trail}", "trail");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| plain(b) || matches!(b, b'.' | b'-'))
        && name.bytes().next().is_some_and(plain)
        && name.bytes().last().is_some_and(plain)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_do() {
        for (text, said) in [
            ("trail = 1", "`trail`"),
            ("[trail]\nnmae = \"x\"", "is `trail.name` meant?"),
            ("[trail]\nname = \"a\"", "trail's name"),
            ("[trail]\nmulti_region = \"yes\"", "line 2"),
            ("[trail]\nvalidated_days = 91", "90 days"),
            ("[bucket]\nname = \"Logs\"", "lower-case"),
            ("[bucket]\nprefix = \"a/\"", "no slash"),
            ("[bucket]\naccount = \"12\"", "12 digits"),
            ("[bucket.access_log]\nbucket = \"trail-logs-{account}\"", "fills itself"),
            ("[bucket]\nprotection = \"mfa-delete\"", "S3 takes no lifecycle rules"),
            ("[bucket.lock]\ndays = 0", "1 to 36500"),
            ("[bucket.lifecycle]\nstandard_ia_days = 10", "before day 30"),
            ("[bucket.lifecycle]\nglacier_days = 40", "set 60 or more"),
            ("[bucket.lifecycle]\ndeep_archive_days = 80", "after the warmer"),
            ("[bucket.lifecycle]\nexpire_days = 300", "more than that"),
            ("[bucket.lifecycle]\nnoncurrent_days = 90", "kept for 365 days"),
            ("[bucket.replication]\nenabled = true", "set both"),
            (
                "[bucket.replication]\nenabled = true\nbucket = \"copy\"\nrole = \"arn:x\"",
                "under a key that it is told",
            ),
            ("[bucket.replication]\naccount = \"1\"", "12 digits"),
            ("[log_group]\nretention_days = 100", "the next is 120"),
            ("[log_group]\nenabled = false", "set both alike"),
            ("[alarms]\nfilters = [\"x\"]", "unauthorized-calls"),
            ("[key]\nalias = \"alias/aws/s3\"", "alias of one's own"),
            ("[guard_policies]\nenabled = true", "trail.organization"),
            ("[bucket.policy]\nbreak_glass = [\"admin\"]", "the ARN of a role"),
            ("[events]\ns3 = \"some\"", "trail-bucket"),
            ("[notifications]\nenabled = true\ntopic = \"trail-alarms\"", "the alarms' topic"),
            ("[notifications]\ntopic = \"a.b\"", "letters, digits, hyphens"),
            ("[[data_trails]]\nname = \"data\"", "would record nothing"),
            ("[[data_trails]]\nname = \"d\"\nlambda = true", "trail's name"),
            ("[[data_trails]]\nname = \"m-ain\"\nlambda = true", "punctuation alone"),
            ("[[data_trails]]\nnmae = \"data\"", "is `data_trails.name` meant?"),
            ("data_trails = 1", "`data_trails`"),
            (
                "[[data_trails]]\nname = \"one\"\nlambda = true\n[[data_trails]]\nname = \"two\"\nlambda = true\n\
                 [[data_trails]]\nname = \"three\"\nlambda = true\n[[data_trails]]\nname = \"four\"\nlambda = true\n\
                 [[data_trails]]\nname = \"five\"\nlambda = true",
                "5 trails in a Region",
            ),
        ] {
            let error = refused(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
