//! What `GetObject` and `HeadObject` have in common.

use super::call::S3Call;
use super::convert::{AnswerHeaders, http_date, in_path, int, to_http_date};
use super::{encryption, lock};
use time::OffsetDateTime;
use trailward_bucket::{BucketError, ByteRange, GetObject, Grant, ObjectView, ReadConditions};
use trailward_model::stamp;

/// Says when the object will expire, if it will.
pub(super) fn add_expiration(answer: &mut AnswerHeaders, expires: Option<&(OffsetDateTime, String)>) {
    if let Some((date, rule)) = expires {
        let date = to_http_date(*date);
        let rule = in_path(rule);
        answer.set("x-amz-expiration", &format!("expiry-date=\"{date}\", rule-id=\"{rule}\""));
    }
}

/// The same of what was just put. That it was put stands, whatever comes of this.
pub(super) async fn add_new_expiration(answer: &mut AnswerHeaders, call: &S3Call, grant: &Grant) {
    match call.buckets().expiration(grant).await {
        Ok(expires) => add_expiration(answer, expires.as_ref()),
        Err(error) => tracing::warn!(%error, "an object's expiration cannot be told"),
    }
}

/// What is asked for.
pub(super) fn asked(call: &S3Call, part_number: Option<i32>) -> Result<GetObject, BucketError> {
    let own = |name: &str| call.header(name).map(str::to_owned);
    let part_number = part_number.map(|number| u32::try_from(number).unwrap_or_default());
    Ok(GetObject {
        conditions: ReadConditions {
            if_match: own("if-match"),
            if_none_match: own("if-none-match"),
            if_modified_since: http_date(call.header("if-modified-since")),
            if_unmodified_since: http_date(call.header("if-unmodified-since")),
        },
        range: call.header("range").and_then(ByteRange::parse),
        part_number,
        customer_key: encryption::customer_key(call)?,
        checksum_mode: call.header("x-amz-checksum-mode").is_some_and(|mode| mode == "ENABLED"),
    })
}

/// The conditions that a copy puts on its source.
pub(super) fn source_conditions(call: &S3Call) -> ReadConditions {
    let own = |name: &str| call.header(name).map(str::to_owned);
    ReadConditions {
        if_match: own("x-amz-copy-source-if-match"),
        if_none_match: own("x-amz-copy-source-if-none-match"),
        if_modified_since: http_date(call.header("x-amz-copy-source-if-modified-since")),
        if_unmodified_since: http_date(call.header("x-amz-copy-source-if-unmodified-since")),
    }
}

/// Answer headers that describe the object, all but its user metadata.
pub(super) fn describe(view: &ObjectView) -> AnswerHeaders {
    let mut answer = encryption::shown(&view.encryption);
    let headers = &view.headers;
    answer.set("accept-ranges", "bytes");
    answer.set("etag", &format!("\"{}\"", view.etag));
    answer.set("last-modified", &to_http_date(view.last_modified));
    answer.set("content-length", &view.content_length.to_string());
    answer.set_some("x-amz-version-id", view.version_id.as_deref());
    answer.set_some("cache-control", headers.cache_control.as_deref());
    answer.set_some("content-disposition", headers.content_disposition.as_deref());
    answer.set_some("content-encoding", headers.content_encoding.as_deref());
    answer.set_some("content-language", headers.content_language.as_deref());
    answer.set_some("content-type", headers.content_type.as_deref());
    answer.set_some("expires", headers.expires.as_deref());
    answer.set_some("x-amz-website-redirect-location", headers.website_redirect_location.as_deref());
    answer.checksum(view.checksum.as_ref());
    if view.storage_class != trailward_bucket::StorageClass::Standard {
        answer.set("x-amz-storage-class", view.storage_class.as_str());
    }
    if let Some(retention) = view.retention {
        answer.set(lock::MODE, retention.mode.as_str());
        answer.set(lock::RETAIN_UNTIL, &stamp::extended_millis(retention.until_time()));
    }
    if let Some(on) = view.legal_hold {
        answer.set(lock::LEGAL_HOLD, lock::status(on));
    }
    answer.set_some(
        "x-amz-replication-status",
        view.replication.map(trailward_bucket::ReplicationStatus::as_str),
    );
    if let Some(until) = view.restored_until {
        let date = to_http_date(until);
        answer.set("x-amz-restore", &format!("ongoing-request=\"false\", expiry-date=\"{date}\""));
    }
    add_expiration(&mut answer, view.expires.as_ref());
    if view.tag_count > 0 {
        answer.set("x-amz-tagging-count", &int(view.tag_count).to_string());
    }
    if let Some(count) = view.parts_count {
        answer.set("x-amz-mp-parts-count", &count.to_string());
    }
    if let Some(range) = &view.range {
        answer.set("content-range", &format!("bytes {}-{}/{}", range.first, range.last, range.size));
    }
    answer
}
