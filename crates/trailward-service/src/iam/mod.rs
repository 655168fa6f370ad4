//! Identity and Access Management.

mod account_alias;
mod add_role_to_instance_profile;
mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod attachments;
mod change;
mod change_password;
mod check;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_instance_profile;
mod create_login_profile;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_service_linked_role;
mod create_user;
mod create_virtual_mfa_device;
mod credential_report;
mod deactivate_mfa_device;
mod delete_access_key;
mod delete_account_alias;
mod delete_account_password_policy;
mod delete_group;
mod delete_group_policy;
mod delete_instance_profile;
mod delete_login_profile;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_service_linked_role;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod delete_virtual_mfa_device;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod details;
mod documents;
mod enable_mfa_device;
mod errors;
mod generate_credential_report;
mod get_access_key_last_used;
mod get_account_authorization_details;
mod get_account_password_policy;
mod get_account_summary;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod get_credential_report;
mod get_group;
mod get_group_policy;
mod get_instance_profile;
mod get_login_profile;
mod get_mfa_device;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_service_linked_role_deletion_status;
mod get_user;
mod get_user_policy;
mod identified;
mod inline;
mod instance_profiles;
mod keys;
mod last_used;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profile_tags;
mod list_instance_profiles;
mod list_instance_profiles_for_role;
mod list_mfa_device_tags;
mod list_mfa_devices;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod list_virtual_mfa_devices;
mod login_profiles;
pub(crate) mod managed;
mod members;
mod mfa;
mod page;
mod password_policy;
mod policies;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod qr;
mod remove_role_from_instance_profile;
mod remove_user_from_group;
mod resync_mfa_device;
mod service_linked;
mod set_default_policy_version;
mod shapes;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod simulation;
pub(crate) mod state;
mod tag_instance_profile;
mod tag_mfa_device;
mod tag_policy;
mod tag_role;
mod tag_user;
mod tagging;
mod target;
mod untag_instance_profile;
mod untag_mfa_device;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_account_password_policy;
mod update_assume_role_policy;
mod update_group;
mod update_login_profile;
mod update_role;
mod update_role_description;
mod update_user;
mod usage;

pub(crate) use last_used::LastUsed;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<add_role_to_instance_profile::AddRoleToInstanceProfile>(),
    entry::<add_user_to_group::AddUserToGroup>(),
    entry::<attach_group_policy::AttachGroupPolicy>(),
    entry::<attach_role_policy::AttachRolePolicy>(),
    entry::<attach_user_policy::AttachUserPolicy>(),
    entry::<change_password::ChangePassword>(),
    entry::<create_access_key::CreateAccessKey>(),
    entry::<create_account_alias::CreateAccountAlias>(),
    entry::<create_group::CreateGroup>(),
    entry::<create_instance_profile::CreateInstanceProfile>(),
    entry::<create_login_profile::CreateLoginProfile>(),
    entry::<create_policy::CreatePolicy>(),
    entry::<create_policy_version::CreatePolicyVersion>(),
    entry::<create_role::CreateRole>(),
    entry::<create_service_linked_role::CreateServiceLinkedRole>(),
    entry::<create_user::CreateUser>(),
    entry::<create_virtual_mfa_device::CreateVirtualMFADevice>(),
    entry::<deactivate_mfa_device::DeactivateMFADevice>(),
    entry::<delete_access_key::DeleteAccessKey>(),
    entry::<delete_account_alias::DeleteAccountAlias>(),
    entry::<delete_account_password_policy::DeleteAccountPasswordPolicy>(),
    entry::<delete_group::DeleteGroup>(),
    entry::<delete_group_policy::DeleteGroupPolicy>(),
    entry::<delete_instance_profile::DeleteInstanceProfile>(),
    entry::<delete_login_profile::DeleteLoginProfile>(),
    entry::<delete_policy::DeletePolicy>(),
    entry::<delete_policy_version::DeletePolicyVersion>(),
    entry::<delete_role::DeleteRole>(),
    entry::<delete_role_permissions_boundary::DeleteRolePermissionsBoundary>(),
    entry::<delete_role_policy::DeleteRolePolicy>(),
    entry::<delete_service_linked_role::DeleteServiceLinkedRole>(),
    entry::<delete_user::DeleteUser>(),
    entry::<delete_user_permissions_boundary::DeleteUserPermissionsBoundary>(),
    entry::<delete_user_policy::DeleteUserPolicy>(),
    entry::<delete_virtual_mfa_device::DeleteVirtualMFADevice>(),
    entry::<detach_group_policy::DetachGroupPolicy>(),
    entry::<detach_role_policy::DetachRolePolicy>(),
    entry::<detach_user_policy::DetachUserPolicy>(),
    entry::<enable_mfa_device::EnableMFADevice>(),
    entry::<generate_credential_report::GenerateCredentialReport>(),
    entry::<get_access_key_last_used::GetAccessKeyLastUsed>(),
    entry::<get_account_authorization_details::GetAccountAuthorizationDetails>(),
    entry::<get_account_password_policy::GetAccountPasswordPolicy>(),
    entry::<get_account_summary::GetAccountSummary>(),
    entry::<get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy>(),
    entry::<get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy>(),
    entry::<get_credential_report::GetCredentialReport>(),
    entry::<get_group::GetGroup>(),
    entry::<get_group_policy::GetGroupPolicy>(),
    entry::<get_instance_profile::GetInstanceProfile>(),
    entry::<get_login_profile::GetLoginProfile>(),
    entry::<get_mfa_device::GetMFADevice>(),
    entry::<get_policy::GetPolicy>(),
    entry::<get_policy_version::GetPolicyVersion>(),
    entry::<get_role::GetRole>(),
    entry::<get_role_policy::GetRolePolicy>(),
    entry::<get_service_linked_role_deletion_status::GetServiceLinkedRoleDeletionStatus>(),
    entry::<get_user::GetUser>(),
    entry::<get_user_policy::GetUserPolicy>(),
    entry::<list_access_keys::ListAccessKeys>(),
    entry::<list_account_aliases::ListAccountAliases>(),
    entry::<list_attached_group_policies::ListAttachedGroupPolicies>(),
    entry::<list_attached_role_policies::ListAttachedRolePolicies>(),
    entry::<list_attached_user_policies::ListAttachedUserPolicies>(),
    entry::<list_entities_for_policy::ListEntitiesForPolicy>(),
    entry::<list_group_policies::ListGroupPolicies>(),
    entry::<list_groups::ListGroups>(),
    entry::<list_groups_for_user::ListGroupsForUser>(),
    entry::<list_instance_profile_tags::ListInstanceProfileTags>(),
    entry::<list_instance_profiles::ListInstanceProfiles>(),
    entry::<list_instance_profiles_for_role::ListInstanceProfilesForRole>(),
    entry::<list_mfa_device_tags::ListMFADeviceTags>(),
    entry::<list_mfa_devices::ListMFADevices>(),
    entry::<list_policies::ListPolicies>(),
    entry::<list_policy_tags::ListPolicyTags>(),
    entry::<list_policy_versions::ListPolicyVersions>(),
    entry::<list_role_policies::ListRolePolicies>(),
    entry::<list_role_tags::ListRoleTags>(),
    entry::<list_roles::ListRoles>(),
    entry::<list_user_policies::ListUserPolicies>(),
    entry::<list_user_tags::ListUserTags>(),
    entry::<list_users::ListUsers>(),
    entry::<list_virtual_mfa_devices::ListVirtualMFADevices>(),
    entry::<put_group_policy::PutGroupPolicy>(),
    entry::<put_role_permissions_boundary::PutRolePermissionsBoundary>(),
    entry::<put_role_policy::PutRolePolicy>(),
    entry::<put_user_permissions_boundary::PutUserPermissionsBoundary>(),
    entry::<put_user_policy::PutUserPolicy>(),
    entry::<remove_role_from_instance_profile::RemoveRoleFromInstanceProfile>(),
    entry::<remove_user_from_group::RemoveUserFromGroup>(),
    entry::<resync_mfa_device::ResyncMFADevice>(),
    entry::<set_default_policy_version::SetDefaultPolicyVersion>(),
    entry::<simulate_custom_policy::SimulateCustomPolicy>(),
    entry::<simulate_principal_policy::SimulatePrincipalPolicy>(),
    entry::<tag_instance_profile::TagInstanceProfile>(),
    entry::<tag_mfa_device::TagMFADevice>(),
    entry::<tag_policy::TagPolicy>(),
    entry::<tag_role::TagRole>(),
    entry::<tag_user::TagUser>(),
    entry::<untag_instance_profile::UntagInstanceProfile>(),
    entry::<untag_mfa_device::UntagMFADevice>(),
    entry::<untag_policy::UntagPolicy>(),
    entry::<untag_role::UntagRole>(),
    entry::<untag_user::UntagUser>(),
    entry::<update_access_key::UpdateAccessKey>(),
    entry::<update_account_password_policy::UpdateAccountPasswordPolicy>(),
    entry::<update_assume_role_policy::UpdateAssumeRolePolicy>(),
    entry::<update_group::UpdateGroup>(),
    entry::<update_login_profile::UpdateLoginProfile>(),
    entry::<update_role::UpdateRole>(),
    entry::<update_role_description::UpdateRoleDescription>(),
    entry::<update_user::UpdateUser>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "AcceptDelegationRequest",
    "AcquireRole",
    "AddClientIDToOpenIDConnectProvider",
    "AssociateDelegationRequest",
    "CreateDelegationRequest",
    "CreateOpenIDConnectProvider",
    "CreateSAMLProvider",
    "CreateServiceSpecificCredential",
    "DeleteOpenIDConnectProvider",
    "DeleteSAMLProvider",
    "DeleteSSHPublicKey",
    "DeleteServerCertificate",
    "DeleteServiceSpecificCredential",
    "DeleteSigningCertificate",
    "DisableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootSessions",
    "DisableOutboundWebIdentityFederation",
    "EnableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions",
    "EnableOutboundWebIdentityFederation",
    "GenerateOrganizationsAccessReport",
    "GenerateServiceLastAccessedDetails",
    "GetAccountProperties",
    "GetDelegationRequest",
    "GetHumanReadableSummary",
    "GetOpenIDConnectProvider",
    "GetOrganizationsAccessReport",
    "GetOutboundWebIdentityFederationInfo",
    "GetRoleTemplateVersion",
    "GetSAMLProvider",
    "GetSSHPublicKey",
    "GetServerCertificate",
    "GetServiceLastAccessedDetails",
    "GetServiceLastAccessedDetailsWithEntities",
    "ListDelegationRequests",
    "ListOpenIDConnectProviderTags",
    "ListOpenIDConnectProviders",
    "ListOrganizationsFeatures",
    "ListPoliciesGrantingServiceAccess",
    "ListSAMLProviderTags",
    "ListSAMLProviders",
    "ListSSHPublicKeys",
    "ListServerCertificateTags",
    "ListServerCertificates",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "PutAccountProperties",
    "RejectDelegationRequest",
    "RemoveClientIDFromOpenIDConnectProvider",
    "ResetServiceSpecificCredential",
    "SendDelegationToken",
    "SetSecurityTokenServicePreferences",
    "TagOpenIDConnectProvider",
    "TagSAMLProvider",
    "TagServerCertificate",
    "UntagOpenIDConnectProvider",
    "UntagSAMLProvider",
    "UntagServerCertificate",
    "UpdateDelegationRequest",
    "UpdateOpenIDConnectProviderThumbprint",
    "UpdateSAMLProvider",
    "UpdateSSHPublicKey",
    "UpdateServerCertificate",
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
    "UploadSSHPublicKey",
    "UploadServerCertificate",
    "UploadSigningCertificate",
];
