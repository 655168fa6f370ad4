//! What a caller is told when a call fails.

use std::borrow::Cow;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: the same call will fail again.
    Sender,
    /// The service's: the same call may succeed later.
    Receiver,
}

/// An AWS error: what goes on the wire and into the record. It never carries internal text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// `TrailNotFoundException` …
    pub code: Cow<'static, str>,
    /// For the person who reads it.
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// Further members of the error body, in order (`BucketName` …).
    pub members: Vec<(&'static str, String)>,
}

impl ApiError {
    /// An error with an explicit status.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status, members: Vec::new() }
    }

    /// The caller's mistake, status 400.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(code, 400, message)
    }

    /// Something failed inside. The message is always the same: details go to the log, not to the caller.
    pub fn internal() -> Self {
        Self::new("InternalFailure", 500, "The request processing has failed because of an unknown error.")
    }

    /// The service cannot record the call now, so it does not perform it.
    pub fn unavailable() -> Self {
        Self::new("ServiceUnavailable", 503, "The service is unable to handle the request. Try again later.")
    }

    /// Adds a member to the error's body.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Whose fault it is, by status.
    pub fn fault(&self) -> Fault {
        if self.status < 500 { Fault::Sender } else { Fault::Receiver }
    }
}
