//! Roles that services assume by themselves, as their configurations name them.

use super::Accounts;
use super::resolve::caller_of_session;
use crate::Platform;
use crate::iam::state::{self, Role};
use async_trait::async_trait;
use trailward_bucket::{BucketError, BucketOwners, ReplicationRoles};
use trailward_model::Arn;
use trailward_policy::{Caller, Context, Decision, PolicyKind, Request, evaluate};
use trailward_store::{StoreError, StoreErrorKind};
use trailward_wire::ApiError;

/// The caller that `service` is once it has assumed the role `arn` on behalf of `source`; `None` if there is no such
/// role or its trust policy does not let the service in.
pub(crate) async fn service_role(
    platform: &Platform,
    arn: &str,
    service: &str,
    (source, account): (&str, &str),
) -> Result<Option<Caller>, ApiError> {
    let Ok(parsed) = arn.parse::<Arn>() else { return Ok(None) };
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    if parsed.service != "iam" || !parsed.resource.starts_with("role/") || parsed.account != account {
        return Ok(None);
    }
    let role = state::find::<Role>(platform, &parsed.account, name).await?;
    let Some(role) = role.map(|read| read.value).filter(|role| role.arn(&parsed.account) == arn) else {
        return Ok(None);
    };
    let Ok(trust) = platform.policies.get(&role.trust, PolicyKind::Trust) else { return Ok(None) };
    let mut context = Context::new();
    context.set("aws:SourceArn", source);
    context.set("aws:SourceAccount", account);
    // What its organization allows to be done with an account's roles binds services as well.
    let owner = platform.organizations.standing(&parsed.account).await.map_err(state::failed)?;
    let mut of_role = Context::new();
    of_role.set("aws:ResourceAccount", parsed.account.as_str());
    of_role.set("aws:PrincipalIsAWSService", "true");
    of_role.set("aws:SecureTransport", "true");
    if let Some(owner) = &owner {
        for (organization, path) in
            [("aws:ResourceOrgID", "aws:ResourceOrgPaths"), ("aws:SourceOrgID", "aws:SourceOrgPaths")]
        {
            of_role.set(organization, owner.organization.as_str());
            of_role.set(path, owner.path.as_str());
        }
    }
    let request = Request {
        caller: &Caller::service(service, context),
        action: "sts:AssumeRole",
        resource: arn,
        resource_account: Some(&parsed.account),
        resource_policy: Some(&trust),
        resource_policy_required: true,
        rcps: owner.as_ref().map_or(&[], |owner| owner.rcps_for("sts:AssumeRole")),
        context: &of_role,
    };
    if evaluate(&request) != Decision::Allow {
        return Ok(None);
    }
    let session = service.split('.').next().unwrap_or_default();
    let session = format!("{session}-replication");
    let (caller, open) = caller_of_session(platform, &parsed.account, &role, &session).await?;
    Ok(open.then_some(caller))
}

#[async_trait]
impl ReplicationRoles for Platform {
    async fn assume(&self, role: &str, source: &str, account: &str) -> Result<Option<Caller>, BucketError> {
        let source = format!("arn:aws:s3:::{source}");
        let found = service_role(self, role, "s3.amazonaws.com", (&source, account)).await;
        found.map_err(|error| {
            BucketError::Internal(StoreError::with_source(
                StoreErrorKind::Unavailable,
                "a role could not be read",
                error,
            ))
        })
    }
}

#[async_trait]
impl BucketOwners for Platform {
    async fn canonical_id(&self, account: &str) -> Result<String, BucketError> {
        let found = Accounts::get(self, account).await?;
        Ok(found.map(|account| account.canonical_id).unwrap_or_default())
    }
}
