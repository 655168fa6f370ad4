//! `CreateGrant`. It holds at once; the same grant with the same name is made once.

use super::shapes::{check_absent, check_grant_tokens, without_bytes};
use super::subject::{bound_principal, check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::{Constraints, EncryptionContext, Grant, GrantOperation, KmsError};
use trailward_model::delivered::is_account_id;
use trailward_wire::ApiError;

pub(crate) struct CreateGrant;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    grantee_principal: String,
    retiring_principal: Option<String>,
    #[serde(default)]
    operations: Vec<GrantOperation>,
    constraints: Option<Constraints>,
    grant_tokens: Option<Vec<String>>,
    name: Option<String>,
    dry_run: Option<bool>,
    grantee_service_principal: Option<String>,
    retiring_service_principal: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    grant_token: String,
    grant_id: String,
}

/// That a principal is an ARN of a root, user, role or session, or a service's name.
fn check_principal(member: &str, text: &str) -> Result<(), ApiError> {
    let mut parts = text.splitn(6, ':');
    let of_identity =
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some("aws"), Some("iam"), Some(""), Some(account), Some(rest)) => {
                is_account_id(account)
                    && (rest == "root" || rest.starts_with("user/") || rest.starts_with("role/"))
            }
            (Some("arn"), Some("aws"), Some("sts"), Some(""), Some(account), Some(rest)) => {
                is_account_id(account)
                    && (rest.starts_with("assumed-role/") || rest.starts_with("federated-user/"))
            }
            _ => false,
        };
    let of_service = text.ends_with(".amazonaws.com") && !text.contains(['*', ':', '/']);
    if (of_identity || of_service) && text.len() <= 256 && !text.contains(['*', '?']) {
        return Ok(());
    }
    let shown: String = text.chars().take(256).collect();
    Err(refused(KmsError::InvalidArn(format!("{member} {shown} is not the ARN of a principal"))))
}

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    const ACCESS: Access = Access::write("kms:CreateGrant");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let mut target = target(&input.key_id, call, &EncryptionContext::default())
            .await?
            .with_key("kms:GranteePrincipal", input.grantee_principal.clone())
            .with_key("kms:GrantIsForAWSResource", "false");
        if let Some(retiring) = &input.retiring_principal {
            target = target.with_key("kms:RetiringPrincipal", retiring.clone());
        }
        target.context.set_multi(
            "kms:GrantOperations",
            input.operations.iter().map(|operation| format!("{operation:?}")),
        );
        Ok(target)
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        check_absent("GranteeServicePrincipal", input.grantee_service_principal.as_ref())?;
        check_absent("RetiringServicePrincipal", input.retiring_service_principal.as_ref())?;
        let key = find(&input.key_id, call).await?.value;
        key.check_usable().map_err(refused)?;
        check_principal("GranteePrincipal", &input.grantee_principal)?;
        if let Some(retiring) = &input.retiring_principal {
            check_principal("RetiringPrincipal", retiring)?;
        }
        if input.operations.is_empty() {
            return Err(refused(KmsError::Validation("A grant must allow at least one operation.".into())));
        }
        if input.operations.contains(&GrantOperation::CreateGrant) {
            // What it would allow must not go beyond the grant itself, which nothing here would see to.
            return Err(refused(KmsError::Unsupported("A grant cannot allow CreateGrant.".into())));
        }
        if input.name.as_ref().is_some_and(|name| name.is_empty() || name.len() > 256) {
            return Err(refused(KmsError::Validation("A grant's name has 1 to 256 characters.".into())));
        }
        check_dry_run(input.dry_run)?;
        let grantee = bound_principal(input.grantee_principal, call).await?;
        let retiring = match input.retiring_principal {
            Some(retiring) => Some(bound_principal(retiring, call).await?),
            None => None,
        };
        let mut random = [0; 32];
        call.platform.entropy.fill(&mut random)?;
        let grant = Grant {
            id: hex::encode(random),
            key: key.id.clone(),
            name: input.name,
            grantee,
            retiring,
            issuer: call.account().to_owned(),
            operations: input.operations,
            constraints: input.constraints,
            created: call.now.unix_timestamp(),
        };
        let keys = &call.platform.keys;
        let same = |old: &Grant| {
            grant.name.is_some()
                && Grant { id: grant.id.clone(), created: grant.created, ..old.clone() } == grant
        };
        let id = match keys.grants(&key).await.map_err(refused)?.into_iter().find(same) {
            Some(old) => old.id,
            None => {
                keys.create_grant(&key, &grant).await.map_err(refused)?;
                grant.id
            }
        };
        Ok(Output { grant_token: STANDARD.encode(format!("{}/{id}", key.arn())), grant_id: id })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }

    fn record_output(output: &Output) -> Value {
        // The token is as good as the grant until it holds everywhere, so AWS does not record it.
        serde_json::json!({"grantId": output.grant_id})
    }
}
