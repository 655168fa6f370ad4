//! Finding the key that a call names, and what bears on it.

use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::iam::state::failed;
use crate::identity::principals;
use trailward_kms::{EncryptionContext, Key, KeyReference, KmsError, Versioned};
use trailward_model::RecordResource;
use trailward_wire::ApiError;

/// An engine's refusal, as the API says it. All of KMS's errors are 400 but its own failures.
pub(super) fn refused(error: KmsError) -> ApiError {
    match (error.code(), error) {
        (Some(code), error) => ApiError::bad_request(code, error.to_string()),
        (None, KmsError::Store(error)) => failed(error),
        (None, error) => {
            tracing::error!(%error, "a key could not be used");
            ApiError::new(
                "KMSInternalException",
                500,
                "The request was rejected because of an internal failure.",
            )
        }
    }
}

/// The key that `text` names.
pub(super) async fn find(text: &str, call: &Call) -> Result<Versioned<Key>, ApiError> {
    let reference = reference(text, call)?;
    call.platform.keys.find(&reference, call.now.unix_timestamp()).await.map_err(refused)
}

/// The key of the caller's own account that `text` names: calls that manage keys reach no further, and take no alias.
pub(super) async fn find_own(text: &str, call: &Call) -> Result<Versioned<Key>, ApiError> {
    if let KeyReference::Alias { .. } = reference(text, call)? {
        let shown: String = text.chars().take(256).collect();
        return Err(refused(KmsError::NotFound(format!("Invalid keyId '{shown}'"))));
    }
    let read = find(text, call).await?;
    if read.value.account != call.account() {
        return Err(access_denied(
            call.service.protocol,
            format!(
                "User: {} is not authorized to perform this operation on a key of another account",
                call.identity.display_arn()
            ),
        ));
    }
    Ok(read)
}

pub(super) fn reference(text: &str, call: &Call) -> Result<KeyReference, ApiError> {
    KeyReference::parse(text, call.account(), &call.region).map_err(refused)
}

/// The target of a call that names a key. A key that is not there is left for the operation to miss, once it is known
/// that the caller may ask.
pub(super) async fn target(
    text: &str,
    call: &Call,
    encryption: &EncryptionContext,
) -> Result<Target, ApiError> {
    let reference = reference(text, call)?;
    match call.platform.keys.find(&reference, call.now.unix_timestamp()).await {
        Ok(read) => {
            let mut target = target_of(&read.value, call, encryption).await?;
            if let KeyReference::Alias { name, .. } = reference {
                target = target.with_key("kms:RequestAlias", name);
            }
            Ok(target)
        }
        Err(KmsError::NotFound(_)) => Ok(Target::new(reference.arn(), reference.account())),
        Err(error) => Err(refused(error)),
    }
}

/// The target of a call about `key`.
pub(super) async fn target_of(
    key: &Key,
    call: &Call,
    encryption: &EncryptionContext,
) -> Result<Target, ApiError> {
    let grants = call.platform.keys.grants(key).await.map_err(refused)?;
    let mut target = Target::new(key.arn(), &key.account);
    target.policy = key.policy(&grants);
    target.policy_required = true;
    target.context = key.condition_keys(call.account(), encryption);
    target.recorded = vec![RecordResource {
        account_id: Some(key.account.clone()),
        kind: Some("AWS::KMS::Key".into()),
        arn: Some(key.arn()),
        ..RecordResource::default()
    }];
    Ok(target)
}

/// A key policy as it is stored: its principals are bound to who they are.
pub(super) async fn bound(policy: &str, call: &Call) -> Result<String, ApiError> {
    principals::bound(&call.platform, policy, |_| {
        ApiError::bad_request(
            "MalformedPolicyDocumentException",
            "Policy contains a statement with one or more invalid principals.",
        )
    })
    .await
}

/// A principal of a grant as it is stored.
pub(super) async fn bound_principal(principal: String, call: &Call) -> Result<String, ApiError> {
    let bound = principals::bind_one(&call.platform, &principal).await.map_err(|why| {
        why.told(|name| {
            refused(KmsError::InvalidArn(format!("{name} does not name a principal that exists.")))
        })
    })?;
    Ok(bound.unwrap_or(principal))
}

/// A principal of a grant as it is shown.
pub(super) async fn shown_principal(principal: String, call: &Call) -> Result<String, ApiError> {
    Ok(principals::arn_of(&call.platform, &principal).await?.unwrap_or(principal))
}

/// That the caller, once `policy` is the key's, may still change it.
pub(super) async fn check_lockout(key: &Key, policy: &str, call: &Call) -> Result<(), ApiError> {
    const ACCESS: Access = Access::write("kms:PutKeyPolicy");
    let changed = Key { policy: policy.to_owned(), ..key.clone() };
    let mut target = Target::new(key.arn(), &key.account);
    target.policy = changed.policy(&[]);
    target.policy_required = true;
    target.context = key.condition_keys(call.account(), &EncryptionContext::default());
    if target.policy.is_some() && call.authorize(&ACCESS, &target).await.is_ok() {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ))
}

/// Stops a call that only asks whether it would be allowed.
pub(super) fn check_dry_run(dry_run: Option<bool>) -> Result<(), ApiError> {
    if dry_run == Some(true) {
        return Err(ApiError::new(
            "DryRunOperationException",
            412,
            "The request would have succeeded, but the DryRun option is set.",
        ));
    }
    Ok(())
}
