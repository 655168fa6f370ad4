//! The bucket, through its engine.

#![cfg(test)]

mod access;
mod access_logs;
mod acls;
mod buckets;
mod checksums;
mod concurrency;
mod delivery;
mod encryption;
mod errors;
mod events;
mod faults;
mod fixture;
mod lifecycle;
mod listing;
mod listing_model;
mod locks;
mod multipart;
mod objects;
mod policies;
mod protection_model;
mod replication;
mod sweep;
mod versions;
