//! `DeleteAccessKey`. Without a name: of the caller, who may be root.

use super::check::Check;
use super::keys;
use super::keys::Holder;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteAccessKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    access_key_id: String,
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    const ACCESS: Access = Access::write("iam:DeleteAccessKey");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .access_key_id(&input.access_key_id)
            .done()?;
        Holder::of(input.user_name.as_deref(), call)?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let holder = Holder::of(input.user_name.as_deref(), call)?;
        keys::delete(&holder, &input.access_key_id, call).await?;
        Ok(Empty {})
    }
}
