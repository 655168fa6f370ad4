//! `UpdateRole`: description and longest session. Absent members stay as they are.

use super::change::change;
use super::check::Check;
use super::errors::protected;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_session_duration: Option<i64>,
}

/// Without members, but with an element of its own in the answer, unlike the calls that answer nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Output {
    nothing: (),
}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    const ACCESS: Access = Access::write("iam:UpdateRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .role(&input.role_name)
            .optional_length("description", input.description.as_deref(), 0, 1_000)
            .range("maxSessionDuration", input.max_session_duration, 3_600, 43_200)
            .done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        change::<Role>(&input.role_name, call, |role| {
            if let Some(text) = &input.description {
                role.description = Some(text.clone());
            }
            if let Some(seconds) = input.max_session_duration {
                // The description of a service's role is its account's to write, and no more.
                protected(role)?;
                role.max_session_seconds = seconds;
            }
            Ok(())
        })
        .await?;
        Ok(Output { nothing: () })
    }
}
