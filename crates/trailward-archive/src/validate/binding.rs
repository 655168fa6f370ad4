//! Where objects lie and where they were delivered to. A digest is signed for one bucket and key; a copy keeps the part
//! of the key from `AWSLogs/` on, and lies in another bucket, under another prefix or on a disk.

use super::collect::Collector;
use super::doubt::Doubt;
use crate::find::Place;
use crate::report::{Finding, Span};
use crate::source::Source;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use trailward_digest::Reason;

/// Findings about other origins that are kept until it is known which origin is the right one.
const MOST_EXAMPLES: usize = 10_000;

/// A bucket and the part of the keys before `AWSLogs/`.
pub(super) type Origin = (String, String);

/// What digests say of where they were delivered.
pub(super) struct Bindings {
    /// What the user said.
    originals: Vec<Origin>,
    /// The buckets of the sources, and what a mirror says of itself.
    own: Vec<Option<String>>,
    mirrored: Vec<bool>,
    /// For each tree: every origin that a digest with a good signature claims.
    claims: Mutex<BTreeMap<(usize, String), HashMap<Origin, Claimed>>>,
}

#[derive(Default)]
struct Claimed {
    count: u64,
    examples: Vec<Finding>,
}

impl Bindings {
    pub(super) fn new(sources: &[Arc<dyn Source>], originals: Vec<Origin>) -> Self {
        let own = |source: &Arc<dyn Source>| {
            source.origin().map(|origin| origin.bucket.clone()).or(source.bucket().map(str::to_owned))
        };
        Self {
            originals,
            own: sources.iter().map(own).collect(),
            mirrored: sources.iter().map(|source| source.origin().is_some()).collect(),
            claims: Mutex::default(),
        }
    }

    /// A digest with a good signature at `place` says it was delivered to `origin`. `finding` is what is wrong with it
    /// if that is not where this tree comes from.
    pub(super) fn claim(&self, place: &Place, origin: Origin, finding: impl FnOnce() -> Finding) {
        let own = self.own.get(place.source).and_then(Option::as_ref) == Some(&origin.0)
            && origin.1 == place.prefix;
        if let Ok(mut claims) = self.claims.lock() {
            let tree = claims.entry((place.source, place.prefix.clone())).or_default();
            let claimed = tree.entry(origin).or_default();
            claimed.count += 1;
            if !own && claimed.examples.len() < MOST_EXAMPLES {
                claimed.examples.push(finding());
            }
        }
    }

    /// The source number and key under which an object that was delivered to `bucket` as `key` should lie, seen from a
    /// digest at `place` that was delivered to `origin`.
    pub(super) fn locate(
        &self,
        place: &Place,
        origin: &Origin,
        bucket: &str,
        key: &str,
    ) -> Option<(usize, String)> {
        if bucket == origin.0
            && let Some(rest) = key.strip_prefix(&origin.1)
        {
            return Some((place.source, format!("{}{rest}", place.prefix)));
        }
        // The same bucket without that prefix, or another source.
        let number = self.own.iter().position(|own| own.as_deref() == Some(bucket))?;
        Some((number, key.to_owned()))
    }

    /// Decides for every tree where it comes from: what the user said; else where it lies, if any digest says so; else
    /// what most digests say. Reports the digests that say otherwise. Returns for each source what it is a copy of.
    pub(super) fn decide(&self, collector: &Collector) -> Vec<Option<String>> {
        let mut copies = vec![None; self.own.len()];
        let Ok(claims) = self.claims.lock() else { return copies };
        for ((source, prefix), tree) in claims.iter() {
            let own = self.own.get(*source).cloned().flatten().map(|bucket| (bucket, prefix.clone()));
            let most = || {
                let mut by_count: Vec<_> = tree.iter().map(|(origin, c)| (c.count, origin)).collect();
                by_count.sort();
                by_count.pop().map(|(_, origin)| vec![origin.clone()]).unwrap_or_default()
            };
            let mirrored = self.mirrored.get(*source).copied().unwrap_or(false);
            let known = own.clone().filter(|own| tree.contains_key(own) || mirrored);
            let right: Vec<Origin> = match known {
                _ if !self.originals.is_empty() => self.originals.clone(),
                Some(own) => vec![own],
                None => most(),
            };
            for (origin, claimed) in tree {
                if !right.contains(origin) {
                    claimed.examples.iter().cloned().for_each(|finding| collector.add(finding));
                }
            }
            let lies_elsewhere = |origin: &&Origin| own.as_ref() != Some(*origin) || mirrored;
            if let Some((bucket, prefix)) = right.iter().find(lies_elsewhere)
                && let Some(copy) = copies.get_mut(*source)
            {
                *copy = Some(format!("s3://{bucket}/{prefix}").trim_end_matches('/').to_owned());
            }
        }
        copies
    }
}

/// What is wrong with a digest that lies elsewhere than it was signed for.
pub(super) fn moved(place: &Place, trail: &str, object: String, span: Span, detail: String) -> Finding {
    Doubt::new(Reason::DigestMoved, detail).finding(place, trail, object, span)
}
