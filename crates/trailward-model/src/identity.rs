//! `userIdentity`: who made a call.
//!
//! Source: CloudTrail user guide, "CloudTrail userIdentity element"; key order as delivered files have it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `userIdentity` element of a record. Absent members are not written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// `Root`, `IAMUser`, `AssumedRole`, `FederatedUser`, `AWSAccount`, `AWSService` …; absent on service events.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The unique id: an account id, `AIDA…`, or `AROA…:session`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// The caller's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The account that owns the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The access key that signed; empty or absent for unsigned calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The friendly name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Present for temporary credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<SessionContext>,
    /// The AWS service that made the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// Members this version does not know, kept as they came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How temporary credentials came to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext {
    /// Who issued the session; `{}` when the issuer is the user itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_issuer: Option<SessionIssuer>,
    /// Federation details; `{}` when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_id_federation_data: Option<Map<String, Value>>,
    /// When and how the session was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<SessionAttributes>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The identity behind a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer {
    /// `Role`, `IAMUser` or `Root`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `AROA…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// The role's ARN, with its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The account that owns the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The role's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Both members are strings on the wire, as AWS has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAttributes {
    /// `2026-11-21T08:30:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<String>,
    /// `"true"` or `"false"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_authenticated: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl UserIdentity {
    /// `{"type":"AWSService","invokedBy":…}`: a call that a service makes on its own.
    pub fn service(name: &str) -> Self {
        Self { kind: Some("AWSService".into()), invoked_by: Some(name.into()), ..Self::default() }
    }

    /// A caller without credentials.
    pub fn anonymous() -> Self {
        Self {
            kind: Some("AWSAccount".into()),
            principal_id: Some(String::new()),
            account_id: Some("anonymous".into()),
            ..Self::default()
        }
    }
}
