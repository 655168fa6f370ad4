//! Session policies, and the space they and session tags take in a token.
//!
//! DEVIATION: AWS packs with a conversion of its own; here the bytes are counted, 4,096 of them at most.

use crate::call::Call;
use crate::iam::state;
use crate::identity::Bestowed;
use serde::{Deserialize, Serialize};
use trailward_policy::PolicyKind;
use trailward_wire::ApiError;

const MOST_BYTES: usize = 4_096;
const MOST_CHARACTERS: usize = 2_048;
const MOST_ARNS: usize = 10;

/// One of `PolicyArns`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PolicyArn {
    pub arn: String,
}

/// Refuses what is too long before anything else is looked at.
pub(super) fn check(policy: Option<&str>, arns: &[PolicyArn]) -> Result<(), ApiError> {
    if policy.is_some_and(|text| text.chars().count() > MOST_CHARACTERS) || arns.len() > MOST_ARNS {
        return Err(ApiError::bad_request("PackedPolicyTooLarge", "The session policies are too large."));
    }
    Ok(())
}

/// The session policies as text and by ARN, and `PackedPolicySize` if there is anything to pack. The policies are those
/// of `account`.
pub(super) async fn pack(
    policy: Option<String>,
    arns: Vec<PolicyArn>,
    bestowed: &Bestowed,
    account: &str,
    call: &Call,
) -> Result<(Vec<String>, Vec<String>, Option<usize>), ApiError> {
    if let Some(text) = &policy {
        call.platform
            .policies
            .get(text, PolicyKind::Identity)
            .map_err(|error| ApiError::bad_request("MalformedPolicyDocument", error.to_string()))?;
    }
    let arns: Vec<String> = arns.into_iter().map(|one| one.arn).collect();
    for arn in &arns {
        state::managed_document(&call.platform, account, arn).await?.ok_or_else(|| {
            ApiError::bad_request("InvalidInput", "A policy ARN in PolicyArns does not exist.")
        })?;
    }
    let policies: Vec<String> = policy.into_iter().collect();
    let of_policies: usize = policies.iter().chain(&arns).map(String::len).sum();
    let of_tags: usize = bestowed.tags.iter().map(|tag| tag.key.len() + tag.value.len() + 2).sum();
    let percent = ((of_policies + of_tags) * 100).div_ceil(MOST_BYTES);
    if percent > 100 {
        let text = if of_policies == 0 {
            format!("Packed size of session tags consumes {percent}% of allotted space.")
        } else {
            format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
        };
        return Err(ApiError::bad_request("PackedPolicyTooLarge", text));
    }
    Ok((policies, arns, (percent > 0).then_some(percent)))
}
