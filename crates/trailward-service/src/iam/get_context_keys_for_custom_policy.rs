//! `GetContextKeysForCustomPolicy`: which condition keys the policies ask for.

use super::check::Check;
use super::simulation::given;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use trailward_wire::ApiError;

pub(crate) struct GetContextKeysForCustomPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_input_list: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    pub(super) context_key_names: BTreeSet<String>,
}

impl Operation for GetContextKeysForCustomPolicy {
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    const ACCESS: Access = Access::read("iam:GetContextKeysForCustomPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Check::new().documents("policyInputList", &input.policy_input_list).done()?;
        Ok(Target::any())
    }

    async fn run(input: Input, _: &Call) -> Result<Output, ApiError> {
        let policies = given(&input.policy_input_list, "PolicyInputList")?;
        let keys = policies.iter().flat_map(|named| named.policy.condition_keys());
        Ok(Output { context_key_names: keys.collect() })
    }
}
