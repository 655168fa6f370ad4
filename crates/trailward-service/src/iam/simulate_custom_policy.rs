//! `SimulateCustomPolicy`: policies of the caller's making, decided by the engine that decides every call.

use super::check::Check;
use super::errors::malformed_policy;
use super::simulation::{self, Cast, Output, given, scenario};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_policy::{Caller, Policy, PolicyKind};
use trailward_wire::ApiError;

pub(crate) struct SimulateCustomPolicy;

scenario! {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ordered_organization_policy_input_list: Vec<Level>,
}

/// Service control policies of one level, the root first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Level {
    #[serde(default)]
    service_control_policy_input_list: Vec<String>,
}

impl Operation for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";
    const ACCESS: Access = Access::read("iam:SimulateCustomPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        let levels = i64::try_from(input.ordered_organization_policy_input_list.len()).unwrap_or(i64::MAX);
        Check::new()
            .scenario(&input.scenario())
            .range("orderedOrganizationPolicyInputList", Some(levels), 0, 7)
            .done()?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let policies = given(&input.policy_input_list, "PolicyInputList")?;
        let mut caller = Caller::new(simulation::principal(input.caller_arn.as_deref(), call)?);
        let boundary =
            given(&input.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList")?;
        caller.boundary = boundary.into_iter().next().map(|named| named.policy);
        for level in &input.ordered_organization_policy_input_list {
            let read = |text: &String| {
                Policy::parse(text, PolicyKind::Scp).map_err(|error| malformed_policy(&error))
            };
            let policies = level.service_control_policy_input_list.iter().map(read);
            caller.scps.push(policies.collect::<Result<_, _>>()?);
        }
        simulation::run(&input.scenario(), &Cast::new(caller, policies), call)
    }
}
