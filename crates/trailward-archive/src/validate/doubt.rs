//! Why an object is not believed, and how that is reported.

use super::collect::remedy_of;
use crate::find::Place;
use crate::report::{Finding, Span};
use crate::source::SourceError;
use trailward_digest::{Reason, Verdict};

/// Why a digest or log file is not believed.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) reason: Reason,
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    /// The permission that would be needed.
    pub(super) needs: Option<String>,
    /// Records in it, where they could be counted.
    pub(super) records: Option<u64>,
}

impl Doubt {
    /// With the verdict that the reason has by itself.
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, verdict: reason.verdict(), detail: detail.into(), needs: None, records: None }
    }

    /// What was found cannot be what was delivered.
    pub(super) fn altered(reason: Reason, detail: impl Into<String>) -> Self {
        Self { verdict: Verdict::Altered, ..Self::new(reason, detail) }
    }

    /// It could not be read: more than CloudTrail ever writes is not what was delivered, everything else is unknown.
    pub(super) fn unread(reason: Reason, error: &SourceError) -> Self {
        match error {
            SourceError::TooLarge { .. } => Self::altered(reason, error.to_string()),
            _ => Self { needs: error.needs(), ..Self::new(reason, error.to_string()) },
        }
    }

    /// The finding about the object that `object` names.
    pub(super) fn finding(self, place: &Place, trail: &str, object: String, span: Span) -> Finding {
        Finding {
            reason: self.reason,
            verdict: self.verdict,
            account: Some(place.account.clone()),
            region: Some(place.region.clone()),
            trail: Some(trail.to_owned()),
            object: Some(object),
            span,
            records: self.records,
            detail: self.detail,
            remedy: remedy_of(self.reason, self.verdict).to_owned(),
            needs: self.needs,
        }
    }
}
