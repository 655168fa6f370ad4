//! The engine from outside.
#![cfg(test)]

mod engine;
mod rules;
mod trees;
