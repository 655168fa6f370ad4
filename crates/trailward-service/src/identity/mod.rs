//! Who calls: accounts, access keys, sessions, and the policies that bind them.

mod account;
mod key;
mod policies;
mod resolve;
mod session;

pub(crate) use account::Accounts;
pub use account::{Account, AccountSeed, KeySeed, ensure_account, load_accounts};
pub(crate) use key::{KeyOwner, StoredKey, key_bytes, new_key};
pub(crate) use policies::PolicyCache;
pub(crate) use resolve::{Identity, ResolveError, resolve};
pub(crate) use session::{Issued, SessionPrincipal, issue};
