//! Tests of the policy language through its public face.
#![cfg(test)]

mod agreement;
mod cast;
mod decisions;
mod explaining;
mod foreign;
mod grammar;
mod guides;
mod inspecting;
mod matching;
mod names;
mod operators;
mod publicness;
