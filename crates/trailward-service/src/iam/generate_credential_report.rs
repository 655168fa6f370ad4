//! `GenerateCredentialReport`. One that is not four hours old yet is good enough, as with AWS. It is there when this
//! answers, so the state is always `COMPLETE`.

use super::credential_report::{self, GOOD_FOR};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GenerateCredentialReport;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    state: &'static str,
}

impl Operation for GenerateCredentialReport {
    const NAME: &'static str = "GenerateCredentialReport";
    const ACCESS: Access = Access::read("iam:GenerateCredentialReport");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        let good = |made: i64| call.now.unix_timestamp() < made.saturating_add(GOOD_FOR);
        if !credential_report::find(call).await?.is_some_and(|report| good(report.made)) {
            credential_report::make(call).await?;
        }
        Ok(Output { state: "COMPLETE" })
    }
}
