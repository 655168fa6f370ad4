//! `CreateTrail`. The bucket is really tried, as CloudTrail itself; a new trail does not log until `StartLogging`.

use super::bucket_check;
use super::organization::of_caller;
use super::settings::{TrailMembers, check_quota};
use super::tags::{check_tags, merge};
use super::trail::{ChangedTrail, key_of, store_for, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::failed;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::selector::Selectors;
use trailward_model::{Tag, Trail};
use trailward_store::trails;
use trailward_wire::ApiError;

pub(crate) struct CreateTrail;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
    #[serde(flatten)]
    members: TrailMembers,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags_list: Vec<Tag>,
}

impl Operation for CreateTrail {
    const NAME: &'static str = "CreateTrail";
    const ACCESS: Access = Access::write("cloudtrail:CreateTrail");
    type Input = Input;
    type Output = ChangedTrail;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call).tagged_by("cloudtrail:AddTags", &input.tags_list))
    }

    async fn run(input: Input, call: &Call) -> Result<ChangedTrail, ApiError> {
        if input.name.starts_with("arn:") {
            return Err(ApiError::bad_request(
                "InvalidTrailNameException",
                "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).",
            ));
        }
        let mut key = key_of(&input.name, call)?;
        let organization = match input.members.is_organization_trail {
            Some(true) => Some(of_caller(call).await?),
            _ => None,
        };
        if let Some(tree) = &organization {
            // Whoever makes it, it belongs to the management account.
            key.account.clone_from(&tree.organization.management);
        }
        let mut trail = Trail {
            key: key.clone(),
            bucket: String::new(),
            prefix: None,
            sns_topic: None,
            kms_key: None,
            include_global_service_events: true,
            is_multi_region: false,
            log_file_validation: false,
            selectors: Selectors::default(),
            has_custom_selectors: false,
            tags: Vec::new(),
            is_logging: false,
            started: None,
            stopped: None,
            chain: 0,
            version: 0,
            organization: None,
        };
        input.members.apply(&mut trail)?;
        check_tags(&input.tags_list)?;
        trail.tags = merge(Vec::new(), &input.tags_list)?;
        let exists = || {
            ApiError::bad_request(
                "TrailAlreadyExistsException",
                format!("Trail {} already exists for customer: {}", key.name, key.account),
            )
        };
        if trails::find(&*call.platform.catalog, &key).await.map_err(failed)?.is_some() {
            return Err(exists());
        }
        if let Some(tree) = &organization {
            tree.gather(&mut trail, call.now.unix_timestamp());
        }
        check_quota(&trail, call).await?;
        let named = input.members.kms_key_id.as_deref();
        let topic = input.members.sns_topic_name.is_some();
        trail.kms_key = bucket_check::try_destination(&trail, named, topic, call).await?;
        let answer = ChangedTrail::from(&trail);
        // The accounts count from the version that the change gets.
        trail.organization = None;
        store_for(organization.as_ref(), trail, None, false, call).await?;
        Ok(answer)
    }
}
