//! `CreateAccessKey`. Without a name: for the caller, who may be root. The secret is in this answer and never shown again.

use super::check::Check;
use super::keys;
use super::keys::Holder;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::{QueryTime, recorded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_wire::ApiError;

pub(crate) struct CreateAccessKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    access_key: MadeKey,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MadeKey {
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    secret_access_key: String,
    create_date: QueryTime,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const ACCESS: Access = Access::write("iam:CreateAccessKey");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("userName", input.user_name.as_deref().unwrap_or("-"), 128).done()?;
        Holder::of(input.user_name.as_deref(), call)?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let holder = Holder::of(input.user_name.as_deref(), call)?;
        let (key, secret) = keys::create(&holder, call).await?;
        Ok(Output {
            access_key: MadeKey {
                user_name: holder.user_name(),
                status: keys::status(&key),
                create_date: QueryTime::from_epoch(key.created),
                access_key_id: key.id,
                secret_access_key: secret.expose().to_owned(),
            },
        })
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        if let Some(key) = answer.get_mut("accessKey").and_then(Value::as_object_mut) {
            key.remove("secretAccessKey");
        }
        answer
    }
}
