//! `UpdateAccessKey`: turns a key on or off. Without a name: of the caller, who may be root.

use super::check::Check;
use super::errors::invalid_input;
use super::keys;
use super::keys::Holder;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateAccessKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    access_key_id: String,
    status: String,
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    const ACCESS: Access = Access::write("iam:UpdateAccessKey");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .access_key_id(&input.access_key_id)
            .one_of("status", Some(&input.status), &["Active", "Inactive", "Expired"])
            .done()?;
        Holder::of(input.user_name.as_deref(), call)?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let holder = Holder::of(input.user_name.as_deref(), call)?;
        if input.status == "Expired" {
            return Err(invalid_input("The status of an access key cannot be set to Expired."));
        }
        keys::set_active(&holder, &input.access_key_id, input.status == "Active", call).await?;
        Ok(Empty {})
    }
}
