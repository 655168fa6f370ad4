//! What a source passed over while listing.

use std::sync::Mutex;

/// The most lines that are kept.
const MOST: usize = 20;

/// Lines about what was passed over, each once.
#[derive(Debug, Default)]
pub(super) struct Skipped(Mutex<Vec<String>>);

impl Skipped {
    pub(super) fn add(&self, line: String) {
        if let Ok(mut lines) = self.0.lock()
            && lines.len() < MOST
            && !lines.contains(&line)
        {
            lines.push(line);
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().map(|lines| lines.clone()).unwrap_or_default()
    }
}
