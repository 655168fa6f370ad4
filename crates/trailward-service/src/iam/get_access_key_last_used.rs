//! `GetAccessKeyLastUsed`. Keys of other accounts are unknown.

use super::check::Check;
use super::keys;
use super::keys::Holder;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::KeyOwner;
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetAccessKeyLastUsed;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user_name: Option<String>,
    access_key_last_used: AccessKeyLastUsed,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessKeyLastUsed {
    last_used_date: Option<QueryTime>,
    service_name: String,
    region: String,
}

impl Operation for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const ACCESS: Access = Access::read("iam:GetAccessKeyLastUsed");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().access_key_id(&input.access_key_id).done()?;
        match keys::find(&input.access_key_id, call).await.map(|key| key.value.owner) {
            Ok(KeyOwner::User(name)) => Holder::User(name).target(call).await,
            Ok(KeyOwner::Root) => Holder::Root.target(call).await,
            Err(_) => Ok(Target::new("*", call.account())),
        }
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let key = keys::find(&input.access_key_id, call).await?.value;
        let user_name = match key.owner {
            KeyOwner::User(name) => Some(name),
            KeyOwner::Root => None,
        };
        let access_key_last_used = match call.platform.last_used.of(&key.id, call).await? {
            Some(used) => AccessKeyLastUsed {
                last_used_date: Some(QueryTime::from_epoch(used.at)),
                service_name: used.service,
                region: used.region,
            },
            None => {
                AccessKeyLastUsed { last_used_date: None, service_name: "N/A".into(), region: "N/A".into() }
            }
        };
        Ok(Output { user_name, access_key_last_used })
    }
}
