/// What an action is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// No bucket in particular: `s3:ListAllMyBuckets`.
    Service,
    /// A bucket, by name.
    Bucket(String),
    /// An object, or one version of it.
    Object {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// `None` for the newest version.
        version: Option<String>,
    },
}

impl Resource {
    /// A bucket.
    pub fn bucket(name: impl Into<String>) -> Self {
        Self::Bucket(name.into())
    }

    /// The newest version of an object.
    pub fn object(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self::Object { bucket: bucket.into(), key: key.into(), version: None }
    }

    /// One version of an object.
    pub fn version(bucket: impl Into<String>, key: impl Into<String>, version: impl Into<String>) -> Self {
        Self::Object { bucket: bucket.into(), key: key.into(), version: Some(version.into()) }
    }

    /// The ARN policies see.
    pub fn arn(&self) -> String {
        match self {
            // Both `*` and the `arn:aws:s3:::*` of old policies cover it.
            Self::Service => "arn:aws:s3:::*".to_owned(),
            Self::Bucket(name) => format!("arn:aws:s3:::{name}"),
            Self::Object { bucket, key, .. } => format!("arn:aws:s3:::{bucket}/{key}"),
        }
    }

    /// The bucket's name.
    pub fn bucket_name(&self) -> Option<&str> {
        match self {
            Self::Service => None,
            Self::Bucket(name) | Self::Object { bucket: name, .. } => Some(name),
        }
    }
}
