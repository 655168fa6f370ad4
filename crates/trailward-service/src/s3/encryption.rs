//! Server-side encryption, as headers say it.
//!
//! A customer's key is refused where others could read it on its way: on a connection without TLS that is not from
//! this machine itself.

use super::call::S3Call;
use super::convert::AnswerHeaders;
use std::net::IpAddr;
use trailward_bucket::{BucketError, CustomerKey, EncryptionAsked, EncryptionView};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const CUSTOMER_ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const CUSTOMER_KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";

/// What a request says about the object it writes.
pub(super) fn asked(call: &S3Call) -> Result<EncryptionAsked, BucketError> {
    let own = |name: &str| call.header(name).map(str::to_owned);
    let bucket_key = match call.header(BUCKET_KEY) {
        None => None,
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Some(other) => {
            return Err(BucketError::InvalidArgument {
                message: "The value of the bucket key header must be true or false.".to_owned(),
                name: BUCKET_KEY,
                value: other.to_owned(),
            });
        }
    };
    Ok(EncryptionAsked {
        algorithm: own(ALGORITHM),
        kms_key: own(KMS_KEY),
        kms_context: own("x-amz-server-side-encryption-context"),
        bucket_key,
        customer: customer_key(call)?,
    })
}

/// The customer's key of the object itself.
pub(super) fn customer_key(call: &S3Call) -> Result<Option<CustomerKey>, BucketError> {
    read_key(call, CUSTOMER_ALGORITHM, "x-amz-server-side-encryption-customer-key", CUSTOMER_KEY_MD5)
}

/// The customer's key of the object that is copied.
pub(super) fn source_key(call: &S3Call) -> Result<Option<CustomerKey>, BucketError> {
    read_key(
        call,
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "x-amz-copy-source-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-key-md5",
    )
}

fn read_key(
    call: &S3Call,
    algorithm: &str,
    key: &str,
    md5: &str,
) -> Result<Option<CustomerKey>, BucketError> {
    let key = CustomerKey::read(call.header(algorithm), call.header(key), call.header(md5))?;
    if key.is_some() && !is_private(call) {
        return Err(BucketError::InvalidArgument {
            message: "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.".to_owned(),
            name: CUSTOMER_ALGORITHM,
            value: "AES256".to_owned(),
        });
    }
    Ok(key)
}

/// Whether nobody else hears what is said on the connection.
pub(super) fn is_private(call: &S3Call) -> bool {
    let trace = call.trace();
    trace.tls.is_some() || trace.source_ip.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Headers that say how an object is encrypted.
pub(super) fn shown(view: &EncryptionView) -> AnswerHeaders {
    let mut answer = AnswerHeaders::default();
    match view {
        EncryptionView::Store => answer.set(ALGORITHM, "AES256"),
        EncryptionView::Kms { key, bucket_key } => {
            answer.set(ALGORITHM, "aws:kms");
            answer.set(KMS_KEY, key);
            if *bucket_key {
                answer.set(BUCKET_KEY, "true");
            }
        }
        EncryptionView::Customer { md5 } => {
            answer.set(CUSTOMER_ALGORITHM, "AES256");
            answer.set(CUSTOMER_KEY_MD5, md5);
        }
    }
    answer
}
