//! Organizational units.

use crate::error::Refusal;
use crate::records::Unit;
use crate::tree::Tree;
use trailward_model::Tag;

/// Units of an organization.
const MAX_UNITS: usize = 2_000;
/// Units under each other, the root aside.
const MAX_DEPTH: usize = 5;

fn duplicate() -> Refusal {
    Refusal::new("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
}

fn unknown() -> Refusal {
    Refusal::new(
        "OrganizationalUnitNotFoundException",
        "You specified an organizational unit that doesn't exist.",
    )
}

impl Tree {
    /// The unit.
    pub fn unit(&self, id: &str) -> Result<&Unit, Refusal> {
        self.units.get(id).ok_or_else(unknown)
    }

    /// Makes a unit `id` under `parent`.
    pub fn create_unit(
        &mut self,
        id: &str,
        parent: &str,
        name: &str,
        tags: Vec<Tag>,
    ) -> Result<Unit, Refusal> {
        if !self.is_parent(parent) {
            return Err(Refusal::no_parent());
        }
        if self.units.values().any(|unit| unit.parent == parent && unit.name == name) {
            return Err(duplicate());
        }
        if self.units.len() >= MAX_UNITS {
            return Err(Refusal::constraint(
                "OU_NUMBER_LIMIT_EXCEEDED",
                "You have exceeded the number of OUs that you can have in an organization.",
            ));
        }
        // The path of the parent has the root in it.
        if self.path(parent).len() > MAX_DEPTH {
            return Err(Refusal::constraint(
                "OU_DEPTH_LIMIT_EXCEEDED",
                "You have exceeded the number of levels that OUs can be nested: five.",
            ));
        }
        let unit = Unit {
            id: id.to_owned(),
            parent: parent.to_owned(),
            name: name.to_owned(),
            attached: self.defaults(),
            tags,
        };
        self.units.insert(id.to_owned(), unit.clone());
        Ok(unit)
    }

    /// Renames a unit. The id, the children and the policies stay.
    pub fn rename_unit(&mut self, id: &str, name: &str) -> Result<Unit, Refusal> {
        let parent = self.unit(id)?.parent.clone();
        let taken = |unit: &Unit| unit.id != id && unit.parent == parent && unit.name == name;
        if self.units.values().any(taken) {
            return Err(duplicate());
        }
        let unit = self.units.get_mut(id).ok_or_else(unknown)?;
        name.clone_into(&mut unit.name);
        Ok(unit.clone())
    }

    /// Deletes a unit that is empty.
    pub fn delete_unit(&mut self, id: &str) -> Result<(), Refusal> {
        self.unit(id)?;
        let has_units = self.units.values().any(|unit| unit.parent == id);
        if has_units || self.members.values().any(|member| member.parent == id) {
            return Err(Refusal::new(
                "OrganizationalUnitNotEmptyException",
                "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.",
            ));
        }
        self.units.remove(id);
        Ok(())
    }
}
