use crate::record::{Bucket, PublicAccessBlock, key};
use crate::{BucketError, Buckets, Grant};
use serde::{Deserialize, Serialize};
use trailward_store::Batch;
use trailward_store::stored::{Stored, decode, encode};

const WRITE: [&str; 1] = ["s3:PutBucketPublicAccessBlock"];

impl Buckets {
    /// `GetPublicAccessBlock`. For `s3:GetBucketPublicAccessBlock`.
    pub async fn get_public_access_block(&self, grant: &Grant) -> Result<PublicAccessBlock, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketPublicAccessBlock"]).await?;
        let missing = || BucketError::NoSuchPublicAccessBlockConfiguration(loaded.bucket.name.clone());
        loaded.bucket.public_access.ok_or_else(missing)
    }

    /// `PutPublicAccessBlock`. A public policy that is there already stays, but with `restrict_public_buckets` lets
    /// no stranger in. For `s3:PutBucketPublicAccessBlock`.
    pub async fn put_public_access_block(
        &self,
        grant: &Grant,
        block: PublicAccessBlock,
    ) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.public_access = Some(block);
            Ok(())
        })
        .await
    }

    /// `DeletePublicAccessBlock`: nothing is blocked any more. For `s3:PutBucketPublicAccessBlock`.
    pub async fn delete_public_access_block(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.public_access = None;
            Ok(())
        })
        .await
    }
}

/// What an account does about public access to all of its buckets.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct AccountAccess {
    block: PublicAccessBlock,
}

impl Stored for AccountAccess {
    const FORMAT: u16 = 1;
}

impl Buckets {
    /// What counts for a bucket: what it says itself, and what its owner's account says.
    pub(crate) async fn public_access(&self, bucket: &Bucket) -> Result<PublicAccessBlock, BucketError> {
        let own = bucket.public_access.unwrap_or_default();
        let account = self.account_access(&bucket.owner).await?.unwrap_or_default();
        Ok(own.and(account))
    }

    async fn account_access(&self, account: &str) -> Result<Option<PublicAccessBlock>, BucketError> {
        match self.catalog.get(key::account_access(account).as_bytes()).await? {
            Some(entry) => Ok(Some(decode::<AccountAccess>(&entry.value)?.block)),
            None => Ok(None),
        }
    }

    /// An account's own settings: `NoSuchPublicAccessBlockConfiguration` without any. For
    /// `s3:GetAccountPublicAccessBlock`, of the caller's account only.
    pub async fn get_account_public_access_block(
        &self,
        grant: &Grant,
    ) -> Result<PublicAccessBlock, BucketError> {
        grant.permits(&["s3:GetAccountPublicAccessBlock"])?;
        let account = own_account(grant)?;
        let missing = || BucketError::NoSuchPublicAccessBlockConfiguration(String::new());
        self.account_access(account).await?.ok_or_else(missing)
    }

    /// Sets or removes them. They hold for every bucket of the account from the return on. For
    /// `s3:PutAccountPublicAccessBlock`, of the caller's account only.
    pub async fn put_account_public_access_block(
        &self,
        grant: &Grant,
        block: Option<PublicAccessBlock>,
    ) -> Result<(), BucketError> {
        grant.permits(&["s3:PutAccountPublicAccessBlock"])?;
        let at = key::account_access(own_account(grant)?);
        let batch = match block {
            Some(block) => Batch::new().put(at, encode(&AccountAccess { block })?),
            None => Batch::new().delete(at),
        };
        self.catalog.commit(batch).await?;
        Ok(())
    }
}

fn own_account(grant: &Grant) -> Result<&str, BucketError> {
    grant.account().ok_or_else(|| BucketError::AccessDenied("Access Denied".to_owned()))
}
