//! Looking through what is no part of CloudTrail's layout, object by object: a tree may lie anywhere in it.

use super::walk::{Spot, Step, Walk, Walked};
use super::{Noted, ROOT};
use crate::source::{Cursor, SourceError};
use std::sync::atomic::Ordering;
use trailward_digest::Reason;
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER};

/// The most pages of a thousand objects that are looked through in a source.
pub(super) const MOST_PAGES: usize = 3_000;

/// Looks through everything below `prefix`. `strict` where CloudTrail alone writes: any object is named there.
pub(super) async fn scan(walk: &Walk<'_>, prefix: &str, strict: bool) -> Result<Walked, SourceError> {
    let mut walked = Walked::default();
    let (mut odd, mut example, mut seen) = (0_u64, None, 0_u64);
    let mut from: Option<Cursor> = None;
    loop {
        if walk.pages.fetch_add(1, Ordering::Relaxed) >= MOST_PAGES {
            let why = format!(
                "it holds more objects than are looked through ({seen} were): name the folder that {ROOT} lies in, or \
                 leave this one out with --except"
            );
            walked.note(Reason::NotSearched, prefix, why);
            break;
        }
        let page = walk.source.list(prefix, from.as_ref()).await?;
        let mut past = None;
        for object in &page.objects {
            let key = object.key.as_str();
            if let Some(folder) = walk.scope.wanted.excepted(key) {
                past = Some(folder.to_owned());
                break;
            }
            if let Some(tree) = tree_of(key, prefix) {
                let root = format!("{tree}{ROOT}/");
                past = Some(root.clone());
                walked.next.push(Step { prefix: root, spot: Spot::Tree { tree: tree.to_owned() } });
                break;
            }
            seen += 1;
            if object.size > 0 && (strict || looks_delivered(key.strip_prefix(prefix).unwrap_or(key))) {
                odd += 1;
                example.get_or_insert_with(|| key.to_owned());
            }
        }
        from = match past {
            // `0` follows `/`: the first key behind everything in the folder.
            Some(folder) => Some(Cursor::After(format!("{}0", folder.trim_end_matches('/')))),
            None => page.next,
        };
        if from.is_none() {
            break;
        }
    }
    if let Some(example) = example {
        let folder = example.rsplit_once('/').map_or(prefix, |(folder, _)| folder).to_owned();
        let why =
            format!("{odd} objects below {prefix:?} lie where CloudTrail puts none, the first is {example}");
        walked.noted.push(Noted { reason: Reason::NotSearched, folder, why });
    }
    Ok(walked)
}

/// The part of `key` before the first `AWSLogs/` below `prefix`.
fn tree_of<'a>(key: &'a str, prefix: &str) -> Option<&'a str> {
    let below = key.strip_prefix(prefix)?;
    let name = format!("{ROOT}/");
    let at = below.match_indices(&name).map(|(at, _)| at).find(|at| {
        let before = below.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with('/')
    })?;
    key.get(..prefix.len() + at)
}

/// Whether a key has a part that only CloudTrail's files have.
pub(crate) fn looks_delivered(key: &str) -> bool {
    let mut folders = key.split('/');
    let file = folders.next_back().unwrap_or_default();
    folders.any(|folder| folder == LOG_FOLDER || folder == DIGEST_FOLDER)
        || [LOG_FOLDER, DIGEST_FOLDER].iter().any(|kind| file.contains(&format!("_{kind}_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_trees_and_stray_files() {
        assert_eq!(tree_of("AWSLogs/1/x", ""), Some(""));
        assert_eq!(tree_of("a/AWSLogs/1/AWSLogs/x", ""), Some("a/"));
        assert_eq!(tree_of("AWSLogs/x/AWSLogs/1", "AWSLogs/x/"), Some("AWSLogs/x/"));
        assert_eq!(tree_of("AWSLogs/AWSLogs/1", "AWSLogs/"), Some("AWSLogs/"));
        assert_eq!(tree_of("/AWSLogs/1", ""), Some("/"));
        assert_eq!(tree_of("a//AWSLogs/1", "a/"), Some("a//"));
        assert_eq!(tree_of("xAWSLogs/1", ""), None);
        assert_eq!(tree_of("AWSLogs", ""), None);
        for yes in
            ["1/CloudTrail/x", "a/CloudTrail-Digest/b", "a/1_CloudTrail_r_x.gz", "1_CloudTrail-Digest_r"]
        {
            assert!(looks_delivered(yes), "{yes}");
        }
        for no in ["", "CloudTrail", "1/CloudTrail-Insight/x", "Config/1_Config_r_x.gz", "xCloudTrail/y"] {
            assert!(!looks_delivered(no), "{no}");
        }
    }
}
