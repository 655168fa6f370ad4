//! A call's input, read member by member.

use crate::aws::ReadError;
use crate::plan::Call;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The input of one call.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    value: &'a Value,
    operation: &'a str,
}

impl<'a> Input<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        Self { value: &call.input, operation: &call.operation }
    }

    pub(super) fn wrong(&self, what: &str) -> ReadError {
        ReadError {
            action: "plan",
            code: None,
            problem: format!("the input of {} has no usable `{what}`", self.operation),
        }
    }

    /// A text that has to be there.
    pub(super) fn text(&self, name: &str) -> Result<String, ReadError> {
        self.maybe_text(name).ok_or_else(|| self.wrong(name))
    }

    /// A text that may be missing.
    pub(super) fn maybe_text(&self, name: &str) -> Option<String> {
        self.value.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// A flag that may be missing.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value.get(name).and_then(Value::as_bool)
    }

    /// A whole number that has to be there.
    pub(super) fn number(&self, name: &str) -> Result<i32, ReadError> {
        let number = self.value.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
        number.ok_or_else(|| self.wrong(name))
    }

    /// Texts; none where there are none.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.value.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// What lies at a JSON pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.value.pointer(pointer)
    }

    /// A text at a JSON pointer that has to be there.
    pub(super) fn text_at(&self, pointer: &str) -> Result<String, ReadError> {
        let text = self.at(pointer).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| self.wrong(pointer))
    }

    /// A structure that has to be there; the whole input for an empty name.
    pub(super) fn structure<T: DeserializeOwned>(&self, name: &str) -> Result<T, ReadError> {
        let value = if name.is_empty() { Some(self.value) } else { self.value.get(name) };
        value.and_then(|value| serde_json::from_value(value.clone()).ok()).ok_or_else(|| self.wrong(name))
    }
}
