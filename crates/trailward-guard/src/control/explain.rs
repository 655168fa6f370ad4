//! What a key of the control file means.

use super::{KEYS, Key};
use std::fmt;

/// One key, told.
#[derive(Debug, Clone, Copy)]
pub struct Explained(&'static Key);

/// The key of that name.
pub fn explain(name: &str) -> Option<Explained> {
    KEYS.iter().find(|key| key.name == name).map(Explained)
}

impl Explained {
    /// The key.
    pub fn key(&self) -> &'static Key {
        self.0
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { name, what, why, guide, benchmarks, cost } = self.0;
        let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        writeln!(f, "{name}\n\n{what}\n")?;
        writeln!(f, "why         {why}")?;
        writeln!(f, "guide       {}", or_none(guide))?;
        writeln!(f, "benchmarks  {}", or_none(&benchmarks.join(", ")))?;
        writeln!(f, "costs       {cost}")
    }
}

/// The keys that are nearest to what was written, at most three.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let mut near: Vec<(usize, &str)> = KEYS
        .iter()
        .map(|key| (distance(name, key.name).min(distance(&last(name), &last(key.name)) + 1), key.name))
        .filter(|(distance, _)| *distance <= 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Levenshtein's, on at most 64 characters of each.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let here = (before + usize::from(x != *y)).min(*cell + 1).min(left + 1);
            before = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;

    fn leaves(table: &toml::Table, path: &str, found: &mut Vec<String>) {
        for (name, value) in table {
            let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match value {
                toml::Value::Table(inner) => leaves(inner, &key, found),
                _ => found.push(key),
            }
        }
    }

    #[test]
    fn every_key_is_explained_and_no_other() {
        let mut found = Vec::new();
        leaves(&toml::Table::try_from(Control::default()).unwrap(), "", &mut found);
        leaves(
            &toml::Table::try_from(super::super::DataTrail::default()).unwrap(),
            "data_trails",
            &mut found,
        );
        found.retain(|key| key != "data_trails");
        found.sort();
        let mut known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        known.sort_unstable();
        assert_eq!(found, known);
        for key in KEYS {
            assert!(key.what.len() > 20 && key.why.len() > 20 && !key.cost.is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn a_slip_finds_its_key() {
        assert_eq!(nearest("trail.nmae").first(), Some(&"trail.name"));
        assert_eq!(nearest("multi_regio").first(), Some(&"trail.multi_region"));
        assert!(nearest("something entirely different").is_empty());
        assert!(explain("bucket.lock.mode").unwrap().to_string().contains("S3.15"));
    }
}
