//! `trailward archive`: mirrors, public keys, evidence.

mod evidence;
mod fetch;
mod keys;
mod span;

pub(crate) use span::delivered_between;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with an archive.
#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Mirror a bucket's digests and log files into a directory, with what an offline validation needs.
    ///
    /// Can be stopped at any time and started again: only what is missing is fetched. Each file appears when it is
    /// whole; the digests' signatures go into a manifest beside them.
    Fetch(fetch::FetchArgs),
    /// Export the public keys that digests are checked with, for offline validation.
    Keys(keys::KeysArgs),
    /// Write a bundle for auditors: matching records, their log files, digests, keys, the report, and a shell script
    /// that checks all of it with openssl and sha256sum.
    Evidence(evidence::EvidenceArgs),
}

/// Runs the command.
pub(crate) async fn run(command: ArchiveCommand, quiet: bool) -> Result<ExitCode> {
    match command {
        ArchiveCommand::Fetch(args) => fetch::run(&args, quiet).await,
        ArchiveCommand::Keys(args) => keys::run(&args).await,
        ArchiveCommand::Evidence(args) => evidence::run(&args, quiet).await,
    }
}
