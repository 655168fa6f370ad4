//! Whether an actor has a way: every permission it takes, on one of the resources that would do.

use super::actors::Actor;
use super::ask::{Answer, Ask, ask, resources};
use super::report::{Kind, Place};
use super::ways::{Need, On, Way};
use super::world::{Held, Levels, World};
use trailward_model::layout;
use trailward_policy::Context;

/// With these root can always undo a bucket policy that locks everybody out (Amazon S3 User Guide, "PutBucketPolicy").
const RECOVERY: [&str; 2] = ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// What an access control list's permission lets its grantee do of what harms a trail.
const ACL_PERMISSIONS: [(&str, &[&str]); 3] = [
    ("WRITE", &["s3:PutObject"]),
    ("WRITE_ACP", &["s3:PutBucketAcl"]),
    ("FULL_CONTROL", &["s3:PutObject", "s3:PutBucketAcl"]),
];

/// Writing log files is CloudTrail's own part.
fn is_delivery(actor: &Actor, need: &Need) -> bool {
    need.action == "s3:PutObject" && actor.principal.name == crate::preflight::SERVICE
}

impl World<'_> {
    /// Whether `actor` itself has a way, and with which resources.
    pub(super) fn has(&self, actor: &Actor, way: &Way) -> Option<(Answer, Vec<String>)> {
        if way.device && actor.principal.kind != Kind::Root {
            return None;
        }
        if actor.principal.kind == Kind::Service && way.needs.iter().any(|need| is_delivery(actor, need)) {
            return None;
        }
        let mut whole: Option<Answer> = None;
        let mut on = Vec::new();
        for need in &way.needs {
            let (answer, resource) = self.may(actor, need)?;
            whole = Some(match whole {
                Some(before) => before.and(answer),
                None => answer,
            });
            super::ask::merge(&mut on, vec![resource]);
        }
        let mut whole = whole?;
        if way.device {
            whole = whole.only("with a code of root's MFA device");
        }
        if let Some(unsure) = &way.unsure {
            whole = whole.only(unsure.as_str());
        }
        Some((whole, on))
    }

    fn may(&self, actor: &Actor, need: &Need) -> Option<(Answer, String)> {
        let bucket = format!("arn:{}:s3:::{}", self.trail.partition, self.snapshot.bucket.name);
        let region = self.snapshot.bucket.region.known().map_or(self.trail.region.as_str(), String::as_str);
        let nothing = Held::Nothing;
        let account = actor.account().unwrap_or_default();
        let (owner, policy, required, region) = match need.on {
            On::Objects | On::Bucket => (self.bucket_owner.as_str(), &self.bucket, false, region),
            On::Key => {
                let arn = self.snapshot.key.as_ref()?.arn.split(':').collect::<Vec<_>>();
                let (region, owner) = (*arn.get(3)?, *arn.get(4)?);
                (owner, &self.key, true, region)
            }
            On::Trail if self.is_delegate(account) => (account, &nothing, false, self.trail.region.as_str()),
            On::Topic => {
                let arn = self.snapshot.topic.as_ref()?.arn.split(':').collect::<Vec<_>>();
                let (region, owner) = (*arn.get(3)?, *arn.get(4)?);
                (owner, &self.topic, false, region)
            }
            On::Trail | On::LogGroup | On::Alarms => {
                (self.trail.account.as_str(), &nothing, false, self.trail.region.as_str())
            }
            On::LogRole => (self.trail.account.as_str(), &nothing, false, "us-east-1"),
            On::Organization => match self.organization() {
                Some(organization) => (organization.management.as_str(), &nothing, false, "us-east-1"),
                None => (account, &nothing, false, "us-east-1"),
            },
            On::Archive => {
                let own =
                    account == self.bucket_owner && (actor.is_inside() || actor.principal.kind == Kind::Root);
                if !own {
                    return None;
                }
                (account, &nothing, false, "us-east-1")
            }
            On::Membership => {
                let managing = self.organization().is_some_and(|o| o.management == account);
                let ours = account == self.trail.account || account == self.bucket_owner;
                if !actor.is_inside() && actor.principal.kind != Kind::Root || managing || !ours {
                    return None;
                }
                (account, &nothing, false, "us-east-1")
            }
        };
        let recovers = actor.principal.kind == Kind::Root
            && actor.account() == Some(owner)
            && RECOVERY.contains(&need.action);
        let policy = if recovers { &nothing } else { policy };
        let context = self.context(actor, owner, region);
        let none = Levels::new();
        let controls = self.controls.get(owner).map_or(&none, |controls| controls.resource.as_ref());
        let question = |resource: &str| {
            let asked =
                Ask { action: need.action, resource, owner, policy, required, controls, context: &context };
            ask(actor, &asked)
        };
        let mut best: Option<(Answer, String)> = None;
        for resource in self.places(actor, need, policy, &bucket) {
            if let Some(answer) = question(&resource)
                && best.as_ref().is_none_or(|(before, _)| answer.certainty < before.certainty)
            {
                best = Some((answer, resource));
            }
        }
        let best = best.filter(|_| !self.is_shut_out(actor, need.on));
        best.or_else(|| self.by_list(actor, need, &bucket)).or_else(|| self.by_grant(actor, need))
    }

    fn is_delegate(&self, account: &str) -> bool {
        let delegated = self.organization().and_then(|organization| organization.delegated.known());
        self.snapshot.trail.organization
            && delegated.into_iter().flatten().any(|delegate| delegate == account)
    }

    /// `RestrictPublicBuckets`: a public policy lets in nobody but the owner's account and services.
    fn is_shut_out(&self, actor: &Actor, on: On) -> bool {
        let bucket = matches!(on, On::Objects | On::Bucket);
        let restricted =
            self.snapshot.bucket.public_access.known().is_some_and(|block| block.restrict_public_buckets);
        let public = self.bucket.doc().is_some_and(|doc| doc.plain.is_public());
        let stranger = actor.account() != Some(self.bucket_owner.as_str());
        bucket && restricted && public && stranger && actor.principal.kind != Kind::Service
    }

    pub(super) fn context(&self, actor: &Actor, owner: &str, region: &str) -> Context {
        let mut context = Context::new();
        context.set("aws:SecureTransport", "true");
        context.set("aws:ViaAWSService", "false");
        context.set("aws:RequestedRegion", region);
        context.set("aws:ResourceAccount", owner);
        context.set("s3:ResourceAccount", owner);
        if let Some(account) = actor.account() {
            context.set("kms:CallerAccount", account);
        }
        if let Some(organization) = self.organization() {
            // Whose the resource is was read as a part of this organization, or as that of the trail in it.
            context.set("aws:ResourceOrgID", organization.id.clone());
        }
        context
    }

    /// The resources that would do.
    fn places(&self, actor: &Actor, need: &Need, policy: &Held, bucket: &str) -> Vec<String> {
        let trail = &self.trail;
        match need.on {
            On::Bucket => vec![bucket.to_owned()],
            On::Objects => {
                let folder = self.folder();
                let mut found = Vec::new();
                for kind in ["CloudTrail", "CloudTrail-Digest"] {
                    let home = &trail.region;
                    let organization = self.snapshot.trail.organization;
                    let account = if organization { format!("{}/", trail.account) } else { String::new() };
                    found.push(format!("{bucket}/{folder}{account}{kind}/{home}/2026/01/02/file.json.gz"));
                }
                let inside = format!("{bucket}/{folder}");
                let named = resources(actor, need.action, policy);
                found.extend(named.into_iter().filter(|name| name.starts_with(&inside)));
                found
            }
            On::Key => self.snapshot.key.iter().map(|key| key.arn.clone()).collect(),
            On::Trail => vec![trail.to_string()],
            On::LogGroup => {
                let arn = self.snapshot.log_group.as_ref().map(|group| group.arn.clone());
                arn.into_iter().flat_map(|arn| [format!("{arn}:*"), arn]).collect()
            }
            On::Alarms => {
                let alarms = self.snapshot.log_group.as_ref().and_then(|group| group.alarms.known());
                let mut found = alarms.cloned().unwrap_or_default();
                if found.is_empty() {
                    let (partition, region, account) = (&trail.partition, &trail.region, &trail.account);
                    found.push(format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:any"));
                }
                found
            }
            On::Topic => self.snapshot.topic.iter().map(|topic| topic.arn.clone()).collect(),
            On::LogRole => self.snapshot.trail.log_role.iter().cloned().collect(),
            On::Archive => {
                let (partition, owner) = (&trail.partition, &self.bucket_owner);
                vec![format!("arn:{partition}:account::{owner}:account")]
            }
            On::Organization | On::Membership => {
                let mut found = vec!["*".to_owned()];
                found.extend(resources(actor, need.action, policy));
                found
            }
        }
    }

    /// The part of the bucket that holds the trail's files.
    fn folder(&self) -> String {
        let prefix = self.snapshot.trail.prefix.as_deref();
        let organization = self.organization().filter(|_| self.snapshot.trail.organization);
        let id = organization.map_or(self.trail.account.as_str(), |organization| organization.id.as_str());
        layout::account_folder(prefix, id)
    }

    /// What the bucket's access control list gives.
    fn by_list(&self, actor: &Actor, need: &Need, bucket: &str) -> Option<(Answer, String)> {
        let facts = &self.snapshot.bucket;
        if !matches!(need.on, On::Objects | On::Bucket) || facts.acls_count.known() == Some(&false) {
            return None;
        }
        let ignored = facts.public_access.known().is_some_and(|block| block.ignore_public_acls);
        for grant in facts.grants.known()? {
            let meant = match grant.grantee.as_str() {
                "AllUsers" => !ignored && actor.principal.kind == Kind::Anonymous,
                "AuthenticatedUsers" => !ignored && actor.principal.kind == Kind::AnyAccount,
                id => {
                    let caller = actor.caller(super::document::Mood::Strict);
                    let known = caller.context.get(trailward_policy::CANONICAL_USER_KEY);
                    known.is_some_and(|ids| ids.iter().any(|have| have == id))
                }
            };
            let allows = ACL_PERMISSIONS.iter().find(|(permission, _)| *permission == grant.permission);
            if meant && allows.is_some_and(|(_, actions)| actions.contains(&need.action)) {
                let place = Place {
                    policy: format!(
                        "{} for {} in the bucket's access control list",
                        grant.permission, grant.grantee
                    ),
                    statement: None,
                    sid: None,
                };
                let answer = Answer {
                    certainty: super::report::Certainty::Certain,
                    because: vec![place],
                    conditions: Vec::new(),
                };
                return Some((answer, bucket.to_owned()));
            }
        }
        None
    }

    /// What a grant of the key gives.
    fn by_grant(&self, actor: &Actor, need: &Need) -> Option<(Answer, String)> {
        let key = self.snapshot.key.as_ref().filter(|_| need.on == On::Key)?;
        let (_, operation) = need.action.split_once(':')?;
        let names = [actor.principal.arn.as_deref(), Some(actor.principal.name.as_str())];
        let grant = key.grants.known()?.iter().find(|grant| {
            names.contains(&Some(grant.grantee.as_str()))
                && grant.operations.iter().any(|have| have == operation)
        })?;
        // A grant does away with the need for an allowing statement, not with denies.
        let owner = key.arn.split(':').nth(4)?;
        let none = Levels::new();
        let asked = Ask {
            action: need.action,
            resource: &key.arn,
            owner,
            policy: &self.door,
            required: true,
            controls: self.controls.get(owner).map_or(&none, |controls| controls.resource.as_ref()),
            context: &self.context(actor, owner, key.arn.split(':').nth(3)?),
        };
        let mut answer = ask(actor, &asked)?;
        answer.because =
            vec![Place { policy: format!("grant {} of the key", grant.id), statement: None, sid: None }];
        Some((answer, key.arn.clone()))
    }
}
