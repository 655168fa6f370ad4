//! `trailward archive fetch`.

use crate::report::visible;
use crate::validate::{SelectArgs, opened, range, wanted};
use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;
use trailward_archive::api::Api;
use trailward_archive::fetch::{FetchObserver, fetch};
use trailward_model::{Clock as _, SystemClock};

/// Arguments of `archive fetch`.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// What to mirror.
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    source: String,
    /// Where to.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The last days, hours or weeks: 30d, 12h, 4w.
    #[arg(long, value_name = "SPAN", conflicts_with_all = ["start_time", "end_time"])]
    since: Option<String>,
    /// From this delivery time on.
    #[arg(long, value_name = "TIME")]
    start_time: Option<String>,
    /// Until this delivery time.
    #[arg(long, value_name = "TIME")]
    end_time: Option<String>,
    /// Only these accounts; can be given again.
    #[arg(long, value_name = "ACCOUNT")]
    account_id: Vec<String>,
    /// Only these Regions; can be given again.
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// A folder below the source that holds something else and is not looked into; can be given again.
    #[arg(long, value_name = "FOLDER")]
    except: Vec<String>,
    /// Objects that are fetched at the same time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1024))]
    jobs: usize,
}

/// The most names of what was left out that are printed.
const MOST_SHOWN: usize = 100;

/// A bar over bytes.
struct Bar(ProgressBar);

impl FetchObserver for Bar {
    fn found(&self, _objects: u64, bytes: u64) {
        self.0.inc_length(bytes);
    }

    fn fetched(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

/// Runs it.
pub(super) async fn run(args: &FetchArgs, quiet: bool) -> Result<ExitCode> {
    let select = SelectArgs {
        sources: vec![args.source.clone()],
        trail_arn: None,
        since: args.since.clone(),
        start_time: args.start_time.clone(),
        end_time: args.end_time.clone(),
        account_id: args.account_id.clone(),
        region: args.region.clone(),
        except: args.except.clone(),
        jobs: args.jobs,
    };
    let range = range(&select)?;
    let source = opened(&args.source, &Api::lazy()).await?;
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = Bar(ProgressBar::with_draw_target(Some(0), target));
    let template = "{spinner} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.0.set_style(style);
    }
    let wanted = wanted(&select);
    let fetched = fetch(&source, &args.directory, (range, &wanted), args.jobs, SystemClock.now(), &bar).await;
    bar.0.finish_and_clear();
    let fetched = fetched.context("the mirror is not complete; run the command again to go on")?;
    if !quiet {
        crate::cli::print(&format!(
            "{}: {} objects fetched ({}), {} were there\n",
            args.directory.display(),
            fetched.objects,
            HumanBytes(fetched.bytes),
            fetched.kept
        ))?;
    }
    if fetched.left_out == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    // Said even when quiet: the mirror is not whole.
    for (name, why) in fetched.names.iter().take(MOST_SHOWN) {
        tracing::warn!("left out {}: {}", visible(name), visible(why));
    }
    tracing::warn!("{} objects or folders are not in the mirror", fetched.left_out);
    Ok(ExitCode::from(2))
}
