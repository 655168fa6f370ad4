//! The API from outside: signed requests in, answers and records out.
#![cfg(test)]

mod botocore;
mod compatibility;
mod enforcement;
mod golden;
mod identities;
mod last_used;
mod mutation;
mod refusals;
mod world;
