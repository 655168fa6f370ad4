use super::policy_check::check_policy;
use crate::{BucketError, Buckets, Grant};

impl Buckets {
    /// `GetBucketPolicy`: the document as it was put. For `s3:GetBucketPolicy`.
    pub async fn get_bucket_policy(&self, grant: &Grant) -> Result<String, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketPolicy"]).await?;
        let missing = || BucketError::NoSuchBucketPolicy(loaded.bucket.name.clone());
        loaded.bucket.policy.clone().ok_or_else(missing)
    }

    /// `GetBucketPolicyStatus`: whether the policy is public. For `s3:GetBucketPolicyStatus`.
    pub async fn get_bucket_policy_status(&self, grant: &Grant) -> Result<bool, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketPolicyStatus"]).await?;
        if loaded.policy.is_none() {
            return Err(BucketError::NoSuchBucketPolicy(loaded.bucket.name.clone()));
        }
        Ok(loaded.policy_is_public)
    }

    /// `PutBucketPolicy`. From its return on it decides, with no delay. `MalformedPolicy` if it is none, is not about
    /// this bucket alone or is larger than 20 KiB; `AccessDenied` if it is public and the bucket blocks that.
    /// For `s3:PutBucketPolicy`.
    pub async fn put_bucket_policy(&self, grant: &Grant, text: &str) -> Result<(), BucketError> {
        let policy = check_policy(grant.bucket()?, text)?;
        let is_public = policy.is_public();
        let loaded = self.enter(grant, &["s3:PutBucketPolicy"]).await?;
        let block = self.public_access(&loaded.bucket).await?;
        self.configure(grant, &["s3:PutBucketPolicy"], |bucket| {
            let own = bucket.public_access.is_some_and(|block| block.block_public_policy);
            if is_public && (own || block.block_public_policy) {
                return Err(BucketError::AccessDenied(format!(
                    "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                    grant.arn(),
                    bucket.name
                )));
            }
            bucket.policy = Some(text.to_owned());
            Ok(())
        })
        .await
    }

    /// `DeleteBucketPolicy`; no error if there is none. For `s3:DeleteBucketPolicy`.
    pub async fn delete_bucket_policy(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &["s3:DeleteBucketPolicy"], |bucket| {
            bucket.policy = None;
            Ok(())
        })
        .await
    }
}
