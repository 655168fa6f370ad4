//! Finding, showing and changing a trail.

use super::organization::{check_change, is_near, is_shadow};
use crate::access::Target;
use crate::call::Call;
use crate::iam::state::failed;
use serde::Serialize;
use trailward_model::selector::Selectors;
use trailward_model::{Arn, Trail, TrailEpoch, TrailKey, check_trail_name};
use trailward_organization::Tree;
use trailward_store::{Revision, trails};
use trailward_wire::ApiError;

/// The trail a name or an ARN means. A name means a trail of the caller whose home is the Region called.
pub(crate) fn key_of(name_or_arn: &str, call: &Call) -> Result<TrailKey, ApiError> {
    let key = if name_or_arn.starts_with("arn:") {
        let invalid = || {
            ApiError::bad_request(
                "CloudTrailARNInvalidException",
                format!("Invalid trail ARN: {}", short(name_or_arn)),
            )
        };
        let arn: Arn = name_or_arn.parse().map_err(|_| invalid())?;
        let name = arn.resource.strip_prefix("trail/").ok_or_else(invalid)?;
        if arn.partition != "aws" || arn.service != "cloudtrail" {
            return Err(invalid());
        }
        TrailKey { account: arn.account.clone(), home_region: arn.region.clone(), name: name.to_owned() }
    } else {
        TrailKey {
            account: call.account().to_owned(),
            home_region: call.region.clone(),
            name: name_or_arn.to_owned(),
        }
    };
    check_trail_name(&key.name)
        .map_err(|error| ApiError::bad_request("InvalidTrailNameException", error.to_string()))?;
    Ok(key)
}

/// The target of a call that names a trail. A name that cannot be one is left for the operation to refuse.
pub(crate) fn target_of(name_or_arn: &str, call: &Call) -> Target {
    match key_of(name_or_arn, call) {
        // An organization's trail is its members' business too: what they may do with it, their own policies say.
        Ok(key) if is_near(&key, call) => Target::new(key.arn(), call.account()),
        Ok(key) => Target::new(key.arn(), &key.account),
        Err(_) => Target::new(
            Arn::new("cloudtrail", &call.region, call.account(), format!("trail/{}", short(name_or_arn)))
                .to_string(),
            call.account(),
        ),
    }
}

fn short(text: &str) -> String {
    text.chars().take(256).collect()
}

/// The trail, for reading: from its home Region or any other it covers, and from every account of its organization.
pub(crate) async fn find(name_or_arn: &str, call: &Call) -> Result<(Trail, Revision), ApiError> {
    let key = key_of(name_or_arn, call)?;
    let unknown = || {
        ApiError::bad_request(
            "TrailNotFoundException",
            format!("Unknown trail: {} for the user: {}", short(name_or_arn), call.account()),
        )
    };
    if !is_near(&key, call) {
        return Err(unknown());
    }
    let (trail, revision) =
        trails::find(&*call.platform.catalog, &key).await.map_err(failed)?.ok_or_else(unknown)?;
    if key.account != call.account() && !is_shadow(&trail, call) {
        return Err(unknown());
    }
    if trail.covers(&call.region) { Ok((trail, revision)) } else { Err(unknown()) }
}

/// The trail, for changing: only from its home Region, and an organization's only by the management account and its
/// delegated administrators.
pub(crate) async fn find_at_home(name_or_arn: &str, call: &Call) -> Result<(Trail, Revision), ApiError> {
    let key = key_of(name_or_arn, call)?;
    if is_near(&key, call) && key.home_region != call.region {
        let found = trails::find(&*call.platform.catalog, &key).await.map_err(failed)?;
        if found.is_some_and(|(trail, _)| key.account == call.account() || is_shadow(&trail, call)) {
            return Err(ApiError::bad_request(
                "InvalidHomeRegionException",
                format!("The trail {} must be changed in its home Region: {}.", key.name, key.home_region),
            ));
        }
    }
    let (trail, revision) = find(name_or_arn, call).await?;
    check_change(&trail, call).await?;
    Ok((trail, revision))
}

/// Stores a change of the trail read at `revision` (`None`: creates it). The version grows; with `new_chain` the
/// digests start anew.
pub(crate) async fn store(
    trail: Trail,
    revision: Option<Revision>,
    new_chain: bool,
    call: &Call,
) -> Result<(), ApiError> {
    store_for(None, trail, revision, new_chain, call).await
}

/// The same, for a trail that is to gather from all accounts of an organization. That is part of the change: should
/// somebody join or leave meanwhile, there is none.
pub(crate) async fn store_for(
    organization: Option<&Tree>,
    mut trail: Trail,
    revision: Option<Revision>,
    new_chain: bool,
    call: &Call,
) -> Result<(), ApiError> {
    let key = trail.key.clone();
    let last = match revision {
        Some(_) => trail.version,
        None => trails::last_version(&*call.platform.catalog, &key).await.map_err(failed)?,
    };
    trail.version = last + 1;
    if new_chain {
        trail.chain = trail.version;
    }
    if let Some(tree) = organization {
        tree.gather(&mut trail, call.now.unix_timestamp());
    }
    commit(&key, revision, (trail.version, Some(trail)), organization, call).await
}

/// Deletes the trail read at `revision`.
pub(crate) async fn delete(trail: &Trail, revision: Revision, call: &Call) -> Result<(), ApiError> {
    commit(&trail.key, Some(revision), (trail.version + 1, None), None, call).await
}

async fn commit(
    key: &TrailKey,
    revision: Option<Revision>,
    (version, trail): (u64, Option<Trail>),
    organization: Option<&Tree>,
    call: &Call,
) -> Result<(), ApiError> {
    let epoch = TrailEpoch {
        version,
        at: call.now.unix_timestamp(),
        cause: call.request_id.clone(),
        effective: None,
        trail,
    };
    let batch = trails::change(key, revision, &epoch).map_err(failed)?;
    let committed = match organization {
        None => call.platform.catalog.commit(batch).await.map(drop),
        Some(tree) => call.platform.organizations.commit_beside(tree, batch).await,
    };
    match committed {
        Ok(()) => Ok(()),
        Err(error) if error.is_conflict() => Err(ApiError::bad_request(
            "ConflictException",
            "Another change of this trail is in progress. Try again.",
        )),
        Err(error) => Err(failed(error)),
    }
}

/// A trail as `GetTrail` and `DescribeTrails` show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TrailShape {
    name: String,
    #[serde(rename = "S3BucketName")]
    s3_bucket_name: String,
    #[serde(rename = "S3KeyPrefix", skip_serializing_if = "Option::is_none")]
    s3_key_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sns_topic_name: Option<String>,
    #[serde(rename = "SnsTopicARN", skip_serializing_if = "Option::is_none")]
    sns_topic_arn: Option<String>,
    include_global_service_events: bool,
    is_multi_region_trail: bool,
    home_region: String,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    log_file_validation_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    has_custom_event_selectors: bool,
    has_insight_selectors: bool,
    is_organization_trail: bool,
}

impl From<&Trail> for TrailShape {
    fn from(trail: &Trail) -> Self {
        Self {
            name: trail.key.name.clone(),
            s3_bucket_name: trail.bucket.clone(),
            s3_key_prefix: trail.prefix.clone(),
            sns_topic_name: trail.sns_topic.clone(),
            sns_topic_arn: trail.sns_topic_arn(),
            include_global_service_events: trail.include_global_service_events,
            is_multi_region_trail: trail.is_multi_region,
            home_region: trail.key.home_region.clone(),
            trail_arn: trail.key.arn(),
            log_file_validation_enabled: trail.log_file_validation,
            kms_key_id: trail.kms_key.clone(),
            has_custom_event_selectors: trail.has_custom_selectors && trail.selectors != Selectors::default(),
            has_insight_selectors: false,
            is_organization_trail: trail.organization.is_some(),
        }
    }
}

/// A trail as `CreateTrail` and `UpdateTrail` answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ChangedTrail {
    name: String,
    #[serde(rename = "S3BucketName")]
    s3_bucket_name: String,
    #[serde(rename = "S3KeyPrefix", skip_serializing_if = "Option::is_none")]
    s3_key_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sns_topic_name: Option<String>,
    #[serde(rename = "SnsTopicARN", skip_serializing_if = "Option::is_none")]
    sns_topic_arn: Option<String>,
    include_global_service_events: bool,
    is_multi_region_trail: bool,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    log_file_validation_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    is_organization_trail: bool,
}

impl From<&Trail> for ChangedTrail {
    fn from(trail: &Trail) -> Self {
        Self {
            name: trail.key.name.clone(),
            s3_bucket_name: trail.bucket.clone(),
            s3_key_prefix: trail.prefix.clone(),
            sns_topic_name: trail.sns_topic.clone(),
            sns_topic_arn: trail.sns_topic_arn(),
            include_global_service_events: trail.include_global_service_events,
            is_multi_region_trail: trail.is_multi_region,
            trail_arn: trail.key.arn(),
            log_file_validation_enabled: trail.log_file_validation,
            kms_key_id: trail.kms_key.clone(),
            is_organization_trail: trail.organization.is_some(),
        }
    }
}
