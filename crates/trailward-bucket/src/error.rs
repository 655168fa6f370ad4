//! What the bucket answers when it cannot do what it was asked for: AWS's codes, statuses and words.

use trailward_kms::KmsError;
use trailward_store::StoreError;

/// What the elements about topics that cannot be told of events are called; more than three are left out.
const DESTINATIONS: [(&str, &str); 3] = [
    ("ArgumentName1", "ArgumentValue1"),
    ("ArgumentName2", "ArgumentValue2"),
    ("ArgumentName3", "ArgumentValue3"),
];

/// An error of the bucket, as S3 would answer it.
///
/// [`Self::code`], [`Self::status`] and the message (its `Display`) are AWS's; [`Self::members`] are the further
/// elements of the error document and [`Self::headers`] the headers that go with it. Nothing in them is internal:
/// the cause of an internal error is for the log, through `std::error::Error::source`.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// No policy allows it, or one denies it.
    #[error("{0}")]
    AccessDenied(String),
    /// The bucket's owner owns everything in it, so access control lists mean nothing.
    #[error("The bucket does not allow ACLs")]
    AccessControlListNotSupported,
    /// The bytes received do not have the digest announced.
    #[error("{message}")]
    BadDigest {
        /// Names the kind of digest.
        message: String,
        /// As announced.
        expected: String,
        /// As computed.
        calculated: String,
    },
    /// Too many tags.
    #[error("{0}")]
    BadRequest(String),
    /// The request's body failed before it ended; the answer is the listener's.
    #[error("{message}")]
    Body {
        /// AWS's code.
        code: &'static str,
        /// HTTP status.
        status: u16,
        /// AWS's words.
        message: String,
    },
    /// Another account owns a bucket of that name.
    #[error(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
    )]
    BucketAlreadyExists(String),
    /// The caller's account owns it already.
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwnedByYou(String),
    /// There is still something in it.
    #[error("{}", if *versions { "The bucket you tried to delete is not empty. You must delete all versions in the bucket." } else { "The bucket you tried to delete is not empty" })]
    BucketNotEmpty {
        /// Its name.
        bucket: String,
        /// Whether versions may be all that is left.
        versions: bool,
    },
    /// Larger than an object or a part may be.
    #[error("Your proposed upload exceeds the maximum allowed size")]
    EntityTooLarge {
        /// Bytes that were offered.
        proposed: u64,
        /// Bytes that are allowed.
        max: u64,
    },
    /// A part other than the last is too small.
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall {
        /// Its size.
        proposed: u64,
        /// The smallest size allowed.
        min: u64,
        /// Which part.
        part: u32,
        /// Its entity tag.
        etag: String,
    },
    /// The location does not go with the Region the request was sent to.
    #[error(
        "The {0} location constraint is incompatible for the region specific endpoint this request was sent to."
    )]
    IllegalLocationConstraint(String),
    /// Fewer bytes than announced.
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    IncompleteBody,
    /// The store failed.
    #[error("We encountered an internal error. Please try again.")]
    Internal(#[source] StoreError),
    /// A parameter has a value it may not have.
    #[error("{message}")]
    InvalidArgument {
        /// What is wrong.
        message: String,
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The bucket's other configuration does not allow that.
    #[error("{0}")]
    InvalidBucketState(&'static str),
    /// Not a name a bucket may have.
    #[error("The specified bucket is not valid.")]
    InvalidBucketName(String),
    /// Not a digest.
    #[error("The Content-MD5 you specified was invalid.")]
    InvalidDigest(String),
    /// Topics that cannot be told of events, and why.
    #[error("Unable to validate the following destination configurations")]
    InvalidDestinations(Vec<(String, &'static str)>),
    /// Not how the customer's key can be used.
    #[error("The encryption request that you specified is not valid. The valid value is AES256.")]
    InvalidEncryptionAlgorithm(String),
    /// Not a Region.
    #[error("The specified location-constraint is not valid")]
    InvalidLocationConstraint(String),
    /// Archived, or not archived where it should be.
    #[error("{message}")]
    InvalidObjectState {
        /// What is wrong.
        message: &'static str,
        /// How the object is stored.
        class: crate::StorageClass,
    },
    /// A part that was named is not there, or is another one.
    #[error(
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart {
        /// The upload.
        upload: String,
        /// The part's number.
        part: u32,
        /// The entity tag that was named.
        etag: String,
    },
    /// The object has no such part.
    #[error("The requested partnumber is not satisfiable")]
    InvalidPartNumber {
        /// The number asked for.
        requested: u32,
        /// How many there are.
        actual: u32,
    },
    /// Part numbers must grow.
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder(String),
    /// The range lies outside the object.
    #[error("The requested range is not satisfiable")]
    InvalidRange {
        /// As asked for.
        requested: String,
        /// The object's size.
        size: u64,
    },
    /// The request makes no sense, for a reason the message gives.
    #[error("{0}")]
    InvalidRequest(String),
    /// Access logs cannot go there.
    #[error("{message}")]
    InvalidTargetBucketForLogging {
        /// Why not.
        message: String,
        /// The bucket.
        target: String,
    },
    /// Not a storage class.
    #[error("The storage class you specified is not valid")]
    InvalidStorageClass(String),
    /// A tag is not allowed.
    #[error("{message}")]
    InvalidTag {
        /// What is wrong.
        message: &'static str,
        /// The tag's key.
        key: String,
    },
    /// Longer than a key may be.
    #[error("Your key is too long")]
    KeyTooLong {
        /// Its bytes.
        size: usize,
    },
    /// KMS refused the key.
    #[error("{message}")]
    Kms {
        /// AWS's code.
        code: &'static str,
        /// AWS's words.
        message: String,
    },
    /// Lists that would mean nothing.
    #[error("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")]
    InvalidBucketAclWithObjectOwnership(String),
    /// Not an access control list, or one with more than 100 grants.
    #[error("The XML you provided was not well-formed or did not validate against our published schema")]
    MalformedAcl,
    /// Not a bucket policy.
    #[error("{0}")]
    MalformedPolicy(String),
    /// The document lacks something, or has too much of it.
    #[error("The XML you provided was not well-formed or did not validate against our published schema")]
    MalformedXml,
    /// More user metadata than allowed.
    #[error("Your metadata headers exceed the maximum allowed metadata size")]
    MetadataTooLarge {
        /// Its bytes.
        size: usize,
    },
    /// A delete marker can only be deleted.
    #[error("The specified method is not allowed against this resource.")]
    MethodNotAllowed {
        /// The HTTP method.
        method: &'static str,
        /// The marker's version.
        version: String,
    },
    /// The bucket has no cross-origin rules.
    #[error("The CORS configuration does not exist")]
    NoSuchCorsConfiguration(String),
    /// There is no such bucket.
    #[error("The specified bucket does not exist")]
    NoSuchBucket(String),
    /// The bucket has no policy.
    #[error("The bucket policy does not exist")]
    NoSuchBucketPolicy(String),
    /// There is no such object, or its newest version is a delete marker.
    #[error("The specified key does not exist.")]
    NoSuchKey {
        /// The key.
        key: String,
        /// The delete marker's version, if there is one.
        marker: Option<String>,
    },
    /// The bucket has no lifecycle configuration.
    #[error("The lifecycle configuration does not exist")]
    NoSuchLifecycleConfiguration(String),
    /// The version has no retention, or never had a legal hold.
    #[error("The specified object does not have a ObjectLock configuration")]
    NoSuchObjectLockConfiguration(String),
    /// The bucket has no public access configuration of its own.
    #[error("The public access block configuration was not found")]
    NoSuchPublicAccessBlockConfiguration(String),
    /// The bucket has no tags.
    #[error("The TagSet does not exist")]
    NoSuchTagSet(String),
    /// There is no such upload any more.
    #[error(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )]
    NoSuchUpload(String),
    /// There is no such version.
    #[error("The specified version does not exist.")]
    NoSuchVersion {
        /// The key.
        key: String,
        /// The version asked for.
        version: String,
    },
    /// Not offered here.
    #[error("{0}")]
    NotImplemented(&'static str),
    /// The caller has it already.
    #[error("Not Modified")]
    NotModified {
        /// The object's entity tag.
        etag: String,
        /// Its last modification, seconds since 1970.
        modified: i64,
    },
    /// The bucket has no Object Lock.
    #[error("Object Lock configuration does not exist for this bucket")]
    ObjectLockConfigurationNotFound(String),
    /// Something else is happening to the same thing right now.
    #[error(
        "A conflicting conditional operation is currently in progress against this resource. Please try again."
    )]
    OperationAborted,
    /// The bucket has no ownership controls.
    #[error("The bucket ownership controls were not found")]
    OwnershipControlsNotFound(String),
    /// The bucket has no replication configuration.
    #[error("The replication configuration was not found")]
    ReplicationConfigurationNotFound(String),
    /// A condition of the request does not hold.
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed(&'static str),
}

impl BucketError {
    /// AWS's error code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied(_) => "AccessDenied",
            Self::AccessControlListNotSupported => "AccessControlListNotSupported",
            Self::BadDigest { .. } => "BadDigest",
            Self::BadRequest(_) => "BadRequest",
            Self::Body { code, .. } | Self::Kms { code, .. } => code,
            Self::BucketAlreadyExists(_) => "BucketAlreadyExists",
            Self::BucketAlreadyOwnedByYou(_) => "BucketAlreadyOwnedByYou",
            Self::BucketNotEmpty { .. } => "BucketNotEmpty",
            Self::EntityTooLarge { .. } => "EntityTooLarge",
            Self::EntityTooSmall { .. } => "EntityTooSmall",
            Self::IllegalLocationConstraint(_) => "IllegalLocationConstraintException",
            Self::IncompleteBody => "IncompleteBody",
            Self::Internal(_) => "InternalError",
            Self::InvalidArgument { .. } | Self::InvalidDestinations(_) => "InvalidArgument",
            Self::InvalidBucketName(_) => "InvalidBucketName",
            Self::InvalidBucketState(_) => "InvalidBucketState",
            Self::InvalidDigest(_) => "InvalidDigest",
            Self::InvalidEncryptionAlgorithm(_) => "InvalidEncryptionAlgorithmError",
            Self::InvalidLocationConstraint(_) => "InvalidLocationConstraint",
            Self::InvalidObjectState { .. } => "InvalidObjectState",
            Self::InvalidPart { .. } => "InvalidPart",
            Self::InvalidPartNumber { .. } => "InvalidPartNumber",
            Self::InvalidPartOrder(_) => "InvalidPartOrder",
            Self::InvalidRange { .. } => "InvalidRange",
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::InvalidTargetBucketForLogging { .. } => "InvalidTargetBucketForLogging",
            Self::InvalidStorageClass(_) => "InvalidStorageClass",
            Self::InvalidTag { .. } => "InvalidTag",
            Self::KeyTooLong { .. } => "KeyTooLongError",
            Self::InvalidBucketAclWithObjectOwnership(_) => "InvalidBucketAclWithObjectOwnership",
            Self::MalformedAcl => "MalformedACLError",
            Self::MalformedPolicy(_) => "MalformedPolicy",
            Self::MalformedXml => "MalformedXML",
            Self::MetadataTooLarge { .. } => "MetadataTooLarge",
            Self::MethodNotAllowed { .. } => "MethodNotAllowed",
            Self::NoSuchBucket(_) => "NoSuchBucket",
            Self::NoSuchCorsConfiguration(_) => "NoSuchCORSConfiguration",
            Self::NoSuchBucketPolicy(_) => "NoSuchBucketPolicy",
            Self::NoSuchKey { .. } => "NoSuchKey",
            Self::NoSuchLifecycleConfiguration(_) => "NoSuchLifecycleConfiguration",
            Self::NoSuchObjectLockConfiguration(_) => "NoSuchObjectLockConfiguration",
            Self::NoSuchPublicAccessBlockConfiguration(_) => "NoSuchPublicAccessBlockConfiguration",
            Self::NoSuchTagSet(_) => "NoSuchTagSet",
            Self::NoSuchUpload(_) => "NoSuchUpload",
            Self::NoSuchVersion { .. } => "NoSuchVersion",
            Self::NotImplemented(_) => "NotImplemented",
            Self::NotModified { .. } => "NotModified",
            Self::ObjectLockConfigurationNotFound(_) => "ObjectLockConfigurationNotFoundError",
            Self::OperationAborted => "OperationAborted",
            Self::OwnershipControlsNotFound(_) => "OwnershipControlsNotFoundError",
            Self::PreconditionFailed(_) => "PreconditionFailed",
            Self::ReplicationConfigurationNotFound(_) => "ReplicationConfigurationNotFoundError",
        }
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotModified { .. } => 304,
            Self::Body { status, .. } => *status,
            Self::AccessControlListNotSupported
            | Self::BadDigest { .. }
            | Self::BadRequest(_)
            | Self::EntityTooLarge { .. }
            | Self::EntityTooSmall { .. }
            | Self::IllegalLocationConstraint(_)
            | Self::IncompleteBody
            | Self::InvalidArgument { .. }
            | Self::InvalidBucketAclWithObjectOwnership(_)
            | Self::InvalidBucketName(_)
            | Self::InvalidDestinations(_)
            | Self::InvalidDigest(_)
            | Self::InvalidEncryptionAlgorithm(_)
            | Self::InvalidLocationConstraint(_)
            | Self::InvalidPart { .. }
            | Self::InvalidPartOrder(_)
            | Self::InvalidRequest(_)
            | Self::InvalidStorageClass(_)
            | Self::InvalidTargetBucketForLogging { .. }
            | Self::InvalidTag { .. }
            | Self::KeyTooLong { .. }
            | Self::Kms { .. }
            | Self::MalformedAcl
            | Self::MalformedPolicy(_)
            | Self::MalformedXml
            | Self::MetadataTooLarge { .. } => 400,
            Self::AccessDenied(_) | Self::InvalidObjectState { .. } => 403,
            Self::NoSuchBucket(_)
            | Self::NoSuchBucketPolicy(_)
            | Self::NoSuchCorsConfiguration(_)
            | Self::NoSuchKey { .. }
            | Self::NoSuchLifecycleConfiguration(_)
            | Self::NoSuchObjectLockConfiguration(_)
            | Self::NoSuchPublicAccessBlockConfiguration(_)
            | Self::NoSuchTagSet(_)
            | Self::NoSuchUpload(_)
            | Self::NoSuchVersion { .. }
            | Self::ObjectLockConfigurationNotFound(_)
            | Self::OwnershipControlsNotFound(_)
            | Self::ReplicationConfigurationNotFound(_) => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::BucketAlreadyExists(_)
            | Self::BucketAlreadyOwnedByYou(_)
            | Self::BucketNotEmpty { .. }
            | Self::InvalidBucketState(_)
            | Self::OperationAborted => 409,
            Self::PreconditionFailed(_) => 412,
            Self::InvalidPartNumber { .. } | Self::InvalidRange { .. } => 416,
            Self::Internal(_) => 500,
            Self::NotImplemented(_) => 501,
        }
    }

    /// Further elements of the error document, in AWS's order.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        let one = |name, value: &String| vec![(name, value.clone())];
        match self {
            Self::InvalidDestinations(refused) => {
                let named = DESTINATIONS.iter().zip(refused);
                named
                    .flat_map(|((name, value), (topic, why))| {
                        [(*name, topic.clone()), (*value, (*why).to_owned())]
                    })
                    .collect()
            }
            Self::BadDigest { expected, calculated, .. } => {
                vec![("ExpectedDigest", expected.clone()), ("CalculatedDigest", calculated.clone())]
            }
            Self::BucketAlreadyExists(bucket)
            | Self::BucketAlreadyOwnedByYou(bucket)
            | Self::BucketNotEmpty { bucket, .. }
            | Self::InvalidBucketAclWithObjectOwnership(bucket)
            | Self::InvalidBucketName(bucket)
            | Self::NoSuchBucket(bucket)
            | Self::NoSuchBucketPolicy(bucket)
            | Self::NoSuchCorsConfiguration(bucket)
            | Self::NoSuchLifecycleConfiguration(bucket)
            | Self::NoSuchPublicAccessBlockConfiguration(bucket)
            | Self::NoSuchTagSet(bucket)
            | Self::ObjectLockConfigurationNotFound(bucket)
            | Self::OwnershipControlsNotFound(bucket)
            | Self::ReplicationConfigurationNotFound(bucket) => one("BucketName", bucket),
            Self::EntityTooLarge { proposed, max } => {
                vec![("ProposedSize", proposed.to_string()), ("MaxSizeAllowed", max.to_string())]
            }
            Self::EntityTooSmall { proposed, min, part, etag } => vec![
                ("ProposedSize", proposed.to_string()),
                ("MinSizeAllowed", min.to_string()),
                ("PartNumber", part.to_string()),
                ("ETag", etag.clone()),
            ],
            Self::InvalidArgument { name, value, .. } => {
                vec![("ArgumentName", (*name).to_owned()), ("ArgumentValue", value.clone())]
            }
            Self::InvalidDigest(digest) => one("Content-MD5", digest),
            Self::InvalidEncryptionAlgorithm(given) => {
                vec![
                    ("ArgumentName", "x-amz-server-side-encryption".to_owned()),
                    ("ArgumentValue", given.clone()),
                ]
            }
            Self::InvalidLocationConstraint(location) => one("LocationConstraint", location),
            Self::InvalidObjectState { class, .. } => vec![("StorageClass", class.as_str().to_owned())],
            Self::InvalidPart { upload, part, etag } => {
                vec![("UploadId", upload.clone()), ("PartNumber", part.to_string()), ("ETag", etag.clone())]
            }
            Self::InvalidPartNumber { requested, actual } => {
                vec![("ActualPartCount", actual.to_string()), ("PartNumberRequested", requested.to_string())]
            }
            Self::InvalidPartOrder(upload) | Self::NoSuchUpload(upload) => one("UploadId", upload),
            Self::InvalidRange { requested, size } => {
                vec![("RangeRequested", requested.clone()), ("ActualObjectSize", size.to_string())]
            }
            Self::InvalidTargetBucketForLogging { target, .. } => one("TargetBucket", target),
            Self::InvalidStorageClass(class) => one("StorageClassRequested", class),
            Self::InvalidTag { key, .. } => one("TagKey", key),
            Self::KeyTooLong { size } => {
                vec![("Size", size.to_string()), ("MaxSizeAllowed", crate::record::MAX_KEY.to_string())]
            }
            Self::MetadataTooLarge { size } => {
                vec![("Size", size.to_string()), ("MaxSizeAllowed", crate::record::MAX_METADATA.to_string())]
            }
            Self::MethodNotAllowed { method, .. } => {
                vec![("Method", (*method).to_owned()), ("ResourceType", "DeleteMarker".to_owned())]
            }
            Self::NoSuchKey { key, .. } | Self::NoSuchObjectLockConfiguration(key) => one("Key", key),
            Self::NoSuchVersion { key, version } => {
                vec![("Key", key.clone()), ("VersionId", version.clone())]
            }
            Self::PreconditionFailed(condition) => vec![("Condition", (*condition).to_owned())],
            Self::AccessDenied(_)
            | Self::AccessControlListNotSupported
            | Self::BadRequest(_)
            | Self::Body { .. }
            | Self::IllegalLocationConstraint(_)
            | Self::IncompleteBody
            | Self::Internal(_)
            | Self::InvalidBucketState(_)
            | Self::InvalidRequest(_)
            | Self::Kms { .. }
            | Self::MalformedAcl
            | Self::MalformedPolicy(_)
            | Self::MalformedXml
            | Self::NotImplemented(_)
            | Self::NotModified { .. }
            | Self::OperationAborted => Vec::new(),
        }
    }

    /// Headers that go with it.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let marker = |version: &String| {
            vec![("x-amz-delete-marker", "true".to_owned()), ("x-amz-version-id", version.clone())]
        };
        match self {
            Self::NoSuchKey { marker: Some(version), .. } => marker(version),
            Self::MethodNotAllowed { version, .. } => {
                let mut headers = marker(version);
                headers.push(("Allow", "DELETE".to_owned()));
                headers
            }
            Self::NotModified { etag, .. } => vec![("ETag", format!("\"{etag}\""))],
            _ => Vec::new(),
        }
    }

    /// Whether a commit lost against another one, so that it should be decided anew.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Internal(error) if error.is_conflict())
    }

    pub(crate) fn argument(name: &'static str, value: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidArgument { message: message.into(), name, value: value.into() }
    }
}

impl From<KmsError> for BucketError {
    fn from(error: KmsError) -> Self {
        let message = error.to_string();
        let code = match error {
            KmsError::Store(error) => return Self::Internal(error),
            KmsError::AccessDenied(message) => return Self::AccessDenied(message),
            KmsError::NotFound(_) | KmsError::InvalidArn(_) => "KMS.NotFoundException",
            KmsError::Disabled(_) => "KMS.DisabledException",
            KmsError::InvalidState(_) => "KMS.KMSInvalidStateException",
            KmsError::InvalidKeyUsage(_) => "KMS.InvalidKeyUsageException",
            KmsError::InvalidCiphertext => "KMS.InvalidCiphertextException",
            KmsError::Unsupported(_) => "KMS.UnsupportedOperationException",
            KmsError::LimitExceeded(_) => "KMS.LimitExceededException",
            KmsError::IncorrectKey
            | KmsError::InvalidSignature
            | KmsError::InvalidMac
            | KmsError::AlreadyExists(_)
            | KmsError::InvalidAliasName(_)
            | KmsError::Validation(_)
            | KmsError::MalformedPolicy(_)
            | KmsError::Tag(_) => "KMS.ValidationException",
            KmsError::Crypto => {
                let kind = trailward_store::StoreErrorKind::Unavailable;
                return Self::Internal(StoreError::new(kind, "a KMS key could not be used"));
            }
        };
        Self::Kms { code, message }
    }
}

impl From<StoreError> for BucketError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error)
    }
}
