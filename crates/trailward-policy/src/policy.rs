use std::fmt;
use std::sync::Arc;

use crate::ast::{Effect, PolicyKind, PrincipalPattern, Scope, Statement, Version};
use crate::condition::Clause;
use crate::error::ParseError;
use crate::glob::Glob;
use crate::json;
use crate::parse::{Document, document};
use crate::principal::Keys;
use crate::public;
use crate::who::Who;

/// No document longer than this is looked at: it is what IAM's API takes at most.
const MAX_BYTES: usize = 131_072;

/// A policy document, checked and compiled.
///
/// A clone shares the compiled form. Evaluation is [`crate::evaluate`].
///
/// ```
/// use trailward_policy::{Policy, PolicyKind};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject",
///     "Resource": "arn:aws:s3:::logs/*"}}"#;
/// let policy = Policy::parse(text, PolicyKind::Identity)?;
/// assert_eq!(policy.resources().collect::<Vec<_>>(), ["arn:aws:s3:::logs/*"]);
/// # Ok::<(), trailward_policy::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Policy {
    inner: Arc<Inner>,
}

struct Inner {
    text: Box<str>,
    kind: PolicyKind,
    document: Document,
    rules: Vec<Rule>,
}

/// A compiled statement.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) effect: Effect,
    pub(crate) who: Option<Who>,
    pub(crate) action: Scope<Glob>,
    pub(crate) resource: Option<Scope<Glob>>,
    pub(crate) clauses: Vec<Clause>,
}

impl Policy {
    /// The size AWS allows a document of a kind, in characters that are not white space, which it does not count:
    /// 10,240 for policies of roles and for control policies, 32,768 for resources (KMS allows most).
    pub fn default_max_chars(kind: PolicyKind) -> usize {
        match kind {
            PolicyKind::Identity | PolicyKind::Trust | PolicyKind::Scp | PolicyKind::Rcp => 10_240,
            PolicyKind::Resource => 32_768,
        }
    }

    /// Checks and compiles a document of at most [`Self::default_max_chars`]. The error names the place.
    pub fn parse(json: &str, kind: PolicyKind) -> Result<Self, ParseError> {
        Self::parse_within(json, kind, Self::default_max_chars(kind))
    }

    /// [`Self::parse`] with a size of the caller's choosing; beyond 131,072 bytes nothing is read in any case.
    pub fn parse_within(json: &str, kind: PolicyKind, max_chars: usize) -> Result<Self, ParseError> {
        if json.len() > MAX_BYTES || json.chars().filter(|c| !c.is_whitespace()).count() > max_chars {
            return Err(ParseError::too_large(format!("the policy is longer than {max_chars} characters")));
        }
        let document = document(&json::read(json)?, kind)?;
        let version = document.version;
        let rules = document
            .statements
            .iter()
            .enumerate()
            .map(|(at, statement)| Rule::compile(statement, version, at))
            .collect::<Result<_, _>>()?;
        Ok(Self { inner: Arc::new(Inner { text: json.into(), kind, document, rules }) })
    }

    /// The document as it was given.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The grammar it was checked against.
    pub fn kind(&self) -> PolicyKind {
        self.inner.kind
    }

    /// The language version.
    pub fn version(&self) -> Version {
        self.inner.document.version
    }

    /// The document's own name.
    pub fn id(&self) -> Option<&str> {
        self.inner.document.id.as_deref()
    }

    /// The statements as written.
    pub fn statements(&self) -> &[Statement] {
        &self.inner.document.statements
    }

    /// Every resource of every statement, of `Resource` and `NotResource` alike.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.statements()
            .iter()
            .filter_map(|s| s.resource.as_ref())
            .flat_map(Scope::values)
            .map(String::as_str)
    }

    /// Every action of every statement, of `Action` and `NotAction` alike.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.statements().iter().flat_map(|s| s.action.values()).map(String::as_str)
    }

    /// Every principal of every statement, of `Principal` and `NotPrincipal` alike.
    pub fn principals(&self) -> impl Iterator<Item = &PrincipalPattern> {
        self.statements().iter().filter_map(|s| s.principal.as_ref()).flat_map(Scope::values)
    }

    /// Whether S3 calls the policy public, for `GetBucketPolicyStatus` and Block Public Access: some statement allows
    /// everybody, and no condition ties it to fixed values (S3 User Guide, "The meaning of public").
    pub fn is_public(&self) -> bool {
        self.statements().iter().any(public::is_public)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").field("kind", &self.kind()).field("text", &self.text()).finish()
    }
}

/// Two policies are equal when their documents are, letter by letter, and are of one kind.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.kind() == other.kind() && self.text() == other.text()
    }
}

impl Eq for Policy {}

impl Rule {
    fn compile(statement: &Statement, version: Version, at: usize) -> Result<Self, ParseError> {
        let fail =
            |element: &str, problem: String| ParseError::new(format!("Statement[{at}].{element}"), problem);
        let action = map(&statement.action, |text| Ok(Glob::plain(text))).map_err(|e| fail("Action", e))?;
        let resource = statement
            .resource
            .as_ref()
            .map(|resource| map(resource, |text| Glob::resource(text, version)))
            .transpose()
            .map_err(|e| fail("Resource", e))?;
        let clauses = statement
            .conditions
            .iter()
            .map(|condition| {
                Clause::compile(condition, version)
                    .map_err(|e| fail(&format!("Condition.{}.{}", condition.operator, condition.key), e))
            })
            .collect::<Result<_, _>>()?;
        let who = statement.principal.as_ref().map(Who::compile);
        Ok(Self { effect: statement.effect, who, action, resource, clauses })
    }

    /// Whether the statement covers the request, its principal element aside.
    pub(crate) fn covers(&self, action: &str, resource: &str, keys: &Keys<'_>) -> bool {
        holds(&self.action, |glob| glob.matches_folded(action))
            && self.resource.as_ref().is_none_or(|scope| holds(scope, |glob| glob.matches(resource, keys)))
            && self.clauses.iter().all(|clause| clause.holds(keys))
    }
}

fn map(scope: &Scope<String>, read: impl Fn(&str) -> Result<Glob, String>) -> Result<Scope<Glob>, String> {
    let globs = scope.values().iter().map(|text| read(text)).collect::<Result<_, _>>()?;
    Ok(if scope.is_negated() { Scope::Except(globs) } else { Scope::Only(globs) })
}

pub(crate) fn holds(scope: &Scope<Glob>, matches: impl FnMut(&Glob) -> bool) -> bool {
    scope.values().iter().any(matches) != scope.is_negated()
}
