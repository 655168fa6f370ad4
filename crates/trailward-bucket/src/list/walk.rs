//! One walk over the keys of a bucket.

use crate::BucketError;
use crate::record::key;
use std::collections::VecDeque;
use trailward_store::keys::{Key, KeyReader};
use trailward_store::{Catalog, Item, Scan};

/// Rows read at a time: few after a jump, more and more while a read brings more than one thing to show.
const FIRST: usize = 16;
const MOST: usize = 1024;

/// Goes through one space of a bucket, whose keys all continue with the object's key.
pub(crate) struct Walk<'a> {
    catalog: &'a dyn Catalog,
    space: &'static str,
    /// The encoded key up to the object's key.
    base: Key,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    after: Option<Vec<u8>>,
    rows: VecDeque<Item>,
    page: usize,
    /// Things shown of the rows read last.
    shown: usize,
    ended: bool,
}

/// What a walk comes by.
pub(crate) enum Step {
    /// A row, with its object's key.
    Row(String, Item),
    /// All keys that continue with this, together.
    Prefix(String),
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        catalog: &'a dyn Catalog,
        space: &'static str,
        bucket: &str,
        prefix: Option<&'a str>,
        delimiter: Option<&'a str>,
    ) -> Self {
        Self {
            catalog,
            space,
            base: Key::new(space).str(bucket),
            prefix: prefix.unwrap_or_default(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()),
            after: None,
            rows: VecDeque::new(),
            page: FIRST,
            shown: 0,
            ended: false,
        }
    }

    /// So many steps will be asked for. Where nothing is folded, that many rows are read at once.
    pub(crate) fn expecting(mut self, steps: usize) -> Self {
        if self.delimiter.is_none() {
            self.page = steps.clamp(FIRST, MOST);
        }
        self
    }

    /// Starts after every row of the key `name`. If that is itself a common prefix, after everything in it.
    pub(crate) fn start_after(&mut self, name: &str) {
        self.after = Some(if self.common_prefix(name).is_some_and(|prefix| prefix == name) {
            self.base.clone().str_prefix_end(name)
        } else {
            // Greater than whatever follows the key, of which none begins with 16 bytes of FF.
            let mut end = self.base.clone().str(name).into_bytes();
            end.extend_from_slice(&[0xFF; 16]);
            end
        });
    }

    /// Starts after the row with this key.
    pub(crate) fn start_after_row(&mut self, row: Vec<u8>) {
        self.after = Some(row);
    }

    /// Goes on after everything that starts with `prefix`.
    pub(crate) fn start_after_prefix(&mut self, prefix: &str) {
        self.after = Some(self.base.clone().str_prefix_end(prefix));
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Step>, BucketError> {
        if self.rows.is_empty() && !self.ended {
            self.fill().await?;
        }
        let Some(row) = self.rows.pop_front() else {
            return Ok(None);
        };
        self.shown += 1;
        let name = object_key(&row.key, self.space)?;
        let Some(prefix) = self.common_prefix(&name) else {
            return Ok(Some(Step::Row(name, row)));
        };
        let encoded = self.base.clone().str_prefix(&prefix);
        while self.rows.front().is_some_and(|row| row.key.starts_with(&encoded)) {
            self.rows.pop_front();
        }
        if self.rows.is_empty() {
            // There may be millions more of them.
            self.start_after_prefix(&prefix);
            self.ended = false;
        }
        Ok(Some(Step::Prefix(prefix)))
    }

    async fn fill(&mut self) -> Result<(), BucketError> {
        match self.shown {
            0 => {}
            // All of what was read was folded into one: reading more would only skip more.
            1 => self.page = FIRST,
            _ => self.page = (self.page * 4).min(MOST),
        }
        self.shown = 0;
        let prefix = self.base.clone().str_prefix(self.prefix);
        let scan = Scan { prefix, after: self.after.take(), limit: self.page };
        self.rows = self.catalog.scan(scan).await?.into();
        self.ended = self.rows.len() < self.page;
        self.after = self.rows.back().map(|row| row.key.clone());
        Ok(())
    }

    /// What `name` is folded into, if it is.
    fn common_prefix(&self, name: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let (folded, _) = name.strip_prefix(self.prefix)?.split_once(delimiter)?;
        Some(format!("{}{folded}{delimiter}", self.prefix))
    }
}

fn object_key(row: &[u8], space: &str) -> Result<String, BucketError> {
    Ok(after_bucket(row, space)?.str()?)
}

fn after_bucket<'a>(row: &'a [u8], space: &str) -> Result<KeyReader<'a>, BucketError> {
    let mut reader = KeyReader::new(row, space)?;
    reader.str()?;
    Ok(reader)
}

/// The object's key and the sequence, of a row of the space `version`.
pub(crate) fn version_key(row: &[u8]) -> Result<(String, u64), BucketError> {
    let mut reader = after_bucket(row, key::VERSION)?;
    Ok((reader.str()?, reader.u64_desc()?))
}

/// The object's key, when it was initiated, and the upload's id, of a row of the space `upload`.
pub(crate) fn upload_key(row: &[u8]) -> Result<(String, u64, String), BucketError> {
    let mut reader = after_bucket(row, key::UPLOAD)?;
    Ok((reader.str()?, reader.u64()?, reader.str()?))
}

/// The part's number, of a row of the space `part`.
pub(crate) fn part_number(row: &[u8]) -> Result<u32, BucketError> {
    let number = after_bucket(row, key::PART)?.u64()?;
    u32::try_from(number).map_err(|_| {
        trailward_store::StoreError::corrupt("a part in the catalog has an impossible number").into()
    })
}
