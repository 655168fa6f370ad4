//! The trail, its key, its log group and its topic.

use super::{ReadFailure, fact};
use crate::aws::{Account, ReadError, found};
use crate::who::snapshot::{Fact, Key, KeyGrant, LogGroup, Topic, Trail};
use aws_sdk_cloudtrail::types::Trail as Described;
use std::collections::{BTreeMap, BTreeSet};
use trailward_model::Arn;

/// A trail, and what it names.
pub(super) struct Found {
    pub(super) trail: Trail,
    pub(super) bucket: String,
    pub(super) key: Option<String>,
    arn: Arn,
    log_group: Option<String>,
    topic: Option<String>,
}

pub(super) async fn read(account: &Account, arn: Option<&Arn>) -> Result<Found, ReadFailure> {
    let described = described(account, arn).await?;
    let text = described.trail_arn.unwrap_or_default();
    let unfit = |problem: String| ReadFailure::Unfit { arn: text.clone(), problem };
    let arn: Arn = text.parse().map_err(|error: trailward_model::ArnError| unfit(error.to_string()))?;
    let bucket = described.s3_bucket_name.ok_or_else(|| unfit("it delivers to no bucket".to_owned()))?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Found {
        trail: Trail {
            arn: text.clone(),
            prefix: filled(described.s3_key_prefix).map(|prefix| prefix.trim_matches('/').to_owned()),
            organization: described.is_organization_trail == Some(true),
            log_role: filled(described.cloud_watch_logs_role_arn),
            insights: insights(account, &arn).await,
        },
        bucket,
        key: filled(described.kms_key_id),
        arn,
        log_group: filled(described.cloud_watch_logs_log_group_arn),
        topic: filled(described.sns_topic_arn),
    })
}

/// The trail that is named, or the only one there is.
pub(crate) async fn described(account: &Account, arn: Option<&Arn>) -> Result<Described, ReadFailure> {
    match arn {
        Some(arn) => one(account, arn).await,
        None => only(account).await,
    }
}

async fn one(account: &Account, arn: &Arn) -> Result<Described, ReadFailure> {
    let client = aws_sdk_cloudtrail::Client::new(&account.region(&arn.region));
    let answer = client.get_trail().name(arn.to_string()).send().await;
    let answer = found("cloudtrail:GetTrail", answer, &["TrailNotFoundException"])?;
    answer.and_then(|answer| answer.trail).ok_or_else(|| ReadFailure::Missing { arn: arn.to_string() })
}

async fn only(account: &Account) -> Result<Described, ReadFailure> {
    let answer = aws_sdk_cloudtrail::Client::new(&account.config).describe_trails().send().await;
    let answer = found("cloudtrail:DescribeTrails", answer, &[])?;
    let mut trails = answer.and_then(|answer| answer.trail_list).unwrap_or_default();
    let mut arns: Vec<String> = trails.iter().filter_map(|trail| trail.trail_arn.clone()).collect();
    match (trails.pop(), trails.is_empty()) {
        (Some(trail), true) => Ok(trail),
        (Some(_), false) => {
            arns.sort();
            Err(ReadFailure::ManyTrails { arns })
        }
        (None, _) => {
            let region = account.config.region().map(ToString::to_string).unwrap_or_default();
            Err(ReadFailure::NoTrail { region })
        }
    }
}

async fn insights(account: &Account, arn: &Arn) -> Option<bool> {
    let client = aws_sdk_cloudtrail::Client::new(&account.region(&arn.region));
    let answer = client.get_insight_selectors().trail_name(arn.to_string()).send().await;
    match found("cloudtrail:GetInsightSelectors", answer, &["InsightNotEnabledException"]) {
        Ok(None) => Some(false),
        Ok(Some(answer)) => Some(!answer.insight_selectors().is_empty()),
        Err(_) => None,
    }
}

/// The key, read by an account of its own if there is one.
pub(super) async fn key(main: &Account, known: &BTreeMap<String, Account>, key: &str) -> Key {
    let arn = key.parse::<Arn>().ok();
    let reader = arn.as_ref().and_then(|arn| known.get(&arn.account)).unwrap_or(main);
    let config = arn.as_ref().map_or_else(|| reader.config.clone(), |arn| reader.region(&arn.region));
    let client = aws_sdk_kms::Client::new(&config);
    let described = found("kms:DescribeKey", client.describe_key().key_id(key).send().await, &[]);
    let described = described.ok().flatten().and_then(|answer| answer.key_metadata);
    let origin = described.as_ref().and_then(|key| key.origin.clone());
    let policy = client.get_key_policy().key_id(key).policy_name("default").send().await;
    let policy = found("kms:GetKeyPolicy", policy, &[]);
    Key {
        arn: described.and_then(|key| key.arn).unwrap_or_else(|| key.to_owned()),
        policy: fact(policy.map(|answer| answer.and_then(|answer| answer.policy).unwrap_or_default())),
        grants: fact(grants(&client, key).await),
        imported: origin.map(|origin| origin == aws_sdk_kms::types::OriginType::External),
    }
}

async fn grants(client: &aws_sdk_kms::Client, key: &str) -> Result<Vec<KeyGrant>, ReadError> {
    let mut grants = Vec::new();
    let mut marker = None;
    loop {
        let answer = client.list_grants().key_id(key).set_marker(marker.take()).send().await;
        let Some(answer) = found("kms:ListGrants", answer, &[])? else { return Ok(grants) };
        marker = answer.next_marker.filter(|_| answer.truncated);
        grants.extend(answer.grants.unwrap_or_default().into_iter().map(|grant| {
            KeyGrant {
                id: grant.grant_id.unwrap_or_default(),
                grantee: grant.grantee_principal.unwrap_or_default(),
                operations: grant
                    .operations
                    .unwrap_or_default()
                    .iter()
                    .map(|operation| operation.as_str().to_owned())
                    .collect(),
            }
        }));
        if marker.is_none() {
            return Ok(grants);
        }
    }
}

pub(super) async fn log_group(account: &Account, trail: &Found) -> Option<LogGroup> {
    let arn = trail.log_group.as_deref()?;
    let arn = arn.strip_suffix(":*").unwrap_or(arn).to_owned();
    Some(LogGroup { alarms: fact(alarms(account, &trail.arn.region, &arn).await), arn })
}

/// The alarms on the metrics that the log group's filters count.
async fn alarms(account: &Account, region: &str, group: &str) -> Result<Vec<String>, ReadError> {
    let config = account.region(region);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let name = group.rsplit(":log-group:").next().unwrap_or(group);
    let mut metrics = BTreeSet::new();
    let mut token = None;
    loop {
        let asked = logs.describe_metric_filters().log_group_name(name).set_next_token(token.take());
        let answer = found("logs:DescribeMetricFilters", asked.send().await, &[])?;
        let Some(answer) = answer else { break };
        let filters = answer.metric_filters.unwrap_or_default();
        let counted =
            filters.into_iter().flat_map(|filter| filter.metric_transformations.unwrap_or_default());
        metrics.extend(counted.map(|metric| (metric.metric_namespace, metric.metric_name)));
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    let watch = aws_sdk_cloudwatch::Client::new(&config);
    let mut alarms = BTreeSet::new();
    for (namespace, metric) in metrics {
        let asked = watch.describe_alarms_for_metric().namespace(namespace).metric_name(metric);
        let answer = found("cloudwatch:DescribeAlarmsForMetric", asked.send().await, &[])?;
        let listed = answer.and_then(|answer| answer.metric_alarms).unwrap_or_default();
        alarms.extend(listed.into_iter().filter_map(|alarm| alarm.alarm_arn));
    }
    Ok(alarms.into_iter().collect())
}

pub(super) async fn topic(account: &Account, trail: &Found) -> Option<Topic> {
    let arn = trail.topic.clone()?;
    let client = aws_sdk_sns::Client::new(&account.region(&trail.arn.region));
    let answer = client.get_topic_attributes().topic_arn(&arn).send().await;
    let answer = found("sns:GetTopicAttributes", answer, &[]);
    let policy = answer
        .map(|answer| answer.and_then(|answer| answer.attributes).and_then(|mut all| all.remove("Policy")));
    Some(Topic {
        arn,
        policy: match fact(policy) {
            Fact::Known(Some(text)) if text.is_empty() => Fact::Known(None),
            other => other,
        },
    })
}
