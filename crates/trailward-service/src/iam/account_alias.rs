//! The name an account may have besides its number. One per account, and no two accounts the same.

use super::change::{commit, retried};
use super::errors::{already_there, no_such, short};
use super::state::failed;
use crate::call::Call;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_store::Batch;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_wire::ApiError;

/// Either side of the pair: of an account its alias, of an alias its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Other(String);

impl Stored for Other {
    const FORMAT: u16 = 1;
}

fn of_account(account: &str) -> Vec<u8> {
    Key::new("account-alias").str(account).into_bytes()
}

fn of_alias(alias: &str) -> Vec<u8> {
    Key::new("account-of-alias").str(alias).into_bytes()
}

/// The account's alias.
pub(super) async fn get(call: &Call) -> Result<Option<String>, ApiError> {
    let entry = call.platform.catalog.get(&of_account(call.account())).await.map_err(failed)?;
    entry.map(|entry| decode::<Other>(&entry.value).map(|other| other.0).map_err(failed)).transpose()
}

/// Gives the account an alias, in place of the one it has.
pub(super) async fn put(alias: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let catalog = &call.platform.catalog;
        if catalog.get(&of_alias(alias)).await.map_err(failed)?.is_some() {
            return Err(already_there(&format!("The account alias {} already exists.", short(alias))));
        }
        let at = of_account(call.account());
        let batch = Batch::new().absent(of_alias(alias));
        let batch = match catalog.get(&at).await.map_err(failed)? {
            Some(entry) => {
                let Other(before) = decode(&entry.value).map_err(failed)?;
                batch.unchanged(at.clone(), entry.revision).delete(of_alias(&before))
            }
            None => batch.absent(at.clone()),
        };
        let account = encode(&Other(call.account().to_owned())).map_err(failed)?;
        let batch = batch.put(at, encode(&Other(alias.to_owned())).map_err(failed)?);
        commit(batch.put(of_alias(alias), account), call).await?;
        Ok(Empty {})
    })
    .await
}

/// Takes the alias away.
pub(super) async fn delete(alias: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let missing = || no_such(format!("The account alias {} cannot be found.", short(alias)));
        let at = of_account(call.account());
        let entry = call.platform.catalog.get(&at).await.map_err(failed)?.ok_or_else(missing)?;
        let Other(have) = decode(&entry.value).map_err(failed)?;
        if have != alias {
            return Err(missing());
        }
        let batch = Batch::new().unchanged(at.clone(), entry.revision).delete(at).delete(of_alias(alias));
        commit(batch, call).await?;
        Ok(Empty {})
    })
    .await
}
