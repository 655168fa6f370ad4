//! Query-protocol parameters: `Foo.member.1.Bar=x` as a tree.

use std::collections::BTreeMap;

const MAX_PARAMETERS: usize = 5000;
const MAX_DEPTH: usize = 12;

/// Why a form is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not `key=value&…` with valid percent-encoding and UTF-8.
    #[error("The query string is malformed: {0}")]
    Malformed(&'static str),
    /// A parameter came twice, or as both a value and a structure.
    #[error("The parameter {0} is specified more than once or in conflicting ways")]
    Duplicate(String),
    /// Too many parameters, or nested too deeply.
    #[error("The request has too many or too deeply nested parameters")]
    TooLarge,
}

/// A parameter's value, or parameters below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// `=value`.
    Leaf(String),
    /// `.name…`.
    Node(BTreeMap<String, Form>),
}

impl Form {
    /// Reads `key=value&…`. At most 5,000 parameters, 12 levels deep; duplicates are refused.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(body).map_err(|_| FormError::Malformed("it is not UTF-8"))?;
        let mut root = BTreeMap::new();
        for (count, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(FormError::TooLarge);
            }
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = decode(key)?;
            insert(&mut root, &key, &key, decode(value)?, 0)?;
        }
        Ok(Self::Node(root))
    }

    /// A top-level plain parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self {
            Self::Node(members) => match members.get(name) {
                Some(Self::Leaf(value)) => Some(value),
                _ => None,
            },
            Self::Leaf(_) => None,
        }
    }
}

fn insert(
    node: &mut BTreeMap<String, Form>,
    whole: &str,
    key: &str,
    value: String,
    depth: usize,
) -> Result<(), FormError> {
    if depth >= MAX_DEPTH {
        return Err(FormError::TooLarge);
    }
    let duplicate = || FormError::Duplicate(whole.chars().take(100).collect());
    match key.split_once('.') {
        None => match node.insert(key.to_owned(), Form::Leaf(value)) {
            None => Ok(()),
            Some(_) => Err(duplicate()),
        },
        Some((head, rest)) => {
            match node.entry(head.to_owned()).or_insert_with(|| Form::Node(BTreeMap::new())) {
                Form::Node(below) => insert(below, whole, rest, value, depth + 1),
                Form::Leaf(_) => Err(duplicate()),
            }
        }
    }
}

fn decode(text: &str) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|d| d.and_then(|d| char::from(d).to_digit(16)));
                match digits {
                    [Some(high), Some(low)] => u8::try_from(high * 16 + low).unwrap_or(0),
                    _ => return Err(FormError::Malformed("a % is not followed by two hexadecimal digits")),
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Malformed("a parameter is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_bad_forms() {
        assert_eq!(Form::parse(b"a=1&a=2"), Err(FormError::Duplicate("a".into())));
        assert_eq!(Form::parse(b"a=1&a.b=2"), Err(FormError::Duplicate("a.b".into())));
        assert_eq!(Form::parse(b"a.b=2&a=1"), Err(FormError::Duplicate("a".into())));
        assert!(matches!(Form::parse(b"a=%zz"), Err(FormError::Malformed(_))));
        assert!(matches!(Form::parse(b"a=%f"), Err(FormError::Malformed(_))));
        assert!(matches!(Form::parse(b"a=%ff"), Err(FormError::Malformed(_))));
        assert!(matches!(Form::parse(b"a=\xff"), Err(FormError::Malformed(_))));
        let deep = format!("{}=1", vec!["a"; 10_000].join("."));
        assert_eq!(Form::parse(deep.as_bytes()), Err(FormError::TooLarge));
        let many: String = (0..6000).map(|n| format!("a{n}=1&")).collect();
        assert_eq!(Form::parse(many.as_bytes()), Err(FormError::TooLarge));
        assert_eq!(Form::parse(b"Action=Get+User%21&&x").unwrap().text("Action"), Some("Get User!"));
    }
}
