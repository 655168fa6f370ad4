//! `GetCredentialReport`: the last one, while it is good.

use super::credential_report::{self, GOOD_FOR};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::QueryTime;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetCredentialReport;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// Base64.
    content: String,
    report_format: &'static str,
    generated_time: QueryTime,
}

impl Operation for GetCredentialReport {
    const NAME: &'static str = "GetCredentialReport";
    const ACCESS: Access = Access::read("iam:GetCredentialReport");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        let report = credential_report::find(call).await?.ok_or_else(|| {
            ApiError::new(
                "ReportNotPresent",
                410,
                "No report present. Use GenerateCredentialReport to generate one.",
            )
        })?;
        if call.now.unix_timestamp() >= report.made.saturating_add(GOOD_FOR) {
            return Err(ApiError::new(
                "ReportExpired",
                410,
                "The most recent credential report has expired. Use GenerateCredentialReport to generate a new one.",
            ));
        }
        Ok(Output {
            content: STANDARD.encode(&report.text),
            report_format: "text/csv",
            generated_time: QueryTime::from_epoch(report.made),
        })
    }
}
