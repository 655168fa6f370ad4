//! Advanced event selectors.
//!
//! Source: CloudTrail API reference, `AdvancedEventSelector`, `AdvancedFieldSelector`.

use crate::RecordView;
use crate::selector::SelectorError;
use serde::{Deserialize, Serialize};

const MAX_VALUES: usize = 500;
const MAX_VALUE_LENGTH: usize = 2048;
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// One advanced selector: all its field selectors must hold. Spelled as on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedEventSelector {
    /// At most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Conditions.
    #[serde(default)]
    pub field_selectors: Vec<AdvancedFieldSelector>,
}

/// A condition on one field. Values of a positive operator are alternatives; all values of a negative one must fail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AdvancedFieldSelector {
    /// The field's name.
    pub field: String,
    /// Equal to one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<Vec<String>>,
    /// Begins with one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<Vec<String>>,
    /// Ends with one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<Vec<String>>,
    /// Equal to none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<Vec<String>>,
    /// Begins with none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_starts_with: Option<Vec<String>>,
    /// Ends with none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ends_with: Option<Vec<String>>,
}

impl AdvancedEventSelector {
    pub(crate) fn matches(&self, record: &RecordView<'_>) -> bool {
        self.field_selectors.iter().all(|field| field.matches(record))
    }

    fn field(&self, name: &str) -> Option<&AdvancedFieldSelector> {
        self.field_selectors.iter().find(|f| f.field == name)
    }
}

impl AdvancedFieldSelector {
    fn matches(&self, record: &RecordView<'_>) -> bool {
        if self.field == "resources.type" || self.field == "resources.ARN" {
            // One resource of several is enough for a positive operator; a negative one must hold for all.
            let values: Vec<&str> = record
                .resources
                .iter()
                .flatten()
                .filter_map(|r| match self.field.as_str() {
                    "resources.type" => r.kind.as_deref(),
                    _ => r.arn.as_deref().or(r.arn_prefix.as_deref()),
                })
                .collect();
            let positive = !self.has_positive() || values.iter().any(|v| self.positive(v));
            return positive && values.iter().all(|v| self.negative(v));
        }
        let read_only = record.read_only.map(|r| if r { "true" } else { "false" });
        let value = match self.field.as_str() {
            "eventCategory" => Some(record.category()),
            "eventSource" => Some(&*record.event_source),
            "eventName" => Some(&*record.event_name),
            "eventType" => Some(&*record.event_type),
            "readOnly" => read_only,
            "errorCode" => record.error_code.as_deref(),
            "vpcEndpointId" => record.vpc_endpoint_id.as_deref(),
            "sessionCredentialFromConsole" => record.session_credential_from_console.as_deref(),
            "userIdentity.arn" => record.user_identity.as_ref().and_then(|u| u.arn.as_deref()),
            _ => None,
        };
        match value {
            Some(value) => (!self.has_positive() || self.positive(value)) && self.negative(value),
            None => !self.has_positive(),
        }
    }

    fn has_positive(&self) -> bool {
        self.equals.is_some() || self.starts_with.is_some() || self.ends_with.is_some()
    }

    fn positive(&self, value: &str) -> bool {
        let any = |list: &Option<Vec<String>>, test: &dyn Fn(&str) -> bool| {
            list.iter().flatten().any(|wanted| test(wanted))
        };
        any(&self.equals, &|w| value == w)
            || any(&self.starts_with, &|w| value.starts_with(w))
            || any(&self.ends_with, &|w| value.ends_with(w))
    }

    fn negative(&self, value: &str) -> bool {
        let none = |list: &Option<Vec<String>>, test: &dyn Fn(&str) -> bool| {
            !list.iter().flatten().any(|unwanted| test(unwanted))
        };
        none(&self.not_equals, &|w| value == w)
            && none(&self.not_starts_with, &|w| value.starts_with(w))
            && none(&self.not_ends_with, &|w| value.ends_with(w))
    }

    fn operators(&self) -> [(&'static str, Option<&Vec<String>>); 6] {
        [
            ("Equals", self.equals.as_ref()),
            ("StartsWith", self.starts_with.as_ref()),
            ("EndsWith", self.ends_with.as_ref()),
            ("NotEquals", self.not_equals.as_ref()),
            ("NotStartsWith", self.not_starts_with.as_ref()),
            ("NotEndsWith", self.not_ends_with.as_ref()),
        ]
    }

    fn only_equals(&self) -> bool {
        self.operators().iter().all(|(name, values)| *name == "Equals" || values.is_none())
    }

    fn values(&self) -> impl Iterator<Item = &String> {
        self.operators().into_iter().filter_map(|(_, values)| values).flatten()
    }
}

/// Checks the rules for trails: categories, fields, operators and limits.
pub(crate) fn check_advanced(selectors: &[AdvancedEventSelector]) -> Result<(), SelectorError> {
    let fail = |text: String| Err(SelectorError(text));
    if selectors.is_empty() {
        return fail("At least one advanced event selector is required.".into());
    }
    let mut total = 0;
    for selector in selectors {
        if selector.name.as_ref().is_some_and(|n| n.chars().count() > 1000) {
            return fail("The name of an advanced event selector must not exceed 1000 characters.".into());
        }
        total += check_one(selector)?;
    }
    if total > MAX_VALUES {
        return fail(format!(
            "The total number of values for all conditions must not exceed {MAX_VALUES}. Specified: {total}."
        ));
    }
    Ok(())
}

fn check_one(selector: &AdvancedEventSelector) -> Result<usize, SelectorError> {
    let fail = |text: String| Err(SelectorError(text));
    let mut total = 0;
    for (index, field) in selector.field_selectors.iter().enumerate() {
        if selector.field_selectors.iter().take(index).any(|earlier| earlier.field == field.field) {
            return fail(format!("The field {} is specified more than once in a selector.", field.field));
        }
        if field.operators().iter().all(|(_, values)| values.is_none()) {
            return fail(format!("The field {} has no operator.", field.field));
        }
        for (operator, values) in field.operators() {
            let Some(values) = values else { continue };
            if values.is_empty() {
                return fail(format!("{operator} of the field {} has no value.", field.field));
            }
            if values.iter().any(|v| v.is_empty() || v.len() > MAX_VALUE_LENGTH) {
                return fail(format!(
                    "{operator} of the field {} has a value that is empty or too long.",
                    field.field
                ));
            }
            total += values.len();
        }
    }
    let category = match selector.field("eventCategory") {
        Some(field) if field.only_equals() && field.values().count() == 1 => {
            field.values().next().map_or("", String::as_str)
        }
        Some(_) => return fail("The field eventCategory takes one value with Equals.".into()),
        None => return fail("The field eventCategory is required in every selector.".into()),
    };
    let (required, optional): (&[&str], &[&str]) = match category {
        "Management" => (&[], &["eventSource", "readOnly"]),
        "Data" => (
            &["resources.type"],
            &[
                "eventName",
                "eventSource",
                "eventType",
                "readOnly",
                "resources.ARN",
                "sessionCredentialFromConsole",
                "userIdentity.arn",
            ],
        ),
        "NetworkActivity" => {
            (&["eventSource"], &["eventName", "errorCode", "vpcEndpointId", "userIdentity.arn"])
        }
        other => return fail(format!("The eventCategory {other} is not valid for trails.")),
    };
    for name in required {
        if selector.field(name).is_none() {
            return fail(format!("The field {name} is required for eventCategory {category}."));
        }
    }
    for field in &selector.field_selectors {
        let name = field.field.as_str();
        if name != "eventCategory" && !required.contains(&name) && !optional.contains(&name) {
            return fail(format!("The field {name} is not valid for eventCategory {category}."));
        }
        check_operators(category, field)?;
    }
    Ok(total)
}

fn check_operators(category: &str, field: &AdvancedFieldSelector) -> Result<(), SelectorError> {
    let one_equals = || field.only_equals() && field.values().count() == 1;
    let all = |test: &dyn Fn(&str) -> bool| field.values().all(|value| test(value));
    let (holds, rule) = match (category, field.field.as_str()) {
        (_, "readOnly") => (
            field.only_equals() && all(&|v| v == "true" || v == "false"),
            "The field readOnly takes only Equals with true or false.",
        ),
        (_, "resources.type") => (
            one_equals() && all(&|v| v.starts_with("AWS::") && v.split("::").count() == 3),
            "The field resources.type takes only Equals with one resource type.",
        ),
        ("NetworkActivity", "eventSource") => (
            one_equals() && all(&|v| v.ends_with(".amazonaws.com")),
            "The field eventSource takes only Equals with one event source.",
        ),
        ("NetworkActivity", "errorCode") => (
            one_equals() && all(&|v| v == "VpceAccessDenied"),
            "The field errorCode takes only Equals with VpceAccessDenied.",
        ),
        ("Management", "eventSource") => {
            let operators = field.operators();
            let allowed =
                operators.iter().all(|(name, v)| v.is_none() || *name == "Equals" || *name == "NotEquals");
            (
                allowed && field.not_equals.iter().flatten().all(|v| EXCLUDABLE.contains(&v.as_str())),
                "The field eventSource takes Equals, or NotEquals with kms.amazonaws.com or rdsdata.amazonaws.com.",
            )
        }
        _ => return Ok(()),
    };
    if holds { Ok(()) } else { Err(SelectorError(rule.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selector::Selectors;

    fn advanced(json: &str) -> Selectors {
        Selectors::Advanced(serde_json::from_str(json).unwrap())
    }

    fn wants(selector: &str, record: &str) -> bool {
        let selectors = advanced(selector);
        selectors.check().unwrap();
        selectors.matches(&RecordView::parse(record.as_bytes()).unwrap())
    }

    #[test]
    fn fields_are_and_values_are_or() {
        let record = r#"{"eventCategory":"Data","readOnly":false,"eventName":"DeleteObject","eventSource":"s3.amazonaws.com",
            "userIdentity":{"arn":"arn:aws:iam::1:user/eve"},
            "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::logs/a.gz"}]}"#;
        let data = r#"{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}"#;
        let cases = [
            ("", true),
            (r#",{"Field":"readOnly","Equals":["true"]}"#, false),
            (r#",{"Field":"eventName","StartsWith":["Put","Delete"]}"#, true),
            (r#",{"Field":"eventName","NotStartsWith":["Put","Delete"]}"#, false),
            (
                r#",{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::logs/"],"NotEndsWith":[".txt"]}"#,
                true,
            ),
            (
                r#",{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::logs/"],"NotEndsWith":[".gz"]}"#,
                false,
            ),
            (r#",{"Field":"userIdentity.arn","NotEquals":["arn:aws:iam::1:user/eve"]}"#, false),
            (r#",{"Field":"sessionCredentialFromConsole","Equals":["true"]}"#, false),
            (r#",{"Field":"sessionCredentialFromConsole","NotEquals":["true"]}"#, true),
        ];
        for (extra, expected) in cases {
            assert_eq!(
                wants(&format!(r#"[{{"FieldSelectors":[{data}{extra}]}}]"#), record),
                expected,
                "{extra}"
            );
        }
        let kms = r#"{"eventCategory":"Management","eventSource":"kms.amazonaws.com","readOnly":true}"#;
        let exclude = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]}]"#;
        assert!(!wants(exclude, kms));
    }

    #[test]
    fn refuses_what_aws_refuses() {
        let many: Vec<String> = (0..501).map(|n| format!("\"e{n}\"")).collect();
        let many = format!(
            r#"[{{"FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},{{"Field":"resources.type","Equals":["AWS::S3::Object"]}},{{"Field":"eventName","Equals":[{}]}}]}}]"#,
            many.join(",")
        );
        for json in [
            "[]",
            r#"[{"FieldSelectors":[]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","StartsWith":["Data"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Insight"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventName","Equals":["x"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","NotEquals":["true"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["s3.amazonaws.com"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object","AWS::Lambda::Function"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"eventName"}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"eventCategory","Equals":["Data"]}]}]"#,
            r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["NetworkActivity"]}]}]"#,
            &many,
        ] {
            assert!(advanced(json).check().is_err(), "{json}");
        }
    }
}
