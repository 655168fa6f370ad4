//! The judgement of chains: case by case, and against a naive judge on random chains.
#![cfg(test)]

mod cases;
mod random;
