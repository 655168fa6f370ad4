//! What many operations translate alike, between the bucket's words and `s3s`'s.

use super::call::S3Call;
use crate::identity::Accounts;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{S3Response, S3Result, dto};
use time::OffsetDateTime;
use time::macros::format_description;
use trailward_bucket::{Algorithm, BucketError, Checksum, ChecksumKind, Tag};
use trailward_model::stamp;

/// What an operation answers.
pub(super) type Answer<T> = S3Result<S3Response<T>>;

/// Sets a field for the checksum's algorithm, and its type where the structure has one.
macro_rules! set_checksum {
    ($output:expr, $algorithm:expr, $value:expr) => {{
        let value = Some($value);
        match $algorithm {
            trailward_bucket::Algorithm::Crc32 => $output.checksum_crc32 = value,
            trailward_bucket::Algorithm::Crc32c => $output.checksum_crc32c = value,
            trailward_bucket::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
            trailward_bucket::Algorithm::Sha1 => $output.checksum_sha1 = value,
            trailward_bucket::Algorithm::Sha256 => $output.checksum_sha256 = value,
        }
    }};
}
pub(super) use set_checksum;

/// The headers of an answer.
#[derive(Debug, Default)]
pub(super) struct AnswerHeaders(HeaderMap);

impl AnswerHeaders {
    /// What no header can carry is left out.
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            self.0.insert(HeaderName::from_static(name), value);
        }
    }

    pub(super) fn set_some(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    pub(super) fn checksum(&mut self, checksum: Option<&Checksum>) {
        if let Some(checksum) = checksum {
            self.set(checksum.algorithm.header(), &checksum.value);
            self.set("x-amz-checksum-type", checksum.kind.as_str());
        }
    }

    pub(super) fn with<T>(self, output: T) -> S3Response<T> {
        S3Response::with_headers(output, self.0)
    }
}

pub(super) fn etag(text: String) -> dto::ETag {
    dto::ETag::Strong(text)
}

/// A count or a size, as far as the wire's type goes.
pub(super) fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn int(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// How many entries are asked for: `max-keys` and its like may not be negative.
pub(super) fn limit(name: &'static str, asked: Option<i32>) -> Result<Option<u32>, BucketError> {
    asked
        .map(|asked| {
            u32::try_from(asked).map_err(|_| BucketError::InvalidArgument {
                message: format!("Argument {name} must be an integer between 0 and 2147483647"),
                name,
                value: asked.to_string(),
            })
        })
        .transpose()
}

/// What a listing echoes: at most 1,000.
pub(super) fn shown_limit(asked: Option<i32>) -> i32 {
    asked.unwrap_or(1000).min(1000)
}

/// A date in a header. What is none is ignored, as S3 does.
pub(super) fn http_date(text: Option<&str>) -> Option<OffsetDateTime> {
    stamp::parse_rfc2822(text?)
}

/// `Wed, 21 Oct 2015 07:28:00 GMT`.
pub(super) fn to_http_date(time: OffsetDateTime) -> String {
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    time.format(form).unwrap_or_default()
}

/// Who owns things of an account, as S3 names owners.
pub(super) async fn owner(call: &S3Call, account: &str) -> S3Result<dto::Owner> {
    let found = Accounts::get(call.platform(), account).await.map_err(|error| call.refuse(error))?;
    Ok(match found {
        Some(account) => dto::Owner { display_name: Some(account.name), id: Some(account.canonical_id) },
        None => dto::Owner { display_name: None, id: Some(account.to_owned()) },
    })
}

pub(super) fn to_tags(tags: Vec<dto::Tag>) -> Result<Vec<Tag>, BucketError> {
    tags.into_iter()
        .map(|tag| match (tag.key, tag.value) {
            (Some(key), value) => Ok(Tag { key, value: value.unwrap_or_default() }),
            (None, _) => Err(BucketError::MalformedXml),
        })
        .collect()
}

pub(super) fn from_tags(tags: Vec<Tag>) -> Vec<dto::Tag> {
    tags.into_iter().map(|tag| dto::Tag { key: Some(tag.key), value: Some(tag.value) }).collect()
}

pub(super) fn algorithm(algorithm: Algorithm) -> dto::ChecksumAlgorithm {
    dto::ChecksumAlgorithm::from_static(algorithm.as_str())
}

pub(super) fn checksum_type(kind: ChecksumKind) -> dto::ChecksumType {
    dto::ChecksumType::from_static(kind.as_str())
}

/// A key as it is in a URL.
pub(super) fn in_path(key: &str) -> String {
    utf8_percent_encode(key, PLAIN).to_string()
}

/// How names are written in a listing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    encodes: bool,
}

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*');

impl Spelling {
    pub(super) fn asked(encoding: Option<&dto::EncodingType>) -> Result<Self, BucketError> {
        match encoding.map(dto::EncodingType::as_str) {
            None => Ok(Self { encodes: false }),
            Some("url") => Ok(Self { encodes: true }),
            Some(other) => Err(BucketError::InvalidArgument {
                message: "Invalid Encoding Method specified in Request".to_owned(),
                name: "encoding-type",
                value: other.to_owned(),
            }),
        }
    }

    /// What the answer says about it.
    pub(super) fn echoed(self) -> Option<dto::EncodingType> {
        self.encodes.then(|| dto::EncodingType::from_static(dto::EncodingType::URL))
    }

    pub(super) fn name(self, text: &str) -> String {
        if self.encodes { utf8_percent_encode(text, PLAIN).to_string() } else { text.to_owned() }
    }

    pub(super) fn some(self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.name(text))
    }

    pub(super) fn prefixes(self, prefixes: &[String]) -> Vec<dto::CommonPrefix> {
        let prefix = |prefix: &String| dto::CommonPrefix { prefix: Some(self.name(prefix)) };
        prefixes.iter().map(prefix).collect()
    }
}
