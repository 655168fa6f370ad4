//! KMS's API: keys, aliases, policies, grants, and what is done with keys. The engine is [`trailward_kms`].

mod aliases;
mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod enable_key;
mod enable_key_rotation;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod generated;
mod get_key_policy;
mod get_key_rotation_status;
mod get_public_key;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod page;
mod put_key_policy;
mod re_encrypt;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod shapes;
mod sign;
mod subject;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_key_description;
pub(crate) mod used;
mod verify;
mod verify_mac;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<cancel_key_deletion::CancelKeyDeletion>(),
    entry::<create_alias::CreateAlias>(),
    entry::<create_grant::CreateGrant>(),
    entry::<create_key::CreateKey>(),
    entry::<decrypt::Decrypt>(),
    entry::<delete_alias::DeleteAlias>(),
    entry::<describe_key::DescribeKey>(),
    entry::<disable_key::DisableKey>(),
    entry::<disable_key_rotation::DisableKeyRotation>(),
    entry::<enable_key::EnableKey>(),
    entry::<enable_key_rotation::EnableKeyRotation>(),
    entry::<encrypt::Encrypt>(),
    entry::<generate_data_key::GenerateDataKey>(),
    entry::<generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext>(),
    entry::<generate_mac::GenerateMac>(),
    entry::<generate_random::GenerateRandom>(),
    entry::<get_key_policy::GetKeyPolicy>(),
    entry::<get_key_rotation_status::GetKeyRotationStatus>(),
    entry::<get_public_key::GetPublicKey>(),
    entry::<list_aliases::ListAliases>(),
    entry::<list_grants::ListGrants>(),
    entry::<list_key_policies::ListKeyPolicies>(),
    entry::<list_key_rotations::ListKeyRotations>(),
    entry::<list_keys::ListKeys>(),
    entry::<list_resource_tags::ListResourceTags>(),
    entry::<list_retirable_grants::ListRetirableGrants>(),
    entry::<put_key_policy::PutKeyPolicy>(),
    entry::<re_encrypt::ReEncrypt>(),
    entry::<retire_grant::RetireGrant>(),
    entry::<revoke_grant::RevokeGrant>(),
    entry::<rotate_key_on_demand::RotateKeyOnDemand>(),
    entry::<schedule_key_deletion::ScheduleKeyDeletion>(),
    entry::<sign::Sign>(),
    entry::<tag_resource::TagResource>(),
    entry::<untag_resource::UntagResource>(),
    entry::<update_alias::UpdateAlias>(),
    entry::<update_key_description::UpdateKeyDescription>(),
    entry::<verify::Verify>(),
    entry::<verify_mac::VerifyMac>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "Decapsulate",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "Encapsulate",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GetKeyLastUsage",
    "GetParametersForImport",
    "ImportKeyMaterial",
    "ReplicateKey",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
];
