//! The pipeline on stores in memory, with a clock that the tests move.
#![cfg(test)]
#![expect(unreachable_pub, reason = "tests")]

mod delivery;
mod faults;
mod healing;
mod notices;
mod organizations;
mod world;
