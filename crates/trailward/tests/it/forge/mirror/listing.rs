//! `ListObjects`, both versions.

use crate::forge::Object;
use std::collections::BTreeMap;
use std::ops::Bound;
use trailward_model::stamp;

type Objects = BTreeMap<String, Object>;
type Query = BTreeMap<String, String>;

/// An ETag: what identifies the bytes.
pub fn etag(object: &Object) -> String {
    trailward_digest::sha256_hex(&object.bytes).chars().take(32).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As `encoding-type=url` spells a name: slashes stay.
fn spelt(text: &str, query: &Query) -> String {
    const SET: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    if query.get("encoding-type").is_some_and(|v| v == "url") {
        percent_encoding::utf8_percent_encode(text, SET).to_string()
    } else {
        escaped(text)
    }
}

struct Page<'a> {
    objects: Vec<(&'a String, &'a Object)>,
    folders: Vec<String>,
    /// The last key or folder, when there is more.
    next: Option<String>,
}

fn page<'a>(objects: &'a Objects, query: &Query, after: &str) -> Page<'a> {
    let prefix = query.get("prefix").map_or("", String::as_str);
    let delimiter = query.get("delimiter").map(String::as_str).filter(|d| !d.is_empty());
    let most = query.get("max-keys").and_then(|n| n.parse().ok()).unwrap_or(1000).min(1000);
    let mut page = Page { objects: Vec::new(), folders: Vec::new(), next: None };
    let mut last = String::new();
    let mut from =
        if after > prefix { Bound::Excluded(after.to_owned()) } else { Bound::Included(prefix.to_owned()) };
    loop {
        let mut skip = None;
        for (key, object) in objects.range((from.clone(), Bound::Unbounded)) {
            if !key.starts_with(prefix) {
                return page;
            }
            let folder = delimiter.and_then(|d| {
                key.strip_prefix(prefix)?.split_once(d).map(|(name, _)| format!("{prefix}{name}{d}"))
            });
            if folder.as_deref().is_some_and(|folder| folder <= after) {
                skip = folder;
                break;
            }
            if page.objects.len() + page.folders.len() == most {
                page.next = Some(last);
                return page;
            }
            if let Some(folder) = folder {
                last.clone_from(&folder);
                page.folders.push(folder.clone());
                skip = Some(folder);
                break;
            }
            last.clone_from(key);
            page.objects.push((key, object));
        }
        // Past the whole folder, however much it holds.
        let Some(folder) = skip else { return page };
        // `0` comes after `/`.
        from = Bound::Included(format!("{}0", folder.trim_end_matches('/')));
    }
}

fn contents(page: &Page<'_>, query: &Query) -> String {
    let mut text = String::new();
    for (key, object) in &page.objects {
        text.push_str(&format!(
            "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>",
            spelt(key, query),
            stamp::extended_millis(object.modified),
            etag(object),
            object.bytes.len()
        ));
    }
    for folder in &page.folders {
        text.push_str(&format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", spelt(folder, query)));
    }
    text
}

fn head(bucket: &str, query: &Query, truncated: bool) -> String {
    let value = |name: &str| query.get(name).map_or("", String::as_str);
    let encoding = if value("encoding-type") == "url" { "<EncodingType>url</EncodingType>" } else { "" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{bucket}</Name><Prefix>{}</Prefix><Delimiter>{}</Delimiter><MaxKeys>1000</MaxKeys>{encoding}\
         <IsTruncated>{truncated}</IsTruncated>",
        spelt(value("prefix"), query),
        spelt(value("delimiter"), query)
    )
}

pub fn version_1(objects: &Objects, bucket: &str, query: &Query) -> String {
    let after = query.get("marker").map_or("", String::as_str);
    let page = page(objects, query, after);
    // Without a delimiter S3 sends no NextMarker: the last key is it.
    let next = page.next.as_ref().filter(|_| query.contains_key("delimiter"));
    let next = next.map_or(String::new(), |n| format!("<NextMarker>{}</NextMarker>", spelt(n, query)));
    format!(
        "{}<Marker>{}</Marker>{next}{}</ListBucketResult>",
        head(bucket, query, page.next.is_some()),
        spelt(after, query),
        contents(&page, query)
    )
}

pub fn version_2(objects: &Objects, bucket: &str, query: &Query) -> String {
    let after = query.get("continuation-token").or_else(|| query.get("start-after"));
    let page = page(objects, query, after.map_or("", String::as_str));
    let next = page.next.as_ref().map_or(String::new(), |next| {
        format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(next))
    });
    format!(
        "{}<KeyCount>{}</KeyCount>{next}{}</ListBucketResult>",
        head(bucket, query, page.next.is_some()),
        page.objects.len() + page.folders.len(),
        contents(&page, query)
    )
}
