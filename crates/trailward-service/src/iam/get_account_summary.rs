//! `GetAccountSummary`: what there is, counted when asked, and the quotas it counts against.

use super::instance_profiles::InstanceProfile;
use super::keys::{self, Holder};
use super::state::{Entity, Group, ManagedPolicy, Role, User, all};
use super::usage::Usage;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::{MfaDevice, MfaHolder};
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetAccountSummary;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    summary_map: Entries,
}

/// A map as the Query protocol has it.
#[derive(Debug, Serialize)]
pub(crate) struct Entries {
    entry: Vec<Pair>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    key: &'static str,
    value: usize,
}

async fn count<T: Entity>(call: &Call) -> Result<usize, ApiError> {
    Ok(all::<T>(&call.platform, call.account()).await?.len())
}

impl Operation for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";
    const ACCESS: Access = Access::read("iam:GetAccountSummary");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        let devices = all::<MfaDevice>(&call.platform, call.account()).await?;
        let in_use = devices.iter().filter(|device| device.holder.is_some()).count();
        let of_root = |device: &&MfaDevice| matches!(device.holder, Some((MfaHolder::Root, _)));
        let root_has_device = devices.iter().any(|device| of_root(&device));
        let root_has_key = !keys::all_of(&Holder::Root, call).await?.is_empty();
        let policies = all::<ManagedPolicy>(&call.platform, call.account()).await?;
        let usage = Usage::count(call).await?;
        let versions_in_use: usize = policies
            .iter()
            .filter(|policy| usage.attached(&policy.arn(call.account())) > 0)
            .map(|policy| policy.versions.len())
            .sum();
        let pairs = [
            ("AccessKeysPerUserQuota", 2),
            ("AccountAccessKeysPresent", usize::from(root_has_key)),
            ("AccountMFAEnabled", usize::from(root_has_device)),
            ("AccountPasswordPresent", 0),
            ("AccountSigningCertificatesPresent", 0),
            ("AssumeRolePolicySizeQuota", 2_048),
            ("AttachedPoliciesPerGroupQuota", 10),
            ("AttachedPoliciesPerRoleQuota", 10),
            ("AttachedPoliciesPerUserQuota", 10),
            ("GlobalEndpointTokenVersion", 1),
            ("GroupPolicySizeQuota", 5_120),
            ("Groups", count::<Group>(call).await?),
            ("GroupsPerUserQuota", 10),
            ("GroupsQuota", 5_000),
            ("InstanceProfiles", count::<InstanceProfile>(call).await?),
            ("InstanceProfilesQuota", 5_000),
            ("MFADevices", devices.len()),
            ("MFADevicesInUse", in_use),
            ("Policies", policies.len()),
            ("PoliciesQuota", 5_000),
            ("PolicySizeQuota", 6_144),
            ("PolicyVersionsInUse", versions_in_use),
            ("PolicyVersionsInUseQuota", 25_000),
            ("Providers", 0),
            ("RolePolicySizeQuota", 10_240),
            ("Roles", count::<Role>(call).await?),
            ("RolesQuota", 5_000),
            ("ServerCertificates", 0),
            ("ServerCertificatesQuota", 0),
            ("SigningCertificatesPerUserQuota", 0),
            ("UserPolicySizeQuota", 2_048),
            ("Users", count::<User>(call).await?),
            ("UsersQuota", 5_000),
            ("VersionsPerPolicyQuota", 5),
        ];
        let entry = pairs.into_iter().map(|(key, value)| Pair { key, value }).collect();
        Ok(Output { summary_map: Entries { entry } })
    }
}
