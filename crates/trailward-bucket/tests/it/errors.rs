//! Codes and statuses, one by one: clients and records depend on them.

use trailward_bucket::BucketError as E;
use trailward_store::{StoreError, StoreErrorKind};

fn text() -> String {
    "x".to_owned()
}

#[test]
fn codes_and_statuses_are_aws_ones() {
    let internal = StoreError::new(StoreErrorKind::Corrupt, "secret detail");
    let cases = [
        (E::AccessDenied(text()), "AccessDenied", 403),
        (E::AccessControlListNotSupported, "AccessControlListNotSupported", 400),
        (E::BadDigest { message: text(), expected: text(), calculated: text() }, "BadDigest", 400),
        (E::BadRequest(text()), "BadRequest", 400),
        (E::Body { code: "RequestTimeout", status: 400, message: text() }, "RequestTimeout", 400),
        (E::BucketAlreadyExists(text()), "BucketAlreadyExists", 409),
        (E::BucketAlreadyOwnedByYou(text()), "BucketAlreadyOwnedByYou", 409),
        (E::BucketNotEmpty { bucket: text(), versions: true }, "BucketNotEmpty", 409),
        (E::EntityTooLarge { proposed: 2, max: 1 }, "EntityTooLarge", 400),
        (E::EntityTooSmall { proposed: 1, min: 2, part: 1, etag: text() }, "EntityTooSmall", 400),
        (E::IllegalLocationConstraint(text()), "IllegalLocationConstraintException", 400),
        (E::IncompleteBody, "IncompleteBody", 400),
        (E::Internal(internal), "InternalError", 500),
        (E::InvalidArgument { message: text(), name: "n", value: text() }, "InvalidArgument", 400),
        (E::InvalidBucketName(text()), "InvalidBucketName", 400),
        (E::InvalidDigest(text()), "InvalidDigest", 400),
        (E::InvalidLocationConstraint(text()), "InvalidLocationConstraint", 400),
        (E::InvalidPart { upload: text(), part: 1, etag: text() }, "InvalidPart", 400),
        (E::InvalidPartNumber { requested: 2, actual: 1 }, "InvalidPartNumber", 416),
        (E::InvalidPartOrder(text()), "InvalidPartOrder", 400),
        (E::InvalidRange { requested: text(), size: 1 }, "InvalidRange", 416),
        (E::InvalidRequest(text()), "InvalidRequest", 400),
        (E::InvalidStorageClass(text()), "InvalidStorageClass", 400),
        (E::InvalidTag { message: "m", key: text() }, "InvalidTag", 400),
        (E::KeyTooLong { size: 1025 }, "KeyTooLongError", 400),
        (E::MalformedPolicy(text()), "MalformedPolicy", 400),
        (E::MalformedXml, "MalformedXML", 400),
        (E::MetadataTooLarge { size: 2049 }, "MetadataTooLarge", 400),
        (E::MethodNotAllowed { method: "GET", version: text() }, "MethodNotAllowed", 405),
        (E::NoSuchBucket(text()), "NoSuchBucket", 404),
        (E::NoSuchBucketPolicy(text()), "NoSuchBucketPolicy", 404),
        (E::NoSuchKey { key: text(), marker: None }, "NoSuchKey", 404),
        (E::NoSuchPublicAccessBlockConfiguration(text()), "NoSuchPublicAccessBlockConfiguration", 404),
        (E::NoSuchTagSet(text()), "NoSuchTagSet", 404),
        (E::NoSuchUpload(text()), "NoSuchUpload", 404),
        (E::NoSuchVersion { key: text(), version: text() }, "NoSuchVersion", 404),
        (E::NotImplemented("m"), "NotImplemented", 501),
        (E::NotModified { etag: text(), modified: 0 }, "NotModified", 304),
        (E::OperationAborted, "OperationAborted", 409),
        (E::OwnershipControlsNotFound(text()), "OwnershipControlsNotFoundError", 404),
        (E::PreconditionFailed("If-Match"), "PreconditionFailed", 412),
    ];
    for (error, code, status) in cases {
        assert_eq!((error.code(), error.status()), (code, status));
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(error.members().iter().all(|(name, _)| !name.is_empty()));
    }
}
