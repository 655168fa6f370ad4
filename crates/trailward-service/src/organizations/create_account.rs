//! `CreateAccount`: an account with a root user that has no credentials, and the role by which the management account
//! administers it.
//!
//! On AWS the account is made in the background. Here it is there when the call returns, and the status says so; what is
//! wrong with the address is told by the status all the same.

use super::caller::{cause, manager};
use super::check::{email, length, new_id, pattern, tags, unknown_value};
use super::errors::{not_in_use, refused, unstored, unsuccessful};
use super::events;
use super::shapes::CreationShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::{Role, creation as created, unique_id};
use crate::identity::{Account, Accounts, load_accounts, new_account_batch};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trailward_model::Tag;
use trailward_organization::{Creation, CreationState, Tree};
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreateAccount;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    email: String,
    #[serde(default)]
    account_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iam_user_access_to_billing: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    create_account_status: CreationShape,
}

/// How often the account is made anew after another change of the organization came first.
const ATTEMPTS: usize = 8;

impl Operation for CreateAccount {
    const NAME: &'static str = "CreateAccount";
    const ACCESS: Access = Access::write("organizations:CreateAccount");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any().tagged_by("organizations:TagResource", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check(&input)?;
        let now = call.now.unix_timestamp();
        let organizations = &call.platform.organizations;
        let mut lost = not_in_use();
        for _ in 0..ATTEMPTS {
            let before = manager(call).await?;
            let id = &before.organization.id;
            let account = new_account(&input, call).await?;
            let mut creation = Creation {
                id: new_id(call, "car-", 32)?,
                name: input.account_name.clone(),
                state: CreationState::Succeeded,
                at: now,
                account: Some(account.id.clone()),
            };
            let mut after = before.clone();
            let mut batch = Batch::new();
            if is_taken(&input.email, call).await? {
                creation.state = CreationState::EmailExists;
                creation.account = None;
            } else {
                let waiting = organizations.waiting(id, now).await.map_err(unstored)?;
                let named = (account.id.as_str(), account.name.as_str(), account.email.as_str());
                after.created(named, input.tags.clone(), waiting, now).map_err(refused)?;
                batch = with_account(batch, &account, &role(&input, &before, call)?)?;
            }
            let status = organizations.put_creation(id, &creation).map_err(unstored)?;
            batch.conditions.extend(status.conditions);
            batch.writes.extend(status.writes);
            match organizations.commit(&before, &after, batch, cause(call)).await.map_err(unsuccessful) {
                Ok(()) => {
                    events::created(&creation, &before.organization.management, call).await?;
                    return Ok(Output { create_account_status: CreationShape::from(&creation) });
                }
                Err(error) if error.code == "ConcurrentModificationException" => lost = error,
                Err(error) => return Err(error),
            }
        }
        Err(lost)
    }

    fn record_input(input: &Input) -> Value {
        hidden(recorded(input), &["email", "accountName"])
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        if let Some(status) = answer.get_mut("createAccountStatus") {
            *status = hidden(status.take(), &["accountName"]);
        }
        answer
    }
}

/// As CloudTrail records them: names and addresses of people are hidden.
fn hidden(mut value: Value, members: &[&str]) -> Value {
    for member in members {
        if let Some(text) = value.get_mut(*member) {
            *text = Value::from("****");
        }
    }
    value
}

fn check(input: &Input) -> Result<(), ApiError> {
    email(&input.email)?;
    length(&input.account_name, 1, 50)?;
    if !input.account_name.chars().all(|c| (' '..='~').contains(&c)) {
        return Err(pattern());
    }
    if let Some(role) = &input.role_name {
        length(role, 1, 64)?;
        if !role.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
            return Err(pattern());
        }
    }
    if !matches!(input.iam_user_access_to_billing.as_deref(), None | Some("ALLOW" | "DENY")) {
        return Err(unknown_value());
    }
    tags(&input.tags)
}

/// An account whose number nobody has.
async fn new_account(input: &Input, call: &Call) -> Result<Account, ApiError> {
    loop {
        let mut random = [0; 8];
        call.platform.entropy.fill(&mut random)?;
        let id = format!("{:012}", u64::from_be_bytes(random) % 1_000_000_000_000);
        if Accounts::get(&call.platform, &id).await.map_err(unstored)?.is_none() {
            let now = call.now.unix_timestamp();
            return Ok(Account::new(&id, &input.account_name, &input.email, now));
        }
    }
}

/// One address, one account.
async fn is_taken(email: &str, call: &Call) -> Result<bool, ApiError> {
    let accounts = load_accounts(&call.platform).await.map_err(unstored)?;
    Ok(accounts.iter().any(|account| account.email.eq_ignore_ascii_case(email)))
}

/// The role by which the management account gets in.
fn role(input: &Input, tree: &Tree, call: &Call) -> Result<Role, ApiError> {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{}:root", tree.organization.management)},
            "Action": "sts:AssumeRole",
        }],
    });
    Ok(Role {
        name: input.role_name.clone().unwrap_or_else(|| "OrganizationAccountAccessRole".to_owned()),
        id: unique_id(&call.platform, "AROA")?,
        path: "/".to_owned(),
        created: call.now.unix_timestamp(),
        description: None,
        trust: trust.to_string(),
        max_session_seconds: 3_600,
        tags: Vec::new(),
        inline: BTreeMap::new(),
        attached: vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()],
        boundary: None,
    })
}

fn with_account(mut batch: Batch, account: &Account, role: &Role) -> Result<Batch, ApiError> {
    for part in [new_account_batch(account).map_err(unstored)?, created(&account.id, role)?] {
        batch.conditions.extend(part.conditions);
        batch.writes.extend(part.writes);
    }
    Ok(batch)
}
