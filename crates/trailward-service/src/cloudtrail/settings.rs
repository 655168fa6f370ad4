//! What CreateTrail and UpdateTrail have in common: their members and the checks on them.

use super::organization::visible;
use super::topic_check;
use crate::call::Call;
use crate::iam::state::failed;
use serde::{Deserialize, Serialize};
use trailward_model::Trail;
use trailward_store::trails;
use trailward_wire::ApiError;

const MAX_TRAILS: usize = 5;

/// The members both calls take. Absent means: the default, or unchanged.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TrailMembers {
    #[serde(rename = "S3BucketName", skip_serializing_if = "Option::is_none")]
    pub s3_bucket_name: Option<String>,
    #[serde(rename = "S3KeyPrefix", skip_serializing_if = "Option::is_none")]
    pub s3_key_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sns_topic_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_global_service_events: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_multi_region_trail: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_log_file_validation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_organization_trail: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_logging: Option<bool>,
}

fn given(member: Option<&String>) -> Option<&str> {
    member.map(String::as_str).filter(|text| !text.is_empty())
}

impl TrailMembers {
    /// Puts the members onto `trail` and checks what can be checked without the bucket.
    pub(crate) fn apply(&self, trail: &mut Trail) -> Result<(), ApiError> {
        if let Some(bucket) = &self.s3_bucket_name {
            trail.bucket.clone_from(bucket);
        }
        check_bucket_name(&trail.bucket)?;
        if let Some(prefix) = &self.s3_key_prefix {
            trail.prefix = checked_prefix(prefix)?;
        }
        if let Some(topic) = &self.sns_topic_name {
            trail.sns_topic = topic_check::checked_name(topic)?;
        }
        if let Some(flag) = self.include_global_service_events {
            trail.include_global_service_events = flag;
        }
        if let Some(flag) = self.is_multi_region_trail {
            trail.is_multi_region = flag;
        }
        if let Some(flag) = self.enable_log_file_validation {
            trail.log_file_validation = flag;
        }
        if trail.is_multi_region && !trail.include_global_service_events {
            return Err(ApiError::bad_request(
                "InvalidParameterCombinationException",
                "Multi-Region trail must include global service events.",
            ));
        }
        self.refuse_what_is_not_here()
    }

    /// Log groups do not exist here yet, so naming one is naming nothing.
    fn refuse_what_is_not_here(&self) -> Result<(), ApiError> {
        match (
            given(self.cloud_watch_logs_log_group_arn.as_ref()),
            given(self.cloud_watch_logs_role_arn.as_ref()),
        ) {
            (Some(_), None) | (None, Some(_)) => {
                return Err(ApiError::bad_request(
                    "InvalidCloudWatchLogsLogGroupArnException",
                    "You must specify a role ARN as well as a log group.",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(ApiError::bad_request(
                    "InvalidCloudWatchLogsLogGroupArnException",
                    "Check the log group ARN: CloudTrail can't validate it.",
                ));
            }
            (None, None) => {}
        }
        if self.recursive_logging == Some(false) {
            return Err(ApiError::new(
                "NotImplemented",
                501,
                "Trails without recursive logging are not implemented here.",
            ));
        }
        Ok(())
    }
}

/// Refuses a sixth trail in any Region that `trail` covers; shadow trails count.
pub(crate) async fn check_quota(trail: &Trail, call: &Call) -> Result<(), ApiError> {
    let others = if trail.key.account == call.account() {
        visible(call).await?
    } else {
        trails::of_account(&*call.platform.catalog, &trail.key.account).await.map_err(failed)?
    };
    for region in call.platform.settings.regions.iter().filter(|r| trail.covers(r)) {
        let there = others.iter().filter(|other| other.key != trail.key && other.covers(region)).count();
        if there >= MAX_TRAILS {
            return Err(ApiError::bad_request(
                "MaximumNumberOfTrailsExceededException",
                format!("User: {} already has {there} trails in {region}.", trail.key.account),
            ));
        }
    }
    Ok(())
}

fn checked_prefix(prefix: &str) -> Result<Option<String>, ApiError> {
    let invalid = |text: String| Err(ApiError::bad_request("InvalidS3PrefixException", text));
    if prefix.chars().count() > 200 {
        return invalid(format!(
            "S3 prefix is longer than maximum length: 200. Specified: {}.",
            prefix.chars().count()
        ));
    }
    if prefix.starts_with('/') || prefix.ends_with('/') {
        return invalid("S3 prefix must not begin or end with a slash.".into());
    }
    if prefix.chars().any(char::is_control) {
        return invalid("S3 prefix must not contain control characters.".into());
    }
    Ok(Some(prefix.to_owned()).filter(|p| !p.is_empty()))
}

/// Source: S3 user guide, "General purpose bucket naming rules".
fn check_bucket_name(name: &str) -> Result<(), ApiError> {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = (3..=63).contains(&name.len())
        && name.chars().all(|c| edge(c) || c == '-' || c == '.')
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err();
    if valid {
        return Ok(());
    }
    let shown: String = name.chars().take(100).collect();
    Err(ApiError::bad_request("InvalidS3BucketNameException", format!("Bucket name {shown} is not valid.")))
}
