//! `GetObjectAttributes`.
//!
//! DEVIATION: the entity tag is quoted, as everywhere else; AWS leaves the quotes out here.
//!
//! Needs `s3:GetObjectAttributes` beside `s3:GetObject`, or both of their forms for versions.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, convert, dto, etag, int, limit, long, read};
use trailward_bucket::{BucketError, Checksum, GetObject, ObjectAttributes, Resource};

const NAMES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::GetObjectAttributesInput>,
) -> Answer<dto::GetObjectAttributesOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let wanted = wanted(&call).map_err(|e| call.refuse(e))?;
    let wants = |name: &str| wanted.iter().any(|wanted| wanted == name);
    let action = match grant.resource() {
        Resource::Object { version: Some(_), .. } => "s3:GetObjectVersionAttributes",
        _ => "s3:GetObjectAttributes",
    };
    call.authorize(action, grant.resource().clone()).await.map_err(|e| call.refuse(e))?;
    let asked = GetObject { checksum_mode: true, ..read::asked(&call, None).map_err(|e| call.refuse(e))? };
    let marker = limit("part-number-marker", input.part_number_marker).map_err(|e| call.refuse(e))?;
    let most = limit("max-parts", input.max_parts).map_err(|e| call.refuse(e))?;
    let found = call.buckets().get_object_attributes(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    let view = &found.view;
    let mut answer = AnswerHeaders::default();
    answer.set("last-modified", &convert::to_http_date(view.last_modified));
    answer.set_some("x-amz-version-id", view.version_id.as_deref());
    let output = dto::GetObjectAttributesOutput {
        e_tag: wants("ETag").then(|| etag(view.etag.clone())),
        checksum: view.checksum.as_ref().filter(|_| wants("Checksum")).map(checksum),
        object_parts: parts(&found, marker, most).filter(|_| wants("ObjectParts")),
        storage_class: wants("StorageClass")
            .then(|| dto::StorageClass::from_static(view.storage_class.as_str())),
        object_size: wants("ObjectSize").then(|| long(view.content_length)),
        ..dto::GetObjectAttributesOutput::default()
    };
    Ok(answer.with(output))
}

/// What the header names, which must be there.
fn wanted(call: &S3Call) -> Result<Vec<String>, BucketError> {
    let invalid = |value: &str| BucketError::InvalidArgument {
        message: "Invalid attribute name specified.".to_owned(),
        name: "x-amz-object-attributes",
        value: value.to_owned(),
    };
    let given = call.headers().get_all("x-amz-object-attributes").iter();
    let names: Vec<String> = given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_owned())
        .collect();
    if names.is_empty() {
        return Err(BucketError::InvalidRequest(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
                .to_owned(),
        ));
    }
    match names.iter().find(|name| !NAMES.contains(&name.as_str())) {
        Some(name) => Err(invalid(name)),
        None => Ok(names),
    }
}

fn checksum(of: &Checksum) -> dto::Checksum {
    let mut shown =
        dto::Checksum { checksum_type: Some(convert::checksum_type(of.kind)), ..dto::Checksum::default() };
    // Without the number of parts, which is elsewhere in the answer.
    let value = of.value.split_once('-').map_or(&*of.value, |(value, _)| value).to_owned();
    convert::set_checksum!(shown, of.algorithm, value);
    shown
}

/// The parts of a multipart upload. Each is listed only where each has a checksum, as on AWS.
fn parts(
    found: &ObjectAttributes,
    marker: Option<u32>,
    most: Option<u32>,
) -> Option<dto::GetObjectAttributesParts> {
    let total = found.parts.as_ref()?;
    let listed = total.iter().all(|part| part.checksum.is_some());
    if !listed {
        return Some(dto::GetObjectAttributesParts {
            total_parts_count: Some(int(total.len())),
            ..dto::GetObjectAttributesParts::default()
        });
    }
    let most = most.unwrap_or(1000).min(1000);
    let (marker, width) = (marker.unwrap_or(0), usize::try_from(most).unwrap_or(1000));
    let after: Vec<_> = total.iter().filter(|part| part.number > marker).collect();
    let page: Vec<dto::ObjectPart> = after
        .iter()
        .take(width)
        .map(|part| {
            let mut shown = dto::ObjectPart {
                part_number: Some(int(part.number)),
                size: Some(long(part.size)),
                ..dto::ObjectPart::default()
            };
            if let Some(checksum) = &part.checksum {
                convert::set_checksum!(shown, checksum.algorithm, checksum.value.clone());
            }
            shown
        })
        .collect();
    Some(dto::GetObjectAttributesParts {
        is_truncated: Some(after.len() > page.len()),
        max_parts: Some(int(most)),
        next_part_number_marker: page.last().and_then(|part| part.part_number),
        part_number_marker: Some(int(marker)),
        parts: Some(page),
        total_parts_count: Some(int(total.len())),
    })
}
