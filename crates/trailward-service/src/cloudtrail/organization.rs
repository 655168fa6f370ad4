//! Trails of organizations: who may make and change them, and who sees them.

use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::failed;
use trailward_model::{Trail, TrailKey};
use trailward_organization::{CLOUDTRAIL, Features, Tree};
use trailward_store::trails;
use trailward_wire::ApiError;

/// What CloudTrail asks AWS Organizations on the caller's behalf.
const DEPENDENCIES: [Access; 2] = [
    Access::read("organizations:DescribeOrganization"),
    Access::read("organizations:ListAWSServiceAccessForOrganization"),
];

fn refused(code: &'static str, text: &str) -> ApiError {
    ApiError::bad_request(code, text)
}

/// Only the management account and CloudTrail's delegated administrators change an organization's trails.
pub(super) fn not_management() -> ApiError {
    refused(
        "NotOrganizationMasterAccountException",
        "This account is not the management account of the organization, nor a delegated administrator for CloudTrail.",
    )
}

/// The caller's organization as it is now, for whoever may work on its trails.
pub(super) async fn of_caller(call: &Call) -> Result<Tree, ApiError> {
    let tree = in_use(call).await?;
    if !tree.is_management(call.account()) && !tree.is_delegated(call.account(), Some(CLOUDTRAIL)) {
        return Err(not_management());
    }
    ready(&tree)?;
    depend(&DEPENDENCIES, call).await?;
    Ok(tree)
}

/// The caller's organization.
pub(super) async fn in_use(call: &Call) -> Result<Tree, ApiError> {
    let tree = call.platform.organizations.tree_of(call.account()).await.map_err(failed)?;
    tree.ok_or_else(|| {
        refused("OrganizationsNotInUseException", "Your account is not a member of an organization.")
    })
}

/// Whether CloudTrail may work for the organization.
pub(super) fn ready(tree: &Tree) -> Result<(), ApiError> {
    if tree.organization.features != Features::All {
        return Err(refused(
            "OrganizationNotInAllFeaturesModeException",
            "All features must be enabled in the organization.",
        ));
    }
    if !tree.is_trusted(CLOUDTRAIL) {
        return Err(refused(
            "CloudTrailAccessNotEnabledException",
            "Trusted access is not enabled for CloudTrail. Enable it with: aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com",
        ));
    }
    Ok(())
}

/// That the caller itself may do what CloudTrail does for it in AWS Organizations.
pub(super) async fn depend(permissions: &[Access], call: &Call) -> Result<(), ApiError> {
    for access in permissions {
        match call.authorize(access, &Target::any()).await {
            Err(error) if error.status < 500 => {
                return Err(refused(
                    "InsufficientDependencyServiceAccessPermissionException",
                    &format!("The caller lacks a permission that CloudTrail needs: {}.", access.action),
                ));
            }
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Whether `trail` is one of the caller's organization that the caller's account sees beside its own.
pub(super) fn is_shadow(trail: &Trail, call: &Call) -> bool {
    let (Some(standing), Some(organization)) = (&call.identity.standing, &trail.organization) else {
        return false;
    };
    organization.id == standing.organization && trail.key.account == standing.management
}

/// Whether a trail's account is the caller's own, or the one that manages the caller's organization.
pub(super) fn is_near(key: &TrailKey, call: &Call) -> bool {
    let manages = |standing: &_| {
        let standing: &trailward_organization::Standing = standing;
        standing.management == key.account
    };
    key.account == call.account() || call.identity.standing.as_deref().is_some_and(manages)
}

/// That the caller may change `trail`, which it sees.
pub(super) async fn check_change(trail: &Trail, call: &Call) -> Result<(), ApiError> {
    if trail.organization.is_none() || trail.key.account == call.account() {
        return Ok(());
    }
    let tree = in_use(call).await?;
    if tree.is_delegated(call.account(), Some(CLOUDTRAIL)) { Ok(()) } else { Err(not_management()) }
}

/// The trails that an account sees: its own, and those of its organization.
pub(super) async fn visible(call: &Call) -> Result<Vec<Trail>, ApiError> {
    let mut all = trails::of_account(&*call.platform.catalog, call.account()).await.map_err(failed)?;
    let standing = call.identity.standing.as_deref().filter(|standing| !standing.is_management);
    if let Some(standing) = standing {
        let theirs = trails::of_account(&*call.platform.catalog, &standing.management).await;
        all.extend(theirs.map_err(failed)?.into_iter().filter(|trail| is_shadow(trail, call)));
    }
    Ok(all)
}
