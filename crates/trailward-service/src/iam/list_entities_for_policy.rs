//! `ListEntitiesForPolicy`: groups, then roles, then users, each by name.

use super::check::Check;
use super::identified::Identified;
use super::page::{Asked, Rest, page};
use super::policies;
use super::state::{Entity as _, Group, Role, User, all};
use super::target;
use super::usage::{ENTITIES, USAGES};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListEntitiesForPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_usage_filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy_groups: Vec<PolicyGroup>,
    policy_roles: Vec<PolicyRole>,
    policy_users: Vec<PolicyUser>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyGroup {
    group_name: String,
    group_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyRole {
    role_name: String,
    role_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyUser {
    user_name: String,
    user_id: String,
}

impl Operation for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    const ACCESS: Access = Access::read("iam:ListEntitiesForPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .policy_arn("policyArn", &input.policy_arn)
            .one_of("entityFilter", input.entity_filter.as_deref(), ENTITIES)
            .path_prefix(input.path_prefix.as_deref())
            .one_of("policyUsageFilter", input.policy_usage_filter.as_deref(), USAGES)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        policies::known(&input.policy_arn, call).await?;
        let (platform, account) = (&call.platform, call.account());
        let mut found = using(&all::<Group>(platform, account).await?, &input);
        found.extend(using(&all::<Role>(platform, account).await?, &input));
        found.extend(using(&all::<User>(platform, account).await?, &input));
        let key = |entity: &Found| format!("{}/{}", entity.word, entity.name.to_lowercase());
        let (found, rest) =
            page(found, key, Asked { marker: input.marker.as_deref(), max_items: input.max_items })?;
        let mut output =
            Output { policy_groups: Vec::new(), policy_roles: Vec::new(), policy_users: Vec::new(), rest };
        for Found { word, name, id } in found {
            match word {
                Group::WORD => output.policy_groups.push(PolicyGroup { group_name: name, group_id: id }),
                Role::WORD => output.policy_roles.push(PolicyRole { role_name: name, role_id: id }),
                _ => output.policy_users.push(PolicyUser { user_name: name, user_id: id }),
            }
        }
        Ok(output)
    }
}

/// A user, group or role that uses the policy.
struct Found {
    word: &'static str,
    name: String,
    id: String,
}

fn using<T: Identified>(entities: &[T], input: &Input) -> Vec<Found> {
    let wanted = input.entity_filter.as_deref().is_none_or(|filter| filter.eq_ignore_ascii_case(T::WORD));
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let uses = |entity: &&T| {
        let attached = entity.attached().contains(&input.policy_arn);
        let bounded = entity.boundary() == Some(input.policy_arn.as_str());
        entity.path().starts_with(prefix)
            && match input.policy_usage_filter.as_deref() {
                Some("PermissionsPolicy") => attached,
                Some("PermissionsBoundary") => bounded,
                _ => attached || bounded,
            }
    };
    let found = entities.iter().filter(|_| wanted).filter(uses);
    found.map(|entity| Found { word: T::WORD, name: entity.name().into(), id: entity.id().into() }).collect()
}
