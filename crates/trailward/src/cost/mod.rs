//! `trailward cost`: what a trail costs a month, estimated from a day of its archive.

mod count;

use crate::cli::print;
use crate::report::visible;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use trailward_archive::aws::configuration;
use trailward_archive::open::{is_s3, open_bucket, open_directory, split_uri};
use trailward_archive::source::Source;
use trailward_guard::account::Snapshot;
use trailward_guard::aws::Account;
use trailward_guard::control::Control;
use trailward_guard::cost::{BUILT_IN, Day, Estimate, Lifecycle, Prices, estimate, with_control};
use trailward_model::{Clock as _, SystemClock, stamp};

/// The month that is estimated if nothing is said.
const MONTH: u32 = 12;
/// The longest table of prices that is read.
const LONGEST_TABLE: u64 = 1 << 20;

/// Arguments of `cost`.
#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// Where the archive lies; several are counted together, so that copies in two buckets are seen.
    #[arg(required_unless_present = "print_prices", value_name = "DIR|s3://BUCKET[/PREFIX]")]
    source: Vec<String>,
    /// Count the 24 hours before this time [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Estimate this month of the trail's life: storage grows.
    #[arg(long, value_name = "N", default_value_t = MONTH, value_parser = clap::value_parser!(u32).range(1..=1200))]
    month: u32,
    /// Prices to use instead of the built-in list prices.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Print the built-in table of prices, to change it, and do nothing else.
    #[arg(long, exclusive = true)]
    print_prices: bool,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Counts, estimates, prints. Exits 2 if something is flagged, such as a second paid copy.
pub(crate) async fn run(args: CostArgs) -> Result<ExitCode> {
    if args.print_prices {
        print(BUILT_IN)?;
        return Ok(ExitCode::SUCCESS);
    }
    let prices = match &args.prices {
        Some(file) => table_of(file)?,
        None => Prices::built_in()?,
    };
    let end = match &args.at {
        None => SystemClock.now(),
        Some(text) => stamp::parse_extended(text)
            .with_context(|| format!("--at {text}: expected a time such as 2026-01-02T03:04:05Z"))?,
    };
    let mut sources: Vec<Arc<dyn Source>> = Vec::new();
    let mut lifecycle = Lifecycle::default();
    for (number, source) in args.source.iter().enumerate() {
        if is_s3(source) {
            sources.push(open_bucket(source, &configuration().await).await?);
            let (bucket, prefix) = split_uri(source)?;
            // Sources share what is said of the first bucket.
            if number == 0 {
                let read =
                    Lifecycle::read(&Account::from_chain().await, &bucket, &format!("{prefix}AWSLogs/"))
                        .await;
                match read {
                    Ok(read) => lifecycle = read,
                    Err(error) => {
                        tracing::warn!("the lifecycle is not known, so nothing is moved or expires: {error}");
                    }
                }
            }
        } else {
            sources.push(open_directory(Path::new(source))?);
        }
    }
    let day = count::day(&sources, end - Duration::days(1), end).await?;
    if day.objects == 0 {
        bail!(
            "there are no log files of the 24 hours before {}: name another time with --at",
            stamp::extended(end)
        );
    }
    let estimate = estimate(&day, &lifecycle, &prices, args.month);
    let terminal = std::io::stdout().is_terminal();
    print(&match args.format.unwrap_or(if terminal { Format::Table } else { Format::Json }) {
        Format::Json => format!("{:#}\n", serde_json::to_value(&estimate)?),
        Format::Table => table(&estimate, end, args.month),
    })?;
    let copies = estimate.flags.iter().any(|flag| flag.contains("a second time"));
    Ok(if copies { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// What the control costs in its twelfth month: its own archive's last 24 hours, and what else it asks for. Log files that
/// cannot be read are told, and are no error.
pub(crate) async fn of_control(control: &Control, snapshot: &Snapshot) -> Result<Estimate> {
    let prices = Prices::built_in()?;
    let bucket = &control.bucket;
    let under = if bucket.prefix.is_empty() { String::new() } else { format!("{}/", bucket.prefix) };
    let lifecycle = snapshot
        .bucket
        .lifecycle
        .present()
        .map_or_else(Lifecycle::default, |there| Lifecycle::of(there, &format!("{under}AWSLogs/")));
    let end = SystemClock.now();
    let mut problem = None;
    let mut day = Day::default();
    if snapshot.bucket.region.present().is_some() {
        match yesterday(&format!("s3://{}/{under}", bucket.name), end).await {
            Ok(counted) => day = counted,
            Err(error) => {
                problem = Some(format!("the log files in {} cannot be read: {error:#}", bucket.name));
            }
        }
    }
    let mut estimate = estimate(&day, &lifecycle, &prices, MONTH);
    if day.objects == 0 {
        let none = || {
            "there are no log files of the last 24 hours: what events and files cost is not in it".to_owned()
        };
        estimate.flags = vec![problem.unwrap_or_else(none)];
    }
    Ok(with_control(estimate, control, snapshot, &prices))
}

async fn yesterday(place: &str, end: OffsetDateTime) -> Result<Day> {
    let source = open_bucket(place, &configuration().await).await?;
    count::day(&[source], end - Duration::days(1), end).await
}

/// The estimate of a control, for people.
pub(crate) fn told(estimate: &Estimate) -> String {
    table(estimate, SystemClock.now(), MONTH)
}

fn table_of(file: &Path) -> Result<Prices> {
    let shown = file.display();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {shown}"))?;
    let mut text = String::new();
    opened.take(LONGEST_TABLE).read_to_string(&mut text).with_context(|| format!("cannot read {shown}"))?;
    Prices::parse(&text).with_context(|| format!("cannot use {shown}"))
}

fn table(estimate: &Estimate, end: OffsetDateTime, month: u32) -> String {
    let day = &estimate.day;
    let mut out = format!("About ${:.2} in month {month}\n\n", estimate.total);
    for line in &estimate.lines {
        let (what, amount) = (visible(&line.what), visible(&line.amount));
        out.push_str(&format!("{what:<58} {amount:>22} {:>10}\n", format!("${:.2}", line.dollars)));
    }
    out.push_str(&format!(
        "\nThe 24 hours before {}: {} management events, {} data events, {} objects, {} bytes.\n",
        stamp::extended(end),
        day.management,
        day.data.values().sum::<u64>(),
        day.objects,
        day.bytes
    ));
    for flag in &estimate.flags {
        out.push_str(&format!("! {}\n", visible(flag)));
    }
    out + &format!("{} Prices as of {}.\n", estimate.note, visible(&estimate.prices_as_of))
}
