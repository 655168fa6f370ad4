//! The journal's format, written down a second time from `docs/journal-format.md`: what these functions produce is
//! what the journal must read, whatever its own code says.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use trailward_store::seal::MasterKey;

pub(crate) const SEGMENT_HEADER: usize = 141;
pub(crate) const ENTRY_HEADER: usize = 48;
pub(crate) const TAG: usize = 16;
/// What an entry has beside its payload.
pub(crate) const OVERHEAD: usize = ENTRY_HEADER + TAG;

const MASTER: [u8; 32] = [7; 32];
const JOURNAL: [u8; 16] = [0xA5; 16];

pub(crate) fn master() -> MasterKey {
    MasterKey::from_bytes(MASTER)
}

pub(crate) fn segment_path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.segment"))
}

fn aes(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

fn nonce() -> [u8; 12] {
    static USED: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0xEE; 12];
    nonce[..8].copy_from_slice(&USED.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    nonce
}

fn gcm(key: &[u8], nonce: [u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut body = plaintext.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    aes(key).seal_in_place_append_tag(nonce, Aad::from(aad), &mut body).unwrap();
    body
}

fn ungcm(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Vec<u8> {
    let mut body = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    aes(key).open_in_place(nonce, Aad::from(aad), &mut body).unwrap().to_vec()
}

fn seal(context: &str, plaintext: &[u8]) -> Vec<u8> {
    let nonce = nonce();
    [&[1][..], &nonce, &gcm(&MASTER, nonce, context.as_bytes(), plaintext)].concat()
}

fn unseal(context: &str, sealed: &[u8]) -> Vec<u8> {
    assert_eq!(sealed[0], 1);
    ungcm(&MASTER, &sealed[1..13], context.as_bytes(), &sealed[13..])
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    digest(&SHA256, &parts.concat()).as_ref().try_into().unwrap()
}

/// A segment while it is written.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    key: [u8; 32],
    chain: [u8; 32],
    next: u64,
}

impl Image {
    /// The first segment of a journal.
    pub(crate) fn new() -> Self {
        Self::after(0, 0, [0; 32])
    }

    pub(crate) fn after(first: u64, number: u64, before: [u8; 32]) -> Self {
        let key = [0x33; 32];
        let mut bytes = b"TRWJRNL1".to_vec();
        bytes.extend(2u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(first.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        bytes.extend(JOURNAL);
        bytes.extend(before);
        let sealed = seal(&format!("journal segment {}", hex::encode(&bytes)), &key);
        bytes.extend(sealed);
        assert_eq!(bytes.len(), SEGMENT_HEADER);
        let chain = sha256(&[b"trailward journal 2", &bytes, &key]);
        Self { bytes, key, chain, next: first }
    }

    /// Adds the next entry.
    pub(crate) fn push(&mut self, batch: u64, payload: &[u8]) {
        let nonce = nonce();
        let mut entry = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        entry.extend(self.next.to_le_bytes());
        entry.extend(batch.to_le_bytes());
        entry.extend(nonce);
        entry.extend(&self.chain[..16]);
        let body = gcm(&self.key, nonce, &entry, payload);
        entry.extend(body);
        self.chain = sha256(&[&self.chain, &entry]);
        self.bytes.extend(entry);
        self.next += 1;
    }

    pub(crate) fn batch(&mut self, payloads: &[Vec<u8>]) {
        let batch = self.next;
        for payload in payloads {
            self.push(batch, payload);
        }
    }

    pub(crate) fn filled(&self, size: usize) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(size.max(bytes.len()), 0);
        bytes
    }

    /// The checkpoint file of a journal whose end was known here.
    pub(crate) fn checkpoint(&self, closed: bool) -> Vec<u8> {
        let key = [0x44; 32];
        let mut head = seal("journal checkpoint 2", &key);
        head.extend(1u64.to_le_bytes());
        let mut body = JOURNAL.to_vec();
        body.extend(0u64.to_le_bytes());
        body.extend(self.next.to_le_bytes());
        body.extend(self.chain);
        body.push(u8::from(closed));
        body.resize(73, 0);
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&1u64.to_le_bytes());
        let mut file = vec![0; 4096];
        let body = gcm(&key, nonce, &head, &body);
        file.extend(head);
        file.extend(body);
        file
    }
}

/// A segment of `size` bytes that holds `batches`, each a list of payloads.
pub(crate) fn segment(size: usize, batches: &[Vec<Vec<u8>>]) -> Image {
    let mut image = Image::new();
    for batch in batches {
        image.batch(batch);
    }
    image.bytes = image.filled(size);
    image
}

/// Position, batch and payload of an entry.
pub(crate) type EntryRead = (u64, u64, Vec<u8>);

/// Every entry, read as the documentation says, and the root at the end.
pub(crate) fn read(bytes: &[u8]) -> (Vec<EntryRead>, [u8; 32]) {
    assert_eq!(&bytes[..8], b"TRWJRNL1");
    let key = unseal(&format!("journal segment {}", hex::encode(&bytes[..80])), &bytes[80..SEGMENT_HEADER]);
    let mut chain = sha256(&[b"trailward journal 2", &bytes[..SEGMENT_HEADER], &key]);
    let mut entries = Vec::new();
    let mut at = SEGMENT_HEADER;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    while bytes.len() > at + 4 {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        if length == 0 {
            break;
        }
        let end = at + OVERHEAD + length;
        assert_eq!(bytes[at + 32..at + 48], chain[..16], "the link");
        let header = &bytes[at..at + ENTRY_HEADER];
        let payload = ungcm(&key, &header[20..32], header, &bytes[at + ENTRY_HEADER..end]);
        entries.push((number(at + 4), number(at + 12), payload));
        chain = sha256(&[&chain, &bytes[at..end]]);
        at = end;
    }
    assert!(bytes[at..].iter().all(|byte| *byte == 0), "zeros to the end");
    (entries, chain)
}

/// The roots file: first position, end and root of each record.
pub(crate) fn roots(file: &[u8], journal: &[u8]) -> Vec<(u64, u64, [u8; 32])> {
    let record = |(number, record): (usize, &[u8])| {
        let body = unseal(&format!("journal root {} {number}", hex::encode(journal)), record);
        let number = |at: usize| u64::from_le_bytes(body[at..at + 8].try_into().unwrap());
        (number(0), number(8), body[16..48].try_into().unwrap())
    };
    file.chunks(77).enumerate().map(record).collect()
}
