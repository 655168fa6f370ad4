//! `GetPublicKey`.

use super::shapes::{Blob, check_grant_tokens};
use super::subject::{find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::{Algorithm, KeySpec, KeyUsage};
use trailward_wire::ApiError;

pub(crate) struct GetPublicKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    grant_tokens: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    public_key: Blob,
    customer_master_key_spec: KeySpec,
    key_spec: KeySpec,
    key_usage: KeyUsage,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_algorithms: Option<&'static [Algorithm]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_algorithms: Option<&'static [Algorithm]>,
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    const ACCESS: Access = Access::read("kms:GetPublicKey");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let read = find(&input.key_id, call).await?;
        let key = read.value;
        let public_key = call.platform.keys.public_key(&key).map_err(refused)?;
        let algorithms = key.spec.algorithms(key.usage);
        let encrypts = key.usage == KeyUsage::EncryptDecrypt;
        Ok(Output {
            key_id: key.arn(),
            public_key: Blob(public_key),
            customer_master_key_spec: key.spec,
            key_spec: key.spec,
            key_usage: key.usage,
            encryption_algorithms: encrypts.then_some(algorithms),
            signing_algorithms: (!encrypts).then_some(algorithms),
        })
    }
}
