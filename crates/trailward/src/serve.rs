//! `trailward serve`.

use crate::admin::Admin;
use crate::config::{Config, Tls};
use crate::connection::Answer;
use crate::courier::HttpCourier;
use crate::env::{Endpoint, write_endpoint};
use crate::health::Health;
use crate::limits::Places;
use crate::vitals::Vitals;
use crate::wiring::Stores;
use crate::{bootstrap, connection, first_start, supervise, tls, upkeep};
use anyhow::{Context as _, Result};
use http::{Method, Request, Response};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use trailward_pipeline::Pipeline;
use trailward_service::{Body, Gateway, Peer, Platform, complete_unfinished};
use trailward_topic::{CERTIFICATE_PATH, Topics};

/// Connections to the admin listener at a time.
const ADMIN_CONNECTIONS: usize = 32;

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    /// Where the API listens.
    pub address: SocketAddr,
    /// The account it belongs to.
    pub account: String,
    stop: watch::Sender<bool>,
    pipeline_stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    pipeline: JoinHandle<()>,
}

/// Serves until SIGINT or SIGTERM.
pub(crate) async fn run(config: Config) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let service = tokio::select! {
        started = Service::start(config) => started?,
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: open requests end first");
    service.stop().await;
    Ok(())
}

impl Service {
    /// Opens the stores, takes up delivery, and listens. When this returns, requests are answered.
    pub(crate) async fn start(config: Config) -> Result<Self> {
        let stores = Arc::new(Stores::open(&config).await?);
        let acceptor = tls::acceptor(&config.tls, &config.data)?;
        let seeds = match &config.bootstrap {
            Some(path) => bootstrap::read(path)?,
            None => Vec::new(),
        };
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        let admin_listener = TcpListener::bind(config.admin)
            .await
            .with_context(|| format!("cannot listen on {}", config.admin))?;
        let address = listener.local_addr().context("no address")?;
        let admin = admin_listener.local_addr().context("no address")?;

        // Before the first request: what is pending now was left by an earlier process.
        let first = stores.platform(&config, String::new());
        complete_unfinished(&first).await.context("cannot record what an earlier process left unrecorded")?;
        let pipeline = Pipeline::open(stores.sources(&config)).await.context("cannot take up delivery")?;
        let account = first_start::primary_account(&first, &config, &seeds).await?;
        let platform = Arc::new(stores.platform(&config, account.clone()));
        let gateway = Gateway::new(Arc::clone(&platform));
        let health = Arc::new(Health::starting());
        let (stop, stopped) = watch::channel(false);
        let (pipeline_stop, pipeline_stopped) = watch::channel(false);
        let config = Arc::new(config);
        let pipeline = tokio::spawn(supervise::run(
            pipeline,
            Arc::clone(&stores),
            Arc::clone(&config),
            Arc::clone(&health),
            pipeline_stopped,
        ));
        if config.default_trail {
            first_start::default_trail(&gateway, &config, &account)
                .await
                .context("cannot make the default trail")?;
        }
        let metrics = metrics_handle();
        let scheme = if config.tls == Tls::Off { "http" } else { "https" };
        let url = format!("{scheme}://{address}");
        let topics = &platform.topics;
        let courier = Arc::new(HttpCourier::new(config.notification_networks.clone()));
        let base = config.endpoint_url.clone().unwrap_or_else(|| url.clone());
        let door = Door { gateway, topics: Arc::clone(topics) };
        let proxies = Arc::new(config.trusted_proxies.clone());
        let places = Places::for_this_process();
        let vitals =
            Vitals::new(Arc::clone(&stores.catalog), Arc::clone(&stores.journal), config.data.clone());
        let listeners = vec![
            tokio::spawn(connection::serve(listener, acceptor, door, (places, proxies), stopped.clone())),
            tokio::spawn(upkeep::messages(Arc::clone(topics), courier, base, stopped.clone())),
            tokio::spawn(upkeep::unconfirmed(Arc::clone(topics), stopped.clone())),
            tokio::spawn(upkeep::bucket_events(Arc::clone(&platform), stopped.clone())),
            tokio::spawn(keep_last_used(Arc::clone(&platform), stopped.clone())),
            tokio::spawn(upkeep::lifecycle(Arc::clone(&platform), config.lifecycle_day, stopped.clone())),
            tokio::spawn(upkeep::replication(
                Arc::clone(&platform),
                config.replication_interval,
                stopped.clone(),
            )),
            tokio::spawn(upkeep::access_logs(
                Arc::clone(&platform),
                config.access_log_interval,
                stopped.clone(),
            )),
            tokio::spawn(connection::serve(
                admin_listener,
                None,
                Admin { health: Arc::clone(&health), vitals: Arc::new(vitals), metrics, platform },
                // Probes must come through whatever the callers of the API do.
                (Places::new(ADMIN_CONNECTIONS), Arc::default()),
                stopped,
            )),
        ];
        let ca_bundle = match config.tls {
            Tls::SelfSigned => std::path::absolute(tls::self_signed_certificate(&config.data)).ok(),
            _ => None,
        };
        write_endpoint(&config.data, &Endpoint { url: url.clone(), ca_bundle })?;
        health.ready();
        tracing::info!(endpoint = url, %admin, account, data = %config.data.display(), "ready");
        Ok(Self { address, account, stop, pipeline_stop, listeners, pipeline })
    }

    /// Ends requests, then delivery. Nothing that was answered is lost: it is in the journal.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        for listener in self.listeners {
            let _ = listener.await;
        }
        let _ = self.pipeline_stop.send(true);
        if tokio::time::timeout(Duration::from_secs(20), self.pipeline).await.is_err() {
            tracing::warn!("a delivery did not end in time; the next start repeats it");
        }
    }
}

/// The gateway, and before it the one thing that is not an API call: the certificate of the key that signs messages.
#[derive(Debug, Clone)]
struct Door {
    gateway: Gateway,
    topics: Arc<Topics>,
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Answer for Door {
    async fn answer(&self, request: Request<Body>, peer: Peer) -> Response<Body> {
        // No bucket has such a name.
        if !request.uri().path().starts_with(CERTIFICATE_PATH) {
            return self.gateway.answer(request, peer).await;
        }
        match self.topics.certificate().await {
            Ok(Some((path, pem))) if path == request.uri().path() && request.method() == Method::GET => {
                connection::small(200, "application/x-pem-file", pem)
            }
            Ok(_) => connection::small(404, TEXT, "no such certificate\n".into()),
            Err(error) => {
                tracing::error!(%error, "the certificate of messages cannot be read");
                connection::small(500, TEXT, "the certificate cannot be read\n".into())
            }
        }
    }
}

/// Stores when keys were last used, every minute and at the end.
async fn keep_last_used(platform: Arc<Platform>, mut stop: watch::Receiver<bool>) {
    loop {
        let stopped = tokio::select! {
            () = tokio::time::sleep(Duration::from_mins(1)) => false,
            _ = stop.wait_for(|stop| *stop) => true,
        };
        if let Err(error) = platform.flush_last_used().await {
            tracing::warn!(%error, "when keys were last used could not be stored; it is tried again");
        }
        if stopped {
            return;
        }
    }
}

/// The process's metrics. Installed once; later callers share it.
pub(crate) fn metrics_handle() -> metrics_exporter_prometheus::PrometheusHandle {
    static HANDLE: std::sync::OnceLock<metrics_exporter_prometheus::PrometheusHandle> =
        std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            handle
        })
        .clone()
}
