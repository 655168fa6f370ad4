//! The IAM policy language: parse, compile, evaluate, explain.
//!
//! [`Policy::parse`] checks a document against the grammar of its kind and compiles it once; [`evaluate`] decides a
//! request against every policy that bears on it, as AWS does; [`explain`] decides the same and says why. Nothing
//! here does IO, panics on foreign input, or works without bound. [`spec`] is a second, plain evaluator that the
//! first is tested against.

mod ast;
mod condition;
mod context;
mod error;
mod eval;
mod explain;
mod glob;
mod inspect;
mod json;
mod names;
mod parse;
mod policy;
mod principal;
mod public;
pub mod spec;
mod template;
mod unmet;
mod value;
mod who;

pub use ast::{
    Condition, Effect, Operator, PolicyKind, PrincipalPattern, Quantifier, Scope, Statement, Test, Version,
};
pub use context::Context;
pub use error::ParseError;
pub use eval::{Caller, Decision, Request, evaluate};
pub use explain::{Deciding, Explanation, Source, explain};
pub use glob::like;
pub use names::{aws_principals, rename_aws_principals};
pub use policy::Policy;
pub use principal::{CANONICAL_USER_KEY, FEDERATED_PROVIDER_KEY, Principal};
pub use unmet::Unmet;
