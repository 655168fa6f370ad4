//! `trailward`: an audit trail that nobody can quietly delete or alter.

mod admin;
mod archive;
mod bootstrap;
mod canary;
mod cli;
mod client;
mod config;
mod connection;
mod cost;
mod courier;
mod demo;
mod directory;
mod env;
mod first_start;
mod guard;
mod health;
mod limits;
mod preflight;
mod proxy;
mod report;
mod root_key;
mod serve;
mod supervise;
mod tls;
mod upkeep;
mod validate;
mod verify;
mod vitals;
mod who;
mod wiring;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // Code 2 says that something was found; what was typed wrongly is code 1.
            return if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    cli::start_logging(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::report(&anyhow::Error::new(error).context("cannot start the runtime")),
    };
    let outcome = runtime.block_on(cli::run(cli));
    // Connections that ignore the shutdown must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match outcome {
        Ok(code) => code,
        Err(error) => cli::report(&error),
    }
}
