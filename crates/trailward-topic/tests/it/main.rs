//! The engine over stores in memory, with endpoints that are lists.
#![cfg(test)]

mod delivery;
mod faults;
mod fixture;
