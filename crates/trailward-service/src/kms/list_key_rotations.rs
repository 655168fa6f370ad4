//! `ListKeyRotations`: those that were completed, the oldest first.
//!
//! DEVIATION: materials have no ids here, so none are answered; what was rotated before it was noted whether by period or on
//! demand counts as by period.

use super::page::page;
use super::shapes::epoch;
use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_kms::{EncryptionContext, KmsError};
use trailward_wire::ApiError;

pub(crate) struct ListKeyRotations;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    include_key_material: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RotationsListEntry {
    #[serde(skip)]
    number: String,
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_date: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_type: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    rotations: Vec<RotationsListEntry>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    const ACCESS: Access = Access::read("kms:ListKeyRotations");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let all = match input.include_key_material.as_deref() {
            None | Some("ROTATIONS_ONLY") => false,
            Some("ALL_KEY_MATERIAL") => true,
            Some(other) => {
                let shown: String = other.chars().take(64).collect();
                return Err(refused(KmsError::Validation(format!(
                    "1 validation error detected: Value '{shown}' at 'includeKeyMaterial' failed to satisfy \
                     constraint: Member must satisfy enum value set: [ALL_KEY_MATERIAL, ROTATIONS_ONLY]"
                ))));
            }
        };
        let key = find_own(&input.key_id, call).await?.value;
        if !key.spec.can_rotate() {
            let detail = format!("You cannot perform this operation on {}.", key.arn());
            return Err(refused(KmsError::Unsupported(detail)));
        }
        let arn = key.arn();
        let newest = key.materials.len().saturating_sub(1);
        let entries = key.materials.iter().enumerate().map(|(number, material)| RotationsListEntry {
            number: format!("{number:06}"),
            key_id: arn.clone(),
            key_material_state: all.then_some(if number == newest { "CURRENT" } else { "NON_CURRENT" }),
            // The first material came with the key, by no rotation.
            rotation_date: (number > 0).then(|| epoch(material.created)),
            rotation_type: (number > 0).then_some(if material.on_demand { "ON_DEMAND" } else { "AUTOMATIC" }),
        });
        let entries = entries.skip(usize::from(!all)).collect();
        let page = page(entries, |entry| &entry.number, (input.limit, 1_000, 100), input.marker.as_deref())?;
        Ok(Output {
            rotations: page.items,
            truncated: page.next_marker.is_some(),
            next_marker: page.next_marker,
        })
    }
}
