//! `ListChildren`: the accounts or the units right under a root or a unit.

use super::caller::reader;
use super::check::{id, unknown_value};
use super::errors::refused;
use super::page::page;
use super::shapes::Relative;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct ListChildren;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    parent_id: String,
    #[serde(default)]
    child_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    children: Vec<Relative>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListChildren {
    const NAME: &'static str = "ListChildren";
    const ACCESS: Access = Access::read("organizations:ListChildren");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.parent_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.parent_id, &[Id::Root, Id::Unit])?;
        let tree = reader(call).await?;
        if !tree.is_parent(&input.parent_id) {
            return Err(refused(Refusal::no_parent()));
        }
        let parent = &input.parent_id;
        let found: Vec<Relative> = match input.child_type.as_str() {
            "ACCOUNT" => {
                let below = tree.members.values().filter(|member| member.parent == *parent);
                below.map(|member| Relative { id: member.account.clone(), kind: "ACCOUNT" }).collect()
            }
            "ORGANIZATIONAL_UNIT" => {
                let below = tree.units.values().filter(|unit| unit.parent == *parent);
                below.map(|unit| Relative { id: unit.id.clone(), kind: "ORGANIZATIONAL_UNIT" }).collect()
            }
            _ => return Err(unknown_value()),
        };
        let (children, next_token) =
            page(found, |child| &child.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { children, next_token })
    }
}
