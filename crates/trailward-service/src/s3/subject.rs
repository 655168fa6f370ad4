//! What a request is addressed to, and what its record says of that.

use super::record;
use super::table::{Line, Scope};
use crate::audit::Trace;
use trailward_bucket::BucketHead;

/// Bucket and key of a request, with the bucket as it was when the request came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject {
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub place: Option<BucketHead>,
}

impl Subject {
    /// Adds to a trace what only the bucket knows: its Region, and its owner, who is told of strangers' calls.
    /// `writes` is whether the request's method may change something.
    pub(crate) fn complete(&self, line: Option<&Line>, writes: bool, trace: &mut Trace) {
        let scope =
            line.map_or(if self.key.is_some() { Scope::Object } else { Scope::Bucket }, |line| line.scope);
        if let Some(line) = line {
            trace.data_event = line.data;
            trace.read_only = line.reads;
        }
        let owner = self.place.as_ref().map(|place| place.owner.as_str());
        let lists = line.is_some_and(Line::lists);
        trace.resources = record::resources(scope, lists, self.bucket.as_deref(), self.key.as_deref(), owner);
        let Some(place) = &self.place else { return };
        if trace.identity.account_id.as_deref().is_none_or(|id| id == "anonymous") {
            trace.recipient.clone_from(&place.owner);
        }
        trace.owners.insert(place.owner.clone());
        // A refused signature may have named any Region.
        if writes || trace.error.is_none() {
            trace.region.clone_from(&place.region);
        }
    }
}
