//! Listings against a naive model that sorts and folds everything.

use crate::fixture::{Fixture, OWNER, body, root};
use proptest::prelude::*;
use std::collections::BTreeSet;
use trailward_bucket::{ListObjects, ListObjectsV2, PutObject, Resource};
use trailward_policy::Context;

/// Keys, then prefixes, as S3 shows them: what a listing from `after` on must have.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str, after: &str) -> Vec<(bool, String)> {
    let mut shown = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix) && (after.is_empty() || key.as_str() > after))
    {
        let folded = (!delimiter.is_empty())
            .then(|| key.strip_prefix(prefix)?.split_once(delimiter))
            .flatten()
            .map(|(start, _)| format!("{prefix}{start}{delimiter}"));
        let entry = match folded {
            // What was asked for as the marker has been shown before.
            Some(folded) if folded == after => continue,
            Some(folded) => (true, folded),
            None => (false, key.clone()),
        };
        if shown.last() != Some(&entry) {
            shown.push(entry);
        }
    }
    shown
}

fn key() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![Just('a'), Just('b'), Just('/'), Just('-'), Just('\0'), Just('\u{ffff}')],
        1..5,
    )
    .prop_map(String::from_iter)
}

fn merged(contents: Vec<trailward_bucket::ObjectEntry>, prefixes: Vec<String>) -> Vec<(bool, String)> {
    let mut shown: Vec<_> = contents.into_iter().map(|object| (false, object.key)).collect();
    shown.extend(prefixes.into_iter().map(|prefix| (true, prefix)));
    shown.sort_by(|a, b| a.1.cmp(&b.1));
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn listings_are_what_sorting_and_folding_gives(
        keys in prop::collection::btree_set(key(), 0..40),
        deleted in prop::collection::btree_set(key(), 0..10),
        prefix in prop_oneof![Just(String::new()), key()],
        delimiter in prop_oneof![Just(""), Just("/"), Just("a"), Just("-a"), Just("\0")],
        after in prop_oneof![Just(String::new()), key()],
        max_keys in 1u32..6,
        versioned in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::memory().await;
            if versioned {
                fixture.versioning("Enabled").await;
            }
            for key in keys.union(&deleted) {
                let resource = Resource::object(crate::fixture::BUCKET, key);
                let grant = fixture.buckets.authorize(&root(OWNER), "s3:PutObject", resource, &Context::new()).await.unwrap();
                fixture.buckets.put_object(&grant, PutObject::default(), body("")).await.unwrap();
            }
            for key in &deleted {
                fixture.delete(key).await;
            }
            let keys: BTreeSet<String> = keys.difference(&deleted).cloned().collect();
            let expected = model(&keys, &prefix, delimiter, &after);
            let grant = fixture.on_bucket("s3:ListBucket").await;

            let mut list = ListObjectsV2 {
                prefix: Some(prefix.clone()),
                delimiter: Some(delimiter.to_owned()),
                start_after: Some(after.clone()),
                continuation_token: None,
                max_keys: Some(max_keys),
            };
            let mut shown = Vec::new();
            loop {
                let page = fixture.buckets.list_objects_v2(&grant, &list).await.unwrap();
                assert!(page.key_count <= max_keys as usize);
                assert_eq!(page.is_truncated, page.next_continuation_token.is_some());
                shown.extend(merged(page.contents, page.common_prefixes));
                list.continuation_token = page.next_continuation_token;
                if list.continuation_token.is_none() {
                    break;
                }
            }
            assert_eq!(shown, expected);

            let mut list = ListObjects {
                prefix: Some(prefix.clone()),
                delimiter: Some(delimiter.to_owned()),
                marker: Some(after.clone()),
                max_keys: Some(max_keys),
            };
            let mut shown = Vec::new();
            loop {
                let page = fixture.buckets.list_objects(&grant, &list).await.unwrap();
                let page_shown = merged(page.contents, page.common_prefixes);
                list.marker = page.next_marker.or_else(|| page_shown.last().map(|last| last.1.clone()));
                shown.extend(page_shown);
                if !page.is_truncated {
                    break;
                }
            }
            assert_eq!(shown, expected);
        });
    }
}
