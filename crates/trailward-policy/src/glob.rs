//! Wildcard patterns. Matching is iterative and bounded by text times pattern: there is no recursion, and no
//! pattern for which it explodes.

use std::borrow::Cow;

use crate::ast::Version;
use crate::principal::Keys;
use crate::template::{Part, Variable, split};

/// A piece of a pattern. `cross` says whether a wildcard may stand for a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Text(Box<str>),
    One { cross: bool },
    Star { cross: bool },
    Variable(Variable),
}

/// A token whose variables are filled in. What a variable stood for is text, so that a user named `*` matches `*`.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Text(&'a str),
    One { cross: bool },
    Star { cross: bool },
}

enum Filled<'a> {
    Text(Cow<'a, str>),
    One { cross: bool },
    Star { cross: bool },
}

/// Whether a pattern with `*` and `?` matches, without regard to ASCII case: for questions beside policies, such as who is
/// expected. Takes time bounded by pattern times text.
pub fn like(pattern: &str, text: &str) -> bool {
    Glob::plain(pattern).matches_folded(text)
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
    has_variables: bool,
}

impl Glob {
    /// A pattern whose wildcards stand for anything.
    pub(crate) fn parse(text: &str, version: Version) -> Result<Self, String> {
        Ok(Self::build(split(text, version)?, |_| true))
    }

    /// A pattern without variables, compared without regard to ASCII case by [`Self::matches_folded`].
    pub(crate) fn plain(text: &str) -> Self {
        Self::build(vec![Part::Raw(text)], |_| true)
    }

    /// A `Resource` element, complete with its six fields. Within the first five fields a wildcard stays inside
    /// its field, but for a `*` that ends one: that may run on across colons. In the last field wildcards stand for
    /// anything. Fields that are missing are `*` (IAM User Guide, "Using wildcards in resource ARNs").
    pub(crate) fn resource(text: &str, version: Version) -> Result<Self, String> {
        let mut parts = split(text, version)?;
        let written = parts.iter().map(Part::colons).sum::<usize>();
        if text != "*" {
            parts.extend(std::iter::repeat_n(Part::Raw(":*"), 5_usize.saturating_sub(written)));
        }
        let mut glob = Self::build(parts, |colons| colons >= 5);
        let ends_field: Vec<bool> = (1..=glob.tokens.len())
            .map(|next| match glob.tokens.get(next) {
                Some(Token::Text(text)) => text.starts_with(':'),
                Some(_) => false,
                None => true,
            })
            .collect();
        for (token, ends_field) in glob.tokens.iter_mut().zip(ends_field) {
            if let Token::Star { cross } = token {
                *cross = *cross || ends_field;
            }
        }
        Ok(glob)
    }

    /// Builds tokens; `cross` is asked with the number of colons written so far.
    fn build(parts: Vec<Part<'_>>, cross: impl Fn(usize) -> bool) -> Self {
        let mut tokens = Vec::new();
        let mut has_variables = false;
        let mut colons = 0_usize;
        let mut text = String::new();
        let flush = |text: &mut String, tokens: &mut Vec<Token>| {
            if !text.is_empty() {
                tokens.push(Token::Text(std::mem::take(text).into()));
            }
        };
        for part in parts {
            match part {
                Part::Raw(raw) => {
                    for c in raw.chars() {
                        match c {
                            '*' => {
                                flush(&mut text, &mut tokens);
                                let star = Token::Star { cross: cross(colons) };
                                // Two stars say what one says.
                                if tokens.last() != Some(&star) {
                                    tokens.push(star);
                                }
                            }
                            '?' => {
                                flush(&mut text, &mut tokens);
                                tokens.push(Token::One { cross: cross(colons) });
                            }
                            _ => {
                                colons = colons.saturating_add(usize::from(c == ':'));
                                text.push(c);
                            }
                        }
                    }
                }
                Part::Escaped(escaped) => text.push_str(escaped),
                Part::Variable(variable) => {
                    flush(&mut text, &mut tokens);
                    has_variables = true;
                    tokens.push(Token::Variable(variable));
                }
            }
        }
        flush(&mut text, &mut tokens);
        Self { tokens, has_variables }
    }

    /// Whether the text matches; a variable without a value matches nothing.
    pub(crate) fn matches(&self, text: &str, keys: &Keys<'_>) -> bool {
        if !self.has_variables {
            return run(&self.tokens, text, false, Token::piece);
        }
        // Most patterns fail at their first text, before a variable needs looking up.
        let near = !matches!(self.tokens.first(), Some(Token::Text(first)) if !text.starts_with(&**first));
        near && self.fill(keys).is_some_and(|filled| run(&filled, text, false, Filled::piece))
    }

    /// Whether the text matches without regard to ASCII case.
    pub(crate) fn matches_folded(&self, text: &str) -> bool {
        run(&self.tokens, text, true, Token::piece)
    }

    fn fill<'a>(&'a self, keys: &Keys<'a>) -> Option<Vec<Filled<'a>>> {
        self.tokens
            .iter()
            .map(|token| {
                Some(match token {
                    Token::Text(text) => Filled::Text(Cow::Borrowed(text)),
                    Token::One { cross } => Filled::One { cross: *cross },
                    Token::Star { cross } => Filled::Star { cross: *cross },
                    Token::Variable(variable) => Filled::Text(variable.resolve(keys)?),
                })
            })
            .collect()
    }
}

impl Token {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Text(text) => Piece::Text(text),
            Self::One { cross } => Piece::One { cross: *cross },
            Self::Star { cross } => Piece::Star { cross: *cross },
            // Only reached through `fill`, which leaves none.
            Self::Variable(_) => Piece::Text("\0"),
        }
    }
}

impl Filled<'_> {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Text(text) => Piece::Text(text),
            Self::One { cross } => Piece::One { cross: *cross },
            Self::Star { cross } => Piece::Star { cross: *cross },
        }
    }
}

/// Runs a pattern over a text.
///
/// A star is taken as short as possible and lengthened on failure. Only the last star that may cross a colon, and the
/// last narrow one behind it, are ever lengthened: reaching a later crossing star earlier is never worse, since it
/// can take up whatever is left; and a narrow star's choices all end at the same colon.
fn run<T>(tokens: &[T], text: &str, fold: bool, piece: impl Fn(&T) -> Piece<'_>) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut next) = (0_usize, 0_usize);
    let mut wide: Option<(usize, usize)> = None;
    let mut narrow: Option<(usize, usize)> = None;
    loop {
        match tokens.get(next).map(&piece) {
            None if at == bytes.len() => return true,
            Some(Piece::Star { cross: true }) => {
                next += 1;
                if next == tokens.len() {
                    return true;
                }
                wide = Some((next, at));
                narrow = None;
                continue;
            }
            Some(Piece::Star { cross: false }) => {
                next += 1;
                narrow = Some((next, at));
                continue;
            }
            Some(Piece::One { cross }) => {
                if let Some(width) = one(bytes, at, cross) {
                    at += width;
                    next += 1;
                    continue;
                }
            }
            Some(Piece::Text(want)) if starts_with(bytes, at, want.as_bytes(), fold) => {
                at += want.len();
                next += 1;
                continue;
            }
            None | Some(Piece::Text(_)) => {}
        }
        match (narrow, wide) {
            (Some((token, from)), _) if bytes.get(from).is_some_and(|byte| *byte != b':') => {
                narrow = Some((token, from + 1));
                (next, at) = (token, from + 1);
            }
            (_, Some((token, from))) if from < bytes.len() => {
                narrow = None;
                wide = Some((token, from + 1));
                (next, at) = (token, from + 1);
            }
            _ => return false,
        }
    }
}

/// The width of the character at a position; `None` inside a character, at the end, or at a colon not to be crossed.
fn one(bytes: &[u8], at: usize, cross: bool) -> Option<usize> {
    match *bytes.get(at)? {
        b':' if !cross => None,
        0x00..=0x7f => Some(1),
        0x80..=0xbf => None,
        0xc0..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xff => Some(4),
    }
}

fn starts_with(bytes: &[u8], at: usize, want: &[u8], fold: bool) -> bool {
    let Some(here) = bytes.get(at..).and_then(|rest| rest.get(..want.len())) else { return false };
    if fold { here.eq_ignore_ascii_case(want) } else { here == want }
}

/// A pattern for the ARN operators: six fields, each compared by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnGlob {
    whole: Glob,
    /// `*` alone, which any ARN matches.
    any: bool,
    /// Colons of the pattern as written; with fewer than five it has no six fields and matches nothing.
    complete: bool,
}

impl ArnGlob {
    pub(crate) fn parse(text: &str, version: Version) -> Result<Self, String> {
        let parts = split(text, version)?;
        let written: usize = parts.iter().map(Part::colons).sum();
        let variables = parts.iter().any(|part| matches!(part, Part::Variable(_)));
        let whole = Glob::build(parts, |colons| colons >= 5);
        Ok(Self { whole, any: text == "*", complete: written >= 5 || variables })
    }

    /// Whether an ARN matches. A value that is not an ARN of six fields matches nothing.
    pub(crate) fn matches(&self, arn: &str, keys: &Keys<'_>) -> bool {
        if !arn.starts_with("arn:") || arn.bytes().filter(|byte| *byte == b':').count() < 5 {
            return false;
        }
        if self.any {
            return true;
        }
        if !self.complete {
            return false;
        }
        if !self.whole.has_variables {
            return run(&self.whole.tokens, arn, false, Token::piece);
        }
        let Some(mut filled) = self.whole.fill(keys) else { return false };
        // A variable may bring colons of its own, a whole ARN even: fields are counted in what it stands for.
        let mut colons = 0_usize;
        for piece in &mut filled {
            match piece {
                Filled::Text(text) => {
                    colons = colons.saturating_add(text.bytes().filter(|byte| *byte == b':').count());
                }
                Filled::One { cross } | Filled::Star { cross } => *cross = colons >= 5,
            }
        }
        colons >= 5 && run(&filled, arn, false, Filled::piece)
    }
}
