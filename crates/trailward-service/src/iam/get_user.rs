//! `GetUser`. Without a name: the caller, who may be root.

use super::change::existing;
use super::check::Check;
use super::keys::{Holder, root_arn};
use super::shapes::UserShape;
use super::state::{User, failed};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::Accounts;
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user: UserShape,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    const ACCESS: Access = Access::read("iam:GetUser");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("userName", input.user_name.as_deref().unwrap_or("-"), 128).done()?;
        Holder::of(input.user_name.as_deref(), call)?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let account = call.account();
        let user = match Holder::of(input.user_name.as_deref(), call)? {
            Holder::User(name) => UserShape::whole(&existing::<User>(&name, call).await?.value, account),
            Holder::Root => {
                let known = Accounts::get(&call.platform, account).await.map_err(failed)?;
                UserShape {
                    path: None,
                    user_name: None,
                    user_id: account.to_owned(),
                    arn: root_arn(account),
                    create_date: QueryTime::from_epoch(known.map_or(0, |account| account.created)),
                    permissions_boundary: None,
                    tags: Vec::new(),
                }
            }
        };
        Ok(Output { user })
    }
}
