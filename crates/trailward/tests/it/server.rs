//! A real server in a process of its own.

use crate::client::{Client, Transport};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use trailward_wire::sigv4::{Credentials, SigningSecret};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_trailward");

/// A running `trailward serve`; killed when dropped.
pub struct Server {
    child: Child,
    pub data: PathBuf,
    pub url: String,
    pub admin: String,
    pub access_key_id: String,
    pub secret: String,
}

impl Server {
    /// Starts a server on free ports and waits until it answers.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_at(data, "127.0.0.1:0", arguments)
    }

    /// The same on a given address.
    pub fn start_at(data: &Path, listen: &str, arguments: &[&str]) -> Self {
        Self::start_with(data, listen, arguments, |_| {})
    }

    /// The same with a command that was changed by `change`.
    pub fn start_with(
        data: &Path,
        listen: &str,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let endpoint = data.join("endpoint");
        let _ = std::fs::remove_file(&endpoint);
        let admin = free_port();
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(data.with_extension("log")).unwrap();
        let mut command = Command::new(BINARY);
        command.args(["serve", "--listen", listen, "--admin", &admin, "--data"]).arg(data).args(arguments);
        command.stdout(Stdio::null()).stderr(log);
        change(&mut command);
        let mut child = command.spawn().unwrap();
        // What it holds of the log is the child's alone.
        drop(command);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !endpoint.exists() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", log_of(data));
            }
            assert!(Instant::now() < deadline, "the server did not start:\n{}", log_of(data));
            std::thread::sleep(Duration::from_millis(10));
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut url = String::new();
        while !url.contains("://") && Instant::now() < deadline {
            url = std::fs::read_to_string(&endpoint).unwrap().lines().next().unwrap_or_default().to_owned();
        }
        let credentials = std::fs::read_to_string(data.join("credentials")).unwrap();
        let value = |name: &str| {
            let line = credentials.lines().find_map(|l| l.strip_prefix(name)).unwrap();
            line.trim_start_matches([' ', '=']).to_owned()
        };
        Self {
            child,
            data: data.to_owned(),
            url,
            admin,
            access_key_id: value("aws_access_key_id"),
            secret: value("aws_secret_access_key"),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn address(&self) -> SocketAddr {
        self.url.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// A client with the root key.
    pub fn client(&self) -> Client {
        Client {
            transport: Transport::Http(self.address()),
            credentials: Credentials {
                access_key_id: self.access_key_id.clone(),
                secret: SigningSecret::new(self.secret.clone()),
                session_token: None,
            },
            region: "us-east-1".into(),
        }
    }

    /// The environment that `trailward env` would export.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let endpoint = std::fs::read_to_string(self.data.join("endpoint")).unwrap();
        let bundle = endpoint.lines().nth(1).filter(|line| !line.is_empty());
        let mut variables = vec![
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret.clone()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_DEFAULT_REGION", "us-east-1".into()),
            ("AWS_CONFIG_FILE", "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_MAX_ATTEMPTS", "1".into()),
        ];
        variables.extend(bundle.map(|path| ("AWS_CA_BUNDLE", path.to_owned())));
        variables
    }

    /// Ends it as a power loss would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator would; it must end by itself, with code 0.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}:\n{}", log_of(&self.data));
                return;
            }
            assert!(Instant::now() < deadline, "the server did not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it logged.
    pub fn log(&self) -> String {
        log_of(&self.data)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_of(data: &Path) -> String {
    std::fs::read_to_string(data.with_extension("log")).unwrap_or_default()
}

fn free_port() -> String {
    // The port may be taken again before the server binds it; the start then fails loudly.
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Short intervals, so that a test sees several files and digests.
pub const SHORT: &[&str] = &[
    "--delivery-interval",
    "500ms",
    "--digest-interval",
    "2s",
    "--retry-interval",
    "1s",
    "--account-id",
    "111122223333",
    "--regions",
    "us-east-1,eu-west-1",
];

/// A program that finds the Python clients, the binary under test and the server, and nothing of the user's own.
pub fn client(bin: &Path, program: &Path, server: &Server, dir: &Path) -> Command {
    let ours = Path::new(BINARY).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .env_remove("AWS_CA_BUNDLE")
        .envs(server.environment())
        .env("PATH", format!("{}:{}:{path}", bin.display(), ours.display()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .current_dir(dir);
    command
}
