//! One bucket engine to try things on, with callers and shorthands.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::sync::Arc;
use tempfile::TempDir;
use time::OffsetDateTime;
use trailward_bucket::{
    Body, BucketError, Buckets, CreateBucket, Deed, DeleteObject, DeleteOutput, Denied, EncryptionAsked,
    GetObject, Grant, ListVersions, PutObject, PutOutput, PutVersioning, Resource, Testimony, VersionEntry,
    Witness,
};
use trailward_model::ManualClock;
use trailward_policy::{Caller, Context, Policy, PolicyKind, Principal};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::seal::MasterKey;
use trailward_store::{Blobs, Catalog, FileBlobs, SqliteCatalog};

pub(crate) const OWNER: &str = "111111111111";
pub(crate) const STRANGER: &str = "222222222222";
pub(crate) const BUCKET: &str = "logs";

pub(crate) struct Fixture {
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Removed when the fixture goes.
    dir: Option<TempDir>,
}

/// A witness that remembers what it was told: each deed by name and key, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Seen(pub(crate) std::sync::Mutex<Vec<(Deed, Option<&'static str>)>>);

struct Told<'a>(&'a Seen, Vec<Deed>);

#[async_trait]
impl Witness for Seen {
    async fn intend<'a>(&'a self, deeds: Vec<Deed>) -> Result<Box<dyn Testimony + 'a>, BucketError> {
        Ok(Box::new(Told(self, deeds)))
    }
}

#[async_trait]
impl Testimony for Told<'_> {
    async fn conclude(self: Box<Self>, outcome: Result<(), &BucketError>) -> Result<(), BucketError> {
        let code = outcome.err().map(BucketError::code);
        self.0.0.lock().unwrap().extend(self.1.into_iter().map(|deed| (deed, code)));
        Ok(())
    }
}

impl Seen {
    /// Names, keys and error codes of what was told since the last time.
    pub(crate) fn take(&self) -> Vec<(&'static str, String, Option<&'static str>)> {
        let told = std::mem::take(&mut *self.0.lock().unwrap());
        told.into_iter().map(|(deed, code)| (deed.name, deed.key, code)).collect()
    }
}

/// Encryption by this algorithm, without a word more.
pub(crate) fn asked(algorithm: &str) -> EncryptionAsked {
    EncryptionAsked { algorithm: Some(algorithm.to_owned()), ..EncryptionAsked::default() }
}

pub(crate) fn master() -> Arc<MasterKey> {
    Arc::new(MasterKey::from_bytes([7; 32]))
}

pub(crate) fn root(account: &str) -> Caller {
    Caller::new(Principal::Root { account: account.to_owned() })
}

/// A user with this identity policy, or none.
pub(crate) fn user(account: &str, policy: Option<&str>) -> Caller {
    let mut caller = Caller::new(Principal::User {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:user/ada"),
        user_id: "AIDAADA".to_owned(),
    });
    caller.identity.extend(policy.map(|text| Policy::parse(text, PolicyKind::Identity).unwrap()));
    caller
}

pub(crate) fn body(content: impl Into<Bytes>) -> Body {
    let mut content: Bytes = content.into();
    let pieces = std::iter::from_fn(move || {
        let piece = content.split_to(content.len().min(40_000));
        (!piece.is_empty()).then_some(Ok(piece))
    });
    stream::iter(pieces).boxed()
}

pub(crate) async fn collect(body: Body) -> Bytes {
    let pieces: Vec<Bytes> = body.try_collect().await.unwrap();
    pieces.concat().into()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, BucketError>) -> &'static str {
    result.expect_err("should have failed").code()
}

impl Fixture {
    pub(crate) fn over(catalog: Arc<dyn Catalog>, blobs: Arc<dyn Blobs>) -> Self {
        let clock = Arc::new(ManualClock::new(OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap()));
        let buckets = Arc::new(Buckets::new(catalog.clone(), blobs.clone(), clock.clone(), master()));
        Self { buckets, clock, catalog, blobs, dir: None }
    }

    /// In memory, with the bucket [`BUCKET`] made.
    pub(crate) async fn memory() -> Self {
        let fixture = Self::over(Arc::new(MemoryCatalog::new()), Arc::new(MemoryBlobs::new()));
        fixture.create(BUCKET).await.unwrap();
        fixture
    }

    /// In files, with the bucket [`BUCKET`] made.
    pub(crate) async fn files() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(&dir.path().join("catalog.sqlite")).unwrap();
        let blobs = FileBlobs::open(&dir.path().join("blobs"), MasterKey::random().unwrap()).unwrap();
        let mut fixture = Self::over(Arc::new(catalog), Arc::new(blobs));
        fixture.dir = Some(dir);
        fixture.create(BUCKET).await.unwrap();
        fixture
    }

    /// Every file below the fixture's directory.
    pub(crate) fn all_files(&self) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut open: Vec<_> = self.dir.iter().map(|dir| dir.path().to_path_buf()).collect();
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { open.push(path) } else { found.push(path) }
            }
        }
        found
    }

    pub(crate) async fn authorize(
        &self,
        caller: &Caller,
        action: &'static str,
        resource: Resource,
    ) -> Result<Grant, Denied> {
        self.buckets.authorize(caller, action, resource, &Context::new()).await
    }

    /// A grant for the owner, who may do everything.
    pub(crate) async fn on_bucket(&self, action: &'static str) -> Grant {
        self.authorize(&root(OWNER), action, Resource::bucket(BUCKET)).await.unwrap()
    }

    pub(crate) async fn on(&self, action: &'static str, key: &str) -> Grant {
        self.authorize(&root(OWNER), action, Resource::object(BUCKET, key)).await.unwrap()
    }

    pub(crate) async fn on_version(&self, action: &'static str, key: &str, version: &str) -> Grant {
        self.authorize(&root(OWNER), action, Resource::version(BUCKET, key, version)).await.unwrap()
    }

    pub(crate) async fn create(&self, name: &str) -> Result<(), BucketError> {
        let grant = self.authorize(&root(OWNER), "s3:CreateBucket", Resource::bucket(name)).await?;
        let create = CreateBucket { region: "us-east-1".to_owned(), ..CreateBucket::default() };
        self.buckets.create_bucket(&grant, create).await
    }

    pub(crate) async fn versioning(&self, status: &str) {
        let grant = self.on_bucket("s3:PutBucketVersioning").await;
        self.buckets
            .put_bucket_versioning(&grant, PutVersioning { status: Some(status), ..PutVersioning::default() })
            .await
            .unwrap();
    }

    pub(crate) async fn policy(&self, statements: &str) -> Result<(), BucketError> {
        let grant = self.on_bucket("s3:PutBucketPolicy").await;
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        self.buckets.put_bucket_policy(&grant, &text).await
    }

    pub(crate) async fn put_with(
        &self,
        key: &str,
        put: PutObject,
        content: impl Into<Bytes>,
    ) -> Result<PutOutput, BucketError> {
        let grant = self.on("s3:PutObject", key).await;
        self.buckets.put_object(&grant, put, body(content)).await
    }

    pub(crate) async fn put(&self, key: &str, content: impl Into<Bytes>) -> PutOutput {
        self.put_with(key, PutObject::default(), content).await.unwrap()
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Bytes, BucketError> {
        let grant = self.on("s3:GetObject", key).await;
        Ok(collect(self.buckets.get_object(&grant, &GetObject::default()).await?.body).await)
    }

    pub(crate) async fn get_version(&self, key: &str, version: &str) -> Result<Bytes, BucketError> {
        let grant = self.on_version("s3:GetObjectVersion", key, version).await;
        Ok(collect(self.buckets.get_object(&grant, &GetObject::default()).await?.body).await)
    }

    pub(crate) async fn delete(&self, key: &str) -> DeleteOutput {
        let grant = self.on("s3:DeleteObject", key).await;
        self.buckets.delete_object(&grant, &DeleteObject::default()).await.unwrap()
    }

    pub(crate) async fn delete_version(&self, key: &str, version: &str) -> Result<DeleteOutput, BucketError> {
        let grant = self.on_version("s3:DeleteObjectVersion", key, version).await;
        self.buckets.delete_object(&grant, &DeleteObject::default()).await
    }

    pub(crate) async fn versions(&self) -> Vec<VersionEntry> {
        let grant = self.on_bucket("s3:ListBucketVersions").await;
        self.buckets.list_object_versions(&grant, &ListVersions::default()).await.unwrap().entries
    }

    pub(crate) async fn blob_count(&self) -> usize {
        self.blobs.list(None, 10_000).await.unwrap().len()
    }
}
