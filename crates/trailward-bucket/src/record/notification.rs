use serde::{Deserialize, Serialize};
use trailward_store::stored::Stored;

/// Which events are published to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicNotification {
    /// 1 to 255 characters; made up if the request has none.
    pub id: String,
    /// ARN of the topic.
    pub topic: String,
    /// `s3:ObjectCreated:*` and the like.
    pub events: Vec<String>,
    /// Only of keys that begin with this.
    pub prefix: Option<String>,
    /// Only of keys that end with this.
    pub suffix: Option<String>,
}

/// Something that happened to an object, for one topic that wants to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BucketEvent {
    /// `ObjectCreated:Put`, without `s3:`.
    pub(crate) name: String,
    pub(crate) configuration: String,
    pub(crate) topic: String,
    pub(crate) bucket: String,
    /// The bucket's account.
    pub(crate) owner: String,
    pub(crate) region: String,
    pub(crate) key: String,
    pub(crate) size: Option<u64>,
    pub(crate) etag: Option<String>,
    /// `None` where the bucket never had versions.
    pub(crate) version: Option<String>,
    /// Who did it.
    pub(crate) principal: String,
    /// From where.
    pub(crate) address: String,
    pub(crate) request: String,
    /// When, in nanoseconds since 1970: later events of a key have greater ones.
    pub(crate) at: u64,
}

impl Stored for BucketEvent {
    const FORMAT: u16 = 1;
}
