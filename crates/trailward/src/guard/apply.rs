//! `trailward apply`: does what a plan says.

use super::{Account, ControlFlag, account, agreed, is_asked, now, read, show, write};
use crate::cli::print;
use crate::report::visible;
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use trailward_guard::apply::{Applied, Outcome, PlanFile, apply};
use trailward_guard::{permissions, plan};

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// A plan that `trailward plan --out` wrote [default: plan now].
    #[arg(value_name = "PLAN", conflicts_with = "control")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    control: ControlFlag,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Do also what makes protection less than it is.
    #[arg(long)]
    allow_weaken: bool,
    /// Where to note what was applied, for `trailward drift`.
    #[arg(long, value_name = "FILE", default_value = super::STATE_FILE)]
    state: PathBuf,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

/// Applies, and exits with 2 if something is left for somebody else to do.
pub(crate) async fn run(args: ApplyArgs) -> Result<ExitCode> {
    if args.print_policy {
        print(&format!("{:#}\n", permissions::applying(&args.control.anywhere()?)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let file = args.plan.as_deref().map(read).transpose()?;
    let file = match file.as_deref().map(PlanFile::parse) {
        Some(Ok(file)) => Some(file),
        Some(Err(problem)) => bail!("{} cannot be applied: {problem}", shown(args.plan.as_ref())),
        None => None,
    };
    let control = match &file {
        Some(file) => file.control.clone(),
        None => args.control.read()?,
    };
    let Account { reader, control, mut snapshot } = account(&control).await?;
    let weaken = args.allow_weaken;
    if let Some(file) = &file {
        let stale = file.stale(&snapshot);
        if !stale.is_empty() {
            bail!(
                "the account is not as it was when {} was written: plan again. What changed:\n{}",
                shown(args.plan.as_ref()),
                show::stale(&stale)
            );
        }
    }
    let approved = file.map_or_else(|| plan::plan(&control, &snapshot, weaken), |file| file.plan);
    print(&show::plan(&control, &snapshot, &approved))?;
    if !approved.steps.is_empty() && !args.yes {
        if !is_asked() {
            bail!("nobody can be asked, because this is no terminal: look at the plan, then use --yes");
        }
        if !agreed("\nDo this? Only `yes` is yes:")? {
            bail!("nothing was done");
        }
    }
    let mut number = 0;
    apply(&reader, &control, &mut snapshot, &approved, weaken, |step, outcome| {
        number += 1;
        // The note comes with the change: whoever interrupts has it for all that was done.
        let (id, resource, undo) = (visible(&step.id), visible(&step.resource), visible(&step.undo));
        let line = match outcome {
            Outcome::Done => format!("{number:>3} done       {id}  {resource}\n      undo: {undo}\n"),
            Outcome::AlreadySo => format!("{number:>3} already so {id}  {resource}\n"),
        };
        // A closed pipe must not stop what is under way.
        let _ = print(&line);
    })
    .await?;
    let left = plan::plan(&control, &snapshot, weaken);
    write(
        &args.state,
        &format!(
            "{}\n",
            serde_json::to_string_pretty(&Applied::new(control.clone(), snapshot.clone(), now()))?
        ),
    )?;
    if left.is_empty() {
        print("\nThe account is as the control says.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("\nWhat is left:\n{}", show::plan(&control, &snapshot, &left)))?;
    Ok(ExitCode::from(2))
}

fn shown(file: Option<&PathBuf>) -> String {
    file.map(|file| file.display().to_string()).unwrap_or_default()
}
