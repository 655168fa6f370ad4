use super::get::{GetObject, ObjectView};
use crate::multipart::part_checksum;
use crate::record::{Checksum, Content};
use crate::{BucketError, Buckets, Grant};

/// An object's description with its parts, as `GetObjectAttributes` answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAttributes {
    /// What `HeadObject` would say.
    pub view: ObjectView,
    /// The parts it was uploaded in, by number; `None` if it was put whole.
    pub parts: Option<Vec<AttributePart>>,
}

/// A part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePart {
    /// Its number.
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// Its own checksum, if it came with one.
    pub checksum: Option<Checksum>,
}

impl Buckets {
    /// `GetObjectAttributes`. For `s3:GetObject`, or `s3:GetObjectVersion` of a version; whoever asks checks
    /// `s3:GetObjectAttributes` as well.
    pub async fn get_object_attributes(
        &self,
        grant: &Grant,
        get: &GetObject,
    ) -> Result<ObjectAttributes, BucketError> {
        let (view, object, _) = self.view(grant, get, "HEAD").await?;
        let parts = match object.content {
            Content::Parts { upload, .. } => Some(self.parts(&upload).await?),
            _ => None,
        };
        let part = |(number, part): (u32, crate::record::Part)| AttributePart {
            number,
            size: part.size,
            checksum: part_checksum(part.checksum),
        };
        Ok(ObjectAttributes { view, parts: parts.map(|parts| parts.into_iter().map(part).collect()) })
    }
}
