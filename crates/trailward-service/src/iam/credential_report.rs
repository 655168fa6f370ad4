//! The credential report: one line for each user and for root.
//!
//! Source: IAM User Guide, "Generate credential reports for your AWS account". Who signed in with a password is nowhere,
//! as nobody can; certificates there are none.

use super::change::commit;
use super::keys::{self, Holder, root_arn};
use super::login_profiles;
use super::mfa::devices_of;
use super::password_policy;
use super::state::{User, all, failed};
use crate::call::Call;
use crate::identity::{Accounts, MfaHolder, StoredKey};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use time::OffsetDateTime;
use trailward_model::stamp;
use trailward_store::Batch;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_wire::ApiError;

/// How long a report is good for, and no other is made, in seconds.
pub(super) const GOOD_FOR: i64 = 4 * 3_600;

const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// A report that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Report {
    /// Epoch seconds.
    pub made: i64,
    /// CSV.
    pub text: String,
}

impl Stored for Report {
    const FORMAT: u16 = 1;
}

fn at(account: &str) -> Vec<u8> {
    Key::new("credential-report").str(account).into_bytes()
}

/// The last report of the account.
pub(super) async fn find(call: &Call) -> Result<Option<Report>, ApiError> {
    let entry = call.platform.catalog.get(&at(call.account())).await.map_err(failed)?;
    entry.map(|entry| decode(&entry.value).map_err(failed)).transpose()
}

/// Makes a report and keeps it.
pub(super) async fn make(call: &Call) -> Result<(), ApiError> {
    let report = Report { made: call.now.unix_timestamp(), text: text(call).await? };
    commit(Batch::new().put(at(call.account()), encode(&report).map_err(failed)?), call).await
}

/// `2026-01-02T03:04:05+00:00`.
fn moment(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    stamp::extended(at).replace('Z', "+00:00")
}

fn or_none(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "N/A".to_owned(), moment)
}

/// The line of somebody: what comes first, whether there is an MFA device, and the keys, oldest first.
async fn line(
    text: &mut String,
    first: [&str; 7],
    mfa: bool,
    mut keys: Vec<StoredKey>,
    call: &Call,
) -> Result<(), ApiError> {
    keys.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    // Names and ARNs may have commas.
    let quoted = first.map(|field| {
        if field.contains([',', '"']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    });
    let mut fields: Vec<String> = quoted.into();
    fields.push(mfa.to_string());
    for at in 0..2 {
        let Some(key) = keys.get(at) else {
            fields.push("false".into());
            fields.extend(["N/A"; 4].map(str::to_owned));
            continue;
        };
        let used = call.platform.last_used.of(&key.id, call).await?;
        fields.extend([key.active.to_string(), moment(key.created)]);
        fields.push(or_none(used.as_ref().map(|used| used.at)));
        let (region, service) = used.map_or(("N/A".into(), "N/A".into()), |used| (used.region, used.service));
        fields.extend([region, service]);
    }
    fields.extend(["false", "N/A", "false", "N/A"].map(str::to_owned));
    // Writing to a String cannot fail.
    let _ = write!(text, "\n{}", fields.join(","));
    Ok(())
}

async fn text(call: &Call) -> Result<String, ApiError> {
    let account = call.account();
    let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
    let mut text = HEAD.to_owned();
    let made = Accounts::get(&call.platform, account).await.map_err(failed)?.map_or(0, |known| known.created);
    let (arn, made) = (root_arn(account), moment(made));
    let unknown = "not_supported";
    let first = ["<root_account>", &arn, &made, unknown, "no_information", unknown, unknown];
    let has_device = !devices_of(&MfaHolder::Root, call).await?.is_empty();
    line(&mut text, first, has_device, keys::all_of(&Holder::Root, call).await?, call).await?;
    for user in all::<User>(&call.platform, account).await? {
        let profile = login_profiles::of(&user, call).await?.map(|read| read.value);
        let changed = or_none(profile.as_ref().map(|profile| profile.changed));
        let next = profile.as_ref().and_then(|profile| login_profiles::expires(profile, policy.as_ref()));
        let used = if profile.is_some() { "no_information" } else { "N/A" };
        let (arn, made, next) = (user.arn(account), moment(user.created), or_none(next));
        let enabled = profile.is_some().to_string();
        let first = [&*user.name, &*arn, &*made, &*enabled, used, &*changed, &*next];
        let has_device = !devices_of(&MfaHolder::User(user.id.clone()), call).await?.is_empty();
        let mut held = Vec::with_capacity(user.keys.len());
        for id in &user.keys {
            held.push(keys::find(id, call).await?.value);
        }
        line(&mut text, first, has_device, held, call).await?;
    }
    Ok(text)
}
