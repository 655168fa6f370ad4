//! The few members of a record that decide where it goes, borrowed from its bytes.
//!
//! Selection runs once per record and trail, so nothing here copies unless a string has escapes.

use serde::Deserialize;
use std::borrow::Cow;

/// A record as the selectors see it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordView<'a> {
    /// Who called.
    #[serde(borrow)]
    pub user_identity: Option<IdentityView<'a>>,
    /// Completion time.
    #[serde(borrow)]
    pub event_time: Cow<'a, str>,
    /// `s3.amazonaws.com`.
    #[serde(borrow)]
    pub event_source: Cow<'a, str>,
    /// The API's name.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// `AwsApiCall` …
    #[serde(borrow)]
    pub event_type: Cow<'a, str>,
    /// The GUID.
    #[serde(rename = "eventID", borrow)]
    pub event_id: Cow<'a, str>,
    /// The request id.
    #[serde(rename = "requestID", borrow)]
    pub request_id: Option<Cow<'a, str>>,
    /// The Region.
    #[serde(borrow)]
    pub aws_region: Cow<'a, str>,
    /// The error's code.
    #[serde(borrow)]
    pub error_code: Option<Cow<'a, str>>,
    /// Whether nothing changed.
    pub read_only: Option<bool>,
    /// What was touched.
    #[serde(borrow)]
    pub resources: Option<Vec<ResourceView<'a>>>,
    /// True for control-plane calls.
    pub management_event: Option<bool>,
    /// Whose trails receive it.
    #[serde(borrow)]
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// `Management`, `Data`, `NetworkActivity`.
    #[serde(borrow)]
    pub event_category: Option<Cow<'a, str>>,
    /// The VPC endpoint used.
    #[serde(borrow)]
    pub vpc_endpoint_id: Option<Cow<'a, str>>,
    /// The string `"true"` for console sessions.
    #[serde(borrow)]
    pub session_credential_from_console: Option<Cow<'a, str>>,
}

/// The members of `userIdentity` that selectors use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IdentityView<'a> {
    /// The caller's ARN.
    #[serde(borrow)]
    pub arn: Option<Cow<'a, str>>,
}

/// One entry of `resources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResourceView<'a> {
    /// `AWS::S3::Object` …
    #[serde(rename = "type", borrow)]
    pub kind: Option<Cow<'a, str>>,
    /// Its ARN.
    #[serde(rename = "ARN", borrow)]
    pub arn: Option<Cow<'a, str>>,
    /// The beginning of the ARNs touched.
    #[serde(rename = "ARNPrefix", borrow)]
    pub arn_prefix: Option<Cow<'a, str>>,
}

impl<'a> RecordView<'a> {
    /// Reads the view from one record's JSON.
    pub fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The category; records before version 1.07 have only `managementEvent`.
    pub fn category(&self) -> &str {
        match (&self.event_category, self.management_event) {
            (Some(category), _) => category,
            (None, Some(false)) => "Data",
            (None, _) => "Management",
        }
    }

    /// Whether the event comes from a service that has one endpoint for the whole world.
    ///
    /// Source: CloudTrail user guide, "Global service events".
    pub fn is_global_service(&self) -> bool {
        self.aws_region == "us-east-1"
            && matches!(
                &*self.event_source,
                "iam.amazonaws.com"
                    | "sts.amazonaws.com"
                    | "cloudfront.amazonaws.com"
                    | "route53.amazonaws.com"
                    | "organizations.amazonaws.com"
            )
    }
}
