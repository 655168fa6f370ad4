//! From an access key to a caller with its policies.

use super::key::{KeyOwner, StoredKey, key_bytes};
use super::session::{Bestowed, SessionClaims, SessionPrincipal};
use crate::Platform;
use crate::iam::state::{self, Group, Role, User};
use serde_json::Map;
use std::sync::Arc;
use time::OffsetDateTime;
use trailward_model::{Arn, SessionAttributes, SessionContext, SessionIssuer, Tag, UserIdentity, stamp};
use trailward_organization::Standing;
use trailward_policy::{Caller, Context, Policy, PolicyKind, Principal};
use trailward_store::stored::decode;
use trailward_wire::ApiError;
use trailward_wire::sigv4::{Presented, SignatureError, SigningSecret};

/// Who calls, for policies and for the record.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The caller's account; empty for anonymous callers.
    pub account: String,
    /// What the session was given, for sessions that are made with it.
    pub bestowed: Bestowed,
    /// For policy evaluation.
    pub caller: Caller,
    /// For the record.
    pub recorded: UserIdentity,
    /// Whether the credentials are temporary.
    pub is_session: bool,
    /// Whether they come from `GetSessionToken` or `GetFederationToken`, which cannot call most of STS, and IAM only with
    /// MFA, which the latter never have.
    pub from_session_token: bool,
    /// Whether the caller proved to have an MFA device.
    pub mfa: bool,
    /// The account's place in its organization, if it is in one.
    pub standing: Option<Arc<Standing>>,
}

/// Why no identity could be found.
#[derive(Debug)]
pub(crate) enum ResolveError {
    /// The caller's fault. The account is known when the key is.
    Refused(SignatureError),
    /// Ours.
    Failed(ApiError),
}

impl From<SignatureError> for ResolveError {
    fn from(error: SignatureError) -> Self {
        Self::Refused(error)
    }
}

impl From<ApiError> for ResolveError {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl Identity {
    /// A caller without credentials.
    pub(crate) fn anonymous() -> Self {
        Self {
            account: String::new(),
            bestowed: Bestowed::default(),
            caller: Caller::anonymous(),
            recorded: UserIdentity::anonymous(),
            is_session: false,
            from_session_token: false,
            mfa: false,
            standing: None,
        }
    }

    /// How error messages name the caller.
    pub(crate) fn display_arn(&self) -> &str {
        self.recorded.arn.as_deref().unwrap_or("anonymous")
    }
}

/// Finds the caller and the secret its signature must have been made with. Verifies nothing yet.
pub(crate) async fn resolve(
    platform: &Platform,
    presented: &Presented,
) -> Result<(Identity, SigningSecret), ResolveError> {
    let (mut identity, secret) = find(platform, presented).await?;
    bind(platform, &presented.access_key_id, &mut identity).await?;
    Ok((identity, secret))
}

/// What the organization means for the caller: its service control policies, and what policies may ask about it. Nobody
/// in a closed account can act.
async fn bind(platform: &Platform, key_id: &str, identity: &mut Identity) -> Result<(), ResolveError> {
    let standing = platform.organizations.standing(&identity.account).await.map_err(state::failed)?;
    let Some(standing) = standing else { return Ok(()) };
    if standing.is_closed {
        return Err(SignatureError::UnknownKey(key_id.to_owned()).into());
    }
    let context = &mut identity.caller.context;
    context.set("aws:PrincipalOrgID", standing.organization.as_str());
    context.set_multi("aws:PrincipalOrgPaths", [standing.path.as_str()]);
    if !is_service_linked(&identity.caller.principal) {
        identity.caller.scps.clone_from(&standing.scps);
    }
    identity.standing = Some(standing);
    Ok(())
}

/// Service control policies do not bind service-linked roles (AWS Organizations User Guide, "Tasks and entities not
/// restricted by SCPs").
fn is_service_linked(principal: &Principal) -> bool {
    // By the path, which only the service may make, and not by a text that any path can contain.
    match principal {
        Principal::RoleSession { role_arn, .. } => {
            role_arn.parse::<Arn>().is_ok_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
        }
        _ => false,
    }
}

async fn find(platform: &Platform, presented: &Presented) -> Result<(Identity, SigningSecret), ResolveError> {
    let key_id = &presented.access_key_id;
    match (key_id.starts_with("ASIA"), &presented.session_token) {
        (true, Some(token)) => {
            let claims = SessionClaims::open(platform, key_id, token)?;
            let secret = SigningSecret::new(claims.secret.clone());
            Ok((session_identity(platform, &claims).await?, secret))
        }
        (false, None) => {
            let entry = platform.catalog.get(&key_bytes(key_id)).await.map_err(state::failed)?;
            let unknown = || SignatureError::UnknownKey(key_id.clone());
            let key: StoredKey = decode(&entry.ok_or_else(unknown)?.value).map_err(state::failed)?;
            if !key.active {
                return Err(unknown().into());
            }
            let secret = key.secret(&platform.master)?;
            let identity = match &key.owner {
                KeyOwner::Root => root(&key.account, &key.id),
                KeyOwner::User(name) => {
                    let user =
                        state::find::<User>(platform, &key.account, name).await?.ok_or_else(unknown)?;
                    user_identity(platform, &key.account, &user.value, &key.id).await?
                }
            };
            Ok((identity, secret))
        }
        (true, None) => Err(SignatureError::UnknownKey(key_id.clone()).into()),
        (false, Some(_)) => Err(SignatureError::InvalidToken.into()),
    }
}

fn root(account: &str, key_id: &str) -> Identity {
    let arn = Arn::new("iam", "", account, "root").to_string();
    let mut context = principal_context(account, &arn, account, "Account");
    context.set("aws:userid", account);
    Identity {
        account: account.to_owned(),
        bestowed: Bestowed::default(),
        caller: Caller {
            principal: Principal::Root { account: account.to_owned() },
            identity: Vec::new(),
            boundary: None,
            session: None,
            scps: Vec::new(),
            context,
        },
        recorded: UserIdentity {
            kind: Some("Root".into()),
            principal_id: Some(account.to_owned()),
            arn: Some(arn),
            account_id: Some(account.to_owned()),
            access_key_id: Some(key_id.to_owned()),
            ..UserIdentity::default()
        },
        is_session: false,
        from_session_token: false,
        mfa: false,
        standing: None,
    }
}

fn principal_context(account: &str, arn: &str, id: &str, kind: &str) -> Context {
    let mut context = Context::new();
    context.set("aws:PrincipalArn", arn);
    context.set("aws:PrincipalAccount", account);
    context.set("aws:PrincipalType", kind);
    context.set("aws:userid", id);
    context
}

fn tag_context(context: &mut Context, tags: &[Tag]) {
    for tag in tags {
        context.set(&format!("aws:PrincipalTag/{}", tag.key), tag.value.clone());
    }
}

async fn user_identity(
    platform: &Platform,
    account: &str,
    user: &User,
    key_id: &str,
) -> Result<Identity, ApiError> {
    let arn = user.arn(account);
    let mut identity = inline(platform, user.inline.values())?;
    identity.extend(attached(platform, account, &user.attached).await?);
    for name in &user.groups {
        if let Some(group) = state::find::<Group>(platform, account, name).await? {
            identity.extend(inline(platform, group.value.inline.values())?);
            identity.extend(attached(platform, account, &group.value.attached).await?);
        }
    }
    let mut context = principal_context(account, &arn, &user.id, "User");
    context.set("aws:username", user.name.clone());
    tag_context(&mut context, &user.tags);
    Ok(Identity {
        account: account.to_owned(),
        bestowed: Bestowed::default(),
        caller: Caller {
            principal: Principal::User {
                account: account.to_owned(),
                arn: arn.clone(),
                user_id: user.id.clone(),
            },
            identity,
            boundary: boundary(platform, account, user.boundary.as_deref()).await?,
            session: None,
            scps: Vec::new(),
            context,
        },
        recorded: UserIdentity {
            kind: Some("IAMUser".into()),
            principal_id: Some(user.id.clone()),
            arn: Some(arn),
            account_id: Some(account.to_owned()),
            access_key_id: Some(key_id.to_owned()),
            user_name: Some(user.name.clone()),
            ..UserIdentity::default()
        },
        is_session: false,
        from_session_token: false,
        mfa: false,
        standing: None,
    })
}

async fn session_identity(platform: &Platform, claims: &SessionClaims) -> Result<Identity, ResolveError> {
    let account = claims.account.as_str();
    let gone = SignatureError::UnknownKey(claims.access_key_id.clone());
    let mut session_issuer = SessionIssuer::default();
    let mut identity = match &claims.principal {
        SessionPrincipal::Root => root(account, &claims.access_key_id),
        SessionPrincipal::User { name, id } => {
            let user = state::find::<User>(platform, account, name).await?.filter(|u| u.value.id == *id);
            user_identity(platform, account, &user.ok_or(gone)?.value, &claims.access_key_id).await?
        }
        SessionPrincipal::Role { name, id, session_name } => {
            let role = state::find::<Role>(platform, account, name).await?.filter(|r| r.value.id == *id);
            let role = role.ok_or(gone)?.value;
            session_issuer = SessionIssuer {
                kind: Some("Role".into()),
                principal_id: Some(role.id.clone()),
                arn: Some(role.arn(account)),
                account_id: Some(account.to_owned()),
                user_name: Some(role.name.clone()),
                other: Map::new(),
            };
            role_identity(platform, account, &role, session_name, &claims.access_key_id).await?
        }
        SessionPrincipal::Federated { name, by } => {
            let issuer = match by {
                None => root(account, &claims.access_key_id),
                Some((user, id)) => {
                    let user =
                        state::find::<User>(platform, account, user).await?.filter(|u| u.value.id == *id);
                    user_identity(platform, account, &user.ok_or(gone)?.value, &claims.access_key_id).await?
                }
            };
            session_issuer = SessionIssuer {
                kind: issuer.recorded.kind.clone(),
                principal_id: issuer.recorded.principal_id.clone(),
                arn: issuer.recorded.arn.clone(),
                account_id: Some(account.to_owned()),
                user_name: issuer.recorded.user_name.clone(),
                other: Map::new(),
            };
            federated(platform, issuer, name)?
        }
    };
    bind_session(platform, claims, &mut identity).await?;
    let issued = OffsetDateTime::from_unix_timestamp(claims.issued).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let context = &mut identity.caller.context;
    context.set("aws:TokenIssueTime", stamp::extended(issued));
    // Sessions of roles carry no MFA in their conditions, whoever assumed them; their records do (IAM User Guide,
    // "Secure API access with MFA").
    let present = claims.mfa.filter(|_| !matches!(claims.principal, SessionPrincipal::Role { .. }));
    context.set("aws:MultiFactorAuthPresent", present.is_some().to_string());
    if let Some(at) = present {
        let age = platform.now().unix_timestamp().saturating_sub(at).max(0);
        context.set("aws:MultiFactorAuthAge", age.to_string());
    }
    identity.mfa = present.is_some();
    identity.is_session = true;
    let source_identity = claims.bestowed.source_identity.clone();
    identity.from_session_token = !matches!(claims.principal, SessionPrincipal::Role { .. });
    identity.recorded.session_context = Some(SessionContext {
        session_issuer: Some(session_issuer),
        web_id_federation_data: Some(Map::new()),
        attributes: Some(SessionAttributes {
            creation_date: Some(stamp::extended(issued)),
            mfa_authenticated: Some(claims.mfa.is_some().to_string()),
            other: Map::new(),
        }),
        other: source_identity.map(|name| ("sourceIdentity".to_owned(), name.into())).into_iter().collect(),
    });
    Ok(identity)
}

/// Session policies, session tags and source identity.
async fn bind_session(
    platform: &Platform,
    claims: &SessionClaims,
    identity: &mut Identity,
) -> Result<(), ApiError> {
    let federated = matches!(claims.principal, SessionPrincipal::Federated { .. });
    if federated || !claims.policies.is_empty() || !claims.policy_arns.is_empty() {
        let mut policies = inline(platform, claims.policies.iter())?;
        // A policy that was deleted since allows nothing.
        policies.extend(attached(platform, &claims.account, &claims.policy_arns).await?);
        identity.caller.session = Some(policies);
    }
    // Session tags go before those of the role or user.
    tag_context(&mut identity.caller.context, &claims.bestowed.tags);
    if let Some(name) = &claims.bestowed.source_identity {
        identity.caller.context.set("aws:SourceIdentity", name.as_str());
    }
    identity.bestowed = claims.bestowed.clone();
    Ok(())
}

/// A federated user: no more than who made the session, and no more than the session policies.
fn federated(platform: &Platform, issuer: Identity, name: &str) -> Result<Identity, ApiError> {
    let account = issuer.account.clone();
    let arn = Arn::new("sts", "", &account, format!("federated-user/{name}")).to_string();
    let id = format!("{account}:{name}");
    let mut caller = issuer.caller;
    if matches!(caller.principal, Principal::Root { .. }) {
        // Root needs no policy, but its federated users are not root.
        let everything =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        caller.identity = vec![compiled(platform, everything)?];
    }
    for (key, value) in principal_context(&account, &arn, &id, "FederatedUser").iter() {
        caller.context.set_multi(key, value.iter().cloned());
    }
    caller.context.remove("aws:username");
    caller.principal =
        Principal::FederatedUser { account: account.clone(), arn: arn.clone(), name: name.to_owned() };
    let recorded = UserIdentity {
        kind: Some("FederatedUser".into()),
        principal_id: Some(id),
        arn: Some(arn),
        user_name: None,
        ..issuer.recorded
    };
    Ok(Identity { caller, recorded, ..issuer })
}

async fn role_identity(
    platform: &Platform,
    account: &str,
    role: &Role,
    session_name: &str,
    key_id: &str,
) -> Result<Identity, ApiError> {
    let role_arn = role.arn(account);
    let session_arn =
        Arn::new("sts", "", account, format!("assumed-role/{}/{session_name}", role.name)).to_string();
    let principal_id = format!("{}:{session_name}", role.id);
    let mut identity = inline(platform, role.inline.values())?;
    identity.extend(attached(platform, account, &role.attached).await?);
    // A session counts as its role.
    let mut context = principal_context(account, &role_arn, &principal_id, "AssumedRole");
    tag_context(&mut context, &role.tags);
    Ok(Identity {
        account: account.to_owned(),
        bestowed: Bestowed::default(),
        caller: Caller {
            principal: Principal::RoleSession {
                account: account.to_owned(),
                role_arn,
                session_arn: session_arn.clone(),
                role_id: role.id.clone(),
                session_name: session_name.to_owned(),
            },
            identity,
            boundary: boundary(platform, account, role.boundary.as_deref()).await?,
            session: None,
            scps: Vec::new(),
            context,
        },
        recorded: UserIdentity {
            kind: Some("AssumedRole".into()),
            principal_id: Some(principal_id),
            arn: Some(session_arn),
            account_id: Some(account.to_owned()),
            access_key_id: Some(key_id.to_owned()),
            ..UserIdentity::default()
        },
        is_session: true,
        from_session_token: false,
        mfa: false,
        standing: None,
    })
}

/// A user as it would be, called without MFA or with a long-term key.
pub(crate) async fn caller_of_user(
    platform: &Platform,
    account: &str,
    user: &User,
) -> Result<Caller, ApiError> {
    bound(platform, user_identity(platform, account, user, "").await?).await.map(|(caller, _)| caller)
}

/// A session of a role as it would be.
pub(crate) async fn caller_of_role(
    platform: &Platform,
    account: &str,
    role: &Role,
) -> Result<Caller, ApiError> {
    Ok(caller_of_session(platform, account, role, "simulated").await?.0)
}

/// The session `name` of a role, and whether its account is open.
pub(super) async fn caller_of_session(
    platform: &Platform,
    account: &str,
    role: &Role,
    name: &str,
) -> Result<(Caller, bool), ApiError> {
    bound(platform, role_identity(platform, account, role, name, "").await?).await
}

/// The caller with what its organization means for it, and whether its account is open.
async fn bound(platform: &Platform, mut identity: Identity) -> Result<(Caller, bool), ApiError> {
    match bind(platform, "", &mut identity).await {
        Ok(()) => Ok((identity.caller, true)),
        Err(ResolveError::Refused(_)) => Ok((identity.caller, false)),
        Err(ResolveError::Failed(error)) => Err(error),
    }
}

fn inline<'a>(platform: &Platform, texts: impl Iterator<Item = &'a String>) -> Result<Vec<Policy>, ApiError> {
    texts.map(|text| compiled(platform, text)).collect()
}

/// A stored policy was valid when it was stored; one that no longer parses denies everything rather than nothing.
fn compiled(platform: &Platform, text: &str) -> Result<Policy, ApiError> {
    platform.policies.get(text, PolicyKind::Identity).map_err(|error| {
        tracing::error!(%error, "a stored policy does not parse");
        ApiError::internal()
    })
}

async fn attached(platform: &Platform, account: &str, arns: &[String]) -> Result<Vec<Policy>, ApiError> {
    let mut policies = Vec::with_capacity(arns.len());
    for arn in arns {
        if let Some(text) = state::managed_document(platform, account, arn).await? {
            policies.push(compiled(platform, &text)?);
        }
    }
    Ok(policies)
}

async fn boundary(platform: &Platform, account: &str, arn: Option<&str>) -> Result<Option<Policy>, ApiError> {
    let Some(arn) = arn else { return Ok(None) };
    match state::managed_document(platform, account, arn).await? {
        Some(text) => compiled(platform, &text).map(Some),
        // A boundary that was deleted still bounds: nothing is allowed.
        None => compiled(
            platform,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
        )
        .map(Some),
    }
}
