//! `ListMFADevices`. Without a name: of the caller, who may be root.

use super::check::Check;
use super::mfa;
use super::page::{Asked, Rest, page};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::MfaDevice;
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListMFADevices;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct Output {
    #[serde(rename = "MFADevices")]
    devices: Vec<Shown>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shown {
    user_name: Option<String>,
    serial_number: String,
    enable_date: QueryTime,
}

impl Operation for ListMFADevices {
    const NAME: &'static str = "ListMFADevices";
    const ACCESS: Access = Access::read("iam:ListMFADevices");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        mfa::holder(input.user_name.as_deref(), call).await?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let holder = mfa::holder(input.user_name.as_deref(), call).await?;
        let who = mfa::identified(&holder, call).await?;
        let asked = Asked { marker: input.marker.as_deref(), max_items: input.max_items };
        let devices = mfa::devices_of(&who, call).await?;
        let (devices, rest) = page(devices, |device: &MfaDevice| device.serial.clone(), asked)?;
        let shown = |device: MfaDevice| Shown {
            user_name: holder.user_name(),
            serial_number: device.serial,
            enable_date: QueryTime::from_epoch(device.holder.map_or(0, |(_, since)| since)),
        };
        Ok(Output { devices: devices.into_iter().map(shown).collect(), rest })
    }
}
