//! `ListRoles`, by name.

use super::check::Check;
use super::documents::shown;
use super::page::{Asked, Rest, page};
use super::shapes::RoleShape;
use super::state::{Role, all};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListRoles;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    roles: Vec<RoleShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListRoles {
    const NAME: &'static str = "ListRoles";
    const ACCESS: Access = Access::read("iam:ListRoles");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .path_prefix(input.path_prefix.as_deref())
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(target::listed::<Role>(input.path_prefix.as_deref(), call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let mut found = all::<Role>(&call.platform, call.account()).await?;
        found.retain(|role| role.path.starts_with(prefix));
        let (found, rest) = page(
            found,
            |role| role.name.to_lowercase(),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let mut roles = Vec::with_capacity(found.len());
        for role in found {
            roles.push(RoleShape::listed(&shown(role, call).await?, call.account()));
        }
        Ok(Output { roles, rest })
    }
}
