//! The log group, its filters, alarms, and their topic.

use super::Reader;
use crate::account::{Alarm, Fact, LogGroup, MetricFilter, Topic};
use crate::control::Control;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use std::collections::BTreeMap;

/// Pages that are read of any listing here; each has fifty entries or more.
const MOST_PAGES: usize = 100;

impl Reader {
    /// The log group with its metric filters.
    pub(super) async fn log_group(
        &self,
        control: &Control,
    ) -> (Fact<LogGroup>, Fact<BTreeMap<String, MetricFilter>>) {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.region(&control.trail.region));
        let name = &control.log_group.name;
        // The name itself is the first of those that begin with it.
        let call = client.describe_log_groups().log_group_name_prefix(name).limit(1).send();
        let group = self.ask("logs:DescribeLogGroups", call, &[]).await.and(|answer| {
            let mut groups = answer.log_groups.unwrap_or_default().into_iter();
            let group = groups.find(|group| group.log_group_name.as_deref() == Some(name))?;
            let arn = group.log_group_arn.or(group.arn).unwrap_or_default();
            Some(LogGroup {
                arn: arn.trim_end_matches(":*").to_owned(),
                retention_days: group.retention_in_days.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            })
        });
        if group.present().is_none() || !control.alarms.enabled {
            let filters = if control.alarms.enabled { Fact::Absent } else { Fact::NotAsked };
            return (group, filters);
        }
        let (mut filters, mut token) = (BTreeMap::new(), None);
        for _ in 0..MOST_PAGES {
            let call =
                client.describe_metric_filters().log_group_name(name).set_next_token(token.take()).send();
            let page =
                match self.ask("logs:DescribeMetricFilters", call, &["ResourceNotFoundException"]).await {
                    Fact::Present(page) => page,
                    other => return (group, other.map(|_| BTreeMap::new())),
                };
            for filter in page.metric_filters.unwrap_or_default() {
                let Some(transformation) =
                    filter.metric_transformations.unwrap_or_default().into_iter().next()
                else {
                    continue;
                };
                let found = MetricFilter {
                    pattern: filter.filter_pattern.unwrap_or_default(),
                    namespace: transformation.metric_namespace,
                    metric: transformation.metric_name,
                    value: transformation.metric_value,
                };
                filters.insert(filter.filter_name.unwrap_or_default(), found);
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        (group, Fact::Present(filters))
    }

    /// Every metric alarm whose name begins with the control's namespace.
    pub(super) async fn alarms(&self, control: &Control) -> Fact<BTreeMap<String, Alarm>> {
        let client = aws_sdk_cloudwatch::Client::new(&self.region(&control.trail.region));
        let prefix = format!("{}-", control.alarms.namespace);
        let (mut alarms, mut token) = (BTreeMap::new(), None);
        for _ in 0..MOST_PAGES {
            let call =
                client.describe_alarms().alarm_name_prefix(&prefix).set_next_token(token.take()).send();
            let page = match self.ask("cloudwatch:DescribeAlarms", call, &[]).await {
                Fact::Present(page) => page,
                other => return other.map(|_| BTreeMap::new()),
            };
            for alarm in page.metric_alarms.unwrap_or_default() {
                let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "thresholds are small; a huge one saturates"
                )]
                let threshold_milli = (alarm.threshold.unwrap_or(0.0) * 1000.0).round() as i64;
                let found = Alarm {
                    namespace: alarm.namespace.unwrap_or_default(),
                    metric: alarm.metric_name.unwrap_or_default(),
                    statistic: text(alarm.statistic.as_ref().map(Statistic::as_str)),
                    comparison: text(alarm.comparison_operator.as_ref().map(ComparisonOperator::as_str)),
                    period: alarm.period.unwrap_or(0),
                    evaluations: alarm.evaluation_periods.unwrap_or(0),
                    threshold_milli,
                    enabled: alarm.actions_enabled != Some(false),
                    actions: alarm.alarm_actions.unwrap_or_default(),
                };
                alarms.insert(alarm.alarm_name.unwrap_or_default(), found);
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Fact::Present(alarms)
    }

    /// A topic in the trail's home Region, with its subscribers.
    pub(super) async fn topic(&self, arn: String, region: &str) -> Fact<Topic> {
        let client = aws_sdk_sns::Client::new(&self.region(region));
        let call = client.get_topic_attributes().topic_arn(&arn).send();
        let missing = ["NotFound", "NotFoundException"];
        let policy = match self.ask("sns:GetTopicAttributes", call, &missing).await {
            Fact::Present(answer) => {
                answer.attributes.and_then(|mut all| all.remove("Policy")).unwrap_or_default()
            }
            other => return other.map(|_| Topic::default()),
        };
        let (mut subscribers, mut token) = (BTreeMap::new(), None);
        for _ in 0..MOST_PAGES {
            let call =
                client.list_subscriptions_by_topic().topic_arn(&arn).set_next_token(token.take()).send();
            let page = match self.ask("sns:ListSubscriptionsByTopic", call, &missing).await {
                Fact::Present(page) => page,
                other => {
                    let subscribers = other.map(|_| BTreeMap::new());
                    return Fact::Present(Topic { arn, policy, subscribers });
                }
            };
            for found in page.subscriptions.unwrap_or_default() {
                let confirmed = found.subscription_arn.is_some_and(|arn| arn.starts_with("arn:"));
                subscribers.insert(found.endpoint.unwrap_or_default(), confirmed);
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Fact::Present(Topic { arn, policy, subscribers: Fact::Present(subscribers) })
    }
}
