//! Control policies, and what they are attached to.

use crate::documents::{check, full_access};
use crate::error::Refusal;
use crate::records::{ControlPolicy, PolicyType};
use crate::tree::Tree;

/// Policies of one type attached to one target at most; AWS's own counts.
const MAX_ATTACHED: usize = 5;

/// Policies of one type in an organization.
fn max_policies(kind: PolicyType) -> usize {
    match kind {
        PolicyType::ServiceControl => 10_000,
        PolicyType::ResourceControl => 1_000,
    }
}

/// AWS's own policy of a type.
fn of_aws(kind: PolicyType) -> ControlPolicy {
    let (name, description) = match kind {
        PolicyType::ServiceControl => ("FullAWSAccess", "Allows access to every operation"),
        PolicyType::ResourceControl => ("RCPFullAWSAccess", "Allows access to every resource"),
    };
    ControlPolicy {
        id: kind.full_access().to_owned(),
        kind,
        name: name.to_owned(),
        description: description.to_owned(),
        content: full_access(kind).to_owned(),
        tags: Vec::new(),
    }
}

impl ControlPolicy {
    /// Whether it is AWS's own: nobody changes, deletes or tags it.
    pub fn is_of_aws(&self) -> bool {
        self.id == self.kind.full_access()
    }
}

fn not_enabled() -> Refusal {
    Refusal::new(
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types.",
    )
}

impl Tree {
    /// A policy: the organization's own, or AWS's.
    pub fn policy(&self, id: &str) -> Option<ControlPolicy> {
        let aws = PolicyType::ALL.into_iter().find(|kind| kind.full_access() == id).map(of_aws);
        aws.or_else(|| self.policies.get(id).cloned())
    }

    /// All policies of a type, AWS's first.
    pub fn policies_of(&self, kind: PolicyType) -> Vec<ControlPolicy> {
        let own = self.policies.values().filter(|policy| policy.kind == kind).cloned();
        std::iter::once(of_aws(kind)).chain(own).collect()
    }

    /// The policies of a type attached to `target`.
    pub fn policies_on(&self, target: &str, kind: PolicyType) -> Result<Vec<ControlPolicy>, Refusal> {
        let attached = self.attached(target).ok_or_else(Refusal::no_target)?;
        Ok(attached.iter().filter_map(|id| self.policy(id)).filter(|policy| policy.kind == kind).collect())
    }

    fn check_name(&self, kind: PolicyType, name: &str, but: &str) -> Result<(), Refusal> {
        let taken = self.policies_of(kind).iter().any(|policy| policy.name == name && policy.id != but);
        if taken {
            return Err(Refusal::new(
                "DuplicatePolicyException",
                "A policy with the same name already exists.",
            ));
        }
        Ok(())
    }

    /// Adds a policy.
    pub fn create_policy(&mut self, policy: ControlPolicy) -> Result<(), Refusal> {
        self.check_all_features()?;
        check(policy.kind, &policy.content)?;
        self.check_name(policy.kind, &policy.name, "")?;
        if self.policies.values().filter(|other| other.kind == policy.kind).count()
            >= max_policies(policy.kind)
        {
            return Err(Refusal::constraint(
                "POLICY_NUMBER_LIMIT_EXCEEDED",
                "You have exceeded the number of policies of this type that you can have in an organization.",
            ));
        }
        self.policies.insert(policy.id.clone(), policy);
        Ok(())
    }

    fn own_policy(&mut self, id: &str) -> Result<&mut ControlPolicy, Refusal> {
        if PolicyType::ALL.iter().any(|kind| kind.full_access() == id) {
            return Err(Refusal::input(
                "IMMUTABLE_POLICY",
                "You specified a policy that is managed by AWS and can't be modified.",
            ));
        }
        self.policies.get_mut(id).ok_or_else(Refusal::no_policy)
    }

    /// Changes what is given of a policy; in effect at once wherever it is attached.
    pub fn update_policy(
        &mut self,
        id: &str,
        name: Option<&str>,
        description: Option<&str>,
        content: Option<&str>,
    ) -> Result<ControlPolicy, Refusal> {
        let kind = self.own_policy(id)?.kind;
        if let Some(content) = content {
            check(kind, content)?;
        }
        if let Some(name) = name {
            self.check_name(kind, name, id)?;
        }
        let policy = self.own_policy(id)?;
        let set = |to: &mut String, from: Option<&str>| {
            if let Some(from) = from {
                from.clone_into(to);
            }
        };
        set(&mut policy.name, name);
        set(&mut policy.description, description);
        set(&mut policy.content, content);
        Ok(policy.clone())
    }

    /// Deletes a policy that is attached to nothing.
    pub fn delete_policy(&mut self, id: &str) -> Result<(), Refusal> {
        self.own_policy(id)?;
        if self.targets().any(|target| self.attached(target).is_some_and(|attached| attached.contains(id))) {
            return Err(Refusal::new(
                "PolicyInUseException",
                "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
            ));
        }
        self.policies.remove(id);
        Ok(())
    }

    fn count(&self, target: &str, kind: PolicyType) -> Result<usize, Refusal> {
        self.policies_on(target, kind).map(|policies| policies.len())
    }

    /// Attaches a policy.
    pub fn attach(&mut self, id: &str, target: &str) -> Result<(), Refusal> {
        let kind = self.policy(id).ok_or_else(Refusal::no_policy)?.kind;
        let attached = self.attached(target).ok_or_else(Refusal::no_target)?;
        if !self.is_enabled(kind) {
            return Err(not_enabled());
        }
        if attached.contains(id) {
            return Err(Refusal::new(
                "DuplicatePolicyAttachmentException",
                "The selected policy is already attached to the specified target.",
            ));
        }
        if self.count(target, kind)? >= MAX_ATTACHED {
            return Err(Refusal::constraint(
                "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You have exceeded the maximum number of policies of this type that can be attached to the specified target.",
            ));
        }
        self.attached_mut(target).ok_or_else(Refusal::no_target)?.insert(id.to_owned());
        Ok(())
    }

    /// Detaches a policy. The last service control policy stays, and so does AWS's own resource control policy.
    pub fn detach(&mut self, id: &str, target: &str) -> Result<(), Refusal> {
        let kind = self.policy(id).ok_or_else(Refusal::no_policy)?.kind;
        let attached = self.attached(target).ok_or_else(Refusal::no_target)?;
        if !attached.contains(id) {
            return Err(Refusal::new(
                "PolicyNotAttachedException",
                "The policy isn't attached to the specified target in the specified root.",
            ));
        }
        if id == PolicyType::ResourceControl.full_access() {
            return Err(Refusal::input("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy."));
        }
        if kind == PolicyType::ServiceControl && self.count(target, kind)? <= 1 {
            return Err(Refusal::constraint(
                "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You cannot remove the last policy attached to the specified target. You should always have at least one policy attached.",
            ));
        }
        self.attached_mut(target).ok_or_else(Refusal::no_target)?.remove(id);
        Ok(())
    }

    fn check_root(&self, root: &str) -> Result<(), Refusal> {
        if self.organization.root == root {
            return Ok(());
        }
        Err(Refusal::new("RootNotFoundException", "You specified a root that doesn't exist."))
    }

    /// Enables a policy type in the root: AWS's own policy of the type is attached to the root and everything below it.
    pub fn enable(&mut self, root: &str, kind: PolicyType) -> Result<(), Refusal> {
        self.check_root(root)?;
        if self.organization.features != crate::Features::All {
            return Err(Refusal::new(
                "PolicyTypeNotAvailableForOrganizationException",
                "You can't use the specified policy type with the feature set currently enabled for the organization.",
            ));
        }
        if !self.organization.enabled.insert(kind) {
            return Err(Refusal::new(
                "PolicyTypeAlreadyEnabledException",
                "The specified policy type is already enabled.",
            ));
        }
        self.everywhere(|attached| {
            attached.insert(kind.full_access().to_owned());
        });
        Ok(())
    }

    /// Disables a policy type in the root: every policy of the type is detached from everything. The policies stay.
    pub fn disable(&mut self, root: &str, kind: PolicyType) -> Result<(), Refusal> {
        self.check_root(root)?;
        if !self.organization.enabled.remove(&kind) {
            return Err(not_enabled());
        }
        let gone: Vec<String> = self.policies_of(kind).into_iter().map(|policy| policy.id).collect();
        self.everywhere(|attached| attached.retain(|id| !gone.contains(id)));
        Ok(())
    }

    fn everywhere(&mut self, change: impl Fn(&mut crate::Attached)) {
        change(&mut self.organization.attached);
        self.units.values_mut().for_each(|unit| change(&mut unit.attached));
        self.members.values_mut().for_each(|member| change(&mut member.attached));
    }
}
