//! `EnablePolicyType`: AWS's own policy of the type is attached to everything, so that at first nothing is bound.

use super::caller::change;
use super::check::{id, policy_type};
use super::shapes::RootShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, PolicyType, Refusal, Tree};
use trailward_wire::ApiError;

pub(crate) struct EnablePolicyType;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    root_id: String,
    #[serde(default)]
    policy_type: String,
}

impl Input {
    pub(super) async fn target(&self, call: &Call) -> Result<Target, ApiError> {
        let root = target::of(call, &self.root_id).await?;
        Ok(root.with_key("organizations:PolicyType", self.policy_type.clone()))
    }

    /// Switches the type on or off.
    pub(super) async fn switch(
        &self,
        call: &Call,
        switch: impl Fn(&mut Tree, &str, PolicyType) -> Result<(), Refusal> + Send + Sync,
    ) -> Result<Output, ApiError> {
        id(&self.root_id, &[Id::Root])?;
        let kind = policy_type(&self.policy_type)?;
        let changed = change(call, |tree| {
            switch(tree, &self.root_id, kind)?;
            Ok(RootShape::from(&*tree))
        });
        Ok(Output { root: changed.await? })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    root: RootShape,
}

impl Operation for EnablePolicyType {
    const NAME: &'static str = "EnablePolicyType";
    const ACCESS: Access = Access::write("organizations:EnablePolicyType");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        input.switch(call, Tree::enable).await
    }
}
