//! Who calls: accounts, access keys, sessions, and the policies that bind them.

mod account;
mod key;
mod mfa;
mod policies;
pub(crate) mod principals;
mod reset;
mod resolve;
mod service_role;
mod session;
mod totp;

pub use account::{Account, AccountSeed, KeySeed, MfaSeed, ensure_account, load_accounts};
pub use reset::reset_root_key;

pub(crate) use account::{Accounts, new_account_batch};
pub(crate) use key::{KeyOwner, StoredKey, key_bytes, new_key};
pub(crate) use mfa::{MfaDevice, MfaHolder, Verdict, device, verify, verify_two};
pub(crate) use policies::PolicyCache;
pub(crate) use resolve::{Identity, ResolveError, caller_of_role, caller_of_user, resolve};
pub(crate) use session::{Asked, Bestowed, Issued, SessionPrincipal, issue};
pub(crate) use totp::to_base32;
