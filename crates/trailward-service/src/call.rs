//! One call on its way through the door.

use crate::Platform;
use crate::access::{Access, Door, Target};
use crate::audit::{self, Trace};
use crate::iam::state::failed;
use crate::identity::Identity;
use crate::services::Service;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use trailward_model::{TlsDetails, stamp};
use trailward_organization::Standing;
use trailward_policy::{Context, Decision, Request, evaluate, explain};
use trailward_wire::sigv4::SignatureError;
use trailward_wire::{ApiError, Protocol};

/// The connection a request came over.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The client's address.
    pub address: IpAddr,
    /// How the connection is secured; `None` for plain HTTP.
    pub tls: Option<TlsDetails>,
}

/// One authenticated (or anonymous) call.
#[derive(Debug)]
pub(crate) struct Call {
    pub platform: Arc<Platform>,
    pub service: &'static Service,
    pub identity: Arc<Identity>,
    /// The Region of the credential scope.
    pub region: String,
    pub request_id: String,
    /// When the call arrived.
    pub now: OffsetDateTime,
    trace: Mutex<Trace>,
}

impl Call {
    pub(crate) fn new(
        platform: Arc<Platform>,
        service: &'static Service,
        identity: Arc<Identity>,
        region: String,
        trace: Trace,
    ) -> Self {
        let now = platform.now();
        let request_id = trace.request_id.clone();
        Self { platform, service, identity, region, request_id, now, trace: Mutex::new(trace) }
    }

    /// The caller's account.
    pub(crate) fn account(&self) -> &str {
        &self.identity.account
    }

    /// What the record will say.
    pub(crate) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whose thing the call touches: that account has a record too (invariant A5). What does not exist is nobody's.
    pub(crate) fn touches(&self, target: &Target) {
        if let (Some(account), Some(_)) = (&target.account, &target.policy) {
            self.trace().owners.insert(account.clone());
        }
    }

    /// Makes durable what the call is about to do (invariant A3). Nothing may take effect before this returns `Ok`.
    pub(crate) async fn intend(&self) -> Result<(), ApiError> {
        let mut trace = self.trace().clone();
        audit::intend(&self.platform, [&mut trace])?.await?;
        let mut own = self.trace();
        (own.ids, own.shared) = (trace.ids, trace.shared);
        Ok(())
    }

    pub(crate) fn into_trace(self) -> Trace {
        self.trace.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Condition keys that every call has.
    pub(crate) fn context(&self) -> Context {
        let mut context = Context::new();
        context.set("aws:RequestedRegion", self.region.clone());
        common_keys(&mut context, &self.trace(), self.now);
        context
    }

    /// The place of the target's account in its organization.
    async fn owner(&self, target: &Target) -> Result<Option<Arc<Standing>>, ApiError> {
        match &target.account {
            None => Ok(None),
            Some(account) if *account == self.identity.account => Ok(self.identity.standing.clone()),
            Some(account) => self.platform.organizations.standing(account).await.map_err(failed),
        }
    }

    /// Lets the call pass, or says why not.
    pub(crate) async fn authorize(&self, access: &Access, target: &Target) -> Result<(), ApiError> {
        if self.identity.from_session_token && !self.identity.mfa && access.action.starts_with("iam:") {
            // Such credentials may call IAM only when they were made with MFA.
            return Err(SignatureError::InvalidToken.to_api_error(self.service.protocol));
        }
        let unsigned = self.identity.account.is_empty();
        if access.door == Door::Authenticated || (access.door == Door::Link && unsigned) {
            return Ok(());
        }
        let mut context = self.context().overlaid(&target.context);
        let owner = self.owner(target).await?;
        if let Some(account) = &target.account {
            context.set("aws:ResourceAccount", account.as_str());
        }
        if let Some(owner) = &owner {
            context.set("aws:ResourceOrgID", owner.organization.as_str());
            context.set("aws:ResourceOrgPaths", owner.path.as_str());
        }
        let request = Request {
            caller: &self.identity.caller,
            action: access.action,
            resource: &target.arn,
            resource_account: target.account.as_deref(),
            resource_policy: target.policy.as_ref(),
            resource_policy_required: target.policy_required,
            rcps: owner.as_ref().map_or(&[], |owner| owner.rcps_for(access.action)),
            context: &context,
        };
        // What is in a closed account is out of everybody's reach.
        let closed = owner.as_ref().is_some_and(|owner| owner.is_closed);
        if !closed && evaluate(&request) == Decision::Allow {
            return Ok(());
        }
        let because = if closed {
            "because its account is closed".to_owned()
        } else {
            explain(&request).denied_because()
        };
        let message = format!(
            "User: {} is not authorized to perform: {} on resource: {} {because}",
            self.identity.display_arn(),
            access.action,
            target.shown.as_deref().unwrap_or(&target.arn)
        );
        if self.service.signing_name == "sns" {
            return Err(ApiError::new("AuthorizationError", 403, message));
        }
        Err(access_denied(self.service.protocol, message))
    }
}

/// Denied, as each protocol spells it.
pub(crate) fn access_denied(protocol: Protocol, message: impl Into<String>) -> ApiError {
    match protocol {
        Protocol::AwsJson { .. } => ApiError::bad_request("AccessDeniedException", message),
        Protocol::Query { .. } | Protocol::RestXml => ApiError::new("AccessDenied", 403, message),
    }
}

/// Condition keys of the connection and the moment.
pub(crate) fn common_keys(context: &mut Context, trace: &Trace, now: OffsetDateTime) {
    context.set("aws:CurrentTime", stamp::extended(now));
    context.set("aws:EpochTime", now.unix_timestamp().to_string());
    context.set("aws:SecureTransport", trace.tls.is_some().to_string());
    context.set("aws:SourceIp", trace.source_ip.clone());
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:ViaAWSService", "false");
    if let Some(agent) = &trace.user_agent {
        context.set("aws:UserAgent", agent.clone());
    }
}
