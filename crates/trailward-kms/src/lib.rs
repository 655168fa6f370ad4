//! KMS keys as one engine with no wire format, for every way in: the KMS API, and whatever else encrypts under a key.
//!
//! Key material is made here, sealed under the store's master key, and never leaves: callers get ciphertext, data keys
//! and signatures. Who may use a key is said by its policy together with its grants ([`Key::policy`]); asking is for
//! the caller, with the policy engine.
//!
//! Not here: requests, answers, records.
//!
//! Source: AWS KMS Developer Guide and API Reference.

mod blob;
mod context;
mod error;
mod grant;
mod key;
mod keys;
mod material;
mod reference;
mod service_key;
mod spec;
mod through;

pub use context::EncryptionContext;
pub use error::KmsError;
pub use grant::{Constraints, Grant, GrantOperation};
pub use key::{Key, KeyState, Material, Rotation, default_policy};
pub use keys::{Alias, Keys, MAX_ON_DEMAND, MAX_WAIT_DAYS, MIN_WAIT_DAYS, Versioned};
pub use reference::KeyReference;
pub use spec::{Algorithm, KeySpec, KeyUsage, MessageType};
pub use through::{KeyAction, Through};
