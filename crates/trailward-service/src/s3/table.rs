//! S3's operations: the permission each needs, and how its record is filed.

/// On what an operation's permission is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// No bucket.
    Service,
    /// The bucket.
    Bucket,
    /// The object, or with `versionId` one version of it.
    Object,
    /// Several objects: the operation asks for each of them itself.
    EachObject,
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub name: &'static str,
    /// What the record calls it; S3 calls both versions of some calls the same.
    pub recorded: &'static str,
    pub action: &'static str,
    /// The permission when a version is named.
    pub versioned: Option<&'static str>,
    pub scope: Scope,
    pub reads: bool,
    /// Data event, or management event.
    pub data: bool,
    /// Condition keys are in the body, so the operation asks for its permission itself, once it has read it.
    pub late: bool,
}

const fn line(name: &'static str, action: &'static str, scope: Scope, reads: bool, data: bool) -> Line {
    Line { name, recorded: name, action, versioned: None, scope, reads, data, late: false }
}

const fn bucket_read(name: &'static str, action: &'static str) -> Line {
    line(name, action, Scope::Bucket, true, false)
}

const fn bucket_write(name: &'static str, action: &'static str) -> Line {
    line(name, action, Scope::Bucket, false, false)
}

const fn listing(name: &'static str, action: &'static str) -> Line {
    line(name, action, Scope::Bucket, true, true)
}

const fn object_read(name: &'static str, action: &'static str) -> Line {
    line(name, action, Scope::Object, true, true)
}

const fn object_write(name: &'static str, action: &'static str) -> Line {
    line(name, action, Scope::Object, false, true)
}

impl Line {
    const fn with_version(mut self, action: &'static str) -> Self {
        self.versioned = Some(action);
        self
    }

    const fn asked_late(mut self) -> Self {
        self.late = true;
        self
    }

    /// Whether it lists what is in a bucket.
    pub(crate) fn lists(&self) -> bool {
        self.data && self.scope == Scope::Bucket
    }

    const fn recorded_as(mut self, name: &'static str) -> Self {
        self.recorded = name;
        self
    }
}

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Line] = &[
    object_write("AbortMultipartUpload", "s3:AbortMultipartUpload"),
    object_write("CompleteMultipartUpload", "s3:PutObject"),
    object_write("CopyObject", "s3:PutObject"),
    bucket_write("CreateBucket", "s3:CreateBucket"),
    object_write("CreateMultipartUpload", "s3:PutObject"),
    bucket_write("DeleteBucket", "s3:DeleteBucket"),
    bucket_write("DeleteBucketCors", "s3:PutBucketCORS"),
    bucket_write("DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
    bucket_write("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    bucket_write("DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    bucket_write("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
    bucket_write("DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    bucket_write("DeleteBucketTagging", "s3:PutBucketTagging"),
    object_write("DeleteObject", "s3:DeleteObject").with_version("s3:DeleteObjectVersion"),
    object_write("DeleteObjectTagging", "s3:DeleteObjectTagging")
        .with_version("s3:DeleteObjectVersionTagging"),
    line("DeleteObjects", "s3:DeleteObject", Scope::EachObject, false, true),
    bucket_write("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock")
        .recorded_as("DeleteBucketPublicAccessBlock"),
    bucket_read("GetBucketAcl", "s3:GetBucketAcl"),
    bucket_read("GetBucketCors", "s3:GetBucketCORS"),
    bucket_read("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    bucket_read("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration")
        .recorded_as("GetBucketLifecycle"),
    bucket_read("GetBucketLocation", "s3:GetBucketLocation"),
    bucket_read("GetBucketLogging", "s3:GetBucketLogging"),
    bucket_read("GetBucketNotificationConfiguration", "s3:GetBucketNotification")
        .recorded_as("GetBucketNotification"),
    bucket_read("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls"),
    bucket_read("GetBucketPolicy", "s3:GetBucketPolicy"),
    bucket_read("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
    bucket_read("GetBucketReplication", "s3:GetReplicationConfiguration"),
    bucket_read("GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
    bucket_read("GetBucketTagging", "s3:GetBucketTagging"),
    bucket_read("GetBucketVersioning", "s3:GetBucketVersioning"),
    object_read("GetObject", "s3:GetObject").with_version("s3:GetObjectVersion"),
    object_read("GetObjectAcl", "s3:GetObjectAcl").with_version("s3:GetObjectVersionAcl"),
    object_read("GetObjectAttributes", "s3:GetObject").with_version("s3:GetObjectVersion"),
    object_read("GetObjectLegalHold", "s3:GetObjectLegalHold").with_version("s3:GetObjectLegalHold"),
    bucket_read("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration")
        .recorded_as("GetBucketObjectLockConfiguration"),
    object_read("GetObjectRetention", "s3:GetObjectRetention").with_version("s3:GetObjectRetention"),
    object_read("GetObjectTagging", "s3:GetObjectTagging").with_version("s3:GetObjectVersionTagging"),
    bucket_read("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock")
        .recorded_as("GetBucketPublicAccessBlock"),
    listing("HeadBucket", "s3:ListBucket"),
    object_read("HeadObject", "s3:GetObject").with_version("s3:GetObjectVersion"),
    line("ListBuckets", "s3:ListAllMyBuckets", Scope::Service, true, false),
    listing("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    listing("ListObjectVersions", "s3:ListBucketVersions"),
    listing("ListObjects", "s3:ListBucket"),
    listing("ListObjectsV2", "s3:ListBucket").recorded_as("ListObjects"),
    object_read("ListParts", "s3:ListMultipartUploadParts"),
    bucket_write("PutBucketAcl", "s3:PutBucketAcl"),
    bucket_write("PutBucketCors", "s3:PutBucketCORS"),
    bucket_write("PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    bucket_write("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration")
        .recorded_as("PutBucketLifecycle"),
    bucket_write("PutBucketLogging", "s3:PutBucketLogging"),
    bucket_write("PutBucketNotificationConfiguration", "s3:PutBucketNotification")
        .recorded_as("PutBucketNotification"),
    bucket_write("PutBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    bucket_write("PutBucketPolicy", "s3:PutBucketPolicy"),
    bucket_write("PutBucketReplication", "s3:PutReplicationConfiguration"),
    bucket_write("PutBucketRequestPayment", "s3:PutBucketRequestPayment"),
    bucket_write("PutBucketTagging", "s3:PutBucketTagging"),
    bucket_write("PutBucketVersioning", "s3:PutBucketVersioning"),
    object_write("PutObject", "s3:PutObject"),
    object_write("PutObjectAcl", "s3:PutObjectAcl").with_version("s3:PutObjectVersionAcl"),
    object_write("PutObjectLegalHold", "s3:PutObjectLegalHold")
        .with_version("s3:PutObjectLegalHold")
        .asked_late(),
    bucket_write("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration")
        .recorded_as("PutBucketObjectLockConfiguration"),
    object_write("PutObjectRetention", "s3:PutObjectRetention")
        .with_version("s3:PutObjectRetention")
        .asked_late(),
    object_write("PutObjectTagging", "s3:PutObjectTagging").with_version("s3:PutObjectVersionTagging"),
    bucket_write("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock")
        .recorded_as("PutBucketPublicAccessBlock"),
    object_write("RestoreObject", "s3:RestoreObject").with_version("s3:RestoreObject"),
    object_write("UploadPart", "s3:PutObject"),
    object_write("UploadPartCopy", "s3:PutObject"),
];

/// The line of an operation.
pub(crate) fn by_name(name: &str) -> Option<&'static Line> {
    OPERATIONS.iter().find(|line| line.name == name)
}
