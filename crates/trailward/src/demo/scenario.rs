//! The guides' actions, as any client would perform them.

use super::report::Report;
use crate::client::{Answered, Client};
use crate::first_start::protected_bucket;
use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde_json::json;
use trailward_wire::sigv4::{Credentials, SigningSecret};

const IAM: &str = "2010-05-08";
const TRAIL: &str = "security-trail";
const USER: &str = "demo-user";

/// What the guides set up.
#[derive(Debug)]
pub(crate) struct Stage {
    pub account: String,
    pub log_bucket: String,
    pub trail: &'static str,
}

/// One call that must be found again.
#[derive(Debug)]
pub(crate) struct Act {
    pub event: &'static str,
    pub request_id: String,
    /// Whether it was meant to be refused.
    pub denied: bool,
}

fn request_id(answer: &Answered) -> Result<String> {
    let header = ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| answer.headers.get(*name));
    let id = header.and_then(|value| value.to_str().ok()).context("an answer had no request id")?;
    Ok(id.to_owned())
}

/// Bucket, policy, trail, selectors, logging.
pub(crate) async fn set_up(client: &Client, account: &str, report: &mut Report) -> Result<Stage> {
    report.heading("Set up")?;
    let log_bucket = format!("audit-logs-{account}");
    protected_bucket(client, &log_bucket, account, TRAIL, None).await?;
    report.call("CreateBucket", &log_bucket, true)?;
    report.call("PutBucketPolicy", "only this trail may write (aws:SourceArn), nobody may delete", true)?;
    let input = json!({
        "Name": TRAIL,
        "S3BucketName": log_bucket,
        "IsMultiRegionTrail": true,
        "EnableLogFileValidation": true,
    });
    client.cloudtrail("CreateTrail", &input).await?.expect_success("CreateTrail")?;
    report.call("CreateTrail", "multi-Region, with log file validation", true)?;
    let selectors = json!({
        "TrailName": TRAIL,
        "EventSelectors": [{
            "ReadWriteType": "All",
            "IncludeManagementEvents": true,
            "DataResources": [{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::demo-data-"] }],
        }],
    });
    // A prefix without a slash is refused, as on AWS; the bucket's own prefix is not.
    let refused = client.cloudtrail("PutEventSelectors", &selectors).await?;
    let held = refused.error_code() == "InvalidEventSelectorsException";
    report.call("PutEventSelectors", "a data resource without a slash is refused", held)?;
    let selectors = json!({
        "TrailName": TRAIL,
        "EventSelectors": [{
            "DataResources": [{ "Type": "AWS::S3::Object", "Values": [format!("arn:aws:s3:::demo-data-{account}/")] }],
        }],
    });
    client.cloudtrail("PutEventSelectors", &selectors).await?.expect_success("PutEventSelectors")?;
    report.call("PutEventSelectors", "management events, and data events of one bucket", true)?;
    client.cloudtrail("StartLogging", &json!({ "Name": TRAIL })).await?.expect_success("StartLogging")?;
    report.call("StartLogging", TRAIL, true)?;
    Ok(Stage { account: account.to_owned(), log_bucket, trail: TRAIL })
}

/// The calls that will be searched for.
pub(crate) async fn act(client: &Client, stage: &Stage, report: &mut Report) -> Result<Vec<Act>> {
    report.heading("Act")?;
    let mut acts = Vec::new();
    let bucket = format!("demo-data-{}", stage.account);
    let none = Bytes::new;
    let mut done = |report: &mut Report,
                    event: &'static str,
                    what: &str,
                    answer: Answered,
                    denied: bool|
     -> Result<Answered> {
        let held = (answer.status >= 400) == denied;
        let what = if denied {
            format!("{what}: {} {}", answer.status, answer.error_code())
        } else {
            what.to_owned()
        };
        report.call(event, &what, held)?;
        acts.push(Act { event, request_id: request_id(&answer)?, denied });
        Ok(answer)
    };

    let answer = client.s3("PUT", &bucket, "", "", &[], none()).await?;
    done(report, "CreateBucket", &bucket, answer, false)?;
    let answer = client.query("iam", IAM, "CreateUser", &[("UserName", USER)]).await?;
    done(report, "CreateUser", USER, answer, false)?;
    let answer = client.query("iam", IAM, "CreateAccessKey", &[("UserName", USER)]).await?;
    let key = done(report, "CreateAccessKey", USER, answer, false)?;
    let body = Bytes::from_static(b"the contents of a confidential report");
    let answer =
        client.s3("PUT", &bucket, "report.txt", "", &[("content-type", "text/plain")], body.clone()).await?;
    done(report, "PutObject", "report.txt", answer, false)?;
    let answer = client.s3("GET", &bucket, "report.txt", "", &[], none()).await?;
    let same = answer.body == body;
    let what = if same { "report.txt, the same bytes" } else { "report.txt, other bytes" };
    done(report, "GetObject", what, answer, false)?;

    let text = key.text();
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(value, _)| value.to_owned())
    };
    let access_key_id = element("AccessKeyId").context("CreateAccessKey gave no key")?;
    let secret = element("SecretAccessKey").context("CreateAccessKey gave no secret")?;
    let credentials = Credentials {
        access_key_id: access_key_id.clone(),
        secret: SigningSecret::new(secret),
        session_token: None,
    };
    let stranger = Client { credentials, ..client.clone() };
    let answer = stranger.cloudtrail("StopLogging", &json!({ "Name": stage.trail })).await?;
    done(report, "StopLogging", "by demo-user, who may not", answer, true)?;

    let answer = client.s3("DELETE", &bucket, "report.txt", "", &[], none()).await?;
    done(report, "DeleteObject", "report.txt", answer, false)?;
    let answer = client.s3("DELETE", &bucket, "", "", &[], none()).await?;
    done(report, "DeleteBucket", &bucket, answer, false)?;
    let parameters = [("UserName", USER), ("AccessKeyId", access_key_id.as_str())];
    let answer = client.query("iam", IAM, "DeleteAccessKey", &parameters).await?;
    done(report, "DeleteAccessKey", USER, answer, false)?;
    let answer = client.query("iam", IAM, "DeleteUser", &[("UserName", USER)]).await?;
    done(report, "DeleteUser", USER, answer, false)?;
    Ok(acts)
}
