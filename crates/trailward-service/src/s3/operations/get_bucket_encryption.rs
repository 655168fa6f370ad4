//! `GetBucketEncryption`. `s3s` does not know `BlockedEncryptionTypes` yet, so the document is written here.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};
use super::put_bucket_encryption::blocked;
use crate::s3::record::XMLNS;
use std::fmt::Write as _;
use trailward_bucket::BucketEncryption;
use trailward_wire::xml_text;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketEncryptionInput>,
) -> Answer<dto::GetBucketEncryptionOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_encryption(&grant).await.map_err(|e| call.refuse(e))?;
    call.set_answer(document(&found));
    Ok(S3Response::new(dto::GetBucketEncryptionOutput::default()))
}

fn document(found: &BucketEncryption) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ServerSideEncryptionConfiguration xmlns=\"{XMLNS}\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{}</SSEAlgorithm>",
        if found.kms { "aws:kms" } else { "AES256" }
    );
    if let Some(key) = &found.key {
        let _ = write!(xml, "<KMSMasterKeyID>{}</KMSMasterKeyID>", xml_text(key));
    }
    let _ = write!(
        xml,
        "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>{}</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>{}</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>",
        found.bucket_key,
        blocked(found)
    );
    xml
}
