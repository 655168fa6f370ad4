//! Basic event selectors, and what both kinds share: which records a trail wants.
//!
//! Source: CloudTrail API reference, `EventSelector`, `DataResource`; user guide, "Logging data events".

use crate::RecordView;
use crate::advanced::{AdvancedEventSelector, check_advanced};
use serde::{Deserialize, Serialize};

const MAX_SELECTORS: usize = 5;
const MAX_VALUES: usize = 250;
const S3_OBJECT: &str = "AWS::S3::Object";
const LAMBDA_FUNCTION: &str = "AWS::Lambda::Function";
const DYNAMODB_TABLE: &str = "AWS::DynamoDB::Table";

/// A selector that breaks a rule; the text says which, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub String);

/// What a trail selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selectors {
    /// Management events and three kinds of data resources.
    Basic(Vec<EventSelector>),
    /// Conditions on named fields.
    Advanced(Vec<AdvancedEventSelector>),
}

/// Which of reads and writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadWriteType {
    /// Events that change nothing.
    ReadOnly,
    /// Events that change something.
    WriteOnly,
    /// Both.
    #[default]
    All,
}

/// One basic selector. Spelled as on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSelector {
    /// Default `All`.
    #[serde(default)]
    pub read_write_type: ReadWriteType,
    /// Default true.
    #[serde(default = "yes")]
    pub include_management_events: bool,
    /// Data events wanted.
    #[serde(default)]
    pub data_resources: Vec<DataResource>,
    /// `kms.amazonaws.com`, `rdsdata.amazonaws.com`.
    #[serde(default)]
    pub exclude_management_event_sources: Vec<String>,
}

/// Data resources of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataResource {
    /// `AWS::S3::Object`, `AWS::Lambda::Function` or `AWS::DynamoDB::Table`.
    #[serde(rename = "Type", default)]
    pub kind: String,
    /// ARNs; S3's are prefixes. Empty selects nothing.
    #[serde(default)]
    pub values: Vec<String>,
}

fn yes() -> bool {
    true
}

impl Default for EventSelector {
    fn default() -> Self {
        Self {
            read_write_type: ReadWriteType::All,
            include_management_events: true,
            data_resources: Vec::new(),
            exclude_management_event_sources: Vec::new(),
        }
    }
}

impl Default for Selectors {
    /// All management events, no data events: what a trail selects until it is told otherwise.
    fn default() -> Self {
        Self::Basic(vec![EventSelector::default()])
    }
}

impl Selectors {
    /// Checks every rule and limit that `PutEventSelectors` enforces.
    pub fn check(&self) -> Result<(), SelectorError> {
        match self {
            Self::Basic(selectors) => check_basic(selectors),
            Self::Advanced(selectors) => check_advanced(selectors),
        }
    }

    /// Whether a trail with these selectors wants `record`. Selectors are alternatives: one match is enough.
    pub fn matches(&self, record: &RecordView<'_>) -> bool {
        match self {
            Self::Basic(selectors) => selectors.iter().any(|s| s.matches(record)),
            Self::Advanced(selectors) => selectors.iter().any(|s| s.matches(record)),
        }
    }
}

impl EventSelector {
    fn matches(&self, record: &RecordView<'_>) -> bool {
        let direction = match self.read_write_type {
            ReadWriteType::All => true,
            ReadWriteType::ReadOnly => record.read_only == Some(true),
            ReadWriteType::WriteOnly => record.read_only != Some(true),
        };
        direction
            && match record.category() {
                "Management" => {
                    self.include_management_events
                        && !self.exclude_management_event_sources.iter().any(|s| *s == record.event_source)
                }
                "Data" => self.data_resources.iter().any(|r| r.matches(record)),
                _ => false,
            }
    }
}

impl DataResource {
    fn matches(&self, record: &RecordView<'_>) -> bool {
        let touched = record.resources.iter().flatten().filter(|r| r.kind.as_deref() == Some(&self.kind));
        let mut names = touched.filter_map(|r| r.arn.as_deref().or(r.arn_prefix.as_deref()));
        names.any(|name| self.values.iter().any(|value| self.value_matches(value, name)))
    }

    fn value_matches(&self, value: &str, name: &str) -> bool {
        match self.kind.as_str() {
            S3_OBJECT => {
                value == "arn:aws:s3"
                    || value == "arn:aws:s3:::"
                    || (value.starts_with("arn:aws:s3:::") && name.starts_with(value))
            }
            LAMBDA_FUNCTION => value == "arn:aws:lambda" || value == name,
            DYNAMODB_TABLE => {
                value == "arn:aws:dynamodb"
                    || value == name
                    || name.strip_prefix(value).is_some_and(|rest| rest.starts_with('/'))
            }
            _ => false,
        }
    }
}

fn check_basic(selectors: &[EventSelector]) -> Result<(), SelectorError> {
    let fail = |text: String| Err(SelectorError(text));
    if selectors.is_empty() || selectors.len() > MAX_SELECTORS {
        return fail(format!(
            "The number of event selectors must be between 1 and {MAX_SELECTORS}. Specified: {}.",
            selectors.len()
        ));
    }
    let mut counted = 0;
    for selector in selectors {
        for source in &selector.exclude_management_event_sources {
            if source != "kms.amazonaws.com" && source != "rdsdata.amazonaws.com" {
                return fail(format!(
                    "ExcludeManagementEventSources must be kms.amazonaws.com or rdsdata.amazonaws.com. Specified: {source}."
                ));
            }
        }
        if !selector.include_management_events && selector.data_resources.is_empty() {
            return fail(
                "The event selector must include management events or at least one data resource.".into(),
            );
        }
        if !selector.include_management_events && !selector.exclude_management_event_sources.is_empty() {
            return fail(
                "ExcludeManagementEventSources can be set only when IncludeManagementEvents is true.".into(),
            );
        }
        for resource in &selector.data_resources {
            counted += check_resource(resource)?;
        }
    }
    if counted > MAX_VALUES {
        return fail(format!(
            "The total number of data resource values must not exceed {MAX_VALUES}. Specified: {counted}."
        ));
    }
    Ok(())
}

/// Checks one data resource; returns how many of its values count toward the limit.
fn check_resource(resource: &DataResource) -> Result<usize, SelectorError> {
    let all = match resource.kind.as_str() {
        S3_OBJECT => "arn:aws:s3",
        LAMBDA_FUNCTION => "arn:aws:lambda",
        DYNAMODB_TABLE => "arn:aws:dynamodb",
        other => {
            return Err(SelectorError(format!(
                "The data resource type {other} is not valid. Valid types: {S3_OBJECT}, {LAMBDA_FUNCTION}, {DYNAMODB_TABLE}."
            )));
        }
    };
    let mut counted = 0;
    for value in &resource.values {
        if value == all || (resource.kind == S3_OBJECT && value == "arn:aws:s3:::") {
            continue;
        }
        counted += 1;
        let valid = match resource.kind.as_str() {
            S3_OBJECT => value
                .strip_prefix("arn:aws:s3:::")
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(bucket, _)| (3..=63).contains(&bucket.len())),
            _ => value.strip_prefix(all).is_some_and(|rest| {
                rest.starts_with(':') && value.parse::<crate::Arn>().is_ok_and(|arn| !arn.account.is_empty())
            }),
        };
        if !valid {
            return Err(SelectorError(format!(
                "Value {value} for DataResources.Values is not valid for type {}.",
                resource.kind
            )));
        }
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(json: &str) -> RecordView<'_> {
        RecordView::parse(json.as_bytes()).unwrap()
    }

    const PUT: &str = r#"{"eventCategory":"Data","readOnly":false,"eventSource":"s3.amazonaws.com",
        "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::logs/a/b"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::logs"}]}"#;
    const LIST: &str = r#"{"eventCategory":"Data","readOnly":true,"eventSource":"s3.amazonaws.com",
        "resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::logs/"}]}"#;
    const DECRYPT: &str =
        r#"{"eventCategory":"Management","readOnly":true,"eventSource":"kms.amazonaws.com"}"#;
    const INVOKE: &str = r#"{"eventCategory":"Data","readOnly":false,"eventSource":"lambda.amazonaws.com",
        "resources":[{"type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:us-east-1:111122223333:function:f"}]}"#;

    fn basic(json: &str) -> Selectors {
        Selectors::Basic(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn selects_by_category_direction_and_resource() {
        let default = Selectors::default();
        assert!(default.matches(&view(DECRYPT)));
        assert!(!default.matches(&view(PUT)));
        let cases = [
            (
                r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]"#,
                [true, true, true, false],
            ),
            (
                r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::logs/a/"]}]}]"#,
                [true, false, true, false],
            ),
            (
                r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::log/"]}]}]"#,
                [false, false, true, false],
            ),
            (r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":[]}]}]"#, [false, false, true, false]),
            (
                r#"[{"ReadWriteType":"WriteOnly","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]"#,
                [true, false, false, false],
            ),
            (
                r#"[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":false,"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]"#,
                [false, true, false, false],
            ),
            (r#"[{"ExcludeManagementEventSources":["kms.amazonaws.com"]}]"#, [false, false, false, false]),
            (
                r#"[{"DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda:us-east-1:111122223333:function:f"]}]}]"#,
                [false, false, true, true],
            ),
            (
                r#"[{"DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda:us-east-1:111122223333:function:fu"]}]}]"#,
                [false, false, true, false],
            ),
        ];
        for (json, expected) in cases {
            let selectors = basic(json);
            selectors.check().unwrap();
            let got = [PUT, LIST, DECRYPT, INVOKE].map(|r| selectors.matches(&view(r)));
            assert_eq!(got, expected, "{json}");
        }
    }

    #[test]
    fn refuses_what_aws_refuses() {
        let many = format!(
            r#"[{{"DataResources":[{{"Type":"AWS::S3::Object","Values":[{}]}}]}}]"#,
            vec![r#""arn:aws:s3:::bucket/x""#; 251].join(",")
        );
        for json in [
            "[]",
            "[{},{},{},{},{},{}]",
            r#"[{"IncludeManagementEvents":false}]"#,
            r#"[{"ExcludeManagementEventSources":["s3.amazonaws.com"]}]"#,
            r#"[{"IncludeManagementEvents":false,"ExcludeManagementEventSources":["kms.amazonaws.com"],"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]"#,
            r#"[{"DataResources":[{"Type":"AWS::SNS::Topic","Values":["arn:aws:sns"]}]}]"#,
            r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::bucket"]}]}]"#,
            r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["bucket/"]}]}]"#,
            r#"[{"DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda:x"]}]}]"#,
            &many,
        ] {
            assert!(basic(json).check().is_err(), "{json}");
        }
    }
}
