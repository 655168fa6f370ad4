//! `ListVirtualMFADevices`. Seeds and pictures are never shown again.

use super::check::Check;
use super::keys::root_arn;
use super::page::{Asked, Rest, page};
use super::shapes::UserShape;
use super::state::{User, all};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::failed;
use crate::identity::{Accounts, MfaDevice, MfaHolder};
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListVirtualMFADevices;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct Output {
    #[serde(rename = "VirtualMFADevices")]
    devices: Vec<Shown>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shown {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_date: Option<QueryTime>,
}

impl Operation for ListVirtualMFADevices {
    const NAME: &'static str = "ListVirtualMFADevices";
    const ACCESS: Access = Access::read("iam:ListVirtualMFADevices");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .one_of(
                "assignmentStatus",
                input.assignment_status.as_deref(),
                &["Unassigned", "Any", "Assigned"],
            )
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(target::listed::<MfaDevice>(None, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let account = call.account();
        let mut found = all::<MfaDevice>(&call.platform, account).await?;
        match input.assignment_status.as_deref() {
            Some("Assigned") => found.retain(|device| device.holder.is_some()),
            Some("Unassigned") => found.retain(|device| device.holder.is_none()),
            _ => {}
        }
        let asked = Asked { marker: input.marker.as_deref(), max_items: input.max_items };
        let (found, rest) = page(found, |device: &MfaDevice| device.serial.clone(), asked)?;
        let users = all::<User>(&call.platform, account).await?;
        let mut devices = Vec::with_capacity(found.len());
        for device in found {
            let user = match &device.holder {
                None => None,
                Some((MfaHolder::Root, _)) => Some(root(call).await?),
                Some((MfaHolder::User(id), _)) => {
                    users.iter().find(|user| user.id == *id).map(|user| UserShape::listed(user, account))
                }
            };
            devices.push(Shown {
                serial_number: device.serial,
                user,
                enable_date: device.holder.map(|(_, since)| QueryTime::from_epoch(since)),
            });
        }
        Ok(Output { devices, rest })
    }
}

/// Root, as if it were a user.
async fn root(call: &Call) -> Result<UserShape, ApiError> {
    let account = Accounts::get(&call.platform, call.account()).await.map_err(failed)?;
    Ok(UserShape {
        path: None,
        user_name: None,
        user_id: call.account().to_owned(),
        arn: root_arn(call.account()),
        create_date: QueryTime::from_epoch(account.map_or(0, |account| account.created)),
        permissions_boundary: None,
        tags: Vec::new(),
    })
}
