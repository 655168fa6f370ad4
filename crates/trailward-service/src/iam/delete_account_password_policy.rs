//! `DeleteAccountPasswordPolicy`: AWS's default is in force again.

use super::change::{commit, retried};
use super::password_policy::{self, at, missing};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct DeleteAccountPasswordPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {}

impl Operation for DeleteAccountPasswordPolicy {
    const NAME: &'static str = "DeleteAccountPasswordPolicy";
    const ACCESS: Access = Access::write("iam:DeleteAccountPasswordPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Empty, ApiError> {
        retried(|| async move {
            let (_, revision) = password_policy::find(call).await?.ok_or_else(|| missing(call))?;
            let at = at(call.account());
            commit(Batch::new().unchanged(at.clone(), revision).delete(at), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
