//! Records of what S3 does by itself: replicas, expiries and transitions, access log files.

use super::{Trace, announce, append, draw, write};
use crate::Platform;
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use trailward_bucket::{BucketError, Deed, Testimony, Witness};
use trailward_model::{RecordResource, SessionContext, SessionIssuer, UserIdentity};
use trailward_policy::{Caller, Principal};
use trailward_store::{StoreError, StoreErrorKind};
use trailward_wire::ApiError;

const S3: &str = "s3.amazonaws.com";

#[async_trait]
impl Witness for Platform {
    async fn intend<'a>(&'a self, deeds: Vec<Deed>) -> Result<Box<dyn Testimony + 'a>, BucketError> {
        let traces: Result<Vec<Trace>, ApiError> = deeds.into_iter().map(|deed| trace(self, deed)).collect();
        let mut traces = traces.map_err(|error| unrecorded(&error))?;
        let intents = announce(self, &mut traces).map_err(|error| unrecorded(&error))?;
        write(self, intents).await.map_err(|error| unrecorded(&error))?;
        Ok(Box::new(Announced { platform: self, traces }))
    }
}

struct Announced<'a> {
    platform: &'a Platform,
    traces: Vec<Trace>,
}

#[async_trait]
impl Testimony for Announced<'_> {
    async fn conclude(mut self: Box<Self>, outcome: Result<(), &BucketError>) -> Result<(), BucketError> {
        if let Err(error) = outcome {
            let told = ApiError::new(error.code(), error.status(), error.to_string());
            self.traces.iter_mut().for_each(|trace| trace.failed(&told));
        }
        append(self.platform, self.traces).await.map_err(|error| unrecorded(&error))
    }
}

fn unrecorded(error: &ApiError) -> BucketError {
    BucketError::Internal(StoreError::new(
        StoreErrorKind::Unavailable,
        format!("what S3 does by itself could not be recorded: {}", error.message),
    ))
}

fn trace(platform: &Platform, deed: Deed) -> Result<Trace, ApiError> {
    let Deed { name, by, bucket, owner, region, key, version, parameters, because } = deed;
    let mut request = Map::from_iter([
        ("bucketName".to_owned(), Value::from(bucket.clone())),
        ("key".to_owned(), Value::from(key.clone())),
    ]);
    if let Some(version) = version {
        request.insert("versionId".to_owned(), version.into());
    }
    request.extend(parameters);
    let resource = |kind: &str, account: Option<String>, arn: String| RecordResource {
        account_id: account,
        kind: Some(kind.into()),
        arn: Some(arn),
        ..RecordResource::default()
    };
    // Whose role it is, is told as well.
    let account = by.as_ref().and_then(|caller| caller.principal.account().map(str::to_owned));
    let service = match by.as_ref().map(|caller| &caller.principal) {
        Some(Principal::Service(name)) => name.clone(),
        _ => S3.to_owned(),
    };
    let base = Trace::of_service(&service, account.as_deref().unwrap_or(&owner));
    Ok(Trace {
        identity: by.as_ref().map_or_else(|| UserIdentity::service(S3), identity),
        event_source: S3.into(),
        event_name: name.into(),
        region,
        request: request.into(),
        additional: json!({ "because": because }),
        resources: vec![
            resource("AWS::S3::Object", None, format!("arn:aws:s3:::{bucket}/{key}")),
            resource("AWS::S3::Bucket", Some(owner.clone()), format!("arn:aws:s3:::{bucket}")),
        ],
        read_only: false,
        data_event: true,
        request_id: draw(platform)?,
        owners: [owner].into(),
        ..base
    })
}

/// Who a service is that acts by itself, or in a role.
fn identity(caller: &Caller) -> UserIdentity {
    let (account, role_arn, session_arn, role_id, session_name) = match &caller.principal {
        Principal::RoleSession { account, role_arn, session_arn, role_id, session_name } => {
            (account, role_arn, session_arn, role_id, session_name)
        }
        Principal::Service(name) => return UserIdentity::service(name),
        _ => return UserIdentity::service(S3),
    };
    let issuer = SessionIssuer {
        kind: Some("Role".into()),
        principal_id: Some(role_id.clone()),
        arn: Some(role_arn.clone()),
        account_id: Some(account.clone()),
        user_name: role_arn.rsplit('/').next().map(str::to_owned),
        ..SessionIssuer::default()
    };
    UserIdentity {
        kind: Some("AssumedRole".into()),
        principal_id: Some(format!("{role_id}:{session_name}")),
        arn: Some(session_arn.clone()),
        account_id: Some(account.clone()),
        session_context: Some(SessionContext { session_issuer: Some(issuer), ..SessionContext::default() }),
        invoked_by: Some(S3.into()),
        ..UserIdentity::default()
    }
}
