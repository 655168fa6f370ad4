//! `trailward canary`: whether a call really comes to lie in the bucket, Region by Region.

mod show;

use crate::cli::print;
use crate::config::parse_duration;
use crate::connection::{self, Answer, small};
use crate::limits::Places;
use crate::serve::metrics_handle;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use http::{Request, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trailward_guard::aws::Account;
use trailward_guard::canary::{Found, Patience, Sighting, find, fly};
use trailward_model::{Arn, Clock as _, SystemClock, is_region_name, stamp};
use trailward_service::{Body, Peer};

/// CloudTrail delivers within 15 minutes, on average about 5.
const LOG_TIMEOUT: Duration = Duration::from_mins(30);
/// A digest covers an hour, and comes some time after it.
const DIGEST_TIMEOUT: Duration = Duration::from_hours(3);

/// Connections to the metrics at a time.
const SCRAPERS: usize = 32;

/// Arguments of `canary`.
#[derive(Debug, Args)]
pub(crate) struct CanaryArgs {
    /// The trail's ARN [default: the only trail there is].
    #[arg(long, value_name = "ARN")]
    trail: Option<String>,
    /// A Region to call in; may be repeated [default: the trail's home, or every Region that needs no opting in].
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// Do not wait for a digest to name the log file.
    #[arg(long)]
    no_digest: bool,
    /// How long a call may take to arrive [default: 3h, or 30m without digest].
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// How long between looks into the bucket.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "10s")]
    poll: Duration,
    /// Call again and again, this long from call to call, until Ctrl-C.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    every: Option<Duration>,
    /// Serve Prometheus metrics at http://ADDR/metrics while calling again and again.
    #[arg(long, value_name = "ADDR", requires = "every")]
    metrics: Option<SocketAddr>,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person at a terminal.
    Table,
    /// One JSON value a round.
    Json,
    /// One line a Region.
    Jsonl,
}

/// Calls, waits, prints. Exits 2 if a call did not arrive; with `--every`, if one of the last round did not.
pub(crate) async fn run(args: CanaryArgs) -> Result<ExitCode> {
    let arn: Option<Arn> =
        args.trail.as_deref().map(str::parse).transpose().context("--trail has to be a trail's ARN")?;
    let account = match &arn {
        Some(arn) => Account::from_env(&arn.region).await,
        None => Account::from_chain().await,
    };
    if args.print_policy {
        let found = find(&account, arn.as_ref()).await;
        print(&format!("{:#}\n", policy(found.ok().as_ref(), arn.as_ref())))?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = find(&account, arn.as_ref()).await?;
    let regions = regions(&args, &found)?;
    let digest = !args.no_digest;
    if digest && !found.validation {
        bail!("{} delivers no digests: switch log file validation on, or add --no-digest", found.trail);
    }
    let patience = Patience {
        timeout: args.timeout.unwrap_or(if digest { DIGEST_TIMEOUT } else { LOG_TIMEOUT }),
        poll: args.poll,
        digest,
    };
    let default = if std::io::stdout().is_terminal() { Format::Table } else { Format::Json };
    let format = args.format.unwrap_or(default);
    let (stop, stopped) = watch::channel(false);
    if let Some(address) = args.metrics {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr().context("no address")?;
        tracing::info!(%address, "metrics are at /metrics");
        let reach = (Places::new(SCRAPERS), Arc::default());
        tokio::spawn(connection::serve(listener, None, Scraped(metrics_handle()), reach, stopped));
    }
    // A round that Ctrl-C cuts off leaves the answer of the one before.
    let mut code = ExitCode::SUCCESS;
    loop {
        let next = args.every.map(|every| tokio::time::Instant::now() + every);
        let round = tokio::select! {
            sightings = fly(&account, &found.place, &regions, &patience, &SystemClock) => Some(sightings),
            _ = tokio::signal::ctrl_c(), if args.every.is_some() => None,
        };
        let Some(sightings) = round else { break };
        count(&sightings);
        print(&shown(&found, &sightings, format)?)?;
        code = if sightings.iter().all(|s| s.arrived) { ExitCode::SUCCESS } else { ExitCode::from(2) };
        let Some(next) = next else { return Ok(code) };
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    let _ = stop.send(true);
    Ok(code)
}

fn regions(args: &CanaryArgs, found: &Found) -> Result<Vec<String>> {
    if args.region.is_empty() {
        return Ok(found.regions.clone());
    }
    let single = found.regions.len() == 1;
    for region in &args.region {
        if !is_region_name(region) {
            bail!("--region {region}: that is not a Region's name");
        }
        if single && !found.regions.contains(region) {
            bail!("--region {region}: {} records {} alone", found.trail, found.regions.join(", "));
        }
    }
    let mut regions = args.region.clone();
    regions.sort();
    regions.dedup();
    Ok(regions)
}

fn shown(found: &Found, sightings: &[Sighting], format: Format) -> Result<String> {
    Ok(match format {
        Format::Table => show::table(&found.trail, &found.place.bucket, sightings),
        Format::Json => {
            let all = json!({ "trail": found.trail, "bucket": found.place.bucket, "regions": sightings,
                "arrived": sightings.iter().all(|sighting| sighting.arrived) });
            format!("{all:#}\n")
        }
        Format::Jsonl => {
            let mut out = String::new();
            for sighting in sightings {
                out.push_str(&format!("{}\n", serde_json::to_string(sighting)?));
            }
            out
        }
    })
}

/// Keeps the metrics.
fn count(sightings: &[Sighting]) {
    metrics::counter!("trailward_canary_rounds_total").increment(1);
    for sighting in sightings {
        let labels = [("region", sighting.region.clone())];
        metrics::gauge!("trailward_canary_arrived", &labels).set(f64::from(u8::from(sighting.arrived)));
        for (kind, arrival) in [("log", &sighting.log), ("digest", &sighting.digest)] {
            if let Some(arrival) = arrival {
                let labels = [("region", sighting.region.clone()), ("kind", kind.to_owned())];
                metrics::gauge!("trailward_canary_latency_seconds", &labels).set(arrival.seconds);
            }
        }
        if sighting.arrived {
            let seconds = stamp::epoch_seconds(SystemClock.now());
            metrics::gauge!("trailward_canary_last_arrival_timestamp_seconds", &labels).set(seconds);
        }
    }
}

/// Answers scrapes.
#[derive(Clone)]
struct Scraped(PrometheusHandle);

impl Answer for Scraped {
    async fn answer(&self, request: Request<Body>, _: Peer) -> Response<Body> {
        match request.uri().path() {
            "/metrics" => small(200, "text/plain; version=0.0.4; charset=utf-8", self.0.render()),
            _ => small(404, "text/plain; charset=utf-8", "there is /metrics\n".into()),
        }
    }
}

/// What the command reads, and no more. The call itself takes no permission.
fn policy(found: Option<&Found>, arn: Option<&Arn>) -> serde_json::Value {
    let partition = arn.map_or("aws", |arn| arn.partition.as_str());
    let trail = match arn {
        Some(arn) => json!({ "Sid": "Trail", "Effect": "Allow", "Action": "cloudtrail:GetTrail",
            "Resource": arn.to_string() }),
        None => json!({ "Sid": "Trail", "Effect": "Allow", "Action": "cloudtrail:DescribeTrails",
            "Resource": "*" }),
    };
    let bucket = found.map_or("BUCKET-OF-THE-TRAIL", |found| found.place.bucket.as_str());
    let folder = found.map_or("*AWSLogs/", |found| found.place.folder.as_str());
    let bucket = format!("arn:{partition}:s3:::{bucket}");
    let mut statements = vec![
        trail,
        json!({ "Sid": "Locate", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket }),
        json!({ "Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket,
            "Condition": { "StringLike": { "s3:prefix": format!("{folder}*") } } }),
        json!({ "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": format!("{bucket}/{folder}*") }),
        // Which key encrypts the files is not asked; through S3 alone it can be used for nothing else.
        json!({ "Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": { "StringLike": { "kms:ViaService": "s3.*.amazonaws.com" } } }),
    ];
    if found.is_none_or(|found| found.organization) {
        statements.push(json!({ "Sid": "Organization", "Effect": "Allow",
            "Action": "organizations:DescribeOrganization", "Resource": "*" }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
