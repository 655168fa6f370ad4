//! `trailward root-key reset`: whoever holds the data directory can always become root again, and never unrecorded.

use crate::cli::print;
use crate::client::{Client, Transport};
use crate::config::ServeFlags;
use crate::directory::DataDir;
use crate::env::credentials_file;
use crate::first_start::{new_key, write_credentials};
use crate::wiring::Stores;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use trailward_service::{Account, Gateway, KeySeed, load_accounts, reset_root_key};
use trailward_wire::sigv4::{Credentials, SigningSecret};

/// Commands about root keys.
#[derive(Debug, Subcommand)]
pub(crate) enum RootKeyCommand {
    /// Make a new root key and delete the account's other ones, while the service does not run.
    ///
    /// The key is written to DATA/credentials (of other accounts than the first: DATA/credentials-ACCOUNT). That it was made is
    /// in the journal before it is, as the event RootAccessKeyReset, and is delivered after the next start. Exits 2 if an older
    /// key could not be deleted.
    Reset(ResetArgs),
}

/// Arguments of `root-key reset`.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// The service's data directory.
    #[arg(long, env = "TRAILWARD_DATA", default_value = "./trailward-data", value_name = "DIR")]
    data: PathBuf,
    /// The account [default: the only one].
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    /// Leave the account's other root keys as they are.
    #[arg(long)]
    keep_others: bool,
}

/// Runs the command.
pub(crate) async fn run(command: RootKeyCommand) -> Result<ExitCode> {
    let RootKeyCommand::Reset(args) = command;
    let data = DataDir::open_existing(&args.data)?;
    let config = ServeFlags::default().resolve()?;
    let stores = Stores::open_in(data, &config).await?;
    let accounts =
        load_accounts(&stores.platform(&config, String::new())).await.context("cannot read the accounts")?;
    let account = chosen(&accounts, args.account_id.as_deref())?.id.clone();
    let is_first = accounts.first().is_some_and(|first| first.id == account);
    let path = if is_first {
        credentials_file(&args.data)
    } else {
        args.data.join(format!("credentials-{account}"))
    };
    let platform = Arc::new(stores.platform(&config, account.clone()));
    let (access_key_id, secret) = new_key()?;
    // Before the key exists, so that it cannot be lost; it opens nothing yet.
    write_credentials(&path, &access_key_id, &secret)?;
    let seed = KeySeed {
        access_key_id: access_key_id.clone(),
        secret: secret.clone(),
        user: None,
        administrator: false,
    };
    reset_root_key(&platform, &account, &seed).await.context("cannot make the key")?;
    print(&format!("made root key {access_key_id} of account {account}: {}\n", path.display()))?;
    if args.keep_others {
        return Ok(ExitCode::SUCCESS);
    }
    let credentials = Credentials {
        access_key_id: access_key_id.clone(),
        secret: SigningSecret::new(secret),
        session_token: None,
    };
    let client = Client {
        transport: Transport::Gateway(Gateway::new(platform)),
        credentials,
        region: "us-east-1".into(),
    };
    match delete_others(&client, &access_key_id).await {
        Ok(deleted) => {
            for id in deleted {
                print(&format!("deleted root key {id}\n"))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            print(&format!("older root keys may be left: {error:#}\n"))?;
            Ok(ExitCode::from(2))
        }
    }
}

fn chosen<'a>(accounts: &'a [Account], id: Option<&str>) -> Result<&'a Account> {
    match (accounts, id) {
        ([], _) => bail!("there is no account yet: the first start makes one"),
        ([only], None) => Ok(only),
        (_, None) => bail!("there are {} accounts: name one with --account-id", accounts.len()),
        (_, Some(id)) => accounts
            .iter()
            .find(|account| account.id == id)
            .with_context(|| format!("there is no account {id}")),
    }
}

/// By ordinary calls of root with its new key, so that they are recorded as such.
async fn delete_others(client: &Client, new: &str) -> Result<Vec<String>> {
    let iam = async |operation: &str, parameters: &[(&str, &str)]| {
        client.query("iam", "2010-05-08", operation, parameters).await?.expect_success(operation)
    };
    let listed = iam("ListAccessKeys", &[]).await?.text();
    let ids = listed.split("<AccessKeyId>").skip(1).filter_map(|rest| rest.split('<').next());
    let mut deleted = Vec::new();
    for id in ids.filter(|id| *id != new) {
        iam("DeleteAccessKey", &[("AccessKeyId", id)]).await?;
        deleted.push(id.to_owned());
    }
    Ok(deleted)
}
