//! How listings show what they list.

use super::prelude::{S3Call, Spelling, convert, dto, etag, long, owner};
use s3s::S3Result;
use std::collections::BTreeMap;
use trailward_bucket::ObjectEntry;

/// Objects, with their owners if those are wanted.
pub(super) async fn objects(
    call: &S3Call,
    entries: Vec<ObjectEntry>,
    spelling: Spelling,
    owners: bool,
) -> S3Result<Vec<dto::Object>> {
    let names = if owners {
        Owners::of(call, entries.iter().map(|entry| entry.owner.as_str())).await?
    } else {
        Owners::default()
    };
    let show = |entry: ObjectEntry| dto::Object {
        checksum_algorithm: entry.checksum.as_ref().map(|c| vec![convert::algorithm(c.algorithm)]),
        checksum_type: entry.checksum.as_ref().map(|c| convert::checksum_type(c.kind)),
        e_tag: Some(etag(entry.etag)),
        key: Some(spelling.name(&entry.key)),
        last_modified: Some(entry.last_modified.into()),
        owner: names.get(&entry.owner),
        restore_status: None,
        size: Some(long(entry.size)),
        storage_class: Some(dto::ObjectStorageClass::from_static(entry.storage_class.as_str())),
    };
    Ok(entries.into_iter().map(show).collect())
}

/// Accounts as S3 names them.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<String, dto::Owner>);

impl Owners {
    pub(super) async fn of<'a>(call: &S3Call, accounts: impl Iterator<Item = &'a str>) -> S3Result<Self> {
        let mut names = BTreeMap::new();
        for account in accounts.map(str::to_owned).collect::<std::collections::BTreeSet<_>>() {
            let name = owner(call, &account).await?;
            names.insert(account, name);
        }
        Ok(Self(names))
    }

    pub(super) fn get(&self, account: &str) -> Option<dto::Owner> {
        self.0.get(account).cloned()
    }
}

/// Who began an upload: users by their ARN, the root user as its account.
pub(super) async fn initiator(call: &S3Call, arn: String) -> S3Result<dto::Initiator> {
    if let Some(account) = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")) {
        let owner = owner(call, account).await?;
        return Ok(dto::Initiator { display_name: owner.display_name, id: owner.id });
    }
    let name = arn.rsplit('/').next().map(str::to_owned);
    Ok(dto::Initiator { display_name: name, id: Some(arn) })
}
