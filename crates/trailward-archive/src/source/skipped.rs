//! What a source passed over while listing.

use std::sync::Mutex;

/// The most lines that are kept.
const MOST: usize = 20;

/// Lines about what was passed over, each once.
#[derive(Debug, Default)]
pub(super) struct Skipped(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    lines: Vec<String>,
    more: bool,
}

impl Skipped {
    pub(super) fn add(&self, line: String) {
        if let Ok(mut inner) = self.0.lock()
            && !inner.lines.contains(&line)
        {
            if inner.lines.len() < MOST {
                inner.lines.push(line);
            } else {
                inner.more = true;
            }
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Ok(inner) = self.0.lock() else { return vec!["what was passed over is not known".into()] };
        let more = inner.more.then(|| "more was passed over".to_owned());
        inner.lines.iter().cloned().chain(more).collect()
    }
}
