//! The configuration: what was written (file, environment, flags), and what it means.

use crate::proxy::TrustedProxies;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trailward_model::{DEFAULT_REGIONS, is_region_name};
use trailward_pipeline::Timing;

/// What can be written: every key may also be a flag or an environment variable. Flags win over the environment, the
/// environment over the file, the file over the defaults.
#[derive(Debug, Default, Args)]
pub(crate) struct ServeFlags {
    /// A TOML file with any of these settings.
    #[arg(long, env = "TRAILWARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where everything is kept [default: ./trailward-data].
    #[arg(long, env = "TRAILWARD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the API listens [default: 127.0.0.1:4700].
    #[arg(long, env = "TRAILWARD_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where health and metrics listen [default: 127.0.0.1:4701].
    #[arg(long, env = "TRAILWARD_ADMIN", value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
    /// A TOML file with accounts and keys to make.
    #[arg(long, env = "TRAILWARD_BOOTSTRAP", value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// Do not make a bucket and a trail at the first start.
    #[arg(long, env = "TRAILWARD_NO_DEFAULT_TRAIL")]
    no_default_trail: bool,
    /// The id of the account that the first start makes [default: twelve random digits].
    #[arg(long, env = "TRAILWARD_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<String>,
    /// The enabled Regions, separated by commas [default: the seventeen that every AWS account has].
    #[arg(long, env = "TRAILWARD_REGIONS", value_name = "REGIONS", value_delimiter = ',')]
    regions: Option<Vec<String>>,
    /// Host names under which buckets are addressed as BUCKET.HOST.
    #[arg(long, env = "TRAILWARD_BUCKET_HOSTS", value_name = "HOSTS", value_delimiter = ',')]
    bucket_hosts: Option<Vec<String>>,
    /// The URL under which others reach the API, for the links in messages of topics [default: the address it listens on].
    #[arg(long, env = "TRAILWARD_ENDPOINT_URL", value_name = "URL")]
    endpoint_url: Option<String>,
    /// Networks to whose private addresses messages of topics may be delivered, such as 10.0.0.0/8 [default: none].
    #[arg(long, env = "TRAILWARD_NOTIFICATION_NETWORKS", value_name = "NETWORKS", value_delimiter = ',')]
    notification_networks: Option<Vec<IpNet>>,
    /// Networks of proxies whose word about the caller's address is believed: `X-Forwarded-For`, `Forwarded`, and the PROXY
    /// protocol [default: none].
    #[arg(long, env = "TRAILWARD_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',')]
    trusted_proxies: Option<Vec<IpNet>>,
    /// Serve TLS with this certificate chain (PEM).
    #[arg(
        long,
        env = "TRAILWARD_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "tls_self_signed"
    )]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "TRAILWARD_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve TLS with a certificate made at the first start (DATA/tls/certificate.pem).
    #[arg(long, env = "TRAILWARD_TLS_SELF_SIGNED")]
    tls_self_signed: bool,
    #[command(flatten)]
    timing: TimingFlags,
}

/// Timing knobs.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Timing")]
struct TimingFlags {
    /// How long a log file collects records [default: 5m].
    #[arg(long, env = "TRAILWARD_TIMING_DELIVERY_INTERVAL", value_name = "TIME", value_parser = parse_duration)]
    delivery_interval: Option<Duration>,
    /// How large a log file grows, uncompressed [default: 50MB].
    #[arg(long, env = "TRAILWARD_TIMING_DELIVERY_MAX_BYTES", value_name = "SIZE", value_parser = parse_size)]
    delivery_max_bytes: Option<usize>,
    /// How long a digest covers [default: 1h].
    #[arg(long, env = "TRAILWARD_TIMING_DIGEST_INTERVAL", value_name = "TIME", value_parser = parse_duration)]
    digest_interval: Option<Duration>,
    /// How long a signing key signs [default: 30d].
    #[arg(long, env = "TRAILWARD_TIMING_SIGNING_KEY_LIFETIME", value_name = "TIME", value_parser = parse_duration)]
    signing_key_lifetime: Option<Duration>,
    /// The longest wait between two delivery attempts [default: 5m].
    #[arg(long, env = "TRAILWARD_TIMING_RETRY_INTERVAL", value_name = "TIME", value_parser = parse_duration)]
    retry_interval: Option<Duration>,
    /// How long a day of lifecycle rules lasts [default: 24h].
    #[arg(long, env = "TRAILWARD_TIMING_LIFECYCLE_DAY", value_name = "TIME", value_parser = parse_duration)]
    lifecycle_day: Option<Duration>,
    /// How often access logs are put into their buckets [default: 5m].
    #[arg(long, env = "TRAILWARD_TIMING_ACCESS_LOG_INTERVAL", value_name = "TIME", value_parser = parse_duration)]
    access_log_interval: Option<Duration>,
    /// How often new versions are replicated [default: 10s].
    #[arg(long, env = "TRAILWARD_TIMING_REPLICATION_INTERVAL", value_name = "TIME", value_parser = parse_duration)]
    replication_interval: Option<Duration>,
}

/// The file's form. Unknown keys are refused: a misspelt setting must not pass silently.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    bootstrap: Option<PathBuf>,
    default_trail: Option<bool>,
    account_id: Option<String>,
    regions: Option<Vec<String>>,
    bucket_hosts: Option<Vec<String>>,
    endpoint_url: Option<String>,
    notification_networks: Option<Vec<IpNet>>,
    trusted_proxies: Option<Vec<IpNet>>,
    tls: WrittenTls,
    timing: WrittenTiming,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenTls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    self_signed: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenTiming {
    delivery_interval: Option<String>,
    delivery_max_bytes: Option<String>,
    digest_interval: Option<String>,
    signing_key_lifetime: Option<String>,
    retry_interval: Option<String>,
    lifecycle_day: Option<String>,
    access_log_interval: Option<String>,
    replication_interval: Option<String>,
}

/// How connections are secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Plain HTTP.
    Off,
    /// These PEM files.
    Files { certificate: PathBuf, key: PathBuf },
    /// A certificate of our own making.
    SelfSigned,
}

/// What `serve` does, with nothing left open.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub admin: SocketAddr,
    pub bootstrap: Option<PathBuf>,
    pub default_trail: bool,
    pub account_id: Option<String>,
    pub regions: Vec<String>,
    pub bucket_hosts: Vec<String>,
    /// How others reach the API, without a slash at its end; `None` for where it listens.
    pub endpoint_url: Option<String>,
    /// Where messages of topics may go beside public addresses.
    pub notification_networks: Vec<IpNet>,
    /// Whose word about the caller's address is believed.
    pub trusted_proxies: TrustedProxies,
    pub tls: Tls,
    pub timing: Timing,
    /// How long a day of lifecycle rules lasts. Whole seconds, at least one.
    pub lifecycle_day: Duration,
    /// How often access logs are put.
    pub access_log_interval: Duration,
    /// How often new versions are replicated.
    pub replication_interval: Duration,
}

impl ServeFlags {
    /// Reads the file and puts all sources together.
    pub(crate) fn resolve(&self) -> Result<Config> {
        let written = match &self.config {
            Some(path) => read_file(path)?,
            None => Written::default(),
        };
        let mut timing = Timing::default();
        let in_file = |name: &str| format!("timing.{name} in the configuration file");
        let time = |flag: Option<Duration>, text: &Option<String>, name: &str| -> Result<Option<Duration>> {
            match (flag, text) {
                (Some(flag), _) => Ok(Some(flag)),
                (None, Some(text)) => {
                    parse_duration(text).map(Some).map_err(anyhow::Error::msg).with_context(|| in_file(name))
                }
                (None, None) => Ok(None),
            }
        };
        let (flags, file) = (&self.timing, &written.timing);
        if let Some(value) = time(flags.delivery_interval, &file.delivery_interval, "delivery_interval")? {
            timing.delivery_interval = value;
        }
        if let Some(value) = time(flags.digest_interval, &file.digest_interval, "digest_interval")? {
            timing.digest_interval = value;
        }
        if let Some(value) =
            time(flags.signing_key_lifetime, &file.signing_key_lifetime, "signing_key_lifetime")?
        {
            timing.signing_key_lifetime = value;
        }
        if let Some(value) = time(flags.retry_interval, &file.retry_interval, "retry_interval")? {
            timing.retry_most = value;
            timing.retry_first = timing.retry_first.min(value);
        }
        let lifecycle_day = time(flags.lifecycle_day, &file.lifecycle_day, "lifecycle_day")?;
        let lifecycle_day = lifecycle_day.unwrap_or(Duration::from_hours(24));
        if lifecycle_day < Duration::from_secs(1) || lifecycle_day.subsec_nanos() != 0 {
            bail!("a lifecycle day must be a whole number of seconds");
        }
        let access_log_interval =
            time(flags.access_log_interval, &file.access_log_interval, "access_log_interval")?
                .unwrap_or(Duration::from_mins(5));
        let replication_interval =
            time(flags.replication_interval, &file.replication_interval, "replication_interval")?
                .unwrap_or(Duration::from_secs(10));
        match (flags.delivery_max_bytes, &file.delivery_max_bytes) {
            (Some(value), _) => timing.delivery_max_bytes = value,
            (None, Some(text)) => {
                timing.delivery_max_bytes = parse_size(text)
                    .map_err(anyhow::Error::msg)
                    .with_context(|| in_file("delivery_max_bytes"))?;
            }
            (None, None) => {}
        }
        if timing.digest_interval < Duration::from_secs(1) || timing.digest_interval.subsec_nanos() != 0 {
            bail!(
                "the digest interval must be a whole number of seconds: digests are named by the second they end"
            );
        }
        let mut regions = self
            .regions
            .clone()
            .or(written.regions)
            .unwrap_or_else(|| DEFAULT_REGIONS.iter().map(|r| (*r).to_owned()).collect());
        regions.sort();
        regions.dedup();
        if let Some(bad) = regions.iter().find(|r| !is_region_name(r)) {
            bail!("`{bad}` is not a Region's name");
        }
        if !regions.iter().any(|r| r == "us-east-1") {
            bail!("the enabled Regions must include us-east-1: IAM and other global services are there");
        }
        let account_id = self.account_id.clone().or(written.account_id);
        if let Some(id) = &account_id
            && (id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()))
        {
            bail!("the account id `{id}` is not twelve digits");
        }
        let endpoint_url =
            self.endpoint_url.clone().or(written.endpoint_url).map(|url| checked_url(&url)).transpose()?;
        let certificate = self.tls_cert.clone().or(written.tls.certificate);
        let key = self.tls_key.clone().or(written.tls.key);
        let self_signed = self.tls_self_signed || written.tls.self_signed == Some(true);
        let tls = match (certificate, key, self_signed) {
            (Some(certificate), Some(key), false) => Tls::Files { certificate, key },
            (None, None, true) => Tls::SelfSigned,
            (None, None, false) => Tls::Off,
            _ => {
                bail!("TLS needs both a certificate and its key, or a self-signed certificate, not a mixture")
            }
        };
        let default_trail = !self.no_default_trail && written.default_trail != Some(false);
        Ok(Config {
            data: self.data.clone().or(written.data).unwrap_or_else(|| "./trailward-data".into()),
            listen: self.listen.or(written.listen).unwrap_or_else(|| ([127, 0, 0, 1], 4700).into()),
            admin: self.admin.or(written.admin).unwrap_or_else(|| ([127, 0, 0, 1], 4701).into()),
            bootstrap: self.bootstrap.clone().or(written.bootstrap),
            default_trail,
            account_id,
            regions,
            bucket_hosts: self.bucket_hosts.clone().or(written.bucket_hosts).unwrap_or_default(),
            endpoint_url,
            notification_networks: self
                .notification_networks
                .clone()
                .or(written.notification_networks)
                .unwrap_or_default(),
            trusted_proxies: TrustedProxies::new(
                self.trusted_proxies.clone().or(written.trusted_proxies).unwrap_or_default(),
            )?,
            tls,
            timing,
            lifecycle_day,
            access_log_interval,
            replication_interval,
        })
    }
}

/// A URL with a host and nothing behind it.
fn checked_url(url: &str) -> Result<String> {
    let bare = url.trim_end_matches('/');
    let host = bare.strip_prefix("http://").or_else(|| bare.strip_prefix("https://")).unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        bail!("the endpoint URL `{url}` is not http:// or https:// with a host and nothing behind it");
    }
    Ok(bare.to_owned())
}

fn read_file(path: &Path) -> Result<Written> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))
}

impl Config {
    /// The configuration in the file's form.
    pub(crate) fn to_toml(&self) -> Result<String> {
        let time = |value: Duration| Some(show_duration(value));
        let (certificate, key, self_signed) = match &self.tls {
            Tls::Off => (None, None, Some(false)),
            Tls::Files { certificate, key } => (Some(certificate.clone()), Some(key.clone()), None),
            Tls::SelfSigned => (None, None, Some(true)),
        };
        let written = Written {
            data: Some(self.data.clone()),
            listen: Some(self.listen),
            admin: Some(self.admin),
            bootstrap: self.bootstrap.clone(),
            default_trail: Some(self.default_trail),
            account_id: self.account_id.clone(),
            regions: Some(self.regions.clone()),
            bucket_hosts: Some(self.bucket_hosts.clone()),
            endpoint_url: self.endpoint_url.clone(),
            notification_networks: Some(self.notification_networks.clone()),
            trusted_proxies: Some(self.trusted_proxies.networks().to_vec()),
            tls: WrittenTls { certificate, key, self_signed },
            timing: WrittenTiming {
                delivery_interval: time(self.timing.delivery_interval),
                delivery_max_bytes: Some(self.timing.delivery_max_bytes.to_string()),
                digest_interval: time(self.timing.digest_interval),
                signing_key_lifetime: time(self.timing.signing_key_lifetime),
                retry_interval: time(self.timing.retry_most),
                lifecycle_day: time(self.lifecycle_day),
                access_log_interval: time(self.access_log_interval),
                replication_interval: time(self.replication_interval),
            },
        };
        toml::to_string(&written).context("the configuration cannot be written as TOML")
    }
}

/// `250ms`, `5s`, `5m`, `1h`, `30d`: at least one millisecond, at most ten years.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits).unwrap_or(("", text));
    let number: u64 =
        number.parse().map_err(|_| format!("`{text}` is not a time such as 250ms, 5s, 5m, 1h or 30d"))?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{text}` is not a time: use ms, s, m, h or d")),
    };
    match number.checked_mul(unit) {
        Some(millis @ 1..=315_360_000_000) => Ok(Duration::from_millis(millis)),
        _ => Err(format!("`{text}` is out of range: between 1ms and ten years")),
    }
}

fn show_duration(value: Duration) -> String {
    let millis = value.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fitting = units.iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit));
    fitting.map_or_else(|| format!("{millis}ms"), |(unit, name)| format!("{}{name}", millis / unit))
}

/// `50MB`, `512KB`, `1000000`: between 1 KB and 1 GB.
fn parse_size(text: &str) -> Result<usize, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits).unwrap_or(("", text));
    let number: usize = number.parse().map_err(|_| format!("`{text}` is not a size such as 50MB"))?;
    let unit = match unit {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        _ => return Err(format!("`{text}` is not a size: use B, KB or MB")),
    };
    match number.checked_mul(unit) {
        Some(size @ 1_000..=1_000_000_000) => Ok(size),
        _ => Err(format!("`{text}` is out of range: between 1KB and 1000MB")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes() {
        assert_eq!(parse_duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for bad in ["", "5", "m", "0s", "-1s", "1.5h", "99999999999999999999s", "20000000d", "5 m"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
        for text in ["5m", "1h", "30d", "90s", "250ms"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
        assert_eq!(parse_size("50MB"), Ok(50_000_000));
        for bad in ["", "MB", "1B", "2000MB", "5GB", "99999999999999999999"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        let flags = ServeFlags {
            account_id: Some("111122223333".into()),
            tls_self_signed: true,
            ..ServeFlags::default()
        };
        let config = flags.resolve().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trailward.toml");
        std::fs::write(&path, config.to_toml().unwrap()).unwrap();
        let again = ServeFlags { config: Some(path), ..ServeFlags::default() }.resolve().unwrap();
        assert_eq!(config.to_toml().unwrap(), again.to_toml().unwrap());
    }

    #[test]
    fn refuses_what_cannot_work() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trailward.toml");
        for (text, part) in [
            ("lisen = \"127.0.0.1:1\"", "lisen"),
            ("regions = [\"eu-west-1\"]", "us-east-1"),
            ("regions = [\"us-east-1\", \"Mars\"]", "Mars"),
            ("account_id = \"12\"", "twelve digits"),
            ("[timing]\ndigest_interval = \"500ms\"", "whole number of seconds"),
            ("[timing]\nlifecycle_day = \"500ms\"", "whole number of seconds"),
            ("[timing]\ndelivery_interval = \"soon\"", "delivery_interval"),
            ("[tls]\ncertificate = \"a\"", "key"),
            ("endpoint_url = \"https://a.example/path\"", "nothing behind it"),
            ("notification_networks = [\"10.0.0.0/40\"]", "notification_networks"),
        ] {
            std::fs::write(&path, text).unwrap();
            let flags = ServeFlags { config: Some(path.clone()), ..ServeFlags::default() };
            let error = format!("{:#}", flags.resolve().unwrap_err());
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
