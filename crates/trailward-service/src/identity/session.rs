//! Temporary credentials. The session token is the session, sealed under the master key: nothing is stored, nothing
//! can be forged, and an expired session needs no cleaning up.

use crate::Platform;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use trailward_model::Tag;
use trailward_wire::ApiError;
use trailward_wire::sigv4::{SignatureError, SigningSecret};

const CONTEXT: &str = "session-token/1";
/// Longer than any token that is issued: what a session carries is bounded by `sts/packed.rs`.
const MAX_TOKEN: usize = 24 * 1024;

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SessionPrincipal {
    /// `GetSessionToken` by root.
    Root,
    /// `GetSessionToken` by a user.
    User { name: String, id: String },
    /// `AssumeRole`.
    Role { name: String, id: String, session_name: String },
    /// `GetFederationToken`; `by` is the user that asked, `None` for root.
    Federated { name: String, by: Option<(String, String)> },
}

/// What a session was given besides policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bestowed {
    /// Session tags, inherited ones among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Keys of the tags that travel on to sessions of other roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
}

impl Bestowed {
    /// Whether the tag travels on. Keys compare without regard to case.
    pub(crate) fn is_transitive(&self, key: &str) -> bool {
        self.transitive.iter().any(|have| have.to_lowercase() == key.to_lowercase())
    }
}

/// What a token says.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SessionClaims {
    pub access_key_id: String,
    pub secret: String,
    pub account: String,
    pub principal: SessionPrincipal,
    /// Epoch seconds.
    pub issued: i64,
    /// Epoch seconds.
    pub expires: i64,
    /// Session policies, as text.
    pub policies: Vec<String>,
    /// Session policies by ARN; what they say is looked up at each use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// When an MFA code was given, in epoch seconds.
    #[serde(default)]
    pub mfa: Option<i64>,
    #[serde(flatten)]
    pub bestowed: Bestowed,
}

impl std::fmt::Debug for SessionClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionClaims")
            .field("access_key_id", &self.access_key_id)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// Temporary credentials as an answer shows them.
pub(crate) struct Issued {
    pub access_key_id: String,
    pub secret: SigningSecret,
    pub token: String,
    pub expires: OffsetDateTime,
}

/// What a session is to be.
pub(crate) struct Asked {
    pub principal: SessionPrincipal,
    /// How long it lasts.
    pub seconds: i64,
    /// Session policies, as text.
    pub policies: Vec<String>,
    /// Session policies by ARN.
    pub policy_arns: Vec<String>,
    /// Whether an MFA code was given with it.
    pub mfa: bool,
    pub bestowed: Bestowed,
}

/// Makes temporary credentials.
pub(crate) fn issue(platform: &Platform, account: &str, asked: Asked) -> Result<Issued, ApiError> {
    let access_key_id = crate::iam::state::unique_id(platform, "ASIA")?;
    let mut random = [0; 30];
    platform.entropy.fill(&mut random)?;
    let secret = STANDARD.encode(random);
    let issued = platform.now().unix_timestamp();
    let claims = SessionClaims {
        access_key_id: access_key_id.clone(),
        secret: secret.clone(),
        account: account.to_owned(),
        principal: asked.principal,
        issued,
        expires: issued + asked.seconds,
        policies: asked.policies,
        policy_arns: asked.policy_arns,
        mfa: asked.mfa.then_some(issued),
        bestowed: asked.bestowed,
    };
    let json = serde_json::to_vec(&claims).map_err(|_| ApiError::internal())?;
    let sealed = platform.master.seal(CONTEXT, &json).map_err(|_| ApiError::internal())?;
    let expires = OffsetDateTime::from_unix_timestamp(claims.expires).map_err(|_| ApiError::internal())?;
    Ok(Issued { access_key_id, secret: SigningSecret::new(secret), token: STANDARD.encode(sealed), expires })
}

impl SessionClaims {
    /// Opens a token presented with `access_key_id`.
    pub(crate) fn open(
        platform: &Platform,
        access_key_id: &str,
        token: &str,
    ) -> Result<Self, SignatureError> {
        if token.len() > MAX_TOKEN {
            return Err(SignatureError::InvalidToken);
        }
        let sealed = STANDARD.decode(token).map_err(|_| SignatureError::InvalidToken)?;
        let json = platform.master.open(CONTEXT, &sealed).map_err(|_| SignatureError::InvalidToken)?;
        let claims: Self = serde_json::from_slice(&json).map_err(|_| SignatureError::InvalidToken)?;
        if claims.access_key_id != access_key_id {
            return Err(SignatureError::InvalidToken);
        }
        if claims.expires <= platform.now().unix_timestamp() {
            return Err(SignatureError::ExpiredToken);
        }
        Ok(claims)
    }
}
