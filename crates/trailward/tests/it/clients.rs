//! The AWS CLI and boto3, pinned, in a virtual environment under the target directory.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Says past the test runner's capture that a test did not run: a skipped test must not look like a passed one.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("\nskipped: {why}\n").as_bytes());
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The virtual environment's `bin` directory, made on first use. `None`, said aloud, where there is no Python; with
/// `CI=true` that is a failure.
pub fn bin() -> Option<&'static Path> {
    static BIN: OnceLock<Option<PathBuf>> = OnceLock::new();
    BIN.get_or_init(|| match make() {
        Ok(bin) => Some(bin),
        Err(why) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no Python clients: {why}");
            skipped(&format!("no Python clients: {why}"));
            None
        }
    })
    .as_deref()
}

fn make() -> Result<PathBuf, String> {
    let requirements = root().join("tests/clients/requirements.txt");
    let pinned = std::fs::read_to_string(&requirements).map_err(|e| e.to_string())?;
    // The test binary lies in TARGET/PROFILE/deps.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let venv = target.join("clients");
    let done = venv.join("installed.txt");
    std::fs::create_dir_all(&venv).map_err(|e| e.to_string())?;
    let lock = std::fs::File::create(target.join("clients.lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let bin = venv.join("bin");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == pinned) {
        return Ok(bin);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(bin.join("python")).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))?;
    std::fs::write(&done, pinned).map_err(|e| e.to_string())?;
    Ok(bin)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}
