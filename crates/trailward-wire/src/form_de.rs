//! Typed inputs from Query parameters: text becomes whatever the input's member is.

use crate::Form;
use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use std::fmt;

/// Why parameters do not fit an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormMismatch(String);

impl de::Error for FormMismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl Form {
    /// Reads an input structure. Unknown parameters are ignored, as AWS does.
    pub fn read<T: de::DeserializeOwned>(&self) -> Result<T, FormMismatch> {
        T::deserialize(FormDeserializer(self.clone()))
    }

    /// The items of a list: `.member.N` or `.N`, by number.
    fn items(self) -> Result<Vec<Self>, FormMismatch> {
        let mut members = match self {
            Self::Leaf(text) if text.is_empty() => return Ok(Vec::new()),
            Self::Leaf(_) => return Err(FormMismatch("expected a list".into())),
            Self::Node(members) => members,
        };
        if members.len() == 1
            && let Some(list) = members.remove("member")
        {
            return list.items();
        }
        let mut numbered = Vec::with_capacity(members.len());
        for (name, item) in members {
            let number: u32 =
                name.parse().map_err(|_| FormMismatch(format!("expected a list index, found {name}")))?;
            numbered.push((number, item));
        }
        numbered.sort_by_key(|(number, _)| *number);
        Ok(numbered.into_iter().map(|(_, item)| item).collect())
    }
}

struct FormDeserializer(Form);

impl FormDeserializer {
    fn text(self) -> Result<String, FormMismatch> {
        match self.0 {
            Form::Leaf(text) => Ok(text),
            Form::Node(_) => Err(FormMismatch("expected a value, found a structure".into())),
        }
    }
}

impl IntoDeserializer<'_, FormMismatch> for FormDeserializer {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident => $visit:ident : $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormMismatch> {
            let text = self.text()?;
            let value: $type = text
                .parse()
                .map_err(|_| FormMismatch(format!("`{}` is not a valid value", text.chars().take(100).collect::<String>())))?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for FormDeserializer {
    type Error = FormMismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormMismatch> {
        match self.0 {
            Form::Leaf(text) => visitor.visit_string(text),
            Form::Node(_) => self.deserialize_map(visitor),
        }
    }

    parsed! {
        deserialize_bool => visit_bool: bool,
        deserialize_i32 => visit_i32: i32,
        deserialize_i64 => visit_i64: i64,
        deserialize_u32 => visit_u32: u32,
        deserialize_u64 => visit_u64: u64,
        deserialize_f64 => visit_f64: f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormMismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormMismatch> {
        let items = self.0.items()?.into_iter().map(FormDeserializer);
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormMismatch> {
        match self.0 {
            Form::Node(members) => {
                let pairs = members.into_iter().map(|(name, item)| (name, FormDeserializer(item)));
                visitor.visit_map(MapDeserializer::new(pairs))
            }
            Form::Leaf(_) => Err(FormMismatch("expected a structure, found a value".into())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormMismatch> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormMismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormMismatch> {
        let text: StringDeserializer<FormMismatch> = self.text()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Tag {
        key: String,
        value: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        role_name: String,
        max_items: Option<i32>,
        only_attached: Option<bool>,
        #[serde(default)]
        tags: Vec<Tag>,
        #[serde(default)]
        arns: Vec<String>,
    }

    #[test]
    fn reads_structures_lists_and_numbers() {
        let form = Form::parse(
            b"Action=X&RoleName=r&MaxItems=10&OnlyAttached=true&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a&Tags.member.1.Value=&Arns=",
        )
        .unwrap();
        let input: Input = form.read().unwrap();
        let tag = |key: &str, value: &str| Tag { key: key.into(), value: value.into() };
        assert_eq!(
            input,
            Input {
                role_name: "r".into(),
                max_items: Some(10),
                only_attached: Some(true),
                tags: vec![tag("a", ""), tag("b", "2")],
                arns: vec![]
            }
        );
        for bad in [&b"MaxItems=1"[..], b"RoleName.x=1", b"RoleName=r&MaxItems=ten", b"RoleName=r&Arns.x=1"] {
            assert!(Form::parse(bad).unwrap().read::<Input>().is_err());
        }
    }
}
