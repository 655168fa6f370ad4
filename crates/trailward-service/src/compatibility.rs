//! What is done of what AWS has, generated from the tables.

use crate::operation::Entry;
use crate::{cloudtrail, iam, kms, organizations, s3, sns, sts};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use std::fmt::Write as _;

/// A service's tables: its name, what is done, what is not.
type Tables = (&'static str, &'static [Entry], &'static [&'static str]);

/// Services with a table of [`Entry`]s. S3 has a way in and a table of its own, which joins in [`operations`].
const SERVICES: &[Tables] = &[
    ("cloudtrail", cloudtrail::OPERATIONS, cloudtrail::ABSENT),
    ("iam", iam::OPERATIONS, iam::ABSENT),
    ("kms", kms::OPERATIONS, kms::ABSENT),
    ("organizations", organizations::OPERATIONS, organizations::ABSENT),
    ("sns", sns::OPERATIONS, sns::ABSENT),
    ("sts", sts::OPERATIONS, sts::ABSENT),
];

/// Every operation AWS has in a service that is spoken here: service, name, whether it is done. By service and name.
pub fn operations() -> Vec<(&'static str, &'static str, bool)> {
    let mut all: Vec<_> = SERVICES
        .iter()
        .flat_map(|(service, done, absent)| {
            let done = done.iter().map(|entry| (*service, entry.name, true));
            done.chain(absent.iter().map(|name| (*service, *name, false)))
        })
        .collect();
    all.extend(s3::OPERATIONS.iter().map(|line| ("s3", line.name, true)));
    all.extend(s3::ABSENT.iter().map(|absent| ("s3", absent.name, false)));
    all.sort_unstable();
    all
}

/// Every operation that is done, with the names of its input's members; `None` if the input does not tell them.
pub fn inputs() -> Vec<(&'static str, &'static str, Option<&'static [&'static str]>)> {
    let of = |(service, done, _): &Tables| {
        let service = *service;
        done.iter().map(move |entry| (service, entry.name, (entry.members)()))
    };
    SERVICES.iter().flat_map(of).collect()
}

/// Stands where a request would: notes which members a structure asks for and gives it none.
struct Probe<'a>(&'a mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = Some(fields);
        Err(value::Error::custom("only the names were asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("not a structure that tells its members"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The names of a structure's members as it reads them.
pub(crate) fn member_names<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut names = None;
    drop(T::deserialize(Probe(&mut names)));
    names
}

/// All operations for people: `COMPATIBILITY.md`.
pub fn markdown() -> String {
    let all = operations();
    let mut text = String::from(
        "# Compatibility\n\nGenerated from the tables of operations; a test compares. What is not done is answered `NotImplemented` (501)\nand recorded like every other call.\n",
    );
    for service in all.chunk_by(|(one, ..), (other, ..)| one == other) {
        let Some((name, ..)) = service.first() else { continue };
        let (done, absent): (Vec<_>, Vec<_>) = service.iter().partition(|(.., done)| *done);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {name}\n\n{} of {} operations.\n", done.len(), service.len());
        list(&mut text, "Done", &done);
        list(&mut text, "Not yet", &absent);
    }
    text
}

fn list(text: &mut String, title: &str, operations: &[(&str, &str, bool)]) {
    if operations.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}:\n\n");
    for (_, name, _) in operations {
        let _ = writeln!(text, "- `{name}`");
    }
}
