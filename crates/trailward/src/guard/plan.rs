//! `trailward plan`: what has to be done.

use super::{ControlFlag, Format, account, now, show, write};
use crate::cli::print;
use crate::cost;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use trailward_guard::apply::PlanFile;
use trailward_guard::{cloudformation, permissions, plan, terraform};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    control: ControlFlag,
    /// Write the plan to a file, for `trailward apply FILE`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the plan as code instead.
    #[arg(long, value_enum, conflicts_with = "format")]
    export: Option<Export>,
    /// Plan also what makes protection less than it is.
    #[arg(long)]
    allow_weaken: bool,
    /// Estimate also what the control costs a month, from the last 24 hours of its log files.
    #[arg(long, conflicts_with = "export")]
    cost: bool,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Export {
    /// A shell script of AWS CLI commands.
    AwsCli,
    /// Terraform in its JSON syntax, main.tf.json, of everything the control asks for; for a new account alone.
    Terraform,
    /// A CloudFormation template in JSON of everything the control asks for; for a new account alone.
    Cloudformation,
}

/// Plans, prints, and exits with 2 if anything is to be done.
pub(crate) async fn run(args: PlanArgs) -> Result<ExitCode> {
    if args.print_policy {
        let control = args.control.anywhere()?;
        let policy = if args.cost { permissions::tracing(&control) } else { permissions::reading(&control) };
        print(&format!("{policy:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let account = account(&args.control.read()?).await?;
    let plan = plan::plan(&account.control, &account.snapshot, args.allow_weaken);
    match args.export {
        Some(Export::AwsCli) => print(&show::script(&account.control, &plan))?,
        Some(Export::Cloudformation) => {
            let template = cloudformation::cloudformation(&account.control, &account.snapshot)?;
            print(&format!("{template:#}\n"))?;
        }
        Some(Export::Terraform) => {
            print(&format!("{:#}\n", terraform::terraform(&account.control, &account.snapshot)?))?;
        }
        None => {
            let estimate = if args.cost {
                Some(Box::pin(cost::of_control(&account.control, &account.snapshot)).await?)
            } else {
                None
            };
            match Format::or_usual(args.format) {
                Format::Table => {
                    let cost = estimate.map(|estimate| format!("\n{}", cost::told(&estimate)));
                    let plan = show::plan(&account.control, &account.snapshot, &plan);
                    print(&format!("{plan}{}", cost.unwrap_or_default()))?;
                }
                Format::Json => {
                    print(&format!(
                        "{:#}\n",
                        show::with_cost(serde_json::to_value(&plan)?, estimate.as_ref())?
                    ))?;
                }
            }
        }
    }
    let empty = plan.is_empty();
    if let Some(file) = &args.out {
        let file_of = PlanFile::new(account.control, account.snapshot, plan, args.allow_weaken, now());
        write(file, &format!("{}\n", serde_json::to_string_pretty(&file_of)?))?;
    }
    Ok(if empty { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
