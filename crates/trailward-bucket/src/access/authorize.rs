use super::grant::Requester;
use super::lists::Lists;
use super::{Grant, Resource};
use crate::encryption::Sealing;
use crate::engine::Loaded;
use crate::record::Kind;
use crate::{BucketError, Buckets};
use std::sync::Arc;
use trailward_organization::Standing;
use trailward_policy::{
    Caller, Context, Decision, Explanation, Policy, Principal, Request, evaluate, explain,
};

/// Why there is no grant.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Denied {
    #[source]
    error: Box<BucketError>,
    explanation: Option<Box<Explanation>>,
}

impl Denied {
    /// What the caller is told.
    pub fn error(&self) -> &BucketError {
        &self.error
    }

    /// What the caller is told, by value.
    pub fn into_error(self) -> BucketError {
        *self.error
    }

    /// Which policy refused and why; `None` if it did not come to that (there is no such bucket).
    pub fn explanation(&self) -> Option<&Explanation> {
        self.explanation.as_deref()
    }
}

impl From<BucketError> for Denied {
    fn from(error: BucketError) -> Self {
        Self { error: Box::new(error), explanation: None }
    }
}

impl From<Denied> for BucketError {
    fn from(denied: Denied) -> Self {
        denied.into_error()
    }
}

/// Says that the requester knows to pay (`x-amz-request-payer`). Not a condition key of policies.
const REQUEST_PAYER: &str = "trailward:request-payer";
/// The request's id. Not a condition key of policies.
const REQUEST_ID: &str = "trailward:request-id";
/// What is in a closed account is out of everybody's reach.
const CLOSED: &str = "All access to this object has been disabled";

/// With these the owner's root user can always undo a policy that locks everybody out.
const LOCKOUT_RECOVERY: [&str; 3] = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// What a bucket with Object Lock is made with, beside `s3:CreateBucket`.
const LOCKING: [&str; 2] = ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"];

/// Reading an object shows its lock to those who may see it.
const READS: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];

/// What may need a KMS key.
const SEALING: [&str; 5] = [
    "s3:PutObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:ReplicateObject",
];

impl Buckets {
    /// Decides whether `caller` may do `action` (such as `s3:PutObject`) to `resource`: the caller's policies and
    /// the bucket's, Block Public Access included. `context` has the condition keys of this request
    /// (`s3:x-amz-acl`, `s3:prefix` …); the resource's account and existing object tags are added here.
    ///
    /// `NoSuchBucket` if there is no such bucket, else `AccessDenied`.
    pub async fn authorize(
        &self,
        caller: &Caller,
        action: &'static str,
        resource: Resource,
        context: &Context,
    ) -> Result<Grant, Denied> {
        // A bucket that does not exist yet has no owner and no policy to ask.
        let loaded = match resource.bucket_name() {
            Some(name) if action != "s3:CreateBucket" => Some(self.load(name).await?),
            _ => None,
        };
        let mut context = context.clone();
        let mut owner = None;
        if let Some(loaded) = &loaded {
            context.set("aws:ResourceAccount", loaded.bucket.owner.as_str());
            context.set("s3:ResourceAccount", loaded.bucket.owner.as_str());
            owner = self.organizations().standing(&loaded.bucket.owner).await.map_err(BucketError::from)?;
            if let Some(owner) = &owner {
                if owner.is_closed {
                    return Err(BucketError::AccessDenied(CLOSED.to_owned()).into());
                }
                context.set("aws:ResourceOrgID", owner.organization.as_str());
                context.set("aws:ResourceOrgPaths", owner.path.as_str());
            }
            self.add_existing_tags(caller, loaded, owner.as_deref(), &resource, &mut context).await?;
        }
        let lists = match &loaded {
            Some(loaded) => self.lists(loaded, action, &resource).await?,
            None => Lists::default(),
        };
        self.add_source_organization(caller, &mut context).await?;
        let loaded_now = loaded.as_deref();
        let question =
            Question { caller, loaded: loaded_now, owner: owner.as_deref(), context: &context, lists };
        question.check_payer(action)?;
        if !question.may(action, &resource) {
            return Err(question.denied(action, &resource));
        }
        let may_list = match resource.bucket_name() {
            Some(name) if action.starts_with("s3:Get") => {
                question.may("s3:ListBucket", &Resource::bucket(name))
            }
            _ => false,
        };
        let locks = loaded.as_ref().is_some_and(|loaded| loaded.bucket.lock.is_some());
        let sees = |right| locks && READS.contains(&action) && question.may(right, &resource);
        let (sees_retention, sees_legal_hold) =
            (sees("s3:GetObjectRetention"), sees("s3:GetObjectLegalHold"));
        let creates = |right| action == "s3:CreateBucket" && question.may(right, &resource);
        let may_lock = LOCKING.into_iter().all(creates);
        let may_set_acl = creates("s3:PutBucketAcl");
        let may_set_ownership = creates("s3:PutBucketOwnershipControls");
        let notifies = loaded.as_ref().is_some_and(|loaded| !loaded.bucket.notifications.is_empty());
        let requester =
            (notifies || action == "s3:PutBucketNotification").then(|| Arc::new(requester(caller, &context)));
        Ok(Grant {
            action,
            resource,
            bucket_id: loaded.map(|loaded| loaded.bucket.id.clone()),
            account: caller.principal.account().map(str::to_owned),
            arn: arn_of(&caller.principal).into(),
            may_list,
            may_lock,
            may_set_acl,
            may_set_ownership,
            sees_retention,
            sees_legal_hold,
            requester,
            sealing: SEALING.contains(&action).then(|| Arc::new(Sealing::of(caller))),
        })
    }

    /// A service works for a resource of an account; where that account is in an organization, the request says so.
    async fn add_source_organization(
        &self,
        caller: &Caller,
        context: &mut Context,
    ) -> Result<(), BucketError> {
        if let Principal::Service(_) = caller.principal
            && let Some([account]) = caller.context.get("aws:SourceAccount")
            && let Some(source) = self.organizations().standing(account).await?
        {
            context.set("aws:SourceOrgID", source.organization.as_str());
            context.set("aws:SourceOrgPaths", source.path.as_str());
        }
        Ok(())
    }

    /// Loads the object's tags, but only if a policy asks for them.
    async fn add_existing_tags(
        &self,
        caller: &Caller,
        loaded: &Arc<Loaded>,
        owner: Option<&Standing>,
        resource: &Resource,
        context: &mut Context,
    ) -> Result<(), BucketError> {
        let Resource::Object { key, version, .. } = resource else {
            return Ok(());
        };
        let asks = |policy: &Policy| policy.text().to_ascii_lowercase().contains("s3:existingobjecttag/");
        let mut policies = loaded
            .policy
            .iter()
            .chain(&caller.identity)
            .chain(&caller.boundary)
            .chain(caller.session.iter().flatten())
            .chain(caller.scps.iter().flatten())
            .chain(owner.iter().flat_map(|owner| owner.rcps.iter().flatten()));
        if !policies.any(asks) {
            return Ok(());
        }
        if let Some(version) = self.find(&loaded.bucket, key, version.as_deref()).await?
            && let Kind::Object(object) = version.kind
        {
            for tag in object.tags {
                context.set(&format!("s3:ExistingObjectTag/{}", tag.key), tag.value);
            }
        }
        Ok(())
    }
}

/// Who asks, as events tell it.
fn requester(caller: &Caller, context: &Context) -> Requester {
    let first = |values: Option<&[String]>| values.and_then(|values| values.first()).cloned();
    if let Principal::Service(name) = &caller.principal {
        return Requester { principal: name.clone(), address: name.clone(), request: String::new() };
    }
    let id = first(caller.context.get("aws:userid"));
    Requester {
        principal: id.map_or_else(|| "Anonymous".to_owned(), |id| format!("AWS:{id}")),
        address: first(context.get("aws:SourceIp")).unwrap_or_default(),
        request: first(context.get(REQUEST_ID)).unwrap_or_default(),
    }
}

struct Question<'a> {
    caller: &'a Caller,
    loaded: Option<&'a Loaded>,
    /// The place of the bucket's owner in its organization.
    owner: Option<&'a Standing>,
    context: &'a Context,
    lists: Lists,
}

impl Question<'_> {
    fn request<'a>(&'a self, action: &'a str, arn: &'a str) -> Request<'a> {
        let owner = self.loaded.map(|loaded| loaded.bucket.owner.as_str());
        let is_owners_root =
            matches!(&self.caller.principal, Principal::Root { account } if owner == Some(account));
        let policy = self.loaded.and_then(|loaded| loaded.policy.as_ref());
        Request {
            caller: self.caller,
            action,
            resource: arn,
            resource_account: owner,
            resource_policy: policy.filter(|_| !(is_owners_root && LOCKOUT_RECOVERY.contains(&action))),
            resource_policy_required: false,
            rcps: self.owner.map_or(&[], |owner| owner.rcps_for(action)),
            context: self.context,
        }
    }

    fn may(&self, action: &str, resource: &Resource) -> bool {
        if self.is_kept_out() {
            return false;
        }
        let arn = resource.arn();
        let request = self.request(action, &arn);
        let decision = match self.lists.foreign_owner(action) {
            None => evaluate(&request),
            // The bucket's owner may refuse what is done to others' objects, but cannot allow it.
            Some(owner) => match evaluate(&request) {
                Decision::ExplicitDeny => Decision::ExplicitDeny,
                _ => evaluate(&Request { resource_account: Some(owner), resource_policy: None, ..request }),
            },
        };
        match decision {
            Decision::Allow => true,
            Decision::ExplicitDeny => false,
            Decision::ImplicitDeny => self.lists.policy(self.caller, action).is_some_and(|policy| {
                let owner = self.lists.foreign_owner(action).or(request.resource_account);
                let listed = Request { resource_account: owner, resource_policy: Some(&policy), ..request };
                evaluate(&listed) == Decision::Allow
            }),
        }
    }

    /// Where requesters pay, strangers must say that they know, and be known themselves.
    fn check_payer(&self, action: &str) -> Result<(), BucketError> {
        let pays = self.loaded.is_some_and(|loaded| loaded.bucket.requester_pays);
        let is_owner = self
            .loaded
            .is_some_and(|loaded| self.caller.principal.account() == Some(loaded.bucket.owner.as_str()));
        // What the owner of the bucket does to the bucket itself is never charged to others.
        let known = self.caller.principal.account().is_some()
            && self.context.get(REQUEST_PAYER).is_some_and(|values| values == ["requester"]);
        if !pays || is_owner || known || action == "s3:GetBucketLocation" {
            return Ok(());
        }
        Err(BucketError::AccessDenied("Access Denied".to_owned()))
    }

    /// RestrictPublicBuckets: while the policy is public, only services and the owner's account get in.
    fn is_kept_out(&self) -> bool {
        let Some(loaded) = self.loaded else {
            return false;
        };
        let restricted = self.lists.block.restrict_public_buckets;
        let is_service = matches!(self.caller.principal, Principal::Service(_));
        let is_owner = self.caller.principal.account() == Some(loaded.bucket.owner.as_str());
        restricted && loaded.policy_is_public && !is_service && !is_owner
    }

    fn denied(&self, action: &str, resource: &Resource) -> Denied {
        let arn = resource.arn();
        let explanation = explain(&self.request(action, &arn));
        let account = self.caller.principal.account();
        let same_account = account.is_some()
            && self.loaded.is_none_or(|loaded| Some(loaded.bucket.owner.as_str()) == account);
        // Strangers are not told which policy kept them out.
        let message = if same_account {
            format!(
                "User: {} is not authorized to perform: {action} on resource: \"{arn}\" {}",
                arn_of(&self.caller.principal),
                explanation.denied_because()
            )
        } else {
            "Access Denied".to_owned()
        };
        Denied {
            error: Box::new(BucketError::AccessDenied(message)),
            explanation: Some(Box::new(explanation)),
        }
    }
}

fn arn_of(principal: &Principal) -> String {
    match principal {
        Principal::Anonymous => "anonymous".to_owned(),
        Principal::Service(name) => name.clone(),
        Principal::Root { account } => format!("arn:aws:iam::{account}:root"),
        Principal::User { arn, .. } | Principal::FederatedUser { arn, .. } => arn.clone(),
        Principal::RoleSession { session_arn, .. } => session_arn.clone(),
    }
}
