//! AWS Organizations. The engine is [`trailward_organization`].

mod accept_handshake;
mod attach_policy;
mod caller;
mod cancel_handshake;
mod check;
mod close_account;
mod create_account;
mod create_organization;
mod create_organizational_unit;
mod create_policy;
mod decline_handshake;
mod delete_organization;
mod delete_organizational_unit;
mod delete_policy;
mod deregister_delegated_administrator;
mod describe_account;
mod describe_create_account_status;
mod describe_effective_policy;
mod describe_handshake;
mod describe_organization;
mod describe_organizational_unit;
mod describe_policy;
mod detach_policy;
mod disable_aws_service_access;
mod disable_policy_type;
mod enable_aws_service_access;
mod enable_policy_type;
mod errors;
mod events;
mod invitations;
mod invite_account_to_organization;
mod leave_organization;
mod list_accounts;
mod list_accounts_for_parent;
mod list_aws_service_access_for_organization;
mod list_children;
mod list_create_account_status;
mod list_delegated_administrators;
mod list_delegated_services_for_account;
mod list_handshakes_for_account;
mod list_handshakes_for_organization;
mod list_organizational_units_for_parent;
mod list_parents;
mod list_policies;
mod list_policies_for_target;
mod list_roots;
mod list_tags_for_resource;
mod list_targets_for_policy;
mod move_account;
mod page;
mod register_delegated_administrator;
mod remove_account_from_organization;
mod shapes;
mod tag_resource;
mod target;
mod untag_resource;
mod update_organizational_unit;
mod update_policy;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<accept_handshake::AcceptHandshake>(),
    entry::<attach_policy::AttachPolicy>(),
    entry::<cancel_handshake::CancelHandshake>(),
    entry::<close_account::CloseAccount>(),
    entry::<create_account::CreateAccount>(),
    entry::<create_organization::CreateOrganization>(),
    entry::<create_organizational_unit::CreateOrganizationalUnit>(),
    entry::<create_policy::CreatePolicy>(),
    entry::<decline_handshake::DeclineHandshake>(),
    entry::<delete_organization::DeleteOrganization>(),
    entry::<delete_organizational_unit::DeleteOrganizationalUnit>(),
    entry::<delete_policy::DeletePolicy>(),
    entry::<deregister_delegated_administrator::DeregisterDelegatedAdministrator>(),
    entry::<describe_account::DescribeAccount>(),
    entry::<describe_create_account_status::DescribeCreateAccountStatus>(),
    entry::<describe_effective_policy::DescribeEffectivePolicy>(),
    entry::<describe_handshake::DescribeHandshake>(),
    entry::<describe_organization::DescribeOrganization>(),
    entry::<describe_organizational_unit::DescribeOrganizationalUnit>(),
    entry::<describe_policy::DescribePolicy>(),
    entry::<detach_policy::DetachPolicy>(),
    entry::<disable_aws_service_access::DisableAWSServiceAccess>(),
    entry::<disable_policy_type::DisablePolicyType>(),
    entry::<enable_aws_service_access::EnableAWSServiceAccess>(),
    entry::<enable_policy_type::EnablePolicyType>(),
    entry::<invite_account_to_organization::InviteAccountToOrganization>(),
    entry::<leave_organization::LeaveOrganization>(),
    entry::<list_aws_service_access_for_organization::ListAWSServiceAccessForOrganization>(),
    entry::<list_accounts::ListAccounts>(),
    entry::<list_accounts_for_parent::ListAccountsForParent>(),
    entry::<list_children::ListChildren>(),
    entry::<list_create_account_status::ListCreateAccountStatus>(),
    entry::<list_delegated_administrators::ListDelegatedAdministrators>(),
    entry::<list_delegated_services_for_account::ListDelegatedServicesForAccount>(),
    entry::<list_handshakes_for_account::ListHandshakesForAccount>(),
    entry::<list_handshakes_for_organization::ListHandshakesForOrganization>(),
    entry::<list_organizational_units_for_parent::ListOrganizationalUnitsForParent>(),
    entry::<list_parents::ListParents>(),
    entry::<list_policies::ListPolicies>(),
    entry::<list_policies_for_target::ListPoliciesForTarget>(),
    entry::<list_roots::ListRoots>(),
    entry::<list_tags_for_resource::ListTagsForResource>(),
    entry::<list_targets_for_policy::ListTargetsForPolicy>(),
    entry::<move_account::MoveAccount>(),
    entry::<register_delegated_administrator::RegisterDelegatedAdministrator>(),
    entry::<remove_account_from_organization::RemoveAccountFromOrganization>(),
    entry::<tag_resource::TagResource>(),
    entry::<untag_resource::UntagResource>(),
    entry::<update_organizational_unit::UpdateOrganizationalUnit>(),
    entry::<update_policy::UpdatePolicy>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "CreateGovCloudAccount",
    "DeleteResourcePolicy",
    "DescribeResourcePolicy",
    "DescribeResponsibilityTransfer",
    "EnableAllFeatures",
    "InviteOrganizationToTransferResponsibility",
    "ListAccountsWithInvalidEffectivePolicy",
    "ListEffectivePolicyValidationErrors",
    "ListInboundResponsibilityTransfers",
    "ListOutboundResponsibilityTransfers",
    "PutResourcePolicy",
    "TerminateResponsibilityTransfer",
    "UpdateResponsibilityTransfer",
];
