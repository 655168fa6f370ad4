//! Doing what a plan says, one step after the other, each read back before the next.

mod execute;
mod input;
mod record;
mod s3;

pub use record::{Applied, PlanFile, StaleFact};

use crate::account::{Reader, Snapshot};
use crate::aws::ReadError;
use crate::control::Control;
use crate::plan::{Plan, Step, plan};
use std::time::Duration;

/// How often a step is read back, and how often a call is made again that what it needs is not there for yet: AWS's
/// services tell each other of changes with some delay.
const TURNS: u32 = 6;
/// The first wait between two of them; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Why a step was not done, or not seen to be.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A call failed.
    #[error(
        "step {step} stopped at {failed}; nothing after it was done, and running `trailward apply` again goes on from here"
    )]
    Call {
        /// The step.
        step: String,
        /// What the service said.
        failed: ReadError,
    },
    /// All calls succeeded, but the account does not show it.
    #[error("step {step} was done, but reading it back shows something else: {shown}")]
    NotThere {
        /// The step.
        step: String,
        /// What the account shows.
        shown: String,
    },
    /// It would make protection less.
    #[error("step {step} makes protection less: {what}; if that is meant, use --allow-weaken")]
    Weakens {
        /// The step.
        step: String,
        /// From what to what.
        what: String,
    },
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, and seen.
    Done,
    /// An earlier step, or somebody else, had done it.
    AlreadySo,
}

/// Does the plan's steps in order and tells of each. `snapshot` is what the plan was made of; afterwards it is what the
/// account shows. Stops at the first step that fails.
pub async fn apply(
    reader: &Reader,
    control: &Control,
    snapshot: &mut Snapshot,
    approved: &Plan,
    weaken: bool,
    mut tell: impl FnMut(&Step, Outcome),
) -> Result<(), ApplyError> {
    for step in &approved.steps {
        if step.weakens && !weaken {
            let what = format!("{} → {}", step.before, step.after);
            return Err(ApplyError::Weakens { step: step.id.clone(), what });
        }
    }
    for step in &approved.steps {
        // What earlier steps made, such as the key, is known by now.
        let now = plan(control, snapshot, weaken);
        let Some(current) = now.step(&step.id) else {
            tell(step, Outcome::AlreadySo);
            continue;
        };
        for call in &current.calls {
            patiently(reader, call)
                .await
                .map_err(|failed| ApplyError::Call { step: step.id.clone(), failed })?;
        }
        Box::pin(seen(reader, control, snapshot, current, weaken)).await?;
        tell(current, Outcome::Done);
    }
    Ok(())
}

/// Makes a call; again, after a while, where something that was made just before is not known everywhere yet.
async fn patiently(reader: &Reader, call: &crate::plan::Call) -> Result<(), ReadError> {
    let mut wait = FIRST_WAIT;
    for turn in 1.. {
        match execute::execute(reader, call).await {
            Err(failed) if turn < TURNS && is_early(&failed) => tokio::time::sleep(wait).await,
            other => return other,
        }
        wait *= 2;
    }
    Ok(())
}

/// Whether the error may be that something new is not known everywhere yet.
fn is_early(failed: &ReadError) -> bool {
    matches!(
        failed.code.as_deref(),
        Some(
            "InvalidCloudWatchLogsRoleArnException"
                | "InvalidCloudWatchLogsLogGroupArnException"
                | "CloudWatchLogsDeliveryUnavailableException"
                | "CloudTrailAccessNotEnabledException"
                | "OperationAborted"
                | "ConcurrentModificationException"
                | "ConflictException"
        )
    )
}

/// Reads the step's part of the account until the plan has the step no more.
async fn seen(
    reader: &Reader,
    control: &Control,
    snapshot: &mut Snapshot,
    step: &Step,
    weaken: bool,
) -> Result<(), ApplyError> {
    let mut wait = FIRST_WAIT;
    for turn in 1.. {
        Box::pin(reader.refresh(control, snapshot, &[step.section()])).await;
        let now = plan(control, snapshot, weaken);
        let unread = now.unknown.iter().find(|unknown| unknown.id == step.id);
        let shown = match (now.step(&step.id), unread) {
            (None, None) => return Ok(()),
            (Some(still), _) => still.before.to_string(),
            (None, Some(unknown)) => format!("{}: {}", unknown.action, unknown.problem),
        };
        if turn >= TURNS {
            return Err(ApplyError::NotThere { step: step.id.clone(), shown });
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    Ok(())
}
