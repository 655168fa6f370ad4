//! Shell exports that point AWS clients at a service.

use crate::tls::write_private;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// How clients reach the service, as `serve` leaves it in the data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub url: String,
    /// The certificate clients must trust, for self-signed TLS.
    pub ca_bundle: Option<PathBuf>,
}

fn endpoint_file(data: &Path) -> PathBuf {
    data.join("endpoint")
}

/// Where the root key is.
pub(crate) fn credentials_file(data: &Path) -> PathBuf {
    data.join("credentials")
}

/// Leaves word of where the service listens.
pub(crate) fn write_endpoint(data: &Path, endpoint: &Endpoint) -> Result<()> {
    let bundle = endpoint.ca_bundle.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
    let path = endpoint_file(data);
    write_private(&path, &format!("{}\n{bundle}\n", endpoint.url))
}

/// The first key of an AWS shared credentials file: id and secret.
pub(crate) fn read_credentials(path: &Path) -> Result<(String, String)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    match (value("aws_access_key_id"), value("aws_secret_access_key")) {
        (Some(id), Some(secret)) => Ok((id, secret)),
        _ => bail!("{} holds no access key", path.display()),
    }
}

/// The export lines.
pub(crate) fn exports(data: &Path) -> Result<String> {
    let credentials = credentials_file(data);
    if !credentials.exists() {
        bail!(
            "{} does not exist: start the service first (trailward serve --data {}), or name its data directory with --data",
            credentials.display(),
            data.display()
        );
    }
    let (id, secret) = read_credentials(&credentials)?;
    let path = endpoint_file(data);
    let endpoint =
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = endpoint.lines();
    let url = lines.next().unwrap_or_default();
    let mut text = String::new();
    let mut export = |name: &str, value: &str| {
        text.push_str(&format!("export {name}={}\n", quoted(value)));
    };
    export("AWS_ENDPOINT_URL", url);
    export("AWS_ACCESS_KEY_ID", &id);
    export("AWS_SECRET_ACCESS_KEY", &secret);
    export("AWS_REGION", "us-east-1");
    export("AWS_DEFAULT_REGION", "us-east-1");
    if let Some(bundle) = lines.next().filter(|line| !line.is_empty()) {
        export("AWS_CA_BUNDLE", bundle);
    }
    text.push_str("unset AWS_SESSION_TOKEN AWS_PROFILE\n");
    Ok(text)
}

/// One word for a shell.
pub(crate) fn quoted(value: &str) -> String {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"/:.+=_-".contains(&b));
    if plain { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_safe_to_evaluate() {
        let dir = tempfile::tempdir().unwrap();
        assert!(exports(dir.path()).unwrap_err().to_string().contains("trailward serve"));
        std::fs::write(
            credentials_file(dir.path()),
            "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = a/b+c=\n",
        )
        .unwrap();
        let ca_bundle = Some(PathBuf::from("/tmp/it's here/ca.pem"));
        write_endpoint(dir.path(), &Endpoint { url: "https://127.0.0.1:1".into(), ca_bundle }).unwrap();
        let text = exports(dir.path()).unwrap();
        assert!(text.contains("export AWS_SECRET_ACCESS_KEY=a/b+c=\n"), "{text}");
        assert!(text.contains("export AWS_CA_BUNDLE='/tmp/it'\\''s here/ca.pem'\n"), "{text}");
    }
}
