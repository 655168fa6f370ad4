//! Trails.

use super::Reader;
use crate::account::{
    AdvancedSelector, DataResource, EventSelector, Fact, FieldSelector, Selectors, Status, Trail,
};
use crate::control::Control;
use crate::plan::selectors::{missing_by, wanted};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types as aws;
use std::collections::BTreeMap;
use trailward_model::{Clock as _, SystemClock};

/// Whether running trails of every Region record all that the control asks of its first. Data events are judged where the
/// trail is: in a member of an organization that has one, nobody asks for them.
fn everywhere(trails: &[Trail], control: &Control, partition: &str, account: &str) -> bool {
    let mut wanted = wanted(control, partition);
    if trails.iter().any(|trail| trail.organization && trail.owner() != account) {
        wanted.objects.clear();
        wanted.lambda = false;
    }
    missing_by(trails.iter().filter(|trail| trail.multi_region), &wanted).is_empty()
}

impl Reader {
    /// Every trail that shows in the control's home Region, with its state; the other Regions' own, where those are not enough
    /// for what every Region has to record. With them, what became of asking those.
    pub(super) async fn trails(
        &self,
        control: &Control,
        (partition, account): (&str, &str),
        regions: &[String],
    ) -> (Fact<Vec<Trail>>, BTreeMap<String, Fact<()>>) {
        let mut elsewhere = BTreeMap::new();
        let mut trails = match self.trails_of(control, &control.trail.region, true).await {
            Fact::Present(trails) => trails,
            other => return (other, elsewhere),
        };
        if control.trail.multi_region && !everywhere(&trails, control, partition, account) {
            let others = regions.iter().filter(|region| **region != control.trail.region);
            let each = others.map(async |region| (region, self.trails_of(control, region, false).await));
            for (region, found) in futures::future::join_all(each).await {
                elsewhere.insert(region.clone(), found.map(|found| trails.extend(found)));
            }
        }
        trails.sort_by(|a, b| a.arn.cmp(&b.arn));
        (Fact::Present(trails), elsewhere)
    }

    /// The trails of one Region, with those of others that show there if `shadows`. `DescribeTrails` is not paged.
    async fn trails_of(&self, control: &Control, region: &str, shadows: bool) -> Fact<Vec<Trail>> {
        let client = aws_sdk_cloudtrail::Client::new(&self.region(region));
        let call = client.describe_trails().include_shadow_trails(shadows).send();
        // A service that has no such Region takes no signature for it.
        let absent = if shadows { &[][..] } else { &["InvalidSignatureException"] };
        let answer = match self.ask("cloudtrail:DescribeTrails", call, absent).await {
            Fact::Present(answer) => answer,
            other => return other.map(|_| Vec::new()),
        };
        let insights = !control.events.insights.is_empty();
        let each = answer.trail_list.unwrap_or_default().into_iter().map(|trail| self.trail(trail, insights));
        Fact::Present(futures::future::join_all(each).await)
    }

    /// Whether somebody asked for the public keys in the last `days` days: a validation begins with it.
    pub(super) async fn validated(&self, control: &Control, days: u32) -> Fact<bool> {
        let client = aws_sdk_cloudtrail::Client::new(&self.region(&control.trail.region));
        let since = SystemClock.now().unix_timestamp() - i64::from(days) * 86_400;
        let attribute = aws::LookupAttribute::builder()
            .attribute_key(aws::LookupAttributeKey::EventName)
            .attribute_value("ListPublicKeys")
            .build();
        let call = client
            .lookup_events()
            .set_lookup_attributes(attribute.ok().map(|attribute| vec![attribute]))
            .start_time(DateTime::from_secs(since))
            .max_results(1)
            .send();
        self.ask("cloudtrail:LookupEvents", call, &[])
            .await
            .map(|answer| !answer.events.unwrap_or_default().is_empty())
    }

    async fn trail(&self, described: aws::Trail, with_insights: bool) -> Trail {
        let mut trail = Trail {
            name: described.name.unwrap_or_default(),
            arn: described.trail_arn.unwrap_or_default(),
            home: described.home_region.unwrap_or_default(),
            bucket: described.s3_bucket_name.unwrap_or_default(),
            prefix: described.s3_key_prefix.unwrap_or_default(),
            key: described.kms_key_id.unwrap_or_default(),
            log_group: described.cloud_watch_logs_log_group_arn.unwrap_or_default(),
            log_role: described.cloud_watch_logs_role_arn.unwrap_or_default(),
            topic: described.sns_topic_arn.unwrap_or_default(),
            multi_region: described.is_multi_region_trail == Some(true),
            organization: described.is_organization_trail == Some(true),
            validation: described.log_file_validation_enabled == Some(true),
            global_events: described.include_global_service_events == Some(true),
            ..Trail::default()
        };
        // Asked in the home Region, which is the only one that every service answers alike in.
        let client = aws_sdk_cloudtrail::Client::new(&self.region(&trail.home));
        let status = self.ask(
            "cloudtrail:GetTrailStatus",
            client.get_trail_status().name(&trail.arn).send(),
            &["TrailNotFoundException"],
        );
        let selectors = self.ask(
            "cloudtrail:GetEventSelectors",
            client.get_event_selectors().trail_name(&trail.arn).send(),
            &["TrailNotFoundException"],
        );
        let insights = async {
            if !with_insights {
                return Fact::NotAsked;
            }
            let call = client.get_insight_selectors().trail_name(&trail.arn).send();
            self.ask("cloudtrail:GetInsightSelectors", call, &["InsightNotEnabledException"]).await
        };
        let (status, selectors, insights) = futures::join!(status, selectors, insights);
        trail.status = status.map(|answer| Status {
            logging: answer.is_logging == Some(true),
            delivery_error: answer.latest_delivery_error.unwrap_or_default(),
            digest_error: answer.latest_digest_delivery_error.unwrap_or_default(),
            log_group_error: answer.latest_cloud_watch_logs_delivery_error.unwrap_or_default(),
            notification_error: answer.latest_notification_error.unwrap_or_default(),
        });
        trail.selectors = selectors.map(|answer| Selectors {
            event_selectors: answer.event_selectors.unwrap_or_default().into_iter().map(basic).collect(),
            advanced_event_selectors: answer
                .advanced_event_selectors
                .unwrap_or_default()
                .into_iter()
                .map(advanced)
                .collect(),
        });
        trail.insights = insights.map(|answer| {
            let kinds = answer.insight_selectors.unwrap_or_default().into_iter();
            kinds.filter_map(|s| s.insight_type).map(|kind| kind.as_str().to_owned()).collect()
        });
        trail
    }
}

fn basic(selector: aws::EventSelector) -> EventSelector {
    EventSelector {
        read_write_type: selector.read_write_type.map_or_else(|| "All".into(), |t| t.as_str().to_owned()),
        include_management_events: selector.include_management_events != Some(false),
        data_resources: selector
            .data_resources
            .unwrap_or_default()
            .into_iter()
            .map(|r| DataResource {
                kind: r.r#type.unwrap_or_default(),
                values: r.values.unwrap_or_default(),
            })
            .collect(),
        exclude_management_event_sources: selector.exclude_management_event_sources.unwrap_or_default(),
    }
}

fn advanced(selector: aws::AdvancedEventSelector) -> AdvancedSelector {
    AdvancedSelector {
        name: selector.name,
        field_selectors: selector
            .field_selectors
            .into_iter()
            .map(|f| FieldSelector {
                field: f.field,
                equals: f.equals.unwrap_or_default(),
                starts_with: f.starts_with.unwrap_or_default(),
                ends_with: f.ends_with.unwrap_or_default(),
                not_equals: f.not_equals.unwrap_or_default(),
                not_starts_with: f.not_starts_with.unwrap_or_default(),
                not_ends_with: f.not_ends_with.unwrap_or_default(),
            })
            .collect(),
    }
}
