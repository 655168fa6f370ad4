//! `GetAccountPasswordPolicy`: the account's own; AWS's default has no answer. Who may change its password may see what is asked
//! of it.

use super::password_policy::{self, missing, opened};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetAccountPasswordPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    password_policy: Shown,
}

/// `PasswordPolicy`.
#[expect(clippy::struct_excessive_bools, reason = "AWS's members")]
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shown {
    minimum_password_length: i64,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    expire_passwords: bool,
    max_password_age: Option<i64>,
    password_reuse_prevention: Option<i64>,
    hard_expiry: bool,
}

impl Operation for GetAccountPasswordPolicy {
    const NAME: &'static str = "GetAccountPasswordPolicy";
    const ACCESS: Access = Access::read("iam:GetAccountPasswordPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, call: &Call) -> Result<Target, ApiError> {
        let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
        opened(Target::new("*", call.account()), policy.as_ref(), &call.platform, call.account())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        let (policy, _) = password_policy::find(call).await?.ok_or_else(|| missing(call))?;
        Ok(Output {
            password_policy: Shown {
                minimum_password_length: policy.minimum_length,
                require_symbols: policy.symbols,
                require_numbers: policy.numbers,
                require_uppercase_characters: policy.uppercase,
                require_lowercase_characters: policy.lowercase,
                allow_users_to_change_password: policy.users_may_change,
                expire_passwords: policy.max_age.is_some(),
                max_password_age: policy.max_age,
                password_reuse_prevention: policy.reuse_prevention,
                hard_expiry: policy.hard_expiry,
            },
        })
    }
}
