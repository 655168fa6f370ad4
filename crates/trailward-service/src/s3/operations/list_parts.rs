//! `ListParts`.

use super::prelude::{
    Answer, S3Call, S3Request, S3Response, convert, dto, etag, int, limit, long, owner, shown_limit,
};
use super::shown::initiator;
use trailward_bucket::{ListParts, PartEntry};

pub(super) async fn run(call: S3Call, req: S3Request<dto::ListPartsInput>) -> Answer<dto::ListPartsOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let asked = ListParts {
        part_number_marker: limit("part-number-marker", input.part_number_marker)
            .map_err(|e| call.refuse(e))?,
        max_parts: limit("max-parts", input.max_parts).map_err(|e| call.refuse(e))?,
    };
    let page = call.buckets().list_parts(&grant, &input.upload_id, &asked).await;
    let page = page.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: page.checksum.map(|(algorithm, _)| convert::algorithm(algorithm)),
        checksum_type: page.checksum.map(|(_, kind)| convert::checksum_type(kind)),
        initiator: Some(initiator(&call, page.initiator).await?),
        owner: Some(owner(&call, &page.owner).await?),
        storage_class: Some(dto::StorageClass::from_static(page.storage_class.as_str())),
        part_number_marker: Some(input.part_number_marker.unwrap_or(0)),
        next_part_number_marker: page.next_part_number_marker.map(int),
        max_parts: Some(shown_limit(input.max_parts)),
        is_truncated: Some(page.is_truncated),
        parts: Some(page.parts.into_iter().map(part).collect()),
        ..dto::ListPartsOutput::default()
    }))
}

fn part(entry: PartEntry) -> dto::Part {
    let mut part = dto::Part {
        e_tag: Some(etag(entry.etag)),
        last_modified: Some(entry.last_modified.into()),
        part_number: Some(int(entry.number)),
        size: Some(long(entry.size)),
        ..dto::Part::default()
    };
    if let Some(checksum) = entry.checksum {
        convert::set_checksum!(part, checksum.algorithm, checksum.value);
    }
    part
}
