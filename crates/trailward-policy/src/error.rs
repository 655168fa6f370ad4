use std::fmt;

/// Why a policy document was refused, and where in it the fault lies.
///
/// The services answer with it as `MalformedPolicyDocument` or `MalformedPolicy`; its text names no internals
/// and repeats at most a short piece of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    path: String,
    message: String,
    too_large: bool,
}

/// Longest piece of a foreign document that an error repeats.
const QUOTE_LIMIT: usize = 120;

impl ParseError {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), too_large: false }
    }

    pub(crate) fn too_large(message: String) -> Self {
        Self { path: String::new(), message, too_large: true }
    }

    /// Where the fault lies, such as `Statement[1].Condition.StringEquals`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the document was refused for its size alone, which AWS answers with `LimitExceeded`.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ParseError {}

/// A piece of the document as an error may show it: bounded, and without control characters.
pub(crate) fn quote(text: &str) -> String {
    let mut shown: String =
        text.chars().take(QUOTE_LIMIT).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(QUOTE_LIMIT).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
