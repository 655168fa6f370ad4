//! Which records are wanted: `userIdentity.arn = 'arn:…' AND eventName LIKE 'Delete%'`.

use serde_json::Value;

/// A condition that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no condition at {at:?}: write FIELD = 'VALUE', FIELD != 'VALUE' or FIELD LIKE 'A%B', joined by AND; \
     FIELD is a path as userIdentity.arn"
)]
pub struct ConditionError {
    text: String,
    at: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Equal,
    Unequal,
    Like,
}

/// Comparisons that must all hold; none holds for every record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    text: String,
    all: Vec<(Vec<String>, Test, String)>,
}

impl Condition {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let refused = |at: &str| ConditionError { text: text.to_owned(), at: at.to_owned() };
        let mut all = Vec::new();
        let mut rest = text.trim();
        loop {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '=' | '!'))
                .ok_or_else(|| refused(rest))?;
            let (path, more) = rest.split_at_checked(end).ok_or_else(|| refused(rest))?;
            let more = more.trim_start();
            let (comparison, more) = operator(more).ok_or_else(|| refused(more))?;
            let (value, more) = literal(more.trim_start()).ok_or_else(|| refused(more))?;
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            if path.iter().any(String::is_empty) {
                return Err(refused(rest));
            }
            all.push((path, comparison, value));
            let more = more.trim_start();
            if more.is_empty() {
                return Ok(Self { text: text.trim().to_owned(), all });
            }
            let next = keyword(more, "AND").filter(|next| next.starts_with(char::is_whitespace));
            rest = next.ok_or_else(|| refused(more))?.trim_start();
        }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        if self.text.is_empty() { "everything" } else { &self.text }
    }

    /// Whether it holds for `record`. Of a list any element counts; numbers and truth values compare as JSON spells them.
    pub fn holds(&self, record: &Value) -> bool {
        self.all.iter().all(|(path, test, wanted)| {
            let mut found = Vec::new();
            reach(record, path, &mut found);
            let is = |value: &String| match test {
                Test::Equal | Test::Unequal => value == wanted,
                Test::Like => like(value, wanted),
            };
            let any = found.iter().any(is);
            if *test == Test::Unequal { !any } else { any }
        })
    }
}

fn keyword<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

fn operator(text: &str) -> Option<(Test, &str)> {
    let symbol = |sign: &str, test: Test| text.strip_prefix(sign).map(|rest| (test, rest));
    symbol("!=", Test::Unequal)
        .or_else(|| symbol("=", Test::Equal))
        .or_else(|| keyword(text, "LIKE").map(|rest| (Test::Like, rest)))
}

/// `'…'`, where two quotes stand for one.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (head, tail) = rest.split_once('\'')?;
        value.push_str(head);
        match tail.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, tail)),
        }
    }
}

/// Every scalar at `path`.
fn reach(value: &Value, path: &[String], found: &mut Vec<String>) {
    match (value, path) {
        (Value::Array(values), _) => values.iter().for_each(|value| reach(value, path, found)),
        (Value::Object(fields), [name, rest @ ..]) => {
            if let Some(field) = fields.get(name) {
                reach(field, rest, found);
            }
        }
        (Value::String(text), []) => found.push(text.clone()),
        (Value::Bool(_) | Value::Number(_), []) => found.push(value.to_string()),
        _ => {}
    }
}

/// SQL's LIKE: `%` stands for any text. Linear in the text for each part of the pattern.
fn like(text: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('%').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return text == pattern };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn compares_fields() {
        let record = json!({ "eventName": "DeleteTrail", "readOnly": false, "errorCode": null,
            "userIdentity": { "arn": "arn:aws:iam::1:user/o'neil" }, "resources": [{ "ARN": "a" }, { "ARN": "b" }] });
        for (text, holds) in [
            ("eventName = 'DeleteTrail'", true),
            ("eventName='DeleteTrail' and readOnly = 'false'", true),
            ("userIdentity.arn = 'arn:aws:iam::1:user/o''neil'", true),
            ("eventName LIKE 'Delete%'", true),
            ("eventName LIKE '%Tra%l'", true),
            ("eventName LIKE '%x%'", false),
            ("eventName LIKE 'DeleteTrail%DeleteTrail'", false),
            ("resources.ARN = 'b'", true),
            ("resources.ARN != 'b'", false),
            ("nothing.here = 'x'", false),
            ("nothing.here != 'x'", true),
        ] {
            assert_eq!(Condition::parse(text).unwrap().holds(&record), holds, "{text}");
        }
        for bad in [
            "",
            "eventName",
            "eventName = DeleteTrail",
            "a = 'b' OR c = 'd'",
            "a..b = 'c'",
            "a = 'b",
            "a = 'b' ANDc = 'd'",
        ] {
            assert!(Condition::parse(bad).is_err(), "{bad}");
        }
        assert!(Condition::default().holds(&record));
    }
}
