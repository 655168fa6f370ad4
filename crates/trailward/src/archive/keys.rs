//! `trailward archive keys`.

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use time::OffsetDateTime;
use trailward_archive::api::Api;
use trailward_archive::aws;
use trailward_archive::keys::{ExportedKey, KeyFile};
use trailward_model::{Clock as _, DEFAULT_REGIONS, SystemClock};

/// Arguments of `archive keys`.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    /// The Regions whose digests will be checked; can be given again [default: all that need no opting in].
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// Keys that were in use from this time on [default: the beginning].
    #[arg(long, value_name = "TIME")]
    start_time: Option<String>,
    /// Keys that were in use until this time [default: now].
    #[arg(long, value_name = "TIME")]
    end_time: Option<String>,
    /// Write them to FILE instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs it.
pub(super) async fn run(args: &KeysArgs) -> Result<ExitCode> {
    let time = |text: &Option<String>| text.as_deref().map(crate::validate::moment).transpose();
    let start = time(&args.start_time)?.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let end = time(&args.end_time)?.unwrap_or_else(|| SystemClock.now());
    let regions: Vec<String> = match args.region.as_slice() {
        [] => DEFAULT_REGIONS.iter().map(|region| (*region).to_owned()).collect(),
        named => named.to_vec(),
    };
    let api = Api::new(aws::configuration().await);
    let mut file = KeyFile { public_keys: Vec::new() };
    for region in regions {
        let keys = api.public_keys(&region, start, end).await?;
        file.public_keys.extend(keys.into_iter().map(|(key, from, to)| ExportedKey {
            region: region.clone(),
            fingerprint: key.fingerprint(),
            value: STANDARD.encode(&key.0),
            validity_start_time: from,
            validity_end_time: to,
        }));
    }
    if file.public_keys.is_empty() {
        bail!("there is no public key in that time and those Regions");
    }
    let text = serde_json::to_string_pretty(&file)? + "\n";
    match &args.output {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => crate::cli::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
