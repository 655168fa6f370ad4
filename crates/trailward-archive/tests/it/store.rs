//! A bucket in memory, with whatever keys a caller puts into it.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::macros::datetime;
use trailward_archive::source::{Cursor, Level, Listed, Metadata, Object, Page, Source, SourceError};

const PAGE: usize = 1000;

/// Keys and their contents.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// Keys that may not be read.
    pub(crate) denied: BTreeSet<String>,
    pub(crate) root: String,
    /// Whether every listing has another page.
    pub(crate) endless: bool,
}

impl Store {
    pub(crate) fn new(objects: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let objects = objects.into_iter().map(|(key, bytes)| (key, bytes.into())).collect();
        Self { objects, ..Self::default() }
    }

    pub(crate) fn shared(self) -> Arc<dyn Source> {
        Arc::new(self)
    }

    fn listed(key: &str, bytes: &Bytes) -> Listed {
        let modified = datetime!(2026-03-01 23:00 UTC);
        Listed {
            key: key.to_owned(),
            size: bytes.len() as u64,
            tag: format!("\"{}\"", bytes.len()),
            modified,
        }
    }
}

#[async_trait]
impl Source for Store {
    fn name(&self) -> &'static str {
        "s3://b"
    }

    fn bucket(&self) -> Option<&str> {
        Some("b")
    }

    fn root(&self) -> &str {
        &self.root
    }

    async fn level(&self, prefix: &str) -> Result<Level, SourceError> {
        let mut level = Level::default();
        let mut before = None;
        for (key, bytes) in
            self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix))
        {
            let name = key.strip_prefix(prefix).unwrap_or_default();
            match name.split_once('/') {
                Some((folder, _)) if before.as_deref() == Some(folder) => {}
                Some((folder, _)) => {
                    level.folder(folder.to_owned());
                    before = Some(folder.to_owned());
                }
                None => level.object(name, bytes.len() as u64),
            }
        }
        Ok(level)
    }

    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, SourceError> {
        let after = from.map(|(Cursor::After(key) | Cursor::Token(key))| key.as_str());
        let all = self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let mut rest = all.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let objects: Vec<Listed> =
            rest.by_ref().take(PAGE).map(|(key, bytes)| Self::listed(key, bytes)).collect();
        let more = rest.next().is_some();
        let next = objects.last().filter(|_| more).map(|last| Cursor::Token(last.key.clone()));
        Ok(Page { objects, next: if self.endless { Some(Cursor::Token(prefix.to_owned())) } else { next } })
    }

    async fn get(&self, key: &str, limit: u64) -> Result<Object, SourceError> {
        let uri = self.uri(key);
        if self.denied.contains(key) {
            return Err(SourceError::Denied { action: "s3:GetObject", resource: uri, detail: "no".into() });
        }
        let bytes = self.objects.get(key).cloned().ok_or_else(|| SourceError::NotFound(uri.clone()))?;
        if bytes.len() as u64 > limit {
            return Err(SourceError::TooLarge { name: uri, limit });
        }
        Ok(Object { bytes, metadata: Some(Metadata::default()) })
    }
}
