//! `DescribeKey`.

use super::shapes::{KeyMetadata, check_grant_tokens, metadata};
use super::subject::{find, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct DescribeKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    grant_tokens: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_metadata: KeyMetadata,
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    const ACCESS: Access = Access::read("kms:DescribeKey");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let read = find(&input.key_id, call).await?;
        Ok(Output { key_metadata: metadata(&read.value) })
    }
}
