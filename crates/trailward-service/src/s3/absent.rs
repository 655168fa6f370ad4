//! What S3 has and this product does not do yet.
//!
//! Such requests are told from others here, before `s3s` reads them: it takes what it does not know for something else
//! (`PUT /bucket/key?renameObject` for `PutObject`).

use super::table::Scope;
use http::Method;
use http::request::Parts;

/// An operation that is not done, and how its requests are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Absent {
    pub name: &'static str,
    /// What the record calls it.
    pub recorded: &'static str,
    method: &'static str,
    scope: Scope,
    /// The query parameter; empty if only the path tells.
    parameter: &'static str,
}

const fn bucket(name: &'static str, method: &'static str, parameter: &'static str) -> Absent {
    Absent { name, recorded: name, method, scope: Scope::Bucket, parameter }
}

const fn object(name: &'static str, method: &'static str, parameter: &'static str) -> Absent {
    Absent { name, recorded: name, method, scope: Scope::Object, parameter }
}

/// One that no request is known for.
const fn unheard(name: &'static str, method: &'static str) -> Absent {
    Absent { name, recorded: name, method, scope: Scope::Service, parameter: "" }
}

impl Absent {
    const fn recorded_as(mut self, name: &'static str) -> Self {
        self.recorded = name;
        self
    }

    /// Whether its record is a data event.
    pub(crate) fn is_data(&self) -> bool {
        self.scope == Scope::Object
    }

    fn is_asked(&self, parts: &Parts, bucket: bool, key: bool) -> bool {
        let here = match self.scope {
            Scope::Service => false,
            Scope::Object => key,
            Scope::Bucket | Scope::EachObject => bucket && !key,
        };
        let query = parts.uri.query().unwrap_or("");
        let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        // With an id one configuration is meant, without one all of them.
        let lists = self.name.starts_with("ListBucket");
        let one = matches!(self.parameter, "analytics" | "intelligent-tiering" | "inventory" | "metrics")
            && parts.method == Method::GET;
        here && parts.method.as_str() == self.method && has(self.parameter) && (!one || lists != has("id"))
    }
}

/// Which of them a request is for.
pub(crate) fn find(parts: &Parts, bucket: bool, key: bool) -> Option<&'static Absent> {
    ABSENT.iter().find(|absent| absent.is_asked(parts, bucket, key))
}

/// All of them: answered `NotImplemented`.
pub(crate) const ABSENT: &[Absent] = &[
    bucket("CreateBucketMetadataConfiguration", "POST", "metadataConfiguration"),
    bucket("CreateBucketMetadataTableConfiguration", "POST", "metadataTable"),
    bucket("CreateSession", "GET", "session"),
    bucket("DeleteBucketAnalyticsConfiguration", "DELETE", "analytics"),
    bucket("DeleteBucketIntelligentTieringConfiguration", "DELETE", "intelligent-tiering"),
    bucket("DeleteBucketInventoryConfiguration", "DELETE", "inventory"),
    bucket("DeleteBucketMetadataConfiguration", "DELETE", "metadataConfiguration"),
    bucket("DeleteBucketMetadataTableConfiguration", "DELETE", "metadataTable"),
    bucket("DeleteBucketMetricsConfiguration", "DELETE", "metrics"),
    bucket("DeleteBucketWebsite", "DELETE", "website"),
    object("DeleteObjectAnnotation", "DELETE", "annotation"),
    bucket("GetBucketAbac", "GET", "abac"),
    bucket("GetBucketAccelerateConfiguration", "GET", "accelerate").recorded_as("GetAccelerateConfiguration"),
    bucket("GetBucketAnalyticsConfiguration", "GET", "analytics"),
    bucket("GetBucketIntelligentTieringConfiguration", "GET", "intelligent-tiering"),
    bucket("GetBucketInventoryConfiguration", "GET", "inventory"),
    // Deprecated; its requests are those of GetBucketLifecycleConfiguration.
    unheard("GetBucketLifecycle", "GET"),
    bucket("GetBucketMetadataConfiguration", "GET", "metadataConfiguration"),
    bucket("GetBucketMetadataTableConfiguration", "GET", "metadataTable"),
    bucket("GetBucketMetricsConfiguration", "GET", "metrics"),
    // Deprecated; its requests are those of GetBucketNotificationConfiguration.
    unheard("GetBucketNotification", "GET"),
    bucket("GetBucketWebsite", "GET", "website"),
    object("GetObjectAnnotation", "GET", "annotation"),
    object("GetObjectTorrent", "GET", "torrent"),
    bucket("ListBucketAnalyticsConfigurations", "GET", "analytics"),
    bucket("ListBucketIntelligentTieringConfigurations", "GET", "intelligent-tiering"),
    bucket("ListBucketInventoryConfigurations", "GET", "inventory"),
    bucket("ListBucketMetricsConfigurations", "GET", "metrics"),
    unheard("ListDirectoryBuckets", "GET"),
    object("ListObjectAnnotations", "GET", "annotation"),
    bucket("PutBucketAbac", "PUT", "abac"),
    bucket("PutBucketAccelerateConfiguration", "PUT", "accelerate").recorded_as("PutAccelerateConfiguration"),
    bucket("PutBucketAnalyticsConfiguration", "PUT", "analytics"),
    bucket("PutBucketIntelligentTieringConfiguration", "PUT", "intelligent-tiering"),
    bucket("PutBucketInventoryConfiguration", "PUT", "inventory"),
    // Deprecated; its requests are those of PutBucketLifecycleConfiguration.
    unheard("PutBucketLifecycle", "PUT"),
    bucket("PutBucketMetricsConfiguration", "PUT", "metrics"),
    // Deprecated; its requests are those of PutBucketNotificationConfiguration.
    unheard("PutBucketNotification", "PUT"),
    bucket("PutBucketWebsite", "PUT", "website"),
    object("PutObjectAnnotation", "PUT", "annotation"),
    object("RenameObject", "PUT", "renameObject"),
    object("SelectObjectContent", "POST", "select"),
    bucket("UpdateBucketMetadataAnnotationTableConfiguration", "PUT", "metadataAnnotationTable"),
    bucket("UpdateBucketMetadataInventoryTableConfiguration", "PUT", "metadataInventoryTable"),
    bucket("UpdateBucketMetadataJournalTableConfiguration", "PUT", "metadataJournalTable"),
    object("UpdateObjectEncryption", "PUT", "encryption"),
    unheard("WriteGetObjectResponse", "POST"),
];
