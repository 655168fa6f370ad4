//! `trailward archive evidence`.

use crate::report::Progress;
use crate::validate::{SelectArgs, Selection, moment, select};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use trailward_archive::evidence::{Condition, Wish, evidence};
use trailward_archive::{DIGEST_INTERVAL, Request};
use trailward_digest::Verdict;
use trailward_model::{Clock as _, SystemClock};

/// Arguments of `archive evidence`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// The archive: s3://BUCKET[/PREFIX], or a directory made by `trailward archive fetch`.
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The bundle, a tar archive.
    #[arg(value_name = "OUT.tar")]
    out: PathBuf,
    /// Events from this time on.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Events until this time.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Which records: FIELD = 'VALUE', FIELD != 'VALUE', FIELD LIKE 'A%', joined by AND; as in
    /// userIdentity.arn = 'arn:aws:iam::111122223333:user/mallory'.
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Only these accounts; can be given again.
    #[arg(long, value_name = "ACCOUNT")]
    account_id: Vec<String>,
    /// Only these Regions; can be given again.
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// A folder that holds something else and is not looked into; can be given again.
    #[arg(long, value_name = "FOLDER")]
    except: Vec<String>,
    /// Public keys from a file instead of the CloudTrail API.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Objects that are read at the same time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1024))]
    jobs: usize,
}

/// Runs it. Exit code 2 if the archive is not intact in that time, or no record matches.
pub(super) async fn run(args: &EvidenceArgs, quiet: bool) -> Result<ExitCode> {
    let condition = args.condition.as_deref().map(Condition::parse).transpose()?.unwrap_or_default();
    let wish = Wish { from: moment(&args.from)?, to: moment(&args.to)?, condition };
    let selection = SelectArgs {
        sources: vec![args.source.clone()],
        trail_arn: None,
        since: None,
        start_time: Some(args.from.clone()),
        end_time: Some(args.to.clone()),
        account_id: args.account_id.clone(),
        region: args.region.clone(),
        except: args.except.clone(),
        jobs: args.jobs,
    };
    let Selection { sources, range, wanted, expected, keys, .. } =
        select(&selection, None, args.keys.as_deref()).await?;
    // Keys are asked once for the validation and once for what is written.
    let again = select(&selection, None, args.keys.as_deref()).await?.keys;
    let request = Request {
        sources,
        range,
        wanted,
        trail: None,
        expected,
        keys,
        originals: Vec::new(),
        resume: None,
        jobs: args.jobs,
        interval: DIGEST_INTERVAL,
        now: SystemClock.now(),
    };
    if args.out.exists() {
        bail!("{} is there already", args.out.display());
    }
    let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder);
    let file = file.with_context(|| format!("{} cannot be written", args.out.display()))?;
    let mut out = BufWriter::new(file.reopen().context("the bundle cannot be written")?);
    let progress = Progress::new(quiet);
    let outcome = evidence(request, &again, &wish, Arc::new(progress.clone()), &mut out).await;
    progress.finish();
    let found = outcome.context("the bundle could not be made")?;
    out.flush().context("the bundle cannot be written")?;
    file.as_file().sync_all().context("the bundle cannot be written")?;
    file.persist_noclobber(&args.out).with_context(|| format!("{} cannot be written", args.out.display()))?;
    if !quiet {
        crate::cli::print(&format!(
            "{}: {} records in {} log files, {} digests; the archive is {} in that time\ncheck it: tar -xf {} && sh \
             evidence/verify.sh\n",
            args.out.display(),
            found.records,
            found.logs,
            found.digests,
            found.report.verdict,
            args.out.display(),
        ))?;
    }
    let good = found.report.verdict == Verdict::Intact && found.records > 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
