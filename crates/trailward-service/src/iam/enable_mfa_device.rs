//! `EnableMFADevice`. Needs two codes in a row, which are used up with it.

use super::change::{commit, existing, pin, retried};
use super::check::Check;
use super::errors::{already_there, over_quota};
use super::keys::Holder;
use super::mfa;
use super::state::{User, replacement};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::MfaHolder;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct EnableMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    serial_number: String,
    #[serde(skip_serializing)]
    authentication_code1: String,
    #[serde(skip_serializing)]
    authentication_code2: String,
}

impl Operation for EnableMFADevice {
    const NAME: &'static str = "EnableMFADevice";
    const ACCESS: Access = Access::write("iam:EnableMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .user(&input.user_name)
            .serial_number(&input.serial_number)
            .code("authenticationCode1", &input.authentication_code1)
            .code("authenticationCode2", &input.authentication_code2)
            .done()?;
        mfa::holder(Some(&input.user_name), call).await?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let holder = mfa::holder(Some(&input.user_name), call).await?;
        let (holder, input) = (&holder, &input);
        let right = retried(|| async move {
            let user = match holder {
                Holder::Root => None,
                Holder::User(name) => Some(existing::<User>(name, call).await?),
            };
            let who = user.as_ref().map_or(MfaHolder::Root, |user| MfaHolder::User(user.value.id.clone()));
            let mut read = mfa::existing_device(&input.serial_number, call).await?;
            if read.value.holder.is_some() {
                return Err(already_there("MFA device is already in use."));
            }
            if mfa::devices_of(&who, call).await?.len() >= mfa::MOST {
                return Err(over_quota("MfaDevicesPerUser", mfa::MOST));
            }
            let now = call.platform.now().unix_timestamp();
            if read.value.waits(now) {
                return Ok(false);
            }
            let seed = read.value.seed(&call.platform, call.account())?;
            let codes = (&*input.authentication_code1, &*input.authentication_code2);
            let right = read.value.take_two(&seed, codes, now);
            if right {
                read.value.holder = Some((who, now));
            }
            let batch = replacement(call.account(), &read)?;
            // The user must not disappear meanwhile.
            let batch = match &user {
                Some(user) => pin(batch, call.account(), user)?,
                None => batch,
            };
            commit(batch, call).await?;
            Ok(right)
        })
        .await?;
        if right { Ok(Empty {}) } else { Err(mfa::invalid_code()) }
    }
}
