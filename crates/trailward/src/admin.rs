//! The admin listener: `/healthz`, `/readyz`, `/metrics`.

use crate::connection::{Answer, small};
use crate::health::Health;
use crate::vitals::Vitals;
use http::{Method, Request, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use trailward_service::{Body, Peer, Platform};

/// Answers probes and scrapes.
#[derive(Clone)]
pub(crate) struct Admin {
    pub health: Arc<Health>,
    pub vitals: Arc<Vitals>,
    pub metrics: PrometheusHandle,
    pub platform: Arc<Platform>,
}

impl Answer for Admin {
    async fn answer(&self, request: Request<Body>, _: Peer) -> Response<Body> {
        const TEXT: &str = "text/plain; charset=utf-8";
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return small(405, TEXT, "only GET\n".into());
        }
        match request.uri().path() {
            "/healthz" => small(200, TEXT, "ok\n".into()),
            "/readyz" if !self.platform.is_recording() => small(
                503,
                TEXT,
                "calls cannot be recorded, so none is performed; restart after mending the disk\n".into(),
            ),
            "/readyz" => {
                let problem = match self.health.problem() {
                    Some(problem) => Some(problem),
                    None => self.vitals.problem().await,
                };
                match problem {
                    None => small(200, TEXT, "ready\n".into()),
                    Some(problem) => small(503, TEXT, format!("{problem}\n")),
                }
            }
            "/metrics" => small(200, "text/plain; version=0.0.4; charset=utf-8", self.metrics.render()),
            _ => small(404, TEXT, "there are /healthz, /readyz and /metrics\n".into()),
        }
    }
}
