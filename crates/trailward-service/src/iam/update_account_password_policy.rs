//! `UpdateAccountPasswordPolicy`. Absent members take their defaults; nothing of the policy before stays.

use super::change::commit;
use super::check::Check;
use super::password_policy::{PasswordPolicy, at};
use super::state::failed;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_store::Batch;
use trailward_store::stored::encode;
use trailward_wire::ApiError;

pub(crate) struct UpdateAccountPasswordPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_password_length: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_symbols: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_numbers: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_uppercase_characters: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_lowercase_characters: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_users_to_change_password: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_password_age: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reuse_prevention: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expiry: Option<bool>,
}

impl Operation for UpdateAccountPasswordPolicy {
    const NAME: &'static str = "UpdateAccountPasswordPolicy";
    const ACCESS: Access = Access::write("iam:UpdateAccountPasswordPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Check::new()
            .range("minimumPasswordLength", input.minimum_password_length, 6, 128)
            .range("maxPasswordAge", input.max_password_age, 1, 1_095)
            .range("passwordReusePrevention", input.password_reuse_prevention, 1, 24)
            .done()?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let policy = PasswordPolicy {
            minimum_length: input.minimum_password_length.unwrap_or(6),
            symbols: input.require_symbols.unwrap_or(false),
            numbers: input.require_numbers.unwrap_or(false),
            uppercase: input.require_uppercase_characters.unwrap_or(false),
            lowercase: input.require_lowercase_characters.unwrap_or(false),
            users_may_change: input.allow_users_to_change_password.unwrap_or(false),
            max_age: input.max_password_age,
            reuse_prevention: input.password_reuse_prevention,
            hard_expiry: input.hard_expiry.unwrap_or(false),
        };
        commit(Batch::new().put(at(call.account()), encode(&policy).map_err(failed)?), call).await?;
        Ok(Empty {})
    }
}
