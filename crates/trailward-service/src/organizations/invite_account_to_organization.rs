//! `InviteAccountToOrganization`, by account number or by address. No mail is sent: the invited account finds the
//! invitation with `ListHandshakesForAccount`, for 15 days.
//!
//! DEVIATION: an address or a number of no account here is refused; on AWS the invitation waits for nobody.

use super::caller::manager;
use super::check::{email, id, invalid, length, new_id, tags};
use super::errors::{refused, unstored, unsuccessful};
use super::shapes::{HandshakeShape, Party};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::{Account, Accounts, load_accounts};
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_organization::{Handshake, HandshakeState, INVITATION_SECONDS, Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct InviteAccountToOrganization;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    target: Party,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    handshake: HandshakeShape,
}

impl Operation for InviteAccountToOrganization {
    const NAME: &'static str = "InviteAccountToOrganization";
    const ACCESS: Access = Access::write("organizations:InviteAccountToOrganization");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let target = match input.target.kind.as_str() {
            "ACCOUNT" => target::of(call, &input.target.id).await?,
            _ => Target::any(),
        };
        Ok(target.tagged_by("organizations:TagResource", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if let Some(notes) = &input.notes {
            length(notes, 0, 1024)?;
        }
        tags(&input.tags)?;
        let (account, by_email) = invited(&input.target, call).await?;
        let (organizations, now) = (&call.platform.organizations, call.now.unix_timestamp());
        let tree = manager(call).await?;
        if organizations.of_account(&account.id).await.map_err(unstored)?.is_some() {
            return Err(refused(Refusal::handshake(
                "ALREADY_IN_AN_ORGANIZATION",
                "The account is already in an organization.",
            )));
        }
        let all = organizations.handshakes().await.map_err(unstored)?;
        let open: Vec<_> = all
            .iter()
            .filter(|h| h.organization == tree.organization.id && h.state_at(now) == HandshakeState::Open)
            .collect();
        if open.iter().any(|handshake| handshake.account == account.id) {
            return Err(refused(Refusal::new(
                "DuplicateHandshakeException",
                "A handshake with the same action and target already exists.",
            )));
        }
        tree.check_room(open.len()).map_err(refused)?;
        let management = tree.member(&tree.organization.management).map_err(refused)?;
        let handshake = Handshake {
            id: new_id(call, "h-", 10)?,
            organization: tree.organization.id.clone(),
            management: (management.account.clone(), management.name.clone(), management.email.clone()),
            features: tree.organization.features.name().to_owned(),
            account: account.id,
            email: by_email.then_some(account.email),
            notes: input.notes,
            tags: input.tags,
            state: HandshakeState::Open,
            requested: now,
            expires: now + INVITATION_SECONDS,
        };
        // The organization is part of it: two invitations at once must not be more than there is room for.
        let batch = organizations.put_handshake(&handshake, None).map_err(unstored)?;
        let batch = organizations.pin(&tree, batch).map_err(unstored)?;
        organizations.put(batch).await.map_err(unsuccessful)?;
        Ok(Output { handshake: HandshakeShape::new(&handshake, now) })
    }
}

/// The invited account, and whether an address names it.
async fn invited(party: &Party, call: &Call) -> Result<(Account, bool), ApiError> {
    match party.kind.as_str() {
        "ACCOUNT" => {
            id(&party.id, &[Id::Account])?;
            let found = Accounts::get(&call.platform, &party.id).await.map_err(unstored)?;
            let nobody =
                || invalid("INVALID_PARTY_TYPE_TARGET", "You specified an account that doesn't exist.");
            Ok((found.ok_or_else(nobody)?, false))
        }
        "EMAIL" => {
            email(&party.id)?;
            let accounts = load_accounts(&call.platform).await.map_err(unstored)?;
            let found = accounts.into_iter().find(|account| account.email.eq_ignore_ascii_case(&party.id));
            let nobody = || {
                invalid("INVALID_EMAIL_ADDRESS_TARGET", "You specified an email address that no account has.")
            };
            Ok((found.ok_or_else(nobody)?, true))
        }
        _ => Err(invalid(
            "INVALID_PARTY_TYPE_TARGET",
            "You specified the wrong type of entity as a party to a handshake.",
        )),
    }
}
