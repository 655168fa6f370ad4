//! What is shown while a validation runs: a progress bar, and one line an object.

use super::clean::visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use trailward_archive::report::{Checked, Finding, Kind, Observer};

/// Several observers as one.
pub(crate) struct All(pub Vec<Arc<dyn Observer>>);

impl Observer for All {
    fn found(&self, objects: u64) {
        self.0.iter().for_each(|observer| observer.found(objects));
    }

    fn checked(&self, object: &Checked) {
        self.0.iter().for_each(|observer| observer.checked(object));
    }

    fn finding(&self, finding: &Finding) {
        self.0.iter().for_each(|observer| observer.finding(finding));
    }
}

/// A bar on standard error: objects, bytes, rate, time left. Hidden when that is no terminal.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    bytes: Arc<std::sync::atomic::AtomicU64>,
}

impl Progress {
    /// A bar; `hidden` for quiet runs.
    pub(crate) fn new(hidden: bool) -> Self {
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{spinner} {wide_bar} {pos}/{len} objects  {msg}  {per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, bytes: Arc::default() }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Runs `write` with the bar out of the way.
    fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }
}

impl Observer for Progress {
    fn found(&self, objects: u64) {
        self.bar.inc_length(objects);
    }

    fn checked(&self, object: &Checked) {
        let before = self.bytes.fetch_add(object.bytes, std::sync::atomic::Ordering::Relaxed);
        self.bar.inc(1);
        if !self.bar.is_hidden() {
            self.bar.set_message(super::group::bytes(before + object.bytes));
        }
    }

    fn finding(&self, _finding: &Finding) {}
}

/// One line an object, in the AWS CLI's spelling: valid ones where the caller wants them, the others on standard error.
pub(crate) struct ObjectLog {
    progress: Progress,
    valid_to_stdout: bool,
}

impl ObjectLog {
    /// Lines beside `progress`. Standard output is for valid objects only when nothing else is written there.
    pub(crate) fn new(progress: Progress, valid_to_stdout: bool) -> Self {
        Self { progress, valid_to_stdout }
    }
}

/// The line of one object.
fn line(object: &Checked) -> String {
    let (kind, backfill) = match object.kind {
        Kind::Digest => ("Digest", ""),
        Kind::Backfill => ("Digest", "(backfill) "),
        Kind::Log => ("Log", ""),
    };
    let place = match object.bucket.as_str() {
        "" => visible(&object.key),
        bucket => format!("s3://{}/{}", visible(bucket), visible(&object.key)),
    };
    let outcome = match object.reason {
        None => "valid".to_owned(),
        Some(reason) => format!("INVALID: {reason}"),
    };
    format!("{backfill}{kind} file\t{place}\t{outcome}\n")
}

impl Observer for ObjectLog {
    fn found(&self, _objects: u64) {}

    fn checked(&self, object: &Checked) {
        let line = line(object);
        self.progress.aside(|| {
            // A closed pipe is the reader's choice.
            let _ = if object.reason.is_none() && self.valid_to_stdout {
                std::io::stdout().lock().write_all(line.as_bytes())
            } else {
                std::io::stderr().lock().write_all(line.as_bytes())
            };
        });
    }

    fn finding(&self, _finding: &Finding) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use trailward_digest::Reason;

    #[test]
    fn lines_are_spelt_as_the_aws_cli_spells_them() {
        let object = Checked {
            kind: Kind::Log,
            bucket: "b".into(),
            key: "k\u{1b}[2J".into(),
            reason: None,
            remembered: false,
            bytes: 1,
            unpacked: 2,
        };
        assert_eq!(line(&object), "Log file\ts3://b/k\\u{1b}[2J\tvalid\n");
        let digest = Checked { kind: Kind::Backfill, reason: Some(Reason::DigestMoved), ..object };
        assert!(line(&digest).starts_with("(backfill) Digest file\t"));
        assert!(line(&digest).ends_with("\tINVALID: digest-moved\n"));
    }
}
