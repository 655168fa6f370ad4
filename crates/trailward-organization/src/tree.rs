//! One organization as a whole, in memory.

use crate::error::Refusal;
use crate::records::{Attached, ControlPolicy, Features, Joined, Member, Organization, PolicyType, Unit};
use std::collections::BTreeMap;
use trailward_model::Tag;
use trailward_store::Revision;

/// Accounts of an organization, the management account and open invitations included. AWS begins with 10 and raises it on
/// request; this is as though it had been raised.
pub const MAX_ACCOUNTS: usize = 1_000;

/// How long a created account stays at least: seven days.
pub const MIN_AGE_SECONDS: i64 = 7 * 86_400;

/// An organization with all that belongs to it, as of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The organization and its root.
    pub organization: Organization,
    /// Units by id.
    pub units: BTreeMap<String, Unit>,
    /// Accounts by id.
    pub members: BTreeMap<String, Member>,
    /// Its own policies by id.
    pub policies: BTreeMap<String, ControlPolicy>,
    /// The commit that last changed anything of it; `None` if it is not stored yet.
    pub(crate) revision: Option<Revision>,
}

/// A new member, not yet placed.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    pub account: String,
    pub name: String,
    pub email: String,
    pub joined: Joined,
    pub tags: Vec<Tag>,
}

impl Tree {
    /// A new organization: the management account under the root, and nothing else. `ids` are the organization's and
    /// the root's; `management` is the account with its name and address.
    pub fn new(ids: (String, String), features: Features, management: (&str, &str, &str), now: i64) -> Self {
        let (id, root) = ids;
        let (account, name, email) = management;
        let organization = Organization {
            id,
            management: account.to_owned(),
            features,
            created: now,
            root,
            attached: Attached::new(),
            root_tags: Vec::new(),
            enabled: std::collections::BTreeSet::new(),
            trusted: BTreeMap::new(),
            delegated: BTreeMap::new(),
        };
        let mut tree = Self {
            organization,
            units: BTreeMap::new(),
            members: BTreeMap::new(),
            policies: BTreeMap::new(),
            revision: None,
        };
        tree.place(
            Newcomer {
                account: account.to_owned(),
                name: name.to_owned(),
                email: email.to_owned(),
                joined: Joined::Invited,
                tags: Vec::new(),
            },
            now,
        );
        tree
    }

    /// Whether `account` manages the organization.
    pub fn is_management(&self, account: &str) -> bool {
        self.organization.management == account
    }

    /// Whether `account` is a delegated administrator, for `service` or for any.
    pub fn is_delegated(&self, account: &str, service: Option<&str>) -> bool {
        self.organization.delegated.get(account).is_some_and(|services| match service {
            Some(service) => services.contains_key(service),
            None => !services.is_empty(),
        })
    }

    /// `ConstraintViolationException` unless all features are enabled.
    pub fn check_all_features(&self) -> Result<(), Refusal> {
        if self.organization.features == Features::All {
            return Ok(());
        }
        Err(Refusal::constraint(
            "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
            "This action can be performed only if all features are enabled in the organization.",
        ))
    }

    /// Whether `id` is the root or a unit.
    pub fn is_parent(&self, id: &str) -> bool {
        self.organization.root == id || self.units.contains_key(id)
    }

    /// The units and the root above `parent`, it included, from the root down.
    pub fn path(&self, parent: &str) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = self.units.get(parent);
        // A unit has fewer ancestors than there are units, so this ends whatever is stored.
        while let Some(unit) = at.filter(|_| path.len() <= self.units.len()) {
            path.push(unit.id.as_str());
            at = self.units.get(&unit.parent);
        }
        path.push(self.organization.root.as_str());
        path.reverse();
        path
    }

    /// `o-…/r-…/ou-…/`: where everything under `parent` is, as `aws:PrincipalOrgPaths` has it.
    pub fn path_text(&self, parent: &str) -> String {
        format!("{}/{}/", self.organization.id, self.path(parent).join("/"))
    }

    /// What is attached to the root, a unit or an account.
    pub fn attached(&self, target: &str) -> Option<&Attached> {
        if self.organization.root == target {
            return Some(&self.organization.attached);
        }
        let unit = self.units.get(target).map(|unit| &unit.attached);
        unit.or_else(|| self.members.get(target).map(|member| &member.attached))
    }

    pub(crate) fn attached_mut(&mut self, target: &str) -> Option<&mut Attached> {
        if self.organization.root == target {
            return Some(&mut self.organization.attached);
        }
        match self.units.get_mut(target) {
            Some(unit) => Some(&mut unit.attached),
            None => self.members.get_mut(target).map(|member| &mut member.attached),
        }
    }

    /// The ids of the root, the units and the accounts.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let root = std::iter::once(self.organization.root.as_str());
        root.chain(self.units.keys().map(String::as_str)).chain(self.members.keys().map(String::as_str))
    }

    /// What new units and accounts have attached: AWS's own policy of each type that is enabled.
    pub(crate) fn defaults(&self) -> Attached {
        self.organization.enabled.iter().map(|kind| kind.full_access().to_owned()).collect()
    }

    pub(crate) fn place(&mut self, newcomer: Newcomer, now: i64) {
        let Newcomer { account, name, email, joined, tags } = newcomer;
        let member = Member {
            account: account.clone(),
            name,
            email,
            parent: self.organization.root.clone(),
            joined,
            since: now,
            closed: None,
            attached: self.defaults(),
            tags,
        };
        self.members.insert(account, member);
    }

    /// An account was made for the organization: it is under the root. `waiting` invitations count as accounts.
    pub fn created(
        &mut self,
        account: (&str, &str, &str),
        tags: Vec<Tag>,
        waiting: usize,
        now: i64,
    ) -> Result<(), Refusal> {
        self.check_room(waiting)?;
        let (account, name, email) = account;
        let (account, name, email) = (account.to_owned(), name.to_owned(), email.to_owned());
        self.place(Newcomer { account, name, email, joined: Joined::Created, tags }, now);
        Ok(())
    }

    /// An invited account accepted: it is under the root.
    pub fn joined(&mut self, account: (&str, &str, &str), tags: Vec<Tag>, now: i64) -> Result<(), Refusal> {
        self.check_room(0)?;
        let (account, name, email) = account;
        let (account, name, email) = (account.to_owned(), name.to_owned(), email.to_owned());
        self.place(Newcomer { account, name, email, joined: Joined::Invited, tags }, now);
        Ok(())
    }

    /// `ConstraintViolationException` if no account fits beside those that are there and `waiting` invitations.
    pub fn check_room(&self, waiting: usize) -> Result<(), Refusal> {
        if self.members.len() + waiting >= MAX_ACCOUNTS {
            return Err(Refusal::constraint(
                "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
                "You have exceeded the allowed number of AWS accounts.",
            ));
        }
        Ok(())
    }

    /// The account, if it is in the organization.
    pub fn member(&self, account: &str) -> Result<&Member, Refusal> {
        self.members.get(account).ok_or_else(Refusal::no_account)
    }

    /// Takes an account out, by the management account or by itself.
    pub fn leave(&mut self, account: &str, now: i64) -> Result<(), Refusal> {
        let member = self.member(account)?;
        if self.is_management(account) {
            return Err(Refusal::new(
                "MasterCannotLeaveOrganizationException",
                "You can't remove a management account from an organization.",
            ));
        }
        if self.is_delegated(account, None) {
            return Err(Refusal::constraint(
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                "This account is registered as a delegated administrator. Deregister it before you remove it from the organization.",
            ));
        }
        if member.joined == Joined::Created && now < member.since + MIN_AGE_SECONDS {
            return Err(Refusal::constraint(
                "WAIT_PERIOD_ACTIVE",
                "After you create an AWS account in an organization, you must wait at least seven days before you can remove it.",
            ));
        }
        self.members.remove(account);
        Ok(())
    }

    /// Closes an account: it stays in the organization, and nobody in it can act any more.
    pub fn close(&mut self, account: &str, now: i64) -> Result<(), Refusal> {
        self.check_all_features()?;
        self.member(account)?;
        if self.is_management(account) {
            return Err(Refusal::constraint(
                "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
                "You can't close the management account with this operation.",
            ));
        }
        if self.is_delegated(account, None) {
            return Err(Refusal::constraint(
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                "This account is registered as a delegated administrator. Deregister it before you close it.",
            ));
        }
        let member = self.members.get_mut(account).ok_or_else(Refusal::no_account)?;
        if member.closed.is_some() {
            return Err(Refusal::new(
                "AccountAlreadyClosedException",
                "The provided account is already closed.",
            ));
        }
        member.closed = Some(now);
        // Higher of 250 or a fifth of the accounts, in thirty days.
        let recent =
            self.members.values().filter(|m| m.closed.is_some_and(|at| at > now - 30 * 86_400)).count();
        if recent > (self.members.len() / 5).max(250) {
            return Err(Refusal::constraint(
                "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
                "You have exceeded the close account quota for the past 30 days.",
            ));
        }
        Ok(())
    }

    /// Moves an account from the root or a unit to another.
    pub fn move_account(&mut self, account: &str, from: &str, to: &str) -> Result<(), Refusal> {
        let parent = self.member(account)?.parent.clone();
        if !self.is_parent(from) || parent != from {
            return Err(Refusal::new(
                "SourceParentNotFoundException",
                "We can't find the source root or OU with the ParentId that you specified.",
            ));
        }
        if !self.is_parent(to) {
            return Err(Refusal::new(
                "DestinationParentNotFoundException",
                "We can't find the destination container (a root or OU) with the ParentId that you specified.",
            ));
        }
        if from == to {
            return Err(Refusal::new(
                "DuplicateAccountException",
                "That account is already present in the specified destination.",
            ));
        }
        let member = self.members.get_mut(account).ok_or_else(Refusal::no_account)?;
        to.clone_into(&mut member.parent);
        Ok(())
    }

    /// `OrganizationNotEmptyException` while there is anything but the management account.
    pub fn check_deletable(&self) -> Result<(), Refusal> {
        if self.members.len() > 1 || !self.units.is_empty() || !self.policies.is_empty() {
            return Err(Refusal::new(
                "OrganizationNotEmptyException",
                "To delete an organization you must first remove all member accounts (except the master).",
            ));
        }
        Ok(())
    }

    /// Whether a policy type is enabled in the root.
    pub fn is_enabled(&self, kind: PolicyType) -> bool {
        self.organization.enabled.contains(&kind)
    }
}
