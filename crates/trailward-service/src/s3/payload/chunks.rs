//! The framing `aws-chunked`: chunks with their sizes, signed or not, and what trails behind them.
//!
//! A chunk's bytes are handed on as they come; whoever takes them must throw them away unless all of it proves right,
//! because a chunk's signature is known to be right only after its last byte.

use super::fault::Fault;
use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use trailward_wire::sigv4::{ChunkSigner, same_signature};

/// A size line, bytes.
const MAX_LINE: usize = 256;

/// All trailing lines together, bytes.
const MAX_TRAILER: usize = 16 << 10;

/// Chunks but for the last have at least so many bytes.
const MIN_CHUNK: u64 = 8 << 10;

const SIGNATURE: &str = "x-amz-trailer-signature";

/// Headers behind a body, by name.
pub(super) type Trailers = Vec<(String, String)>;

/// Takes the framing off one body.
pub(super) struct Chunks {
    /// For signed chunks.
    signer: Option<ChunkSigner>,
    /// Whether lines may trail.
    trails: bool,
    /// `x-amz-decoded-content-length`.
    expected: u64,
    seen: u64,
    state: State,
    line: BytesMut,
    /// Over the bytes of the chunk under way.
    hasher: digest::Context,
    /// The signature the chunk under way is said to have.
    claimed: String,
    /// A chunk so small that it must have been the last.
    last: bool,
    trailing: usize,
    trailers: Trailers,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Size,
    Bytes(u64),
    AfterBytes,
    Trailer,
}

impl Chunks {
    pub(super) fn new(signer: Option<ChunkSigner>, trails: bool, expected: u64) -> Self {
        Self {
            signer,
            trails,
            expected,
            seen: 0,
            state: State::Size,
            line: BytesMut::new(),
            hasher: digest::Context::new(&digest::SHA256),
            claimed: String::new(),
            last: false,
            trailing: 0,
            trailers: Vec::new(),
        }
    }

    /// The next bytes of the content that `input` has; `None` once it has no more.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Fault> {
        loop {
            match self.state {
                State::Bytes(left) => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let size = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                    let bytes = input.split_to(size);
                    if self.signer.is_some() {
                        self.hasher.update(&bytes);
                    }
                    let left = left - bytes.len() as u64;
                    self.state = if left == 0 { State::AfterBytes } else { State::Bytes(left) };
                    return Ok(Some(bytes));
                }
                State::Size => {
                    let Some(line) = self.line(input, MAX_LINE)? else { return Ok(None) };
                    self.begin(&line)?;
                }
                State::AfterBytes => {
                    let Some(line) = self.line(input, 2)? else { return Ok(None) };
                    if !line.is_empty() {
                        return Err(Fault::Framing);
                    }
                    self.check_chunk()?;
                    self.state = State::Size;
                }
                State::Trailer => {
                    let Some(line) = self.line(input, MAX_TRAILER)? else { return Ok(None) };
                    self.trail(&line)?;
                }
            }
        }
    }

    /// The input ends. The trailing headers, by name, if everything is right.
    pub(super) fn end(mut self) -> Result<Trailers, Fault> {
        if !matches!(self.state, State::Trailer) {
            return Err(Fault::Incomplete);
        }
        if !self.line.is_empty() {
            // The last line may lack its end.
            let line = self.line.split().freeze();
            self.trail(&text(&line)?)?;
        }
        if self.seen != self.expected {
            return Err(Fault::Length);
        }
        self.trailers.sort();
        let claimed = self.trailers.iter().position(|(name, _)| name == SIGNATURE);
        let claimed = claimed.map(|at| self.trailers.remove(at).1);
        if let Some(signer) = &mut self.signer
            && self.trails
        {
            let lines: String =
                self.trailers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let claimed = claimed.ok_or(Fault::Trailer)?;
            if !same_signature(&signer.trailer(&lines), &claimed) {
                return Err(Fault::Signature);
            }
        }
        Ok(self.trailers)
    }

    /// Reads a size line.
    fn begin(&mut self, line: &str) -> Result<(), Fault> {
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        if size.is_empty() || size.len() > 16 || !size.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::Framing);
        }
        let size = u64::from_str_radix(size, 16).map_err(|_| Fault::Framing)?;
        if self.signer.is_some() {
            let claimed = extension.strip_prefix("chunk-signature=").ok_or(Fault::Framing)?;
            claimed.clone_into(&mut self.claimed);
        }
        if size == 0 {
            self.check_chunk()?;
            self.state = State::Trailer;
            return Ok(());
        }
        if self.last {
            return Err(Fault::SmallChunk);
        }
        self.last = size < MIN_CHUNK;
        self.seen = self.seen.checked_add(size).filter(|seen| *seen <= self.expected).ok_or(Fault::Length)?;
        self.state = State::Bytes(size);
        Ok(())
    }

    fn check_chunk(&mut self) -> Result<(), Fault> {
        let Some(signer) = &mut self.signer else { return Ok(()) };
        let hasher = std::mem::replace(&mut self.hasher, digest::Context::new(&digest::SHA256));
        let expected = signer.chunk(&hex::encode(hasher.finish()));
        if same_signature(&expected, &self.claimed) { Ok(()) } else { Err(Fault::Signature) }
    }

    fn trail(&mut self, line: &str) -> Result<(), Fault> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(());
        }
        if !self.trails {
            return Err(Fault::Framing);
        }
        self.trailing += line.len();
        let (name, value) = line.split_once(':').ok_or(Fault::Trailer)?;
        if self.trailing > MAX_TRAILER {
            return Err(Fault::Trailer);
        }
        let name = name.trim().to_ascii_lowercase();
        if self.trailers.iter().any(|(there, _)| *there == name) {
            return Err(Fault::Trailer);
        }
        self.trailers.push((name, value.trim().to_owned()));
        Ok(())
    }

    /// A whole line without its end, once it is there.
    fn line(&mut self, input: &mut Bytes, max: usize) -> Result<Option<String>, Fault> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let taken = input.split_to(end.map_or(input.len(), |end| end + 1));
        if self.line.len() + taken.len() > max {
            return Err(Fault::Framing);
        }
        self.line.extend_from_slice(&taken);
        if end.is_none() {
            return Ok(None);
        }
        let line = self.line.split().freeze();
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        text(line.strip_suffix(b"\r").unwrap_or(line)).map(Some)
    }
}

fn text(bytes: &[u8]) -> Result<String, Fault> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Fault::Framing)
}

#[cfg(test)]
mod tests {
    use super::super::fault::Fault;
    use super::{Chunks, Trailers};
    use bytes::Bytes;
    use proptest::prelude::*;

    fn decode(body: &[u8], step: usize, expected: u64) -> Result<(Vec<u8>, Trailers), Fault> {
        let mut chunks = Chunks::new(None, true, expected);
        let mut content = Vec::new();
        for piece in body.chunks(step) {
            let mut piece = Bytes::copy_from_slice(piece);
            while let Some(bytes) = chunks.next(&mut piece)? {
                content.extend_from_slice(&bytes);
            }
        }
        Ok((content, chunks.end()?))
    }

    #[test]
    fn takes_the_framing_off_however_it_is_cut() {
        let body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        for step in 1..body.len() {
            let (content, trailers) = decode(body, step, 5).unwrap();
            assert_eq!(content, b"hello");
            assert_eq!(trailers, [("x-amz-checksum-crc32".to_owned(), "NhCmhg==".to_owned())]);
        }
    }

    #[test]
    fn refuses_what_is_not_whole_or_not_framed() {
        let fault = |body: &str, expected| decode(body.as_bytes(), 7, expected).unwrap_err();
        assert_eq!(fault("5\r\nhello\r\n", 5), Fault::Incomplete);
        assert_eq!(fault("5\r\nhel", 5), Fault::Incomplete);
        assert_eq!(fault("5\r\nhello\r\n0\r\n\r\n", 6), Fault::Length);
        assert_eq!(fault("5\r\nhello\r\n0\r\n\r\n", 4), Fault::Length);
        assert_eq!(fault("ffffffffffffffff\r\nhello", 5), Fault::Length);
        assert_eq!(fault("10000000000000000\r\nhello", 5), Fault::Framing);
        assert_eq!(fault("5\r\nhelloX\r\n0\r\n\r\n", 5), Fault::Framing);
        assert_eq!(fault("-5\r\nhello\r\n0\r\n\r\n", 5), Fault::Framing);
        assert_eq!(fault("\r\nhello", 5), Fault::Framing);
        assert_eq!(fault("5\r\nhello\r\n0\r\nno colon\r\n\r\n", 5), Fault::Trailer);
        assert_eq!(fault("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", 2), Fault::SmallChunk);
        assert_eq!(fault(&"0".repeat(1000), 2), Fault::Framing);
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200), step in 1..50_usize) {
            let _ = decode(&body, step, 10);
        }
    }
}
