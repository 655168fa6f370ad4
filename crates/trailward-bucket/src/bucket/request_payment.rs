use crate::{BucketError, Buckets, Grant};

impl Buckets {
    /// `GetBucketRequestPayment`: whether requesters pay. For `s3:GetBucketRequestPayment`.
    pub async fn get_bucket_request_payment(&self, grant: &Grant) -> Result<bool, BucketError> {
        Ok(self.enter(grant, &["s3:GetBucketRequestPayment"]).await?.bucket.requester_pays)
    }

    /// `PutBucketRequestPayment`. If requesters pay, callers of other accounts must say that they know
    /// (`x-amz-request-payer`), and anonymous ones are refused. For `s3:PutBucketRequestPayment`.
    pub async fn put_bucket_request_payment(
        &self,
        grant: &Grant,
        requester_pays: bool,
    ) -> Result<(), BucketError> {
        self.configure(grant, &["s3:PutBucketRequestPayment"], |bucket| {
            bucket.requester_pays = requester_pays;
            Ok(())
        })
        .await
    }
}
