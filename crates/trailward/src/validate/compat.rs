//! `trailward validate --compat`.

use super::args::ValidateArgs;
use crate::report::Harmless;
use anyhow::{Result, bail};
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use trailward_archive::aws;
use trailward_archive::compat::{self, CompatRequest, Streams};
use trailward_model::{Clock as _, SystemClock};

/// Runs it. `--region` stands for the AWS CLI's own `--region`.
pub(super) async fn run(args: &ValidateArgs, verbose: bool) -> Result<ExitCode> {
    let select = &args.select;
    let (Some(trail_arn), Some(start_time)) = (&select.trail_arn, &select.start_time) else {
        bail!("--compat needs --trail-arn and --start-time, as aws cloudtrail validate-logs does");
    };
    let (account_id, region) = match (select.account_id.as_slice(), select.region.as_slice()) {
        ([] | [_], [] | [_]) => (select.account_id.first(), select.region.first()),
        _ => bail!("--compat does one account and one Region a run, as aws cloudtrail validate-logs does"),
    };
    let request = CompatRequest {
        trail_arn: trail_arn.clone(),
        start_time: start_time.clone(),
        end_time: select.end_time.clone(),
        s3_bucket: args.s3_bucket.clone(),
        s3_prefix: args.s3_prefix.clone(),
        account_id: account_id.cloned(),
        verbose,
    };
    let config = aws::configuration().await;
    let config = match region {
        Some(region) => aws::in_region(&config, region),
        None => config,
    };
    // Byte for byte what the AWS CLI prints, but to a terminal, where a key must not do anything.
    let stream = |terminal: bool, to: Box<dyn Write + Send>| -> Box<dyn Write + Send> {
        if terminal { Box::new(Harmless::new(to)) } else { to }
    };
    let mut out = stream(io::stdout().is_terminal(), Box::new(io::stdout()));
    let mut err = stream(io::stderr().is_terminal(), Box::new(io::stderr()));
    let streams = Streams { out: &mut out, err: &mut err };
    let code = compat::run(&config, &request, SystemClock.now(), streams).await?;
    Ok(ExitCode::from(code))
}
