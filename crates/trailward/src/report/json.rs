//! The whole report as one JSON value.

use std::io::{self, Write};
use trailward_archive::report::Report;

/// Writes it.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
