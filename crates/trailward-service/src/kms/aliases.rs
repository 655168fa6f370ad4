//! What the four alias calls share: names, and asking for both the alias and its key.

use super::subject::refused;
use crate::access::{Access, Target};
use crate::call::Call;
use trailward_kms::{Alias, KmsError, Versioned};
use trailward_model::Arn;
use trailward_wire::ApiError;

/// That `name` can be an alias: `alias/` and up to 250 letters, digits, slashes, underscores and dashes.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let invalid = |detail: &str| Err(refused(KmsError::InvalidAliasName(detail.to_owned())));
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(refused(KmsError::Validation("Invalid identifier".into())));
    };
    if rest.is_empty() || name.chars().count() > 256 {
        return invalid("Alias must have 1 to 250 characters after alias/");
    }
    if rest.starts_with("aws/") {
        return invalid("Alias must not begin with alias/aws/: those belong to AWS services");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    if rest.bytes().all(fits) {
        Ok(())
    } else {
        invalid("Alias must contain only alphanumeric characters, forward slashes, underscores and dashes")
    }
}

/// The alias as what a call touches.
pub(super) fn target_of(name: &str, call: &Call) -> Target {
    let shown: String = name.chars().take(256).collect();
    Target::new(Arn::new("kms", &call.region, call.account(), shown).to_string(), call.account())
}

/// Asks for the same action on the alias's key: AWS wants both.
pub(super) async fn authorize_key(
    access: &Access,
    key: &trailward_kms::Key,
    call: &Call,
) -> Result<(), ApiError> {
    let target = super::subject::target_of(key, call, &trailward_kms::EncryptionContext::default()).await?;
    call.authorize(access, &target).await
}

/// The alias that a change is about; its name must be one that can be given.
pub(super) async fn existing(name: &str, call: &Call) -> Result<Versioned<Alias>, ApiError> {
    check_name(name)?;
    let found = call.platform.keys.alias(call.account(), &call.region, name).await.map_err(refused)?;
    found.ok_or_else(|| {
        refused(KmsError::NotFound(format!("Alias {} is not found.", target_of(name, call).arn)))
    })
}
