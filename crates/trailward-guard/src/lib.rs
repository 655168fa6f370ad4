//! The control: what an account has to look like for its trail to be safe, judged and put right.
//!
//! Judging is pure: what was read of an account goes in, findings come out. [`aws`] reads, with the AWS SDK's clients, and
//! so works on AWS, on Trailward, and on whatever else speaks those APIs.

pub mod account;
pub mod apply;
pub mod aws;
pub mod benchmark;
pub mod canary;
pub mod check;
pub mod cloudformation;
pub mod control;
pub mod cost;
pub mod drift;
pub mod permissions;
pub mod plan;
pub mod preflight;
pub mod shell;
mod spelling;
pub mod terraform;
pub mod who;
