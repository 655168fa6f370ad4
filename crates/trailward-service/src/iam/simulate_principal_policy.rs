//! `SimulatePrincipalPolicy`: what a user, a group's member or a role would be allowed, with all of their policies, the
//! boundary and the organization's guardrails.

use super::change::existing;
use super::check::Check;
use super::errors::{invalid_input, no_such, short};
use super::identified::Identified;
use super::managed;
use super::simulation::{self, Cast, Named, Output, given, scenario};
use super::state::{Group, Role, User, managed_document};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::{caller_of_role, caller_of_user};
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Arn;
use trailward_policy::{Caller, PolicyKind};
use trailward_wire::ApiError;

pub(crate) struct SimulatePrincipalPolicy;

scenario! {
    #[serde(default)]
    policy_source_arn: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policy_exclusion_list: Vec<String>,
}

impl Operation for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";
    const ACCESS: Access = Access::read("iam:SimulatePrincipalPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .length("policySourceArn", &input.policy_source_arn, 20, 2_048)
            .scenario(&input.scenario())
            .done()?;
        if !input.policy_exclusion_list.is_empty() {
            let text = "Simulations without some of the principal's policies are not implemented here.";
            return Err(ApiError::new("NotImplemented", 501, text));
        }
        Ok(Target::new(short(&input.policy_source_arn), call.account()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (mut caller, mut policies) = principal(&input.policy_source_arn, call).await?;
        policies.extend(given(&input.policy_input_list, "PolicyInputList")?);
        if let Some(arn) = input.caller_arn.as_deref() {
            caller.principal = simulation::principal(Some(arn), call)?;
        }
        let boundary = &input.permissions_boundary_policy_input_list;
        let boundary = given(boundary, "PermissionsBoundaryPolicyInputList")?;
        // A boundary in the request stands in for the one that is there.
        if let Some(named) = boundary.into_iter().next() {
            caller.boundary = Some(named.policy);
        }
        simulation::run(&input.scenario(), &Cast::new(caller, policies), call)
    }
}

/// The caller an ARN stands for, and its policies by name.
pub(super) async fn principal(arn: &str, call: &Call) -> Result<(Caller, Vec<Named>), ApiError> {
    let invalid = || invalid_input(format!("Invalid Entity Arn: {}", short(arn)));
    let parsed: Arn = arn.parse().map_err(|_| invalid())?;
    if parsed.service != "iam" || parsed.account != call.account() {
        return Err(invalid());
    }
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    let missing = || no_such(format!("The entity {} cannot be found.", short(arn)));
    let platform = &call.platform;
    let mut policies = Vec::new();
    let caller = match parsed.resource.split('/').next() {
        Some("user") => {
            let user = existing::<User>(name, call).await?.value;
            if user.arn(call.account()) != arn {
                return Err(missing());
            }
            collect(&user, "user", call, &mut policies).await?;
            for group in &user.groups {
                let group = existing::<Group>(group, call).await?.value;
                collect(&group, "group", call, &mut policies).await?;
            }
            caller_of_user(platform, call.account(), &user).await?
        }
        Some("role") => {
            let role = existing::<Role>(name, call).await?.value;
            if role.arn(call.account()) != arn {
                return Err(missing());
            }
            collect(&role, "role", call, &mut policies).await?;
            caller_of_role(platform, call.account(), &role).await?
        }
        Some("group") => {
            let group = existing::<Group>(name, call).await?.value;
            if group.arn(call.account()) != arn {
                return Err(missing());
            }
            collect(&group, "group", call, &mut policies).await?;
            Caller::new(simulation::principal(None, call)?)
        }
        _ => return Err(invalid()),
    };
    Ok((caller, policies))
}

async fn collect<T: Identified>(
    entity: &T,
    kind: &'static str,
    call: &Call,
    policies: &mut Vec<Named>,
) -> Result<(), ApiError> {
    let mut add = |text: &str, id: String, kind| {
        let policy = call.platform.policies.get(text, PolicyKind::Identity).map_err(|error| {
            tracing::error!(%error, "a stored policy does not parse");
            ApiError::internal()
        })?;
        policies.push(Named { policy, id, kind });
        Ok::<(), ApiError>(())
    };
    for (name, text) in entity.inline() {
        add(text, format!("{kind}_{}_{name}", entity.name()), kind)?;
    }
    for arn in entity.attached() {
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        let kind = if managed::by_arn(arn).is_some() { "aws-managed" } else { "user-managed" };
        if let Some(text) = managed_document(&call.platform, call.account(), arn).await? {
            add(&text, name, kind)?;
        }
    }
    Ok(())
}
