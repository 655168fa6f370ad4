//! Trailward.
fn main() {}
