use crate::engine::{Attempts, Loaded, Plan, shows_versions};
use crate::events::Happening;
use crate::record::{Kind, Tag, check_object_tags, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::stored::encode;

/// What an operation on tags was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggingOutput {
    /// The tags now.
    pub tags: Vec<Tag>,
    /// `None` where the bucket never had versions.
    pub version_id: Option<String>,
}

impl Buckets {
    /// `GetObjectTagging`. For `s3:GetObjectTagging` or `s3:GetObjectVersionTagging`.
    pub async fn get_object_tagging(&self, grant: &Grant) -> Result<TaggingOutput, BucketError> {
        let loaded = self.enter(grant, &["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]).await?;
        let (version, object) = self.resolve_object(&loaded.bucket, grant, "GET").await?;
        Ok(output(&loaded, object.tags, version.id))
    }

    /// `PutObjectTagging`: replaces all tags of the version. For `s3:PutObjectTagging` or
    /// `s3:PutObjectVersionTagging`.
    pub async fn put_object_tagging(
        &self,
        grant: &Grant,
        tags: Vec<Tag>,
    ) -> Result<TaggingOutput, BucketError> {
        check_object_tags(&tags)?;
        self.set_tags(grant, &["s3:PutObjectTagging", "s3:PutObjectVersionTagging"], tags).await
    }

    /// `DeleteObjectTagging`. For `s3:DeleteObjectTagging` or `s3:DeleteObjectVersionTagging`.
    pub async fn delete_object_tagging(&self, grant: &Grant) -> Result<TaggingOutput, BucketError> {
        self.set_tags(grant, &["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"], Vec::new()).await
    }

    async fn set_tags(
        &self,
        grant: &Grant,
        actions: &[&str],
        tags: Vec<Tag>,
    ) -> Result<TaggingOutput, BucketError> {
        self.enter(grant, actions).await?;
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_set_tags(grant, actions, &tags).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn try_set_tags(
        &self,
        grant: &Grant,
        actions: &[&str],
        tags: &[Tag],
    ) -> Result<TaggingOutput, BucketError> {
        let loaded = self.enter(grant, actions).await?;
        let key = grant.key()?;
        let found = self.resolve(&loaded.bucket, grant, "PUT").await?;
        let Some(sequence) = self.sequence_of(&loaded.bucket, key, &found.id).await? else {
            return Err(BucketError::NoSuchKey { key: key.to_owned(), marker: None });
        };
        let Some((revision, mut version)) = self.version(&loaded.bucket, key, sequence).await? else {
            return Err(BucketError::NoSuchKey { key: key.to_owned(), marker: None });
        };
        match &mut version.kind {
            Kind::Object(object) => object.tags = tags.to_vec(),
            Kind::DeleteMarker => {
                return Err(BucketError::MethodNotAllowed { method: "PUT", version: version.id });
            }
        }
        let at = key::version(&loaded.bucket.id, key, sequence);
        let mut plan = Plan::new();
        // A removal of the version deletes this row, so the revision alone decides.
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.follow(&loaded.bucket, key, &version, sequence, self.now())?;
        let event = if tags.is_empty() { "ObjectTagging:Delete" } else { "ObjectTagging:Put" };
        plan.tell(&loaded.bucket, self.now_nanos(), Happening::of(event, key, &version, Some(grant)))?;
        self.commit(plan).await?;
        Ok(output(&loaded, tags.to_vec(), version.id))
    }
}

fn output(loaded: &Loaded, tags: Vec<Tag>, version: String) -> TaggingOutput {
    TaggingOutput { tags, version_id: shows_versions(&loaded.bucket).then_some(version) }
}
