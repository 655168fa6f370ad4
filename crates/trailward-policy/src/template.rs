//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'default'}`, and the escapes `${*}`, `${?}`, `${$}`.

use std::borrow::Cow;

use crate::ast::Version;
use crate::principal::Keys;

/// A piece of a value that may hold variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// As written; in a pattern its `*` and `?` are wildcards.
    Raw(&'a str),
    /// An escaped character, never a wildcard.
    Escaped(&'static str),
    Variable(Variable),
}

impl Part<'_> {
    /// Colons that stand in the value itself.
    pub(crate) fn colons(&self) -> usize {
        match self {
            Self::Raw(text) => text.bytes().filter(|byte| *byte == b':').count(),
            Self::Escaped(_) | Self::Variable(_) => 0,
        }
    }
}

/// A variable, and the text that stands in where the request lacks its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Lower-cased, as [`crate::context::Context`] keeps its keys.
    key: Box<str>,
    default: Option<Box<str>>,
}

impl Variable {
    /// The key it stands for, in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn resolve<'a>(&'a self, keys: &Keys<'a>) -> Option<Cow<'a, str>> {
        keys.single(&self.key).or_else(|| self.default.as_deref().map(Cow::Borrowed))
    }
}

/// Splits a value at its variables. Before version 2012-10-17 there are none, and `${` is plain text.
pub(crate) fn split(text: &str, version: Version) -> Result<Vec<Part<'_>>, String> {
    if version < Version::V2012 {
        return Ok(vec![Part::Raw(text)]);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Raw(before));
        }
        let (part, after) = variable(inside).ok_or("contains a policy variable that is not well formed")?;
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Raw(rest));
    }
    Ok(parts)
}

/// Reads what follows `${`, and gives the text behind the closing brace.
fn variable(inside: &str) -> Option<(Part<'_>, &str)> {
    for escape in ["*", "?", "$"] {
        if let Some(rest) = inside.strip_prefix(escape).and_then(|rest| rest.strip_prefix('}')) {
            return Some((Part::Escaped(escape), rest));
        }
    }
    let end = inside.find(['}', '\''])?;
    let (head, tail) = inside.split_at_checked(end)?;
    if let Some(after) = tail.strip_prefix('}') {
        return Some((Part::Variable(Variable { key: key(head)?, default: None }), after));
    }
    let name = head.trim_end().strip_suffix(',')?;
    let (default, after) = tail.strip_prefix('\'')?.split_once('\'')?;
    let after = after.trim_start().strip_prefix('}')?;
    Some((Part::Variable(Variable { key: key(name)?, default: Some(default.into()) }), after))
}

fn key(name: &str) -> Option<Box<str>> {
    let name = name.trim();
    let plain = !name.is_empty() && !name.contains(['$', '{', '*', '?', ',']);
    plain.then(|| name.to_lowercase().into())
}

/// A value compared as a whole, without wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Fixed(Box<str>),
    Parts(Vec<TextPart>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextPart {
    Fixed(Box<str>),
    Variable(Variable),
}

impl Text {
    pub(crate) fn parse(text: &str, version: Version) -> Result<Self, String> {
        let parts = split(text, version)?;
        if parts.iter().all(|part| !matches!(part, Part::Variable(_))) {
            let fixed: String = parts
                .iter()
                .map(|part| match part {
                    Part::Raw(text) => text,
                    Part::Escaped(text) => *text,
                    Part::Variable(_) => "",
                })
                .collect();
            return Ok(Self::Fixed(fixed.into()));
        }
        let parts = parts.into_iter().map(|part| match part {
            Part::Raw(text) | Part::Escaped(text) => TextPart::Fixed(text.into()),
            Part::Variable(variable) => TextPart::Variable(variable),
        });
        Ok(Self::Parts(parts.collect()))
    }

    /// The value with its variables filled in; `None` when one has no value, which equals nothing.
    pub(crate) fn resolve<'a>(&'a self, keys: &Keys<'a>) -> Option<Cow<'a, str>> {
        match self {
            Self::Fixed(text) => Some(Cow::Borrowed(text)),
            Self::Parts(parts) => {
                let mut whole = String::new();
                for part in parts {
                    match part {
                        TextPart::Fixed(text) => whole.push_str(text),
                        TextPart::Variable(variable) => whole.push_str(&variable.resolve(keys)?),
                    }
                }
                Some(Cow::Owned(whole))
            }
        }
    }
}
