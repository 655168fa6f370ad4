//! What users, groups and roles have in common, so that what is done to all three is written once.

use super::errors::protected;
use super::instance_profiles::InstanceProfile;
use super::state::{Entity, Group, ManagedPolicy, Role, User};
use crate::identity::MfaDevice;
use std::collections::BTreeMap;
use trailward_model::Tag;
use trailward_wire::ApiError;

/// A user, a group or a role.
pub(crate) trait Identified: Entity {
    /// The quota's name for attached managed policies.
    const ATTACHED_QUOTA: &'static str;
    /// Characters of all inline policies together, white space not counted.
    const INLINE_QUOTA: usize;

    /// The unique id.
    fn id(&self) -> &str;
    /// ARNs of attached managed policies.
    fn attached(&self) -> &[String];
    /// The same, to change.
    fn attached_mut(&mut self) -> &mut Vec<String>;
    /// Inline policies by name.
    fn inline(&self) -> &BTreeMap<String, String>;
    /// The same, to change.
    fn inline_mut(&mut self) -> &mut BTreeMap<String, String>;
    /// Tags; groups have none.
    fn tags(&self) -> &[Tag] {
        &[]
    }
    /// The permissions boundary; groups have none.
    fn boundary(&self) -> Option<&str> {
        None
    }
    /// Refuses to change the policies of what belongs to a service.
    fn check_modifiable(&self) -> Result<(), ApiError> {
        Ok(())
    }
}

/// A user or a role: what can have a permissions boundary.
pub(crate) trait Bounded: Identified {
    /// The boundary, to change.
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

/// What can have tags.
pub(crate) trait Tagged: Entity {
    /// The quota's name.
    const TAGS_QUOTA: &'static str;

    /// The tags.
    fn own_tags(&self) -> &[Tag];
    /// The tags, to change.
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
}

macro_rules! identified {
    ($type:ident, $attached:literal, $inline:literal, { $($more:tt)* }) => {
        impl Identified for $type {
            const ATTACHED_QUOTA: &'static str = $attached;
            const INLINE_QUOTA: usize = $inline;
            fn id(&self) -> &str {
                &self.id
            }
            fn attached(&self) -> &[String] {
                &self.attached
            }
            fn attached_mut(&mut self) -> &mut Vec<String> {
                &mut self.attached
            }
            fn inline(&self) -> &BTreeMap<String, String> {
                &self.inline
            }
            fn inline_mut(&mut self) -> &mut BTreeMap<String, String> {
                &mut self.inline
            }
            $($more)*
        }
    };
}

macro_rules! tagged_and_bounded {
    () => {
        fn tags(&self) -> &[Tag] {
            &self.tags
        }
        fn boundary(&self) -> Option<&str> {
            self.boundary.as_deref()
        }
    };
}

identified!(User, "PoliciesPerUser", 2_048, {
    tagged_and_bounded!();
});
identified!(Group, "PoliciesPerGroup", 5_120, {});
identified!(Role, "PoliciesPerRole", 10_240, {
    tagged_and_bounded!();
    fn check_modifiable(&self) -> Result<(), ApiError> {
        protected(self)
    }
});

macro_rules! bounded {
    ($($type:ident),*) => {$(
        impl Bounded for $type {
            fn boundary_mut(&mut self) -> &mut Option<String> {
                &mut self.boundary
            }
        }
    )*};
}

bounded!(User, Role);

macro_rules! tagged {
    ($($type:ident => $quota:literal),*) => {$(
        impl Tagged for $type {
            const TAGS_QUOTA: &'static str = $quota;
            fn own_tags(&self) -> &[Tag] {
                &self.tags
            }
            fn tags_mut(&mut self) -> &mut Vec<Tag> {
                &mut self.tags
            }
        }
    )*};
}

tagged!(
    User => "TagsPerUser",
    Role => "TagsPerRole",
    ManagedPolicy => "TagsPerPolicy",
    MfaDevice => "TagsPerVirtualMfaDevice",
    InstanceProfile => "TagsPerInstanceProfile"
);
