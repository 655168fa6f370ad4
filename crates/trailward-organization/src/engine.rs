//! All organizations of the store.

use crate::error::{OrganizationError, Refusal};
use crate::handshake::{Handshake, HandshakeState};
use crate::records::{ClosedAccount, ControlPolicy, Creation, Member, Membership, Organization, Unit};
use crate::standing::Standing;
use crate::tree::Tree;
use crate::trusted::CLOUDTRAIL;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trailward_model::{Joining, Trail, TrailEpoch};
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Catalog, Revision, Scan, StoreError, StoreErrorKind, trails};

/// More of a kind than any quota lets an organization have.
const MOST: usize = 100_000;

/// Accounts whose standing is kept.
const CACHED: usize = 10_000;

/// How often a whole organization is read anew because it changed while it was read.
const ATTEMPTS: usize = 16;

/// The call that makes a change.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Its request id: what it changes of trails applies to the records after its own.
    pub request: &'a str,
    /// Epoch seconds.
    pub at: i64,
}

#[derive(Debug, Default)]
struct Cache {
    /// The commit that had last changed any organization when this was read; `None` if there was none.
    revision: Option<Revision>,
    /// What the catalog had seen of commits then.
    seen: Option<u64>,
    trees: HashMap<String, Arc<Tree>>,
    standings: HashMap<String, Option<Arc<Standing>>>,
}

/// All organizations of the store. Everything that returns `Ok` after a change has it on stable storage.
#[derive(Debug)]
pub struct Organizations {
    catalog: Arc<dyn Catalog>,
    cache: Mutex<Cache>,
}

fn organization_at(id: &str) -> Vec<u8> {
    Key::new("organization").str(id).into_bytes()
}

fn part_at(space: &str, organization: &str, id: &str) -> Vec<u8> {
    Key::new(space).str(organization).str(id).into_bytes()
}

fn membership_at(account: &str) -> Vec<u8> {
    Key::new("organization-of").str(account).into_bytes()
}

/// Outlives the membership: who is removed from an organization does not come to life again.
fn closed_at(account: &str) -> Vec<u8> {
    Key::new("organization-closed-account").str(account).into_bytes()
}

fn handshake_at(id: &str) -> Vec<u8> {
    Key::new("organization-handshake").str(id).into_bytes()
}

/// Written by every change of any organization; only its revision counts.
fn change_at() -> Vec<u8> {
    Key::new("organization-change").into_bytes()
}

fn changing(batch: Batch) -> Batch {
    batch.put(change_at(), Vec::new())
}

const UNIT: &str = "organization-unit";
const MEMBER: &str = "organization-member";
const POLICY: &str = "organization-policy";
const CREATION: &str = "organization-creation";

/// Writes what differs between two sets of parts.
fn difference<T: Stored + PartialEq>(
    mut batch: Batch,
    at: impl Fn(&str) -> Vec<u8>,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
) -> Result<Batch, StoreError> {
    for (id, value) in after {
        if before.get(id) != Some(value) {
            batch = batch.put(at(id), encode(value)?);
        }
    }
    for id in before.keys().filter(|id| !after.contains_key(*id)) {
        batch = batch.delete(at(id));
    }
    Ok(batch)
}

impl Organizations {
    /// The organizations in `catalog`. Nothing is read yet.
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog, cache: Mutex::default() }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit that last changed any organization. What is kept from before it is forgotten: whoever made the change,
    /// it is seen by the next call.
    async fn refresh(&self) -> Result<Option<Revision>, StoreError> {
        let seen = self.catalog.commits_seen();
        {
            let cache = self.cache();
            if seen.is_some() && cache.seen == seen {
                return Ok(cache.revision);
            }
        }
        let revision = self.catalog.get(&change_at()).await?.map(|entry| entry.revision);
        let mut cache = self.cache();
        if cache.revision != revision {
            *cache = Cache { revision, ..Cache::default() };
        }
        cache.seen = seen;
        Ok(revision)
    }

    async fn all<T: Stored>(&self, space: &str, id: &str) -> Result<Vec<T>, StoreError> {
        let prefix = Key::new(space).str(id).into_bytes();
        let items = self.catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
        items.iter().map(|item| decode(&item.value)).collect()
    }

    async fn organization(&self, id: &str) -> Result<Option<(Organization, Revision)>, StoreError> {
        match self.catalog.get(&organization_at(id)).await? {
            Some(entry) => Ok(Some((decode(&entry.value)?, entry.revision))),
            None => Ok(None),
        }
    }

    /// The id of the organization that `account` is in.
    pub async fn of_account(&self, account: &str) -> Result<Option<String>, StoreError> {
        match self.catalog.get(&membership_at(account)).await? {
            Some(entry) => Ok(Some(decode::<Membership>(&entry.value)?.organization)),
            None => Ok(None),
        }
    }

    /// The organization as it is now, all of it from one commit.
    pub async fn tree(&self, id: &str) -> Result<Option<Tree>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((organization, revision)) = self.organization(id).await? else { return Ok(None) };
            let units: Vec<Unit> = self.all(UNIT, id).await?;
            let members: Vec<Member> = self.all(MEMBER, id).await?;
            let policies: Vec<ControlPolicy> = self.all(POLICY, id).await?;
            // Every change writes the organization itself, so an unchanged one was read whole.
            let again = self.organization(id).await?.map(|(_, revision)| revision);
            if again == Some(revision) {
                return Ok(Some(Tree {
                    organization,
                    units: units.into_iter().map(|unit| (unit.id.clone(), unit)).collect(),
                    members: members.into_iter().map(|member| (member.account.clone(), member)).collect(),
                    policies: policies.into_iter().map(|policy| (policy.id.clone(), policy)).collect(),
                    revision: Some(revision),
                }));
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, format!("organization {id} changes all the time")))
    }

    /// The organization that `account` is in.
    pub async fn tree_of(&self, account: &str) -> Result<Option<Tree>, StoreError> {
        match self.of_account(account).await? {
            Some(id) => self.tree(&id).await,
            None => Ok(None),
        }
    }

    /// The organization that `account` is in, as it was when any organization last changed. For reading.
    pub async fn current(&self, account: &str) -> Result<Option<Arc<Tree>>, StoreError> {
        let revision = self.refresh().await?;
        let Some(standing) = self.standing(account).await? else { return Ok(None) };
        if let Some(tree) = self.cache().trees.get(&standing.organization) {
            return Ok(Some(Arc::clone(tree)));
        }
        let tree = self.tree(&standing.organization).await?.map(Arc::new);
        let mut cache = self.cache();
        if let Some(tree) = tree.as_ref().filter(|_| cache.revision == revision) {
            cache.trees.insert(standing.organization.clone(), Arc::clone(tree));
        }
        Ok(tree)
    }

    /// What the organization means for `account`; `None` if it is in none and was not closed in one. Kept until any organization changes, which one
    /// read tells.
    pub async fn standing(&self, account: &str) -> Result<Option<Arc<Standing>>, StoreError> {
        let revision = self.refresh().await?;
        if let Some(standing) = self.cache().standings.get(account) {
            return Ok(standing.clone());
        }
        let standing = match self.of_account(account).await? {
            Some(id) => {
                let kept = self.cache().trees.get(&id).cloned();
                let tree = match kept {
                    Some(tree) => Some(tree),
                    None => self.tree(&id).await?.map(Arc::new),
                };
                let standing = tree.as_deref().map(|tree| Standing::of(tree, account)).transpose()?.flatten();
                let mut cache = self.cache();
                if let Some(tree) = tree.filter(|_| cache.revision == revision) {
                    cache.trees.insert(id, tree);
                }
                standing.map(Arc::new)
            }
            None => self.catalog.get(&closed_at(account)).await?.map(|_| Arc::new(Standing::closed())),
        };
        let mut cache = self.cache();
        if cache.revision == revision {
            if cache.standings.len() >= CACHED {
                cache.standings.clear();
            }
            cache.standings.insert(account.to_owned(), standing.clone());
        }
        Ok(standing)
    }

    /// Stores a new organization, with what else is in `extra`. `Conflict` if its management account has joined another
    /// meanwhile.
    pub async fn create(&self, tree: &Tree, extra: Batch) -> Result<(), OrganizationError> {
        let empty = Tree { members: BTreeMap::new(), ..tree.clone() };
        let at = organization_at(&tree.organization.id);
        let batch = extra.absent(at.clone()).put(at, encode(&tree.organization)?);
        let batch = Self::parts(batch, &empty, tree)?;
        self.finish(batch).await
    }

    /// Stores the change from `before` to `after`, the trails of the organization that follow from it, and what else is in
    /// `extra`, as one transaction. `Conflict` if anybody changed the organization since `before` was read.
    pub async fn commit(
        &self,
        before: &Tree,
        after: &Tree,
        extra: Batch,
        cause: Cause<'_>,
    ) -> Result<(), OrganizationError> {
        let batch = Self::pinned(before, Some(&after.organization), extra)?;
        let batch = Self::parts(batch, before, after)?;
        let batch = self.trails(batch, &before.organization, Some(after), cause).await?;
        self.finish(batch).await
    }

    /// Deletes an organization of which only the management account is left.
    pub async fn delete(&self, tree: &Tree, cause: Cause<'_>) -> Result<(), OrganizationError> {
        tree.check_deletable()?;
        let empty = Tree { members: BTreeMap::new(), ..tree.clone() };
        let batch = Self::pinned(tree, None, Batch::new())?;
        let mut batch = Self::parts(batch, tree, &empty)?;
        for creation in self.creations(&tree.organization.id).await? {
            batch = batch.delete(part_at(CREATION, &tree.organization.id, &creation.id));
        }
        for handshake in
            self.handshakes().await?.into_iter().filter(|h| h.organization == tree.organization.id)
        {
            batch = batch.delete(handshake_at(&handshake.id));
        }
        let batch = self.trails(batch, &tree.organization, None, cause).await?;
        self.finish(batch).await
    }

    /// Demands that the organization is as it was read, and writes it even if it did not change: then whoever changes
    /// it at the same time decides anew.
    fn pinned(before: &Tree, after: Option<&Organization>, batch: Batch) -> Result<Batch, StoreError> {
        let at = organization_at(&before.organization.id);
        let batch = match before.revision {
            Some(revision) => batch.unchanged(at.clone(), revision),
            None => batch.absent(at.clone()),
        };
        match after {
            Some(after) => Ok(batch.put(at, encode(after)?)),
            None => Ok(batch.delete(at)),
        }
    }

    /// Commits what refers to the organization's members. `Conflict` if it is not as `tree` has it any more.
    pub async fn commit_beside(&self, tree: &Tree, batch: Batch) -> Result<(), StoreError> {
        let batch = self.pin(tree, batch)?;
        self.catalog.commit(changing(batch)).await.map(drop)
    }

    /// `batch`, on condition that the organization stays as `tree` has it. For what refers to its members.
    pub fn pin(&self, tree: &Tree, batch: Batch) -> Result<Batch, StoreError> {
        Self::pinned(tree, Some(&tree.organization), batch)
    }

    async fn finish(&self, batch: Batch) -> Result<(), OrganizationError> {
        self.catalog.commit(changing(batch)).await.map(drop).map_err(Into::into)
    }

    fn parts(batch: Batch, before: &Tree, after: &Tree) -> Result<Batch, StoreError> {
        let id = after.organization.id.as_str();
        let batch = difference(batch, |unit| part_at(UNIT, id, unit), &before.units, &after.units)?;
        let batch =
            difference(batch, |policy| part_at(POLICY, id, policy), &before.policies, &after.policies)?;
        let mut batch =
            difference(batch, |member| part_at(MEMBER, id, member), &before.members, &after.members)?;
        for account in after.members.keys().filter(|account| !before.members.contains_key(*account)) {
            let at = membership_at(account);
            batch = batch.absent(at.clone()).put(at, encode(&Membership { organization: id.to_owned() })?);
        }
        for (account, gone) in
            before.members.iter().filter(|(account, _)| !after.members.contains_key(*account))
        {
            batch = batch.delete(membership_at(account));
            if let Some(at) = gone.closed {
                batch = batch.put(closed_at(account), encode(&ClosedAccount { at })?);
            }
        }
        Ok(batch)
    }

    /// Brings the organization's trails to what it is now. Where CloudTrail loses trusted access, or the organization
    /// ends, they become trails of the management account alone.
    async fn trails(
        &self,
        mut batch: Batch,
        before: &Organization,
        after: Option<&Tree>,
        cause: Cause<'_>,
    ) -> Result<Batch, StoreError> {
        let after = after.filter(|tree| tree.is_trusted(CLOUDTRAIL));
        for listed in trails::of_account(&*self.catalog, &before.management).await? {
            let found = trails::find(&*self.catalog, &listed.key).await?;
            let ours = |trail: &Trail| trail.organization.as_ref().is_some_and(|o| o.id == before.id);
            let Some((trail, revision)) = found.filter(|(trail, _)| ours(trail)) else { continue };
            let mut changed = Trail { version: trail.version + 1, ..trail.clone() };
            match after {
                Some(tree) => follow(&mut changed, tree, cause.at),
                None => {
                    changed.organization = None;
                    changed.chain = changed.version;
                }
            }
            if changed.organization == trail.organization {
                continue;
            }
            let epoch = TrailEpoch {
                version: changed.version,
                at: cause.at,
                cause: cause.request.to_owned(),
                effective: None,
                trail: Some(changed),
            };
            let change = trails::change(&trail.key, Some(revision), &epoch)?;
            batch.conditions.extend(change.conditions);
            batch.writes.extend(change.writes);
        }
        Ok(batch)
    }

    /// An invitation.
    pub async fn handshake(&self, id: &str) -> Result<Option<(Handshake, Revision)>, StoreError> {
        match self.catalog.get(&handshake_at(id)).await? {
            Some(entry) => Ok(Some((decode(&entry.value)?, entry.revision))),
            None => Ok(None),
        }
    }

    /// All invitations of all organizations, by id.
    pub async fn handshakes(&self) -> Result<Vec<Handshake>, StoreError> {
        let prefix = Key::new("organization-handshake").into_bytes();
        let items = self.catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
        items.iter().map(|item| decode(&item.value)).collect()
    }

    /// How many invitations of an organization wait for an answer at `now`.
    pub async fn waiting(&self, organization: &str, now: i64) -> Result<usize, StoreError> {
        let open = |h: &Handshake| h.organization == organization && h.state_at(now) == HandshakeState::Open;
        Ok(self.handshakes().await?.iter().filter(|handshake| open(handshake)).count())
    }

    /// The batch that stores an invitation: a new one, or the answer to what was read at `revision`.
    pub fn put_handshake(
        &self,
        handshake: &Handshake,
        revision: Option<Revision>,
    ) -> Result<Batch, StoreError> {
        let at = handshake_at(&handshake.id);
        let batch = match revision {
            Some(revision) => Batch::new().unchanged(at.clone(), revision),
            None => Batch::new().absent(at.clone()),
        };
        Ok(batch.put(at, encode(handshake)?))
    }

    /// Commits a batch that changes no organization: an answer that nobody joins by.
    pub async fn put(&self, batch: Batch) -> Result<(), OrganizationError> {
        self.finish(batch).await
    }

    /// The batch that notes how making an account went.
    pub fn put_creation(&self, organization: &str, creation: &Creation) -> Result<Batch, StoreError> {
        let at = part_at(CREATION, organization, &creation.id);
        Ok(Batch::new().absent(at.clone()).put(at, encode(creation)?))
    }

    /// All requests to make accounts of an organization, by id.
    pub async fn creations(&self, organization: &str) -> Result<Vec<Creation>, StoreError> {
        self.all(CREATION, organization).await
    }

    /// One of them.
    pub async fn creation(&self, organization: &str, id: &str) -> Result<Creation, OrganizationError> {
        match self.catalog.get(&part_at(CREATION, organization, id)).await? {
            Some(entry) => Ok(decode(&entry.value)?),
            None => Err(Refusal::new(
                "CreateAccountStatusNotFoundException",
                "We can't find a create account request with the CreateAccountRequestId that you specified.",
            )
            .into()),
        }
    }
}

/// Makes a trail gather from the organization's accounts: those that are new begin a chain of digests with this change
/// of the trail.
pub(crate) fn follow(trail: &mut Trail, tree: &Tree, now: i64) {
    let version = trail.version;
    let mut organization = trail.organization.take().unwrap_or_default();
    organization.id.clone_from(&tree.organization.id);
    organization.members.retain(|account, _| tree.members.contains_key(account));
    for account in tree.members.keys().filter(|account| **account != trail.key.account) {
        organization.members.entry(account.clone()).or_insert(Joining { chain: version, since: now });
    }
    trail.organization = Some(organization);
}

impl Tree {
    /// Makes `trail`, of the management account, gather from all accounts. Its version must be that of the change.
    pub fn gather(&self, trail: &mut Trail, now: i64) {
        follow(trail, self, now);
    }
}
