//! `ListRoots`: there is one.

use super::caller::reader;
use super::page::page;
use super::shapes::RootShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListRoots;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    roots: Vec<RootShape>,
}

impl Operation for ListRoots {
    const NAME: &'static str = "ListRoots";
    const ACCESS: Access = Access::read("organizations:ListRoots");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let tree = reader(call).await?;
        let (roots, _) = page(vec![&*tree], |_| "", input.max_results, input.next_token.as_deref())?;
        Ok(Output { roots: roots.into_iter().map(RootShape::from).collect() })
    }
}
