//! What an entry of the journal is: a record, or the intent of one.
//!
//! A record is its JSON and so begins with `{`. An intent is one byte, [`INTENT`], and the JSON of the record as far as
//! it was known before the call took effect. The record that completes it has the same `eventID`.

use serde::Deserialize;
use std::borrow::Cow;

/// The first byte of an intent; no JSON begins with it.
pub const INTENT: u8 = 0x01;

/// `errorCode` of the record of a call that the service did not live to record: what it did may have happened or not.
pub const OUTCOME_UNKNOWN: &str = "OutcomeUnknown";

/// One entry of the journal. Both hold a record's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journaled<'a> {
    /// What happened.
    Record(&'a [u8]),
    /// What was about to happen.
    Intent(&'a [u8]),
}

impl<'a> Journaled<'a> {
    /// Tells what `payload` is. Whether it holds JSON is not looked at.
    pub fn of(payload: &'a [u8]) -> Self {
        match payload.split_first() {
            Some((&INTENT, record)) => Self::Intent(record),
            _ => Self::Record(payload),
        }
    }

    /// The `eventID` it holds.
    pub fn event_id(&self) -> Result<Cow<'a, str>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Identified<'a> {
            #[serde(rename = "eventID", borrow)]
            event_id: Cow<'a, str>,
        }
        let (Self::Record(json) | Self::Intent(json)) = self;
        serde_json::from_slice::<Identified<'a>>(json).map(|found| found.event_id)
    }
}

/// The entry that announces the record of this JSON.
pub fn intent(record: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(record.len() + 1);
    payload.push(INTENT);
    payload.extend_from_slice(record);
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_intents_from_records() {
        let record = br#"{"eventName":"X","eventID":"a-b"}"#;
        let announced = intent(record);
        assert_eq!(Journaled::of(&announced), Journaled::Intent(record));
        assert_eq!(Journaled::of(record), Journaled::Record(record));
        assert_eq!(Journaled::of(&announced).event_id().expect("an id"), "a-b");
        assert_eq!(Journaled::of(record).event_id().expect("an id"), "a-b");
        assert_eq!(Journaled::of(b""), Journaled::Record(b""));
        assert!(Journaled::of(b"\x01{").event_id().is_err());
    }
}
