//! The model against real CloudTrail records.
#![cfg(test)]

mod real_records;
