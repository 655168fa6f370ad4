//! The Security Token Service.

mod assume_role;
mod credentials;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod mfa;
mod packed;
mod tags;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<assume_role::AssumeRole>(),
    entry::<get_access_key_info::GetAccessKeyInfo>(),
    entry::<get_caller_identity::GetCallerIdentity>(),
    entry::<get_federation_token::GetFederationToken>(),
    entry::<get_session_token::GetSessionToken>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetDelegatedAccessToken",
    "GetWebIdentityToken",
];
