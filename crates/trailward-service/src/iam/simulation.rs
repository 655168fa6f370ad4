//! Asking the policy engine what it would decide, without doing anything.
//!
//! Source: IAM API Reference, `SimulatePrincipalPolicy`, `SimulateCustomPolicy`; User Guide, "Testing IAM policies with
//! the IAM policy simulator". As there, nothing of the caller's is added to the request: condition keys that are not
//! given are absent, but for those that follow from who is simulated.

use super::documents::parse_identity;
use super::errors::{invalid_input, malformed_policy, short};
use super::page::{Asked, Rest, page};
use crate::call::Call;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use trailward_model::Arn;
use trailward_policy::{
    Caller, Context, Deciding, Decision, Policy, PolicyKind, Principal, Request, Source, evaluate, explain,
};
use trailward_wire::ApiError;

/// Pairs of action and resource that one call may ask about.
const MOST_QUESTIONS: usize = 10_000;

/// The input of a simulation: the members that both have, and its own.
macro_rules! scenario {
    ($($own:tt)*) => {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub(crate) struct Input {
            $($own)*
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            policy_input_list: Vec<String>,
            #[serde(default)]
            action_names: Vec<String>,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            resource_arns: Vec<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_policy: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_owner: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            caller_arn: Option<String>,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            context_entries: Vec<super::simulation::ContextEntry>,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_handling_option: Option<String>,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            permissions_boundary_policy_input_list: Vec<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            max_items: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            marker: Option<String>,
        }

        impl Input {
            fn scenario(&self) -> super::simulation::Scenario<'_> {
                super::simulation::Scenario {
                    policies: &self.policy_input_list,
                    actions: &self.action_names,
                    resources: &self.resource_arns,
                    resource_policy: self.resource_policy.as_deref(),
                    resource_owner: self.resource_owner.as_deref(),
                    context: &self.context_entries,
                    handling: self.resource_handling_option.as_deref(),
                    boundary: &self.permissions_boundary_policy_input_list,
                    page: super::page::Asked { marker: self.marker.as_deref(), max_items: self.max_items },
                }
            }
        }
    };
}
pub(super) use scenario;

/// What both simulations are asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scenario<'a> {
    pub policies: &'a [String],
    pub actions: &'a [String],
    pub resources: &'a [String],
    pub resource_policy: Option<&'a str>,
    pub resource_owner: Option<&'a str>,
    pub context: &'a [ContextEntry],
    pub handling: Option<&'a str>,
    pub boundary: &'a [String],
    pub page: Asked<'a>,
}

/// One condition key of the simulated request.
#[expect(clippy::struct_field_names, reason = "named as the API's members are")]
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContextEntry {
    #[serde(default)]
    context_key_name: String,
    #[serde(default)]
    context_key_values: Vec<String>,
    #[serde(default)]
    context_key_type: String,
}

const TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];

/// A policy that takes part, with the name answers call it by.
pub(super) struct Named {
    pub policy: Policy,
    pub id: String,
    /// `user`, `group`, `role`, `aws-managed`, `user-managed`, `resource` or `none`.
    pub kind: &'static str,
}

/// Who is simulated, with every policy that bears on them; the names go with the caller's identity policies.
pub(super) struct Cast {
    pub caller: Caller,
    pub names: Vec<(String, &'static str)>,
}

impl Cast {
    pub(super) fn new(mut caller: Caller, policies: Vec<Named>) -> Self {
        let mut names = Vec::with_capacity(policies.len());
        caller.identity = policies
            .into_iter()
            .map(|named| {
                names.push((named.id, named.kind));
                named.policy
            })
            .collect();
        Self { caller, names }
    }
}

/// The verdict on an action: the strictest of those on its resources, with everything they rest on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EvaluationResult {
    eval_action_name: String,
    /// DEVIATION: of one resource its ARN, of several `*`; AWS answers the form that the action's ARNs have.
    eval_resource_name: String,
    eval_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations_decision_detail: Option<Organizations>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_specific_results: Vec<ResourceResult>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceResult {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<Boundary>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Matched {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Position,
    end_position: Position,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Organizations {
    allowed_by_organizations: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    allowed_by_permissions_boundary: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    evaluation_results: Vec<EvaluationResult>,
    #[serde(flatten)]
    rest: Rest,
}

/// Policies as text, named by their place in the request.
pub(super) fn given(texts: &[String], list: &str) -> Result<Vec<Named>, ApiError> {
    texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let policy = parse_identity(text)?;
            Ok(Named { policy, id: format!("{list}.{}", at + 1), kind: "none" })
        })
        .collect()
}

/// A principal for policies that are nobody's: the one that is named, or a user of the calling account.
pub(super) fn principal(named: Option<&str>, call: &Call) -> Result<Principal, ApiError> {
    let account = call.account().to_owned();
    let Some(text) = named else {
        let arn = Arn::new("iam", "", &account, "user/simulated").to_string();
        return Ok(Principal::User { account, arn, user_id: "AIDASIMULATED".into() });
    };
    let invalid = || invalid_input(format!("Invalid Caller ARN: {}", short(text)));
    let arn: Arn = text.parse().map_err(|_| invalid())?;
    match (arn.service.as_str(), arn.resource.split('/').next()) {
        ("iam", Some("user")) => {
            let user_id = "AIDASIMULATED".into();
            Ok(Principal::User { account: arn.account, arn: text.to_owned(), user_id })
        }
        _ => Err(invalid()),
    }
}

/// Decides every question of the scenario, a page of actions.
pub(super) fn run(scenario: &Scenario<'_>, cast: &Cast, call: &Call) -> Result<Output, ApiError> {
    let context = context(scenario.context)?;
    let resource_policy = scenario
        .resource_policy
        .map(|text| Policy::parse(text, PolicyKind::Resource).map_err(|error| malformed_policy(&error)));
    let resource_policy = resource_policy.transpose()?;
    let owner = match scenario.resource_owner {
        None => None,
        Some(text) => Some(
            account_of(text)
                .ok_or_else(|| invalid_input(format!("Invalid Resource Owner: {}", short(text))))?,
        ),
    };
    let everything = ["*".to_owned()];
    let resources = if scenario.resources.is_empty() { &everything } else { scenario.resources };
    if scenario.actions.len().saturating_mul(resources.len()) > MOST_QUESTIONS {
        return Err(invalid_input(format!(
            "More than {MOST_QUESTIONS} pairs of action and resource cannot be simulated in one call."
        )));
    }
    let actions: Vec<(usize, &String)> = scenario.actions.iter().enumerate().collect();
    let (actions, rest) = page(actions, |(at, _)| format!("{at:08}"), scenario.page)?;
    let missing = missing(cast, resource_policy.as_ref(), &context);
    let stage = Stage { cast, context: &context, resource_policy: resource_policy.as_ref(), missing };
    let results = actions.into_iter().map(|(_, action)| {
        let verdicts: Vec<Verdict> = resources
            .iter()
            .map(|resource| {
                let named = resource.parse::<Arn>().ok().map(|arn| arn.account);
                let account = owner.clone().or(named.filter(|account| !account.is_empty()));
                stage.decide(action, resource, account.as_deref().unwrap_or(call.account()))
            })
            .collect();
        stage.result(action, resources, verdicts, scenario.resources.is_empty())
    });
    Ok(Output { evaluation_results: results.collect(), rest })
}

struct Stage<'a> {
    cast: &'a Cast,
    context: &'a Context,
    resource_policy: Option<&'a Policy>,
    missing: Vec<String>,
}

/// What becomes of one action on one resource.
struct Verdict {
    decision: Decision,
    matched: Vec<Matched>,
    boundary: Option<Boundary>,
    /// Whether the organization lets it pass, if there is one.
    organization: bool,
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allowed",
        Decision::ExplicitDeny => "explicitDeny",
        Decision::ImplicitDeny => "implicitDeny",
    }
}

fn strictness(decision: Decision) -> u8 {
    match decision {
        Decision::Allow => 0,
        Decision::ImplicitDeny => 1,
        Decision::ExplicitDeny => 2,
    }
}

impl Stage<'_> {
    fn decide(&self, action: &str, resource: &str, owner: &str) -> Verdict {
        let caller = &self.cast.caller;
        let request = Request {
            caller,
            action,
            resource,
            resource_account: Some(owner),
            resource_policy: self.resource_policy,
            resource_policy_required: false,
            rcps: &[],
            context: self.context,
        };
        let explained = explain(&request);
        let boundary = caller.boundary.as_ref().map(|boundary| {
            let mut alone = Caller::new(caller.principal.clone());
            alone.identity = vec![boundary.clone()];
            let request = Request { caller: &alone, resource_policy: None, ..request };
            Boundary { allowed_by_permissions_boundary: evaluate(&request) == Decision::Allow }
        });
        Verdict {
            decision: explained.decision,
            matched: explained.deciding.iter().filter_map(|d| self.matched(d)).collect(),
            boundary,
            organization: explained.decision == Decision::Allow || explained.refused_by != Some(Source::Scp),
        }
    }

    fn result(
        &self,
        action: &str,
        resources: &[String],
        verdicts: Vec<Verdict>,
        anywhere: bool,
    ) -> EvaluationResult {
        let strictest = verdicts.iter().map(|verdict| verdict.decision).max_by_key(|d| strictness(*d));
        let strictest = strictest.unwrap_or(Decision::ImplicitDeny);
        let mut matched: Vec<Matched> = Vec::new();
        for one in verdicts.iter().filter(|verdict| verdict.decision == strictest).flat_map(|v| &v.matched) {
            if !matched.contains(one) {
                matched.push(one.clone());
            }
        }
        let boundary = self.cast.caller.boundary.as_ref().map(|_| Boundary {
            allowed_by_permissions_boundary: verdicts
                .iter()
                .all(|v| v.boundary.as_ref().is_none_or(|b| b.allowed_by_permissions_boundary)),
        });
        let organization =
            Organizations { allowed_by_organizations: verdicts.iter().all(|v| v.organization) };
        let each =
            resources.iter().zip(verdicts).filter(|_| !anywhere).map(|(resource, verdict)| ResourceResult {
                eval_resource_name: resource.clone(),
                eval_resource_decision: word(verdict.decision),
                matched_statements: verdict.matched,
                missing_context_values: self.missing.clone(),
                permissions_boundary_decision_detail: verdict.boundary,
            });
        let resource_specific_results = each.collect();
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: match resources {
                [one] => one.clone(),
                _ => "*".to_owned(),
            },
            eval_decision: word(strictest),
            matched_statements: matched,
            missing_context_values: self.missing.clone(),
            organizations_decision_detail: (!self.cast.caller.scps.is_empty()).then_some(organization),
            permissions_boundary_decision_detail: boundary,
            resource_specific_results,
        }
    }

    fn matched(&self, deciding: &Deciding) -> Option<Matched> {
        let caller = &self.cast.caller;
        let (policy, id, kind) = match deciding.source {
            Source::Identity => {
                let (id, kind) = self.cast.names.get(deciding.policy)?.clone();
                (caller.identity.get(deciding.policy)?, id, kind)
            }
            Source::Resource | Source::Trust => (self.resource_policy?, "ResourcePolicy".into(), "resource"),
            Source::Boundary => {
                (caller.boundary.as_ref()?, "PermissionsBoundaryPolicyInputList.1".into(), "none")
            }
            // Guardrails of the organization are told by their own detail, not shown.
            Source::Session | Source::Scp | Source::Rcp => return None,
        };
        let span = policy.span(deciding.statement)?;
        Some(Matched {
            source_policy_id: id,
            source_policy_type: kind,
            start_position: position(policy.text(), span.start),
            end_position: position(policy.text(), span.end),
        })
    }
}

/// Line and column, both from 1.
fn position(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column }
}

fn context(entries: &[ContextEntry]) -> Result<Context, ApiError> {
    let mut context = Context::new();
    for entry in entries {
        let name = &entry.context_key_name;
        if !(5..=256).contains(&name.len()) {
            return Err(invalid_input(format!("Invalid Context Key: {}", short(name))));
        }
        if !TYPES.contains(&entry.context_key_type.as_str()) {
            return Err(invalid_input(format!(
                "Invalid Context Key Type: {}",
                short(&entry.context_key_type)
            )));
        }
        if entry.context_key_values.len() != 1 && !entry.context_key_type.ends_with("List") {
            return Err(invalid_input(format!(
                "Context key {} of type {} must have one value.",
                short(name),
                entry.context_key_type
            )));
        }
        context.set_multi(name, entry.context_key_values.iter().cloned());
    }
    Ok(context)
}

/// Keys that the policies ask for and nobody gave.
fn missing(cast: &Cast, resource_policy: Option<&Policy>, context: &Context) -> Vec<String> {
    let caller = &cast.caller;
    let policies = caller.identity.iter().chain(&caller.boundary).chain(resource_policy);
    let asked: BTreeSet<String> = policies.flat_map(Policy::condition_keys).collect();
    let derived =
        ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid", "aws:username"];
    asked
        .into_iter()
        .filter(|key| {
            let lower = key.to_lowercase();
            context.get(&lower).is_none()
                && caller.context.get(&lower).is_none()
                && !derived.contains(&lower.as_str())
        })
        .collect()
}

/// The account in `arn:aws:iam::ACCOUNT:root`, or a bare account id.
fn account_of(text: &str) -> Option<String> {
    let id = text.parse::<Arn>().map_or_else(|_| text.to_owned(), |arn| arn.account);
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}
