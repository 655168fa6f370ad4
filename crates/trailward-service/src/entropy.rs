//! Where random bytes come from.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::sync::Mutex;
use trailward_wire::ApiError;

/// Unpredictable bytes for ids, keys and tokens.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`. An error means that no id or key may be made now.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ApiError>;
}

/// The operating system's generator.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl Default for SystemEntropy {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ApiError> {
        self.0.fill(bytes).map_err(|_| ApiError::internal())
    }
}

/// A repeatable sequence, for golden cases. Predictable: never for a server that somebody else can reach.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// Starts the sequence at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ApiError> {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for byte in bytes {
            // SplitMix64.
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = ((mixed ^ (mixed >> 31)) & 0xff) as u8;
        }
        Ok(())
    }
}
