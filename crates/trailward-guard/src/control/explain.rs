//! What a key of the control file means.

use super::{KEYS, Key};
use crate::spelling::distance;
use std::fmt;

/// The longest name that a nearest one is looked for.
const LONGEST: usize = 64;

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
    if name.len() > LONGEST {
        return Vec::new();
    }
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let mut near: Vec<(usize, &str)> = KEYS
        .iter()
        .map(|key| (distance(name, key.name).min(distance(&last(name), &last(key.name)) + 1), key.name))
        .filter(|(distance, _)| *distance <= 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name).collect()
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
