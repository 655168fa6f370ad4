//! The names in the principals of a document, found and exchanged where they stand.
//!
//! Who stores a policy exchanges the ARNs of users and roles for their unique ids, and who shows it the other way round:
//! somebody who is made again under an old name is somebody else (IAM User Guide, "AWS JSON policy elements: Principal").

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(borrow)]
    statement: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Principals<'a> {
    #[serde(borrow)]
    principal: Option<&'a RawValue>,
    #[serde(borrow)]
    not_principal: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, rename = "AWS")]
    aws: Option<&'a RawValue>,
}

/// One or a list of them.
fn each(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_else(|_| vec![value])
}

/// The JSON texts of the names, in order.
fn tokens(json: &str) -> Vec<&str> {
    let Ok(document) = serde_json::from_str::<Document<'_>>(json) else { return Vec::new() };
    let mut found = Vec::new();
    for statement in each(document.statement) {
        let Ok(Principals { principal, not_principal }) = serde_json::from_str(statement.get()) else {
            continue;
        };
        for principals in principal.into_iter().chain(not_principal) {
            let Ok(Named { aws: Some(aws) }) = serde_json::from_str(principals.get()) else { continue };
            found.extend(each(aws).into_iter().map(RawValue::get));
        }
    }
    found
}

fn decoded(token: &str) -> Option<String> {
    serde_json::from_str(token).ok()
}

/// The `AWS` principals of a document of any kind, `Principal` and `NotPrincipal` alike, in order and as often as they
/// stand there. None for what is no such document.
pub fn aws_principals(json: &str) -> Vec<String> {
    tokens(json).into_iter().filter_map(decoded).collect()
}

/// The document with each of its `AWS` principals that `other` knows another name for called by that. All else stays as
/// it is, white space included.
pub fn rename_aws_principals(json: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut renamed = String::with_capacity(json.len());
    let mut copied = 0;
    for token in tokens(json) {
        // They are slices of `json`.
        let Some(at) = token.as_ptr().addr().checked_sub(json.as_ptr().addr()) else { continue };
        let Some(name) = decoded(token).and_then(|name| other(&name)) else { continue };
        if let Some(between) = json.get(copied..at) {
            renamed.push_str(between);
            renamed.push_str(&serde_json::Value::from(name).to_string());
            copied = at + token.len();
        }
    }
    renamed.push_str(json.get(copied..).unwrap_or_default());
    renamed
}
