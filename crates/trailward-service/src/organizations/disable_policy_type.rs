//! `DisablePolicyType`: every policy of the type is detached from everything.

use super::caller::change;
use super::check::{id, policy_type};
use super::shapes::RootShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct DisablePolicyType;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    root_id: String,
    #[serde(default)]
    policy_type: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    root: RootShape,
}

impl Operation for DisablePolicyType {
    const NAME: &'static str = "DisablePolicyType";
    const ACCESS: Access = Access::write("organizations:DisablePolicyType");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target::of(call, &input.root_id)
            .await?
            .with_key("organizations:PolicyType", input.policy_type.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.root_id, &[Id::Root])?;
        let kind = policy_type(&input.policy_type)?;
        let changed = change(call, |tree| {
            tree.disable(&input.root_id, kind)?;
            Ok(RootShape::from(&*tree))
        });
        Ok(Output { root: changed.await? })
    }
}
