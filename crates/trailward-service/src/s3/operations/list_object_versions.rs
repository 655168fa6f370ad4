//! `ListObjectVersions`.

use super::prelude::{
    Answer, S3Call, S3Request, S3Response, Spelling, convert, dto, etag, limit, long, shown_limit,
};
use super::shown::Owners;
use trailward_bucket::{ListVersions, VersionEntry, VersionedObject};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::ListObjectVersionsInput>,
) -> Answer<dto::ListObjectVersionsOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let spelling = Spelling::asked(input.encoding_type.as_ref()).map_err(|e| call.refuse(e))?;
    let asked = ListVersions {
        prefix: input.prefix.clone(),
        delimiter: input.delimiter.clone(),
        key_marker: input.key_marker.clone(),
        version_id_marker: input.version_id_marker.clone(),
        max_keys: limit("max-keys", input.max_keys).map_err(|e| call.refuse(e))?,
    };
    let page = call.buckets().list_object_versions(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    let owners = Owners::of(&call, page.entries.iter().map(|entry| entry.owner.as_str())).await?;
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for mut entry in page.entries {
        match entry.object.take() {
            Some(object) => versions.push(version(entry, object, spelling, &owners)),
            None => markers.push(marker(entry, spelling, &owners)),
        }
    }
    Ok(S3Response::new(dto::ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(spelling.name(input.prefix.as_deref().unwrap_or(""))),
        delimiter: spelling.some(input.delimiter.as_deref()),
        key_marker: Some(spelling.name(input.key_marker.as_deref().unwrap_or(""))),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        next_key_marker: spelling.some(page.next_key_marker.as_deref()),
        next_version_id_marker: page.next_version_id_marker,
        max_keys: Some(shown_limit(input.max_keys)),
        is_truncated: Some(page.is_truncated),
        versions: Some(versions),
        delete_markers: Some(markers),
        common_prefixes: Some(spelling.prefixes(&page.common_prefixes)),
        encoding_type: spelling.echoed(),
        request_charged: None,
    }))
}

fn version(
    entry: VersionEntry,
    object: VersionedObject,
    spelling: Spelling,
    owners: &Owners,
) -> dto::ObjectVersion {
    dto::ObjectVersion {
        checksum_algorithm: object.checksum.as_ref().map(|c| vec![convert::algorithm(c.algorithm)]),
        checksum_type: object.checksum.as_ref().map(|c| convert::checksum_type(c.kind)),
        e_tag: Some(etag(object.etag)),
        is_latest: Some(entry.is_latest),
        key: Some(spelling.name(&entry.key)),
        last_modified: Some(entry.last_modified.into()),
        owner: owners.get(&entry.owner),
        restore_status: None,
        size: Some(long(object.size)),
        storage_class: Some(dto::ObjectVersionStorageClass::from_static(object.storage_class.as_str())),
        version_id: Some(entry.version_id),
    }
}

fn marker(entry: VersionEntry, spelling: Spelling, owners: &Owners) -> dto::DeleteMarkerEntry {
    dto::DeleteMarkerEntry {
        is_latest: Some(entry.is_latest),
        key: Some(spelling.name(&entry.key)),
        last_modified: Some(entry.last_modified.into()),
        owner: owners.get(&entry.owner),
        version_id: Some(entry.version_id),
    }
}
