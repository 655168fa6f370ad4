//! Tags of roots, units, accounts and policies.

use crate::error::Refusal;
use crate::id::Id;
use crate::tree::Tree;
use trailward_model::Tag;

/// Tags of one resource.
const MAX_TAGS: usize = 50;

impl Tree {
    fn tags_mut(&mut self, id: &str) -> Result<&mut Vec<Tag>, Refusal> {
        let found = match Id::of(id) {
            Some(Id::Root) => (self.organization.root == id).then_some(&mut self.organization.root_tags),
            Some(Id::Unit) => self.units.get_mut(id).map(|unit| &mut unit.tags),
            Some(Id::Account) => self.members.get_mut(id).map(|member| &mut member.tags),
            Some(Id::Policy) => self.policies.get_mut(id).map(|policy| &mut policy.tags),
            _ => None,
        };
        found.ok_or_else(Refusal::no_target)
    }

    /// The tags of a root, a unit, an account or a policy.
    pub fn tags(&self, id: &str) -> Result<&[Tag], Refusal> {
        let found = match Id::of(id) {
            Some(Id::Root) => (self.organization.root == id).then_some(&self.organization.root_tags),
            Some(Id::Unit) => self.units.get(id).map(|unit| &unit.tags),
            Some(Id::Account) => self.members.get(id).map(|member| &member.tags),
            Some(Id::Policy) => self.policies.get(id).map(|policy| &policy.tags),
            _ => None,
        };
        found.map(Vec::as_slice).ok_or_else(Refusal::no_target)
    }

    /// Puts tags over those that are there; at most 50.
    pub fn tag(&mut self, id: &str, added: Vec<Tag>) -> Result<(), Refusal> {
        let tags = self.tags_mut(id)?;
        for tag in added {
            match tags.iter_mut().find(|have| have.key == tag.key) {
                Some(have) => have.value = tag.value,
                None => tags.push(tag),
            }
        }
        if tags.len() > MAX_TAGS {
            return Err(Refusal::constraint(
                "MAX_TAG_LIMIT_EXCEEDED",
                format!(
                    "You have exceeded the number of tags that you can attach to a resource: {MAX_TAGS}."
                ),
            ));
        }
        Ok(())
    }

    /// Takes tags away; a key that is not there is passed over.
    pub fn untag(&mut self, id: &str, keys: &[String]) -> Result<(), Refusal> {
        self.tags_mut(id)?.retain(|tag| !keys.contains(&tag.key));
        Ok(())
    }
}
