//! Server-side encryption: which key an object is encrypted under, who may use it, and what is shown of it.
//!
//! All bytes are encrypted by the store. SSE-KMS and SSE-C encrypt under a further key that the store does not keep:
//! see [`trailward_store::BlobKey`].

mod asked;
mod bucket_keys;
mod customer;
mod kms;
mod seal;
mod used;

pub use asked::EncryptionAsked;
pub(crate) use bucket_keys::BucketKeys;
pub use customer::CustomerKey;
pub use seal::EncryptionView;
pub(crate) use seal::check_customer;
pub use used::KeyUse;
pub(crate) use used::Sealing;
