//! Signatures against what AWS publishes, and against every small change.
#![cfg(test)]

mod mutations;
mod published;
