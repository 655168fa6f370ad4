//! What a written policy tells without a request: which keys it asks for, and where its statements stand.

use crate::policy::Policy;
use crate::template::{Part, split};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::ops::Range;

impl Policy {
    /// Every condition key the policy asks for, in its conditions or as a variable, as it is written there; variables in
    /// lower case.
    pub fn condition_keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let mut variables = |texts: &[String]| {
            for text in texts {
                for part in split(text, self.version()).unwrap_or_default() {
                    if let Part::Variable(variable) = part {
                        keys.insert(variable.key().to_owned());
                    }
                }
            }
        };
        for statement in self.statements() {
            variables(statement.resource.as_ref().map_or(&[], |resource| resource.values()));
            for condition in &statement.conditions {
                variables(&condition.values);
            }
        }
        keys.extend(self.statements().iter().flat_map(|s| &s.conditions).map(|c| c.key.clone()));
        keys
    }

    /// Which bytes of [`Policy::text`] a statement is.
    pub fn span(&self, statement: usize) -> Option<Range<usize>> {
        #[derive(serde::Deserialize)]
        struct Document<'a> {
            #[serde(rename = "Statement", borrow)]
            statement: &'a RawValue,
        }
        let text = self.text();
        let whole: Document<'_> = serde_json::from_str(text).ok()?;
        let one = match serde_json::from_str::<Vec<&RawValue>>(whole.statement.get()) {
            Ok(list) => list.get(statement).map(|value| value.get())?,
            Err(_) => Some(whole.statement.get()).filter(|_| statement == 0)?,
        };
        // Both are pieces of the same text.
        let start = (one.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        Some(start..start + one.len())
    }
}
