//! Findings that somebody has decided to live with, for a time.

use serde::{Deserialize, Serialize};
use time::Date;
use time::format_description::well_known::Iso8601;

/// Findings that do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mutes(Vec<Mute>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mute {
    /// The item.
    pub id: String,
    /// Why it does not count.
    pub reason: String,
    /// The last day on which it does not count, UTC.
    #[serde(serialize_with = "iso")]
    pub expires: Date,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn iso<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&date.to_string())
}

/// A file of mutes that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mutes cannot be read: {0}")]
pub struct InvalidMutes(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mute: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    reason: String,
    expires: String,
}

impl Mutes {
    /// Reads a file of `[[mute]]` tables with `id`, `reason` and `expires` (a day, `2026-12-31`), each of which has to be
    /// there.
    pub fn parse(text: &str) -> Result<Self, InvalidMutes> {
        let file: File = toml::from_str(text).map_err(|error| InvalidMutes(error.to_string()))?;
        let mutes = file.mute.into_iter().map(|line| {
            let expires = Date::parse(&line.expires, &Iso8601::DATE).map_err(|_| {
                InvalidMutes(format!("`{}` of {} is no day: write it as 2026-12-31", line.expires, line.id))
            })?;
            if line.reason.trim().is_empty() {
                return Err(InvalidMutes(format!("{} has no reason: say why it does not count", line.id)));
            }
            Ok(Mute { id: line.id, reason: line.reason, expires })
        });
        Ok(Self(mutes.collect::<Result<_, _>>()?))
    }

    /// The mute of an item that holds today.
    pub(super) fn of(&self, id: &str, today: Date) -> Option<&Mute> {
        self.0.iter().find(|mute| mute.id == id && mute.expires >= today)
    }

    pub(super) fn all(&self) -> &[Mute] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn mutes_have_a_reason_and_an_end() {
        let mutes = Mutes::parse("[[mute]]\nid = \"a\"\nreason = \"b\"\nexpires = \"2026-12-31\"").unwrap();
        assert!(mutes.of("a", date!(2026 - 12 - 31)).is_some());
        assert!(
            mutes.of("a", date!(2027 - 01 - 01)).is_none() && mutes.of("b", date!(2026 - 01 - 01)).is_none()
        );
        for bad in [
            "[[mute]]\nid = \"a\"\nexpires = \"2026-12-31\"",
            "[[mute]]\nid = \"a\"\nreason = \" \"\nexpires = \"2026-12-31\"",
            "[[mute]]\nid = \"a\"\nreason = \"b\"\nexpires = \"soon\"",
            "[[mutes]]",
        ] {
            assert!(Mutes::parse(bad).is_err(), "{bad}");
        }
    }
}
