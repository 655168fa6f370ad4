//! `GetContextKeysForPrincipalPolicy`: which condition keys the policies of a user, group or role ask for.

use super::check::Check;
use super::errors::short;
use super::get_context_keys_for_custom_policy::Output;
use super::simulate_principal_policy::principal;
use super::simulation::given;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetContextKeysForPrincipalPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_source_arn: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policy_input_list: Vec<String>,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    const ACCESS: Access = Access::read("iam:GetContextKeysForPrincipalPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .length("policySourceArn", &input.policy_source_arn, 20, 2_048)
            .documents("policyInputList", &input.policy_input_list)
            .done()?;
        Ok(Target::new(short(&input.policy_source_arn), call.account()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (_, mut policies) = principal(&input.policy_source_arn, call).await?;
        policies.extend(given(&input.policy_input_list, "PolicyInputList")?);
        let keys = policies.iter().flat_map(|named| named.policy.condition_keys());
        Ok(Output { context_key_names: keys.collect() })
    }
}
