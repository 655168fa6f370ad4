use super::page_size;
use super::tokens::Place;
use super::walk::{Step, Walk};
use crate::engine::Loaded;
use crate::record::{Bucket, Checksum, Live, StorageClass, key, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;
use trailward_store::stored::decode;

/// Which objects `ListObjects` is to list.
#[derive(Debug, Clone, Default)]
pub struct ListObjects {
    /// Only keys that start with this.
    pub prefix: Option<String>,
    /// Keys that continue with this after the prefix are shown together.
    pub delimiter: Option<String>,
    /// Only keys after this one.
    pub marker: Option<String>,
    /// At most 1,000, which is also the default.
    pub max_keys: Option<u32>,
}

/// Which objects `ListObjectsV2` is to list.
#[derive(Debug, Clone, Default)]
pub struct ListObjectsV2 {
    /// Only keys that start with this.
    pub prefix: Option<String>,
    /// Keys that continue with this after the prefix are shown together.
    pub delimiter: Option<String>,
    /// Only keys after this one. The continuation token goes before.
    pub start_after: Option<String>,
    /// Where the page before ended.
    pub continuation_token: Option<String>,
    /// At most 1,000, which is also the default.
    pub max_keys: Option<u32>,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Its key.
    pub key: String,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// Without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// The account that owns it.
    pub owner: String,
    /// How it is stored.
    pub storage_class: StorageClass,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// A page of `ListObjects`.
#[derive(Debug, Clone, Default)]
pub struct ObjectList {
    /// Objects, by key.
    pub contents: Vec<ObjectEntry>,
    /// Common prefixes, in order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// The marker for the next page. S3 says it only if there was a delimiter.
    pub next_marker: Option<String>,
}

/// A page of `ListObjectsV2`.
#[derive(Debug, Clone, Default)]
pub struct ObjectListV2 {
    /// Objects, by key.
    pub contents: Vec<ObjectEntry>,
    /// Common prefixes, in order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// The token for the next page.
    pub next_continuation_token: Option<String>,
    /// Objects and common prefixes together.
    pub key_count: usize,
}

const LIST: [&str; 1] = ["s3:ListBucket"];

impl Buckets {
    /// `ListObjects`. For `s3:ListBucket`.
    pub async fn list_objects(&self, grant: &Grant, list: &ListObjects) -> Result<ObjectList, BucketError> {
        let loaded = self.enter(grant, &LIST).await?;
        let mut walk = self.walk(&loaded, list.prefix.as_deref(), list.delimiter.as_deref());
        if let Some(marker) = list.marker.as_deref().filter(|marker| !marker.is_empty()) {
            walk.start_after(marker);
        }
        let page = Page::read(walk, page_size(list.max_keys)).await?.owned(&loaded.bucket);
        let with_delimiter = list.delimiter.as_deref().is_some_and(|delimiter| !delimiter.is_empty());
        Ok(ObjectList {
            contents: page.contents,
            common_prefixes: page.common_prefixes,
            is_truncated: page.next.is_some(),
            next_marker: page.next.filter(|_| with_delimiter).map(Place::into_text),
        })
    }

    /// `ListObjectsV2`. For `s3:ListBucket`.
    pub async fn list_objects_v2(
        &self,
        grant: &Grant,
        list: &ListObjectsV2,
    ) -> Result<ObjectListV2, BucketError> {
        let loaded = self.enter(grant, &LIST).await?;
        let mut walk = self.walk(&loaded, list.prefix.as_deref(), list.delimiter.as_deref());
        match (&list.continuation_token, &list.start_after) {
            (Some(token), _) => match Place::decode(token)? {
                Place::Key(key) => walk.start_after_row(key::live(&loaded.bucket.id, &key).into_bytes()),
                Place::Prefix(prefix) => walk.start_after_prefix(&prefix),
            },
            (None, Some(after)) if !after.is_empty() => walk.start_after(after),
            _ => {}
        }
        let page = Page::read(walk, page_size(list.max_keys)).await?.owned(&loaded.bucket);
        Ok(ObjectListV2 {
            key_count: page.contents.len() + page.common_prefixes.len(),
            contents: page.contents,
            common_prefixes: page.common_prefixes,
            is_truncated: page.next.is_some(),
            next_continuation_token: page.next.map(|place| place.encode()),
        })
    }

    fn walk<'a>(&'a self, loaded: &Loaded, prefix: Option<&'a str>, delimiter: Option<&'a str>) -> Walk<'a> {
        Walk::new(&*self.catalog, key::LIVE, &loaded.bucket.id, prefix, delimiter)
    }
}

struct Page {
    contents: Vec<ObjectEntry>,
    common_prefixes: Vec<String>,
    /// The last thing on the page, if there is more after it.
    next: Option<Place>,
}

impl Page {
    /// Where lists are off, the bucket's owner owns everything.
    fn owned(mut self, bucket: &Bucket) -> Self {
        for entry in self.contents.iter_mut().filter(|_| !bucket.has_acls()) {
            entry.owner.clone_from(&bucket.owner);
        }
        self
    }

    async fn read(walk: Walk<'_>, max: usize) -> Result<Self, BucketError> {
        // One more shows whether the page is the last.
        let mut walk = walk.expecting(max + 1);
        let mut page = Self { contents: Vec::new(), common_prefixes: Vec::new(), next: None };
        let mut last = None;
        while let Some(step) = if max == 0 { None } else { walk.next().await? } {
            if page.contents.len() + page.common_prefixes.len() == max {
                page.next = last;
                break;
            }
            match step {
                Step::Row(key, item) => {
                    page.contents.push(entry(key.clone(), decode(&item.value)?));
                    last = Some(Place::Key(key));
                }
                Step::Prefix(prefix) => {
                    page.common_prefixes.push(prefix.clone());
                    last = Some(Place::Prefix(prefix));
                }
            }
        }
        Ok(page)
    }
}

fn entry(key: String, live: Live) -> ObjectEntry {
    ObjectEntry {
        key,
        last_modified: time_of(live.modified),
        etag: live.etag,
        size: live.size,
        owner: live.owner,
        storage_class: live.class,
        checksum: live.checksum,
    }
}
