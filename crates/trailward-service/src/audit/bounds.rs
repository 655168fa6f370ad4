//! What a record may hold, and what it says of what it does not hold (invariant A4).
//!
//! Each element has a budget of its own, so nothing in one element removes anything from another. Within an element the
//! budget goes to the small members first: whatever a caller adds, it can only push out members that are larger than
//! their share. What is left out is named, with its size and its SHA-256.

use crate::limits::{MAX_OMISSIONS, MAX_RECORD_TEXT};
use serde_json::{Map, Value, json};
use trailward_wire::sigv4::sha256_hex;

/// Levels below which nothing is divided any more.
const DEEPEST: usize = 16;

/// The shortest JSON that can stand for anything: `null`, or an object or list with nothing left in it.
const LEAST: usize = 4;

/// What was left out of a record.
#[derive(Debug, Default)]
pub(super) struct Omissions {
    named: Vec<Value>,
    more: usize,
}

impl Omissions {
    fn note(&mut self, element: &str, what: &str) {
        if self.named.len() == MAX_OMISSIONS {
            self.more += 1;
            return;
        }
        let element: String = element.chars().take(256).collect();
        self.named.push(json!({
            "element": element,
            "bytes": what.len(),
            "sha256": sha256_hex(what.as_bytes()),
        }));
    }

    /// The member of `additionalEventData` that tells of them.
    pub(super) fn told(self) -> Option<Value> {
        if self.named.is_empty() {
            return None;
        }
        let mut named = self.named;
        if self.more > 0 {
            named.push(json!({ "element": "…", "count": self.more }));
        }
        Some(Value::Array(named))
    }
}

/// `text` in at most the bytes that a record's short texts may have.
pub(crate) fn cut(mut text: String) -> String {
    let mut end = MAX_RECORD_TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// `value` in at most about `budget` bytes of JSON. `name` is what the record calls it.
pub(super) fn abridged(value: Value, name: &str, budget: usize, omitted: &mut Omissions) -> Value {
    divide(value, name, budget, 0, omitted)
}

fn divide(value: Value, name: &str, budget: usize, depth: usize, omitted: &mut Omissions) -> Value {
    let text = value.to_string();
    if text.len() <= budget {
        return value;
    }
    match value {
        Value::Object(members) if depth < DEEPEST => {
            Value::Object(divide_members(members, name, budget, depth, omitted))
        }
        Value::Array(items) if depth < DEEPEST => {
            Value::Array(divide_items(items, name, budget, depth, omitted))
        }
        _ => {
            omitted.note(name, &text);
            Value::Null
        }
    }
}

/// Bytes of its JSON, escapes included.
fn size_of(value: &Value) -> usize {
    value.to_string().len()
}

/// What a member costs beside its value: its name as JSON has it, a colon and a comma.
fn cost_of_name(name: &str) -> usize {
    size_of(&Value::from(name)) + 2
}

/// Small members first; each of the rest gets an equal share of what is left.
fn divide_members(
    members: Map<String, Value>,
    name: &str,
    budget: usize,
    depth: usize,
    omitted: &mut Omissions,
) -> Map<String, Value> {
    let mut sized: Vec<(usize, String, Value)> =
        members.into_iter().map(|(key, value)| (cost_of_name(&key) + size_of(&value), key, value)).collect();
    sized.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    // Two are the braces.
    let (mut left, mut waiting) = (budget.saturating_sub(2), sized.len());
    let mut kept = Map::new();
    for (size, key, value) in sized {
        let share = left / waiting.max(1);
        waiting -= 1;
        let (path, cost) = (format!("{name}.{key}"), cost_of_name(&key));
        if size <= share {
            left = left.saturating_sub(size);
            kept.insert(key, value);
            continue;
        }
        // A name alone can be larger than its share; what is not kept of a value is `null`.
        if cost + LEAST > share {
            omitted.note(&path, &value.to_string());
            continue;
        }
        let part = divide(value, &path, share - cost, depth + 1, omitted);
        if !part.is_null() {
            left = left.saturating_sub(cost + size_of(&part));
            kept.insert(key, part);
        }
    }
    kept
}

/// The first items that fit; the rest is left out as one.
fn divide_items(
    items: Vec<Value>,
    name: &str,
    budget: usize,
    depth: usize,
    omitted: &mut Omissions,
) -> Vec<Value> {
    // Two are the brackets, and each item has a comma.
    let mut left = budget.saturating_sub(2);
    let mut kept = Vec::new();
    let mut items = items.into_iter();
    while let Some(item) = items.next() {
        let size = size_of(&item) + 1;
        if size <= left {
            left = left.saturating_sub(size);
            kept.push(item);
            continue;
        }
        // One item that is too large by itself is divided; where there is no room for that, nothing more is kept.
        if kept.is_empty() && left > 1024 {
            let part = divide(item, &format!("{name}[0]"), left / 2, depth + 1, omitted);
            left = left.saturating_sub(size_of(&part) + 1);
            kept.push(part);
            continue;
        }
        let rest: Vec<Value> = std::iter::once(item).chain(items).collect();
        let path = format!("{name}[{}..{}]", kept.len(), kept.len() + rest.len());
        omitted.note(&path, &Value::Array(rest).to_string());
        break;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_members_survive_large_ones() {
        let value =
            json!({ "bucketName": "logs", "policy": "p".repeat(10_000), "pad": "x".repeat(1_000_000) });
        let mut omitted = Omissions::default();
        let kept = abridged(value, "requestParameters", 100_000, &mut omitted);
        assert_eq!(kept["bucketName"], "logs");
        assert_eq!(kept["policy"].as_str().map(str::len), Some(10_000));
        assert!(kept.get("pad").is_none());
        let told = omitted.told().expect("an omission");
        assert_eq!(told[0]["element"], "requestParameters.pad");
        assert_eq!(told[0]["bytes"], 1_000_002);
        let all = format!("\"{}\"", "x".repeat(1_000_000));
        assert_eq!(told[0]["sha256"], sha256_hex(all.as_bytes()));
    }

    #[test]
    fn a_list_keeps_its_beginning() {
        let value = json!({ "trailName": "t", "selectors": (0..5_000).map(|n| format!("value {n:08}")).collect::<Vec<_>>() });
        let mut omitted = Omissions::default();
        let kept = abridged(value, "requestParameters", 10_000, &mut omitted);
        assert_eq!(kept["trailName"], "t");
        let first = kept["selectors"].as_array().expect("a list");
        assert!(first.len() > 300, "{}", first.len());
        let told = omitted.told().expect("an omission");
        assert_eq!(told[0]["element"], format!("requestParameters.selectors[{}..5000]", first.len()));
    }

    #[test]
    fn what_json_escapes_counts_as_it_is_written() {
        let members: Map<String, Value> = (0..100)
            .map(|n| (format!("{}{n}", "\u{1}".repeat(20)), Value::from("\u{2}".repeat(20))))
            .collect();
        let mut omitted = Omissions::default();
        let kept = abridged(Value::Object(members), "e", 5_000, &mut omitted);
        assert!(kept.to_string().len() <= 5_000, "{}", kept.to_string().len());
        assert!(omitted.told().is_some());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "[\\PC\\x00-\\x1f]{0,80}".prop_map(Value::from),
            (1..2000_usize).prop_map(|n| Value::from("y".repeat(n))),
        ];
        leaf.prop_recursive(5, 200, 12, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..12).prop_map(Value::Array),
                proptest::collection::btree_map(".{0,20}", inner, 0..12)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Never more than the budget, unchanged where it fits, and nothing left out in silence.
        #[test]
        fn is_bounded_and_tells(value in any_json(), budget in 64..4_000_usize) {
            let whole = value.to_string();
            let mut omitted = Omissions::default();
            let kept = abridged(value.clone(), "e", budget, &mut omitted);
            prop_assert!(kept.to_string().len() <= budget.max(4), "{} > {budget}", kept.to_string().len());
            if whole.len() <= budget {
                prop_assert_eq!(&kept, &value);
            }
            if kept != value {
                prop_assert!(omitted.told().is_some());
            }
        }
    }
}
