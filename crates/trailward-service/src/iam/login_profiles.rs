//! Passwords of users. Nobody can sign in here; they are kept as data, so that reports tell the truth, and only as a
//! salted slow hash: PBKDF2 with HMAC-SHA-512.

use super::change::{commit, existing, pin, retried};
use super::errors::{already_there, no_such, short, validation};
use super::password_policy::{self, PasswordPolicy, violated};
use super::state::{Entity, User, Versioned, creation, find, removal, replacement};
use crate::Platform;
use crate::call::Call;
use crate::shape::QueryTime;
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use trailward_store::stored::Stored;
use trailward_wire::ApiError;

/// OWASP, "Password Storage Cheat Sheet", for HMAC-SHA-512.
const ROUNDS: NonZeroU32 = NonZeroU32::new(210_000).expect("not zero");

/// The most earlier passwords a policy can keep from coming back.
const MOST_EARLIER: usize = 24;

const LENGTH: usize = 32;

/// A password as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hashed {
    /// Base64.
    salt: String,
    rounds: u32,
    /// Base64.
    hash: String,
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashed").finish_non_exhaustive()
    }
}

impl Hashed {
    async fn new(platform: &Platform, password: &str) -> Result<Self, ApiError> {
        let mut salt = [0; 16];
        platform.entropy.fill(&mut salt)?;
        let password = password.to_owned();
        slowly(move || {
            let mut hash = [0; LENGTH];
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ROUNDS, &salt, password.as_bytes(), &mut hash);
            Self { salt: STANDARD.encode(salt), rounds: ROUNDS.get(), hash: STANDARD.encode(hash) }
        })
        .await
    }

    fn is(&self, password: &str) -> bool {
        let (Ok(salt), Ok(hash)) = (STANDARD.decode(&self.salt), STANDARD.decode(&self.hash)) else {
            return false;
        };
        let Some(rounds) = NonZeroU32::new(self.rounds) else { return false };
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA512, rounds, &salt, password.as_bytes(), &hash).is_ok()
    }
}

/// Hashing takes long on purpose, so not on a thread that others wait for.
async fn slowly<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "hashing a password was broken off");
        ApiError::internal()
    })
}

async fn is_one_of(hashed: Vec<Hashed>, password: &str) -> Result<bool, ApiError> {
    let password = password.to_owned();
    slowly(move || hashed.iter().any(|have| have.is(&password))).await
}

/// A user's password. Named by the user's id, which renaming does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    /// `AIDA…`.
    pub user_id: String,
    /// Epoch seconds.
    pub created: i64,
    /// When the password was last set, in epoch seconds.
    pub changed: i64,
    pub reset_required: bool,
    pub password: Hashed,
    /// Earlier ones, newest first.
    pub earlier: Vec<Hashed>,
}

impl Stored for LoginProfile {
    const FORMAT: u16 = 1;
}

impl Entity for LoginProfile {
    const SPACE: &'static str = "iam-login-profile";
    const WORD: &'static str = "login-profile";
    const COUNT_QUOTA: &'static str = "UsersPerAccount";

    fn name(&self) -> &str {
        &self.user_id
    }

    fn path(&self) -> &'static str {
        "/"
    }
}

/// `LoginProfile`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoginShape {
    user_name: String,
    create_date: QueryTime,
    password_reset_required: bool,
}

impl LoginShape {
    pub(super) fn new(user: &User, profile: &LoginProfile) -> Self {
        Self {
            user_name: user.name.clone(),
            create_date: QueryTime::from_epoch(profile.created),
            password_reset_required: profile.reset_required,
        }
    }
}

/// The profile of a user, if it has one.
pub(super) async fn of(user: &User, call: &Call) -> Result<Option<Versioned<LoginProfile>>, ApiError> {
    find::<LoginProfile>(&call.platform, call.account(), &user.id).await
}

/// The profile that a user must have.
pub(super) async fn existing_of(user: &User, call: &Call) -> Result<Versioned<LoginProfile>, ApiError> {
    of(user, call)
        .await?
        .ok_or_else(|| no_such(format!("Login Profile for User {} cannot be found.", short(&user.name))))
}

/// The user a call is about: the one that is named, or the caller. Root has no login profile that calls could change.
pub(super) fn user_name(named: Option<&str>, call: &Call) -> Result<String, ApiError> {
    use super::keys::Holder;
    Holder::of(named, call)?
        .user_name()
        .ok_or_else(|| validation("Must specify userName when calling with non-User credentials"))
}

/// Gives a user that has none a password.
pub(super) async fn create(
    name: &str,
    password: &str,
    reset_required: bool,
    call: &Call,
) -> Result<LoginShape, ApiError> {
    let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
    let user = existing::<User>(name, call).await?.value;
    let there = || already_there(&format!("Login Profile for User {} already exists.", short(&user.name)));
    if of(&user, call).await?.is_some() {
        return Err(there());
    }
    password_policy::check(policy.as_ref(), &user.name, password)?;
    let hashed = &Hashed::new(&call.platform, password).await?;
    retried(|| async move {
        let user = existing::<User>(name, call).await?;
        if of(&user.value, call).await?.is_some() {
            return Err(already_there(&format!("Login Profile for User {} already exists.", short(name))));
        }
        let now = call.now.unix_timestamp();
        let profile = LoginProfile {
            user_id: user.value.id.clone(),
            created: now,
            changed: now,
            reset_required,
            password: hashed.clone(),
            earlier: Vec::new(),
        };
        // The user is pinned: it may not be deleted at the same moment.
        let batch = pin(creation(call.account(), &profile)?, call.account(), &user)?;
        commit(batch, call).await?;
        Ok(LoginShape::new(&user.value, &profile))
    })
    .await
}

/// Changes password or reset flag; absent ones stay.
pub(super) async fn update(
    name: &str,
    password: Option<&str>,
    reset_required: Option<bool>,
    call: &Call,
) -> Result<(), ApiError> {
    let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
    let user = existing::<User>(name, call).await?.value;
    let read = existing_of(&user, call).await?;
    let next = match password {
        None => read.value.clone(),
        Some(password) => with_password(read.value.clone(), policy.as_ref(), &user, password, call).await?,
    };
    let value = LoginProfile { reset_required: reset_required.unwrap_or(read.value.reset_required), ..next };
    commit(replacement(call.account(), &Versioned { value, revision: read.revision })?, call).await
}

/// A user changes its own password, knowing the old one.
pub(super) async fn change_own(user: &User, old: &str, new: &str, call: &Call) -> Result<(), ApiError> {
    let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
    let read = existing_of(user, call).await?;
    if let Some(policy) = &policy
        && policy.hard_expiry
        && is_expired(&read.value, policy, call.now.unix_timestamp())
    {
        return Err(violated("The password has expired; only an administrator can set a new one."));
    }
    if !is_one_of(vec![read.value.password.clone()], old).await? {
        return Err(ApiError::new("AccessDenied", 403, "The old password was incorrect."));
    }
    let next = with_password(read.value, policy.as_ref(), user, new, call).await?;
    let value = LoginProfile { reset_required: false, ..next };
    commit(replacement(call.account(), &Versioned { value, revision: read.revision })?, call).await
}

/// The moment a password expires, in epoch seconds.
pub(super) fn expires(profile: &LoginProfile, policy: Option<&PasswordPolicy>) -> Option<i64> {
    policy.and_then(|policy| policy.max_age).map(|days| profile.changed + days * 86_400)
}

fn is_expired(profile: &LoginProfile, policy: &PasswordPolicy, now: i64) -> bool {
    expires(profile, Some(policy)).is_some_and(|at| at <= now)
}

async fn with_password(
    mut profile: LoginProfile,
    policy: Option<&PasswordPolicy>,
    user: &User,
    password: &str,
    call: &Call,
) -> Result<LoginProfile, ApiError> {
    password_policy::check(policy, &user.name, password)?;
    profile.earlier.insert(0, profile.password);
    profile.earlier.truncate(MOST_EARLIER);
    if let Some(kept) = policy.and_then(|policy| policy.reuse_prevention) {
        let kept = usize::try_from(kept).unwrap_or(MOST_EARLIER);
        let kept = profile.earlier.iter().take(kept).cloned().collect();
        if is_one_of(kept, password).await? {
            return Err(violated("Password was used before and cannot be used again yet"));
        }
    }
    profile.password = Hashed::new(&call.platform, password).await?;
    profile.changed = call.now.unix_timestamp();
    Ok(profile)
}

/// Takes a user's password away.
pub(super) async fn delete(name: &str, call: &Call) -> Result<(), ApiError> {
    retried(|| async move {
        let user = existing::<User>(name, call).await?.value;
        let read = existing_of(&user, call).await?;
        commit(removal(call.account(), &read), call).await
    })
    .await
}
