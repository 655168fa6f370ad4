//! The store, from outside.

#![cfg(test)]

mod conformance;
mod dir_lock;
mod faulty;
mod file_blobs;
mod journal;
mod journal_forged;
mod journal_image;
mod journal_torn;
mod keys;
mod seal;
mod sqlite;
mod stored;
