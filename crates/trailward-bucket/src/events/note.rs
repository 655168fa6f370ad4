use super::SERVICE;
use super::wanted::wanting;
use crate::engine::{Plan, shows_versions};
use crate::record::{Bucket, BucketEvent, Kind, Version, key, random_hex};
use crate::{BucketError, Grant};
use trailward_store::stored::encode;

/// Something that the plan is about to do to an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happening<'a> {
    /// `ObjectCreated:Put`.
    pub(crate) name: &'static str,
    pub(crate) key: &'a str,
    /// The version it is about; `None` where there are none.
    pub(crate) version: Option<&'a str>,
    /// What it is, where that is to be told.
    pub(crate) kind: Option<&'a Kind>,
    /// By whose grant; `None` for S3's own doing.
    pub(crate) by: Option<&'a Grant>,
}

impl<'a> Happening<'a> {
    /// About a version that stays or comes.
    pub(crate) fn of(name: &'static str, key: &'a str, version: &'a Version, by: Option<&'a Grant>) -> Self {
        Self { name, key, version: Some(&version.id), kind: Some(&version.kind), by }
    }
}

impl Plan {
    /// Tells the topics that want to know, with the commit of this plan. `now` in nanoseconds since 1970.
    pub(crate) fn tell(
        &mut self,
        bucket: &Bucket,
        now: u64,
        happening: Happening<'_>,
    ) -> Result<(), BucketError> {
        let object = match happening.kind {
            Some(Kind::Object(object)) => Some(object),
            Some(Kind::DeleteMarker) | None => None,
        };
        for wanted in wanting(bucket, happening.name, happening.key) {
            let by = happening.by.map(|grant| (grant.requester(), grant.arn()));
            let (requester, arn) = by.unwrap_or((None, SERVICE));
            let event = BucketEvent {
                name: happening.name.to_owned(),
                configuration: wanted.id.clone(),
                topic: wanted.topic.clone(),
                bucket: bucket.name.clone(),
                owner: bucket.owner.clone(),
                region: bucket.region.clone(),
                key: happening.key.to_owned(),
                size: object.map(|object| object.size),
                etag: object.map(|object| object.etag.clone()),
                version: happening.version.filter(|_| shows_versions(bucket)).map(str::to_owned),
                principal: requester.map_or(arn, |by| &by.principal).to_owned(),
                address: requester.map_or(SERVICE, |by| &by.address).to_owned(),
                request: requester.map(|by| by.request.clone()).unwrap_or_default(),
                at: now,
            };
            self.put(key::event(now, &random_hex()?), encode(&event)?);
        }
        Ok(())
    }
}
