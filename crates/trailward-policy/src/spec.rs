//! A second evaluator, plain enough to be read beside the IAM User Guide.
//!
//! It works on policies as written and shares no matching with [`crate::evaluate`], only how dates are read
//! and which keys follow from a principal. It is slow, and its recursion grows with the pattern: it is for tests and
//! for settling arguments, never for foreign requests.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ast::{Condition, Effect, PrincipalPattern, Quantifier, Scope, Statement, Test, Version};
use crate::value::instant;
use crate::{CANONICAL_USER_KEY, Decision, FEDERATED_PROVIDER_KEY, Policy, Principal, Request};

/// Decides a request, step by step.
pub fn evaluate(request: &Request<'_>) -> Decision {
    let caller = request.caller;
    let sessions = caller.session.as_deref().unwrap_or_default();
    let boundary = caller.boundary.as_slice();
    let resource = request.resource_policy.map(std::slice::from_ref).unwrap_or_default();

    // 1. An explicit deny in any policy.
    let controls = request.rcps.iter().chain(&caller.scps).flatten();
    let attached = caller.identity.iter().chain(boundary).chain(sessions);
    if controls.chain(attached).chain(resource).any(|policy| has(request, policy, Effect::Deny, |_| true)) {
        return Decision::ExplicitDeny;
    }
    // 2. Resource and service control policies: an allow at every level.
    let allows =
        |policies: &[Policy]| policies.iter().any(|policy| has(request, policy, Effect::Allow, |_| true));
    if !request.rcps.iter().chain(&caller.scps).all(|level| allows(level)) {
        return Decision::ImplicitDeny;
    }
    // 3. What the resource policy grants, and to whom by name.
    let grants = |wanted: &[Named]| {
        resource.iter().any(|policy| has(request, policy, Effect::Allow, |named| wanted.contains(&named)))
    };
    let granted = grants(&[Named::Caller, Named::RoleOrAll, Named::Account]);
    let Some(account) = caller.principal.account() else { return settle(granted) };
    let same_account = request.resource_account.is_none_or(|owner| owner == account);
    if same_account && grants(&[Named::Caller]) {
        return Decision::Allow;
    }
    // 4. Identity policies, which the account's root does without.
    let root = matches!(caller.principal, Principal::Root { .. });
    let by_resource = same_account && grants(&[Named::RoleOrAll]);
    let by_identity = allows(&caller.identity) || root;
    // 5. and 6. The permissions boundary and the session policies.
    let within_boundary = root || boundary.is_empty() || allows(boundary);
    let within_session = caller.session.is_none() || allows(sessions);
    // The resource's side: another account's resource must grant, as must keys and roles.
    let resource_side = granted || same_account && !request.resource_policy_required;
    settle((by_resource || by_identity) && within_boundary && within_session && resource_side)
}

fn settle(allowed: bool) -> Decision {
    if allowed { Decision::Allow } else { Decision::ImplicitDeny }
}

/// By which of its names a statement reaches the caller.
#[derive(Clone, Copy, PartialEq)]
enum Named {
    Caller,
    RoleOrAll,
    Account,
}

fn has(request: &Request<'_>, policy: &Policy, effect: Effect, wanted: impl Fn(Named) -> bool) -> bool {
    let attached_to_resource = request.resource_policy.is_some_and(|have| std::ptr::eq(have, policy));
    policy.statements().iter().any(|statement| {
        let principals = match &statement.principal {
            Some(scope) => reached(request, scope),
            None if attached_to_resource && effect == Effect::Allow => Vec::new(),
            None => vec![Named::Caller],
        };
        statement.effect == effect
            && principals.into_iter().any(&wanted)
            && covers(request, statement, policy.version())
    })
}

fn reached(request: &Request<'_>, scope: &Scope<PrincipalPattern>) -> Vec<Named> {
    use PrincipalPattern as P;
    let aws = |name: &str| scope.values().contains(&P::Aws(name.to_owned()));
    let principal = &request.caller.principal;
    let everyone = scope.values().contains(&P::Everyone);
    let account = principal.account().is_some_and(|account| {
        let root = format!(":iam::{account}:root");
        scope.values().iter().any(|p| matches!(p, P::Aws(name) if name == account || name.ends_with(&root)))
    });
    let by_key = |key: &str, wrap: fn(String) -> P| {
        values(request, key).into_iter().any(|value| scope.values().contains(&wrap(value)))
    };
    let (caller, role) = match principal {
        Principal::Anonymous => (by_key(FEDERATED_PROVIDER_KEY, P::Federated), false),
        Principal::Service(name) => (scope.values().contains(&P::Service(name.clone())), false),
        Principal::Root { .. } => (false, false),
        Principal::User { arn, user_id, .. } => (aws(arn) || aws(user_id), false),
        Principal::RoleSession { role_arn, session_arn, role_id, session_name, .. } => {
            (aws(session_arn) || aws(&format!("{role_id}:{session_name}")), aws(role_arn) || aws(role_id))
        }
        Principal::FederatedUser { arn, .. } => (aws(arn), false),
    };
    if scope.is_negated() {
        // NotPrincipal spares only those all of whose names are listed, and nobody with a permissions boundary.
        let whole = match principal {
            Principal::Anonymous => false,
            Principal::Service(_) => caller,
            Principal::Root { .. } => account,
            Principal::RoleSession { .. } => caller && role && account,
            Principal::User { .. } | Principal::FederatedUser { .. } => caller && account,
        };
        let spared = (everyone || whole) && request.caller.boundary.is_none();
        return if spared { vec![] } else { vec![Named::RoleOrAll] };
    }
    let canonical = principal.account().is_some() && by_key(CANONICAL_USER_KEY, P::CanonicalUser);
    let named = [
        (caller, Named::Caller),
        (role || everyone, Named::RoleOrAll),
        (account || canonical, Named::Account),
    ];
    named.into_iter().filter(|(yes, _)| *yes).map(|(_, named)| named).collect()
}

fn covers(request: &Request<'_>, statement: &Statement, version: Version) -> bool {
    let expand = |text: &str| expand(request, text, version);
    let action = symbols(&request.action.to_ascii_lowercase());
    let action =
        statement.action.values().iter().any(|want| glob(&pattern(&want.to_ascii_lowercase()), &action));
    let resource = statement.resource.as_ref().is_none_or(|scope| {
        let matches =
            |want: &String| expand(want).is_some_and(|want| resource(want, &symbols(request.resource)));
        scope.values().iter().any(matches) != scope.is_negated()
    });
    action != statement.action.is_negated()
        && resource
        && statement.conditions.iter().all(|condition| holds(request, condition, version))
}

/// A condition key's values: the request's, the caller's, or what follows from the principal.
fn values(request: &Request<'_>, key: &str) -> Vec<String> {
    let set = request.context.get(key).or_else(|| request.caller.context.get(key));
    let derived =
        || request.caller.principal.derived(&key.to_lowercase()).map(String::from).into_iter().collect();
    set.map_or_else(derived, <[String]>::to_vec)
}

fn holds(request: &Request<'_>, condition: &Condition, version: Version) -> bool {
    let have = values(request, &condition.key);
    let operator = condition.operator;
    if operator.test == Test::Null {
        return condition.values.iter().any(|want| want.eq_ignore_ascii_case("true") == have.is_empty());
    }
    let negated = operator.test.name().contains("Not");
    let one = |have: &String| {
        negated != condition.values.iter().any(|want| compare(request, operator.test, have, want, version))
    };
    let null = have.iter().all(String::is_empty);
    match operator.quantifier {
        Quantifier::Single if have.is_empty() => operator.if_exists || negated,
        Quantifier::Single if negated => have.iter().all(one),
        Quantifier::Single => have.iter().any(one),
        Quantifier::ForAll => null || have.iter().all(one),
        Quantifier::ForAny if have.is_empty() => operator.if_exists,
        Quantifier::ForAny => !null && have.iter().any(one),
    }
}

/// Whether a value of the key matches a value of the policy, negation aside.
fn compare(request: &Request<'_>, test: Test, have: &str, want: &str, version: Version) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let name = test.name();
    let literal = || {
        let symbols = expand(request, want, version)?;
        Some(symbols.into_iter().map(|symbol| symbol.written).collect::<String>())
    };
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    let ordering = if name.starts_with("Numeric") {
        have.parse::<f64>()
            .ok()
            .zip(want.parse::<f64>().ok())
            .and_then(|(have, want)| have.partial_cmp(&want))
    } else {
        instant(have).zip(instant(want)).map(|(have, want)| have.cmp(&want))
    };
    match name.replace("Not", "").trim_start_matches("Numeric").trim_start_matches("Date") {
        "StringEquals" => literal().is_some_and(|want| have == want),
        "StringEqualsIgnoreCase" => literal().is_some_and(|want| lower(have) == lower(&want)),
        "StringLike" => expand(request, want, version).is_some_and(|want| glob(&want, &symbols(have))),
        "ArnEquals" | "ArnLike" => {
            expand(request, want, version).is_some_and(|want| arn(&want, &symbols(have)))
        }
        "Bool" => lower(have) == lower(want),
        "BinaryEquals" => STANDARD.decode(have).ok().is_some_and(|have| STANDARD.decode(want) == Ok(have)),
        "IpAddress" => in_range(have, want).unwrap_or(false),
        "Equals" => ordering == Some(Equal),
        "LessThan" => ordering == Some(Less),
        "LessThanEquals" => matches!(ordering, Some(Less | Equal)),
        "GreaterThan" => ordering == Some(Greater),
        "GreaterThanEquals" => matches!(ordering, Some(Greater | Equal)),
        _ => false,
    }
}

fn in_range(have: &str, want: &str) -> Option<bool> {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => format!("{:032b}", address.to_bits()),
        IpAddr::V6(address) => format!("{:0128b}", address.to_bits()),
    };
    let (base, length) = want.split_once('/').unwrap_or((want, "128"));
    let (have, base) = (bits(have.parse::<IpAddr>().ok()?.to_canonical()), bits(base.parse().ok()?));
    let length = length.parse::<usize>().ok()?.min(base.len());
    Some(have.len() == base.len() && have.chars().take(length).eq(base.chars().take(length)))
}

/// A character of a pattern, and whether it is a wildcard.
#[derive(Clone, Copy, PartialEq)]
struct Symbol {
    written: char,
    wild: bool,
}

fn symbols(text: &str) -> Vec<Symbol> {
    text.chars().map(|written| Symbol { written, wild: false }).collect()
}

fn pattern(text: &str) -> Vec<Symbol> {
    text.chars().map(|written| Symbol { written, wild: matches!(written, '*' | '?') }).collect()
}

/// A value with its variables filled in by text that is no pattern; `None` when one has no value.
fn expand(request: &Request<'_>, text: &str, version: Version) -> Option<Vec<Symbol>> {
    let Some((before, rest)) = text.split_once("${").filter(|_| version == Version::V2012) else {
        return Some(pattern(text));
    };
    let (value, after) = match rest.split_once('}')? {
        (escape @ ("*" | "?" | "$"), after) => (escape.to_owned(), after),
        (inside, after) => {
            let (key, default, after) = match inside.split_once('\'') {
                None => (inside, None, after),
                Some((key, _)) => {
                    let (default, after) = rest.split_once('\'')?.1.split_once('\'')?;
                    (key.trim_end().trim_end_matches(','), Some(default.to_owned()), after.split_once('}')?.1)
                }
            };
            let have = values(request, key.trim());
            (if have.len() == 1 { have.into_iter().next() } else { default }?, after)
        }
    };
    Some([pattern(before), symbols(&value), expand(request, after, version)?].concat())
}

const COLON: Symbol = Symbol { written: ':', wild: false };

/// A resource's pattern: in its first five fields a wildcard keeps to its field, unless it is a `*` that ends one.
fn resource(mut want: Vec<Symbol>, have: &[Symbol]) -> bool {
    let missing = 5_usize.saturating_sub(want.iter().filter(|symbol| **symbol == COLON).count());
    if want != pattern("*") {
        want.extend(pattern(&":*".repeat(missing)));
    }
    walk(&want, have, 0)
}

/// A pattern whose wildcards stand for anything.
fn glob(want: &[Symbol], have: &[Symbol]) -> bool {
    walk(want, have, 5)
}

/// Matches with so many colons of the pattern behind.
fn walk(want: &[Symbol], have: &[Symbol], colons: usize) -> bool {
    let Some((first, rest)) = want.split_first() else { return have.is_empty() };
    let ends_field = rest.first().is_none_or(|next| *next == COLON);
    let eat = |may: &dyn Fn(Symbol) -> bool, want: &[Symbol], colons: usize| {
        have.split_first().is_some_and(|(next, have)| may(*next) && walk(want, have, colons))
    };
    match first {
        Symbol { written: '*', wild: true } => {
            let free = colons >= 5 || ends_field;
            walk(rest, have, colons) || eat(&|next| free || next != COLON, want, colons)
        }
        Symbol { written: '?', wild: true } => eat(&|next| colons >= 5 || next != COLON, rest, colons),
        literal => eat(&|next| next == *literal, rest, colons + usize::from(*literal == COLON)),
    }
}

/// The ARN operators: six fields, each by itself.
fn arn(want: &[Symbol], have: &[Symbol]) -> bool {
    let fields = |symbols: &[Symbol]| -> Vec<Vec<Symbol>> {
        symbols.splitn(6, |symbol| *symbol == COLON).map(<[Symbol]>::to_vec).collect()
    };
    let (wanted, given) = (fields(want), fields(have));
    let is_arn = given.len() == 6 && given.first() == Some(&symbols("arn"));
    let each = wanted.len() == 6 && wanted.iter().zip(&given).all(|(want, have)| glob(want, have));
    is_arn && (want == pattern("*") || each)
}
