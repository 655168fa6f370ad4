//! The accounts of an organization, and reading them through a role.

use super::{Identity, Reader};
use crate::account::Fact;
use crate::aws::{ReadError, found};
use aws_sdk_organizations::types::AccountState;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

/// Pages of accounts that are read; each has twenty.
const MOST_PAGES: usize = 5_000;

impl Reader {
    /// The ids of the organization's active accounts, in order. For its management account or a delegated administrator.
    pub async fn members(&self) -> Result<Vec<String>, ReadError> {
        let client = aws_sdk_organizations::Client::new(&self.region(self.default_region()));
        let (mut members, mut token) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let call = client.list_accounts().set_next_token(token.take()).send();
            let page = match self.ask("organizations:ListAccounts", call, &[]).await {
                Fact::Present(page) => page,
                Fact::Unreadable(why) => {
                    return Err(ReadError {
                        action: "organizations:ListAccounts",
                        code: None,
                        problem: why.problem,
                    });
                }
                Fact::Absent | Fact::NotAsked => break,
            };
            let active = page.accounts.unwrap_or_default().into_iter().filter(|account| {
                // A service that does not say counts as active: what cannot be read is told.
                account.state.as_ref().is_none_or(|state| *state == AccountState::Active)
            });
            members.extend(active.filter_map(|account| account.id));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        members.sort();
        Ok(members)
    }

    /// Reads another account as its role of that name, for at most an hour. Calls of both share one limit.
    pub async fn in_account(
        &self,
        own: &Identity,
        account: &str,
        role: &str,
    ) -> Result<(Self, Identity), ReadError> {
        let arn = format!("arn:{}:iam::{account}:role/{role}", own.partition);
        let refused = |code, problem: String| ReadError {
            action: "sts:AssumeRole",
            code,
            problem: format!("{arn} cannot be taken: {problem}"),
        };
        let client = aws_sdk_sts::Client::new(&self.config);
        let call = client.assume_role().role_arn(&arn).role_session_name("trailward-check").send().await;
        let answer =
            found("sts:AssumeRole", call, &[]).map_err(|error| refused(error.code, error.problem))?;
        let Some(given) = answer.and_then(|answer| answer.credentials) else {
            return Err(refused(None, "the answer has no credentials".to_owned()));
        };
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            None,
            "AssumeRole",
        );
        let provider = SharedCredentialsProvider::new(credentials);
        let config = self.config.to_builder().credentials_provider(provider).build();
        let reader = Self { config, gate: self.gate.clone() };
        let identity = reader.identity().await?;
        if identity.account == account {
            return Ok((reader, identity));
        }
        Err(refused(None, format!("it belongs to account {}", identity.account)))
    }
}
