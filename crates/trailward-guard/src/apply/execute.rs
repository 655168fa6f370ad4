//! Every call that a plan can have, made with the AWS SDK's clients. Nothing else can be made: no call here deletes
//! anything.

use super::input::Input;
use super::s3;
use crate::account::{Reader, Selectors};
use crate::aws::{ReadError, found};
use crate::plan::Call;
use aws_sdk_cloudtrail::types as trail;
use serde_json::Value;

type Done = Result<(), ReadError>;

/// Makes the call.
pub(super) async fn execute(reader: &Reader, call: &Call) -> Done {
    let input = Input::of(call);
    match call.service.as_str() {
        "s3api" => s3::execute(&reader.s3(&call.region), call, input).await,
        "s3control" => s3::execute_control(&reader.s3_control(&call.region), call, input).await,
        "cloudtrail" => cloudtrail(reader, call, input).await,
        "kms" => kms(reader, call, input).await,
        "iam" => iam(reader, call, input).await,
        "logs" => logs(reader, call, input).await,
        "cloudwatch" => cloudwatch(reader, call, input).await,
        "sns" => sns(reader, call, input).await,
        "organizations" => organizations(reader, call, input).await,
        _ => unknown(call),
    }
}

pub(super) fn unknown(call: &Call) -> Done {
    let problem = format!("{} {} is no call of a plan", call.service, call.operation);
    Err(ReadError { action: "plan", code: None, problem })
}

async fn cloudtrail(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_cloudtrail::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "CreateTrail" => {
            let request = client
                .create_trail()
                .name(input.text("Name")?)
                .s3_bucket_name(input.text("S3BucketName")?)
                .set_s3_key_prefix(input.maybe_text("S3KeyPrefix"))
                .set_sns_topic_name(input.maybe_text("SnsTopicName"))
                .set_include_global_service_events(input.flag("IncludeGlobalServiceEvents"))
                .set_is_multi_region_trail(input.flag("IsMultiRegionTrail"))
                .set_enable_log_file_validation(input.flag("EnableLogFileValidation"))
                .set_is_organization_trail(input.flag("IsOrganizationTrail"))
                .set_kms_key_id(input.maybe_text("KmsKeyId"))
                .set_cloud_watch_logs_log_group_arn(input.maybe_text("CloudWatchLogsLogGroupArn"))
                .set_cloud_watch_logs_role_arn(input.maybe_text("CloudWatchLogsRoleArn"));
            found("cloudtrail:CreateTrail", request.send().await, &[])?;
        }
        "UpdateTrail" => {
            let request = client
                .update_trail()
                .name(input.text("Name")?)
                .set_s3_bucket_name(input.maybe_text("S3BucketName"))
                .set_s3_key_prefix(input.maybe_text("S3KeyPrefix"))
                .set_sns_topic_name(input.maybe_text("SnsTopicName"))
                .set_include_global_service_events(input.flag("IncludeGlobalServiceEvents"))
                .set_is_multi_region_trail(input.flag("IsMultiRegionTrail"))
                .set_enable_log_file_validation(input.flag("EnableLogFileValidation"))
                .set_is_organization_trail(input.flag("IsOrganizationTrail"))
                .set_kms_key_id(input.maybe_text("KmsKeyId"))
                .set_cloud_watch_logs_log_group_arn(input.maybe_text("CloudWatchLogsLogGroupArn"))
                .set_cloud_watch_logs_role_arn(input.maybe_text("CloudWatchLogsRoleArn"));
            found("cloudtrail:UpdateTrail", request.send().await, &[])?;
        }
        "StartLogging" => {
            let request = client.start_logging().name(input.text("Name")?);
            found("cloudtrail:StartLogging", request.send().await, &[])?;
        }
        "PutEventSelectors" => {
            let selectors: Selectors = input.structure("")?;
            let mut request = client.put_event_selectors().trail_name(input.text("TrailName")?);
            for selector in selectors.event_selectors {
                request = request.event_selectors(basic(selector));
            }
            for selector in selectors.advanced_event_selectors {
                let built = advanced(selector).ok_or_else(|| input.wrong("AdvancedEventSelectors"))?;
                request = request.advanced_event_selectors(built);
            }
            found("cloudtrail:PutEventSelectors", request.send().await, &[])?;
        }
        "PutInsightSelectors" => {
            let mut request = client.put_insight_selectors().trail_name(input.text("TrailName")?);
            for selector in input.at("/InsightSelectors").and_then(Value::as_array).into_iter().flatten() {
                let kind = selector.get("InsightType").and_then(Value::as_str).unwrap_or_default();
                let selector = trail::InsightSelector::builder().insight_type(kind.into()).build();
                request = request.insight_selectors(selector);
            }
            found("cloudtrail:PutInsightSelectors", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

fn basic(selector: crate::account::EventSelector) -> trail::EventSelector {
    let resources = selector.data_resources.into_iter().map(|resource| {
        trail::DataResource::builder().r#type(resource.kind).set_values(Some(resource.values)).build()
    });
    trail::EventSelector::builder()
        .read_write_type(selector.read_write_type.as_str().into())
        .include_management_events(selector.include_management_events)
        .set_data_resources(Some(resources.collect()))
        .set_exclude_management_event_sources(Some(selector.exclude_management_event_sources))
        .build()
}

fn advanced(selector: crate::account::AdvancedSelector) -> Option<trail::AdvancedEventSelector> {
    let some = |values: Vec<String>| (!values.is_empty()).then_some(values);
    let mut builder = trail::AdvancedEventSelector::builder().set_name(selector.name);
    for field in selector.field_selectors {
        let field = trail::AdvancedFieldSelector::builder()
            .field(field.field)
            .set_equals(some(field.equals))
            .set_starts_with(some(field.starts_with))
            .set_ends_with(some(field.ends_with))
            .set_not_equals(some(field.not_equals))
            .set_not_starts_with(some(field.not_starts_with))
            .set_not_ends_with(some(field.not_ends_with));
        builder = builder.field_selectors(field.build().ok()?);
    }
    builder.build().ok()
}

async fn kms(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_kms::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "CreateKey" => {
            let mut request = client
                .create_key()
                .set_description(input.maybe_text("Description"))
                .policy(input.text("Policy")?);
            for tag in input.at("/Tags").and_then(Value::as_array).into_iter().flatten() {
                let text = |name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default();
                let tag =
                    aws_sdk_kms::types::Tag::builder().tag_key(text("TagKey")).tag_value(text("TagValue"));
                request = request.tags(tag.build().map_err(|_| input.wrong("Tags"))?);
            }
            found("kms:CreateKey", request.send().await, &[])?;
        }
        "CreateAlias" => {
            let request = client
                .create_alias()
                .alias_name(input.text("AliasName")?)
                .target_key_id(input.text("TargetKeyId")?);
            found("kms:CreateAlias", request.send().await, &[])?;
        }
        "EnableKeyRotation" => {
            let request = client.enable_key_rotation().key_id(input.text("KeyId")?);
            found("kms:EnableKeyRotation", request.send().await, &[])?;
        }
        "CancelKeyDeletion" => {
            let request = client.cancel_key_deletion().key_id(input.text("KeyId")?);
            found("kms:CancelKeyDeletion", request.send().await, &[])?;
        }
        "EnableKey" => {
            let request = client.enable_key().key_id(input.text("KeyId")?);
            found("kms:EnableKey", request.send().await, &[])?;
        }
        "PutKeyPolicy" => {
            let request = client
                .put_key_policy()
                .key_id(input.text("KeyId")?)
                .policy_name(input.text("PolicyName")?)
                .policy(input.text("Policy")?);
            found("kms:PutKeyPolicy", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

async fn iam(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_iam::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "CreateRole" => {
            let request = client
                .create_role()
                .role_name(input.text("RoleName")?)
                .assume_role_policy_document(input.text("AssumeRolePolicyDocument")?);
            found("iam:CreateRole", request.send().await, &[])?;
        }
        "UpdateAssumeRolePolicy" => {
            let request = client
                .update_assume_role_policy()
                .role_name(input.text("RoleName")?)
                .policy_document(input.text("PolicyDocument")?);
            found("iam:UpdateAssumeRolePolicy", request.send().await, &[])?;
        }
        "PutRolePolicy" => {
            let request = client
                .put_role_policy()
                .role_name(input.text("RoleName")?)
                .policy_name(input.text("PolicyName")?)
                .policy_document(input.text("PolicyDocument")?);
            found("iam:PutRolePolicy", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

async fn logs(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_cloudwatchlogs::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "CreateLogGroup" => {
            let request = client.create_log_group().log_group_name(input.text("logGroupName")?);
            found("logs:CreateLogGroup", request.send().await, &[])?;
        }
        "PutRetentionPolicy" => {
            let request = client
                .put_retention_policy()
                .log_group_name(input.text("logGroupName")?)
                .retention_in_days(input.number("retentionInDays")?);
            found("logs:PutRetentionPolicy", request.send().await, &[])?;
        }
        "PutMetricFilter" => {
            let transformation = aws_sdk_cloudwatchlogs::types::MetricTransformation::builder()
                .metric_name(input.text_at("/metricTransformations/0/metricName")?)
                .metric_namespace(input.text_at("/metricTransformations/0/metricNamespace")?)
                .metric_value(input.text_at("/metricTransformations/0/metricValue")?)
                .build()
                .map_err(|_| input.wrong("metricTransformations"))?;
            let request = client
                .put_metric_filter()
                .log_group_name(input.text("logGroupName")?)
                .filter_name(input.text("filterName")?)
                .filter_pattern(input.text("filterPattern")?)
                .metric_transformations(transformation);
            found("logs:PutMetricFilter", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

async fn cloudwatch(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    if call.operation != "PutMetricAlarm" {
        return unknown(call);
    }
    let client = aws_sdk_cloudwatch::Client::new(&reader.region(&call.region));
    let request = client
        .put_metric_alarm()
        .alarm_name(input.text("AlarmName")?)
        .set_alarm_description(input.maybe_text("AlarmDescription"))
        .namespace(input.text("Namespace")?)
        .metric_name(input.text("MetricName")?)
        .statistic(input.text("Statistic")?.as_str().into())
        .period(input.number("Period")?)
        .evaluation_periods(input.number("EvaluationPeriods")?)
        .set_threshold(input.at("/Threshold").and_then(Value::as_f64))
        .comparison_operator(input.text("ComparisonOperator")?.as_str().into())
        .set_treat_missing_data(input.maybe_text("TreatMissingData"))
        .set_actions_enabled(input.flag("ActionsEnabled"))
        .set_alarm_actions(Some(input.texts("AlarmActions")));
    found("cloudwatch:PutMetricAlarm", request.send().await, &[])?;
    Ok(())
}

async fn sns(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_sns::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "CreateTopic" => {
            let request = client.create_topic().name(input.text("Name")?);
            found("sns:CreateTopic", request.send().await, &[])?;
        }
        "SetTopicAttributes" => {
            let request = client
                .set_topic_attributes()
                .topic_arn(input.text("TopicArn")?)
                .attribute_name(input.text("AttributeName")?)
                .attribute_value(input.text("AttributeValue")?);
            found("sns:SetTopicAttributes", request.send().await, &[])?;
        }
        "Subscribe" => {
            let request = client
                .subscribe()
                .topic_arn(input.text("TopicArn")?)
                .protocol(input.text("Protocol")?)
                .endpoint(input.text("Endpoint")?);
            found("sns:Subscribe", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

async fn organizations(reader: &Reader, call: &Call, input: Input<'_>) -> Done {
    let client = aws_sdk_organizations::Client::new(&reader.region(&call.region));
    match call.operation.as_str() {
        "EnableAWSServiceAccess" => {
            let request =
                client.enable_aws_service_access().service_principal(input.text("ServicePrincipal")?);
            found("organizations:EnableAWSServiceAccess", request.send().await, &[])?;
        }
        "EnablePolicyType" => {
            let request = client
                .enable_policy_type()
                .root_id(input.text("RootId")?)
                .policy_type(input.text("PolicyType")?.as_str().into());
            found("organizations:EnablePolicyType", request.send().await, &[])?;
        }
        "CreatePolicy" => {
            let request = client
                .create_policy()
                .name(input.text("Name")?)
                .r#type(input.text("Type")?.as_str().into())
                .description(input.text("Description")?)
                .content(input.text("Content")?);
            found("organizations:CreatePolicy", request.send().await, &[])?;
        }
        "UpdatePolicy" => {
            let request =
                client.update_policy().policy_id(input.text("PolicyId")?).content(input.text("Content")?);
            found("organizations:UpdatePolicy", request.send().await, &[])?;
        }
        "AttachPolicy" => {
            let request =
                client.attach_policy().policy_id(input.text("PolicyId")?).target_id(input.text("TargetId")?);
            found("organizations:AttachPolicy", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}
