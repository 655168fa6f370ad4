//! `trailward demo`: the guides in one minute, on a service of its own.

mod proof;
mod report;
mod scenario;

use crate::cli::DemoArgs;
use crate::client::{Client, Transport};
use crate::config::{Config, Tls};
use crate::env::{credentials_file, exports, read_credentials};
use crate::proxy::TrustedProxies;
use crate::serve::Service;
use anyhow::{Context as _, Result};
use report::Report;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use trailward_model::DEFAULT_REGIONS;
use trailward_pipeline::Timing;
use trailward_wire::sigv4::{Credentials, SigningSecret};

/// How long everything together may take once the service runs.
const PATIENCE: Duration = Duration::from_secs(50);

/// Runs the demonstration. Exit code 0 only if every part held, 2 if one did not, 1 if it could not run.
pub(crate) async fn run(args: &DemoArgs, quiet: bool) -> Result<ExitCode> {
    let dir =
        tempfile::Builder::new().prefix("trailward-demo-").tempdir().context("no temporary directory")?;
    let config = Config {
        data: dir.path().join("data"),
        listen: ([127, 0, 0, 1], 0).into(),
        admin: ([127, 0, 0, 1], 0).into(),
        bootstrap: None,
        default_trail: false,
        account_id: None,
        regions: DEFAULT_REGIONS.iter().map(|r| (*r).to_owned()).collect(),
        bucket_hosts: Vec::new(),
        endpoint_url: None,
        notification_networks: Vec::new(),
        trusted_proxies: TrustedProxies::default(),
        tls: Tls::Off,
        timing: Timing {
            delivery_interval: Duration::from_secs(2),
            digest_interval: Duration::from_secs(5),
            ..Timing::default()
        },
        lifecycle_day: Duration::from_hours(24),
        access_log_interval: Duration::from_mins(5),
        replication_interval: Duration::from_secs(10),
    };
    let data = config.data.clone();
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let interrupted = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let work = async {
        let service = Service::start(config).await?;
        let (access_key_id, secret) = read_credentials(&credentials_file(&data))?;
        let client = Client {
            transport: Transport::Http(service.address),
            credentials: Credentials {
                access_key_id,
                secret: SigningSecret::new(secret),
                session_token: None,
            },
            region: "us-east-1".into(),
        };
        let mut report = Report::new(quiet);
        report.title(&format!("http://{}", service.address), &service.account)?;
        let outcome = tokio::time::timeout(PATIENCE, demonstrate(&client, &service, &mut report)).await;
        let held = match outcome {
            Ok(Ok(())) => report.failures() == 0,
            Ok(Err(error)) => {
                report.broken(&format!("{error:#}"))?;
                false
            }
            Err(_) => {
                report.broken(&format!("not done within {} seconds", PATIENCE.as_secs()))?;
                false
            }
        };
        report.verdict(held)?;
        Ok::<_, anyhow::Error>((service, held))
    };
    tokio::pin!(interrupted);
    let (service, held) = tokio::select! {
        done = work => done?,
        () = &mut interrupted => {
            return Ok(ExitCode::from(1));
        }
    };
    if args.keep {
        crate::cli::print(&format!(
            "\nThe service goes on; Ctrl-C ends it and removes {}.\nIn another shell:\n\n{}\n",
            dir.path().display(),
            exports(&data)?
        ))?;
        interrupted.await;
    }
    service.stop().await;
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn demonstrate(client: &Client, service: &Service, report: &mut Report) -> Result<()> {
    let stage = scenario::set_up(client, &service.account, report).await?;
    let acts = scenario::act(client, &stage, report).await?;
    report.waiting("waiting for log files and digests")?;
    let proof = proof::wait_for(client, &stage, &acts).await?;
    report.proof(&proof)?;
    report.found(&acts, &proof)
}
