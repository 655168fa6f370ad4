//! Writing a tar archive (POSIX ustar) with a list of its files' hashes.

use crate::unpack::sha256;
use std::io::{self, Write};
use time::OffsetDateTime;

const BLOCK: usize = 512;

/// A tar archive that is being written. The same contents give the same bytes.
pub(super) struct Bundle<'a> {
    out: &'a mut (dyn Write + Send),
    folder: &'a str,
    seconds: i64,
    sums: Vec<(String, String)>,
}

impl<'a> Bundle<'a> {
    /// An archive whose files lie in `folder`.
    pub(super) fn new(out: &'a mut (dyn Write + Send), folder: &'a str, at: OffsetDateTime) -> Self {
        Self { out, folder, seconds: at.unix_timestamp(), sums: Vec::new() }
    }

    /// Adds a file. Names are short and plain.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        self.sums.push((format!("./{name}"), hex::encode(sha256(bytes))));
        self.entry(name, bytes, executable)
    }

    fn entry(&mut self, name: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        let mode = if executable { "0000755" } else { "0000644" };
        self.out.write_all(&header(&format!("{}/{name}", self.folder), bytes.len(), mode, self.seconds)?)?;
        self.out.write_all(bytes)?;
        let padding = bytes.len().next_multiple_of(BLOCK) - bytes.len();
        self.out.write_all(&vec![0; padding])
    }

    /// Adds the list of hashes, sorted by name, and ends the archive.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.sums.sort();
        let sums: String = self.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        self.entry("SHA256SUMS", sums.as_bytes(), false)?;
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()
    }
}

fn header(name: &str, size: usize, mode: &str, seconds: i64) -> io::Result<Vec<u8>> {
    if name.len() > 99 || size as u64 >= 8 << 30 {
        return Err(io::Error::other(format!("{name} does not fit into a tar archive")));
    }
    let fields: [(usize, String); 12] = [
        (100, name.to_owned()),
        (8, mode.to_owned()),
        (8, "0000000".to_owned()),
        (8, "0000000".to_owned()),
        (12, format!("{size:011o}")),
        (12, format!("{:011o}", seconds.max(0))),
        // The checksum counts itself as spaces.
        (8, " ".repeat(8)),
        (1, "0".to_owned()),
        (100, String::new()),
        (8, "ustar\u{0}00".to_owned()),
        (32, "root".to_owned()),
        (32, "root".to_owned()),
    ];
    let mut block = Vec::with_capacity(BLOCK);
    for (width, text) in fields {
        let mut field = text.into_bytes();
        field.resize(width, 0);
        block.append(&mut field);
    }
    block.resize(BLOCK, 0);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\u{0} ");
    block.splice(148..156, sum.into_bytes());
    Ok(block)
}
