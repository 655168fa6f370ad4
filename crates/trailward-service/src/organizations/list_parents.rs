//! `ListParents`: everything has one parent.

use super::caller::reader;
use super::check::id;
use super::page::page;
use super::shapes::Relative;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct ListParents;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    child_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    parents: Vec<Relative>,
}

impl Operation for ListParents {
    const NAME: &'static str = "ListParents";
    const ACCESS: Access = Access::read("organizations:ListParents");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.child_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.child_id, &[Id::Account, Id::Unit])?;
        let tree = reader(call).await?;
        let member = tree.members.get(&input.child_id).map(|member| &member.parent);
        let parent = member.or_else(|| tree.units.get(&input.child_id).map(|unit| &unit.parent));
        let parent = parent.ok_or_else(|| {
            ApiError::bad_request("ChildNotFoundException", "You specified a child that doesn't exist.")
        })?;
        let kind = if *parent == tree.organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
        let found = vec![Relative { id: parent.clone(), kind }];
        let (parents, _) = page(found, |parent| &parent.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { parents })
    }
}
