//! The condition element.

use std::collections::HashSet;

use crate::ast::{Condition, Operator};
use crate::error::{ParseError, quote};
use crate::json::Json;

use super::{object, quoted_path};

pub(super) fn conditions(json: &Json, path: &str) -> Result<Vec<Condition>, ParseError> {
    let mut conditions = Vec::new();
    for (name, keys) in &object(json, path)?.members {
        let place = quoted_path(path, name);
        let operator = Operator::parse(name)
            .ok_or_else(|| ParseError::new(place.clone(), "is not a condition operator"))?;
        let mut seen = HashSet::new();
        for (key, value) in &object(keys, &place)?.members {
            let place = quoted_path(&place, key);
            if !key.contains(':') {
                let message = format!("{} must be prefaced by a vendor, such as aws or s3", quote(key));
                return Err(ParseError::new(place, message));
            }
            // Keys compare without regard to case, and so do duplicates.
            if !seen.insert(key.to_lowercase()) {
                return Err(ParseError::new(place, "occurs twice"));
            }
            conditions.push(Condition { operator, key: key.clone(), values: values(value, &place)? });
        }
    }
    Ok(conditions)
}

/// One scalar or a list of them. AWS takes bare numbers and booleans for their text.
fn values(json: &Json, path: &str) -> Result<Vec<String>, ParseError> {
    let scalar = |json: &Json, path: &str| match json {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        _ => Err(ParseError::new(path, "must be a string, a number or a boolean")),
    };
    match json {
        Json::List(items) => {
            items.iter().enumerate().map(|(at, item)| scalar(item, &format!("{path}[{at}]"))).collect()
        }
        _ => Ok(vec![scalar(json, path)?]),
    }
}
