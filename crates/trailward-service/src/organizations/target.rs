//! What calls touch, as policies see it.

use super::errors::unstored;
use crate::access::Target;
use crate::call::Call;
use trailward_organization::{Id, Tree};
use trailward_wire::ApiError;

/// The ARN of a root, a unit, an account or a policy of an organization. The thing itself need not be there.
pub(super) fn arn(tree: &Tree, id: &str) -> Option<String> {
    let organization = &tree.organization;
    Some(match Id::of(id)? {
        Id::Root => organization.arn("root", id),
        Id::Unit => organization.arn("ou", id),
        Id::Account => organization.arn("account", id),
        Id::Policy => match tree.policy(id) {
            Some(policy) => {
                let kind = policy.kind.name().to_lowercase();
                if policy.is_of_aws() {
                    format!("arn:aws:organizations::aws:policy/{kind}/{id}")
                } else {
                    organization.arn("policy", &format!("{kind}/{id}"))
                }
            }
            None => organization.arn("policy", &format!("service_control_policy/{id}")),
        },
        Id::Handshake | Id::Creation => return None,
    })
}

/// The target of a call about one thing of the caller's organization. What cannot be an id is left for the operation to
/// refuse.
pub(super) async fn of(call: &Call, id: &str) -> Result<Target, ApiError> {
    let Some(tree) = call.platform.organizations.current(call.account()).await.map_err(unstored)? else {
        return Ok(Target::any());
    };
    let Some(arn) = arn(&tree, id) else { return Ok(Target::any()) };
    let target = Target::new(arn, call.account());
    Ok(match tree.policy(id) {
        Some(policy) => target.with_key("organizations:PolicyType", policy.kind.name()),
        None => target,
    })
}

/// The target of a call about an invitation.
pub(super) async fn of_handshake(call: &Call, id: &str) -> Result<Target, ApiError> {
    if Id::of(id) != Some(Id::Handshake) {
        return Ok(Target::any());
    }
    let found = call.platform.organizations.handshake(id).await.map_err(unstored)?;
    Ok(match found {
        Some((handshake, _)) => Target::new(super::shapes::handshake_arn(&handshake), call.account()),
        None => Target::any(),
    })
}
