//! `CreateVirtualMFADevice`. The seed is in this answer and never shown again.

use super::change::create;
use super::check::Check;
use super::errors::already_there;
use super::{qr, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::{Entity as _, failed, find};
use crate::identity::{MfaDevice, to_base32};
use crate::operation::Operation;
use crate::shape::recorded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_model::{Arn, Tag};
use trailward_store::Batch;
use trailward_wire::ApiError;

/// Bytes of a seed: 64 letters, as AWS's have.
const SEED: usize = 40;

pub(crate) struct CreateVirtualMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(rename = "VirtualMFADeviceName")]
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
pub(crate) struct Output {
    #[serde(rename = "VirtualMFADevice")]
    device: Made,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Made {
    serial_number: String,
    /// Base64 of the base 32 text.
    #[serde(rename = "Base32StringSeed")]
    seed: String,
    #[serde(rename = "QRCodePNG")]
    picture: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

impl Operation for CreateVirtualMFADevice {
    const NAME: &'static str = "CreateVirtualMFADevice";
    const ACCESS: Access = Access::write("iam:CreateVirtualMFADevice");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("virtualMFADeviceName", &input.name, 226)
            .path("path", input.path.as_deref())
            .tags(&input.tags)
            .done()?;
        let target = target::created::<MfaDevice>(input.path.as_deref(), &input.name, call);
        Ok(target.tagged_by("iam:TagMFADevice", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let account = call.account();
        if find::<MfaDevice>(&call.platform, account, &input.name).await?.is_some() {
            return Err(already_there("MFADevice entity at the same path and name already exists."));
        }
        let mut seed = [0; SEED];
        call.platform.entropy.fill(&mut seed)?;
        let path = input.path.as_deref().unwrap_or("/");
        let serial = Arn::new("iam", "", account, format!("mfa{path}{}", input.name)).to_string();
        let names = (path, &*input.name, &*serial);
        let master = &call.platform.master;
        let mut device =
            MfaDevice::new(master, account, names, &seed, call.now.unix_timestamp()).map_err(failed)?;
        device.tags.clone_from(&input.tags);
        create(&device, Batch::new(), call).await?;
        let seed = to_base32(&seed);
        let picture = qr::png(&qr::address(device.name(), account, &seed))?;
        Ok(Output {
            device: Made {
                serial_number: serial,
                seed: STANDARD.encode(&seed),
                picture: STANDARD.encode(picture),
                tags: input.tags,
            },
        })
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        if let Some(device) = answer.get_mut("virtualMFADevice").and_then(Value::as_object_mut) {
            device.retain(|name, _| matches!(name.as_str(), "serialNumber" | "tags"));
        }
        answer
    }
}
