//! What stands before the file.

use super::file::Rest;
use super::{lacks, malformed};
use crate::gateway::Body;
use crate::s3::payload::{Arrival, receive_some};
use bytes::BytesMut;
use http::request::Parts;
use s3s::dto;
use s3s::xml::{Deserialize as _, Deserializer};
use trailward_wire::ApiError;

/// Bytes before the file at most: what S3 takes.
const MOST: usize = 20 << 10;

/// Fields that are headers of the put, besides those that begin with `x-amz-`.
const HEADERS: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

/// Fields of the signature, which are no headers.
const SIGNATURE: [&str; 5] =
    ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token"];

/// Names in lower case, with their values, as they came.
pub(super) struct Fields {
    named: Vec<(String, String)>,
    file_name: String,
}

/// The boundary, of 1 to 70 characters.
pub(super) fn boundary(parts: &Parts) -> Result<String, ApiError> {
    let kind = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parameter = kind.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').to_owned())
    });
    parameter.filter(|text| (1..=70).contains(&text.len())).ok_or_else(malformed)
}

impl Fields {
    /// Reads up to the first byte of the file.
    pub(super) async fn read(
        mut body: Body,
        boundary: &str,
        arrival: &Arrival,
    ) -> Result<(Self, Rest), ApiError> {
        let mut buffer = BytesMut::new();
        let mut fields = Self { named: Vec::new(), file_name: String::new() };
        let delimiter = format!("\r\n--{boundary}");
        // The first boundary has no line before it.
        buffer.extend_from_slice(b"\r\n");
        let mut used = 0;
        loop {
            let line = until(&mut body, &mut buffer, delimiter.as_bytes(), &mut used, arrival).await?;
            // Before the first boundary is nothing; after a field its value was taken already.
            if !line.is_empty() {
                return Err(malformed());
            }
            let end = until(&mut body, &mut buffer, b"\r\n", &mut used, arrival).await?;
            if end.trim_ascii() == b"--" {
                return Err(no_file());
            }
            let (name, file) = head(&mut body, &mut buffer, &mut used, arrival).await?;
            if name == "file" {
                fields.file_name = file.unwrap_or_default();
                let rest = Rest { body, buffer };
                return Ok((fields, rest));
            }
            let value = peek(&mut body, &mut buffer, delimiter.as_bytes(), &mut used, arrival).await?;
            let value = String::from_utf8(value).map_err(|_| malformed())?;
            if fields.named.iter().any(|(known, _)| *known == name) {
                return Err(ApiError::bad_request(
                    "InvalidArgument",
                    "A form field is given more than once.",
                )
                .with("ArgumentName", name)
                .with("ArgumentValue", value));
            }
            fields.named.push((name, value));
        }
    }

    /// A field, by its name in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The key, with the file's name where the form wants it.
    pub(super) fn key(&mut self) -> Result<String, ApiError> {
        let file = self.file_name.clone();
        let (_, value) = self.named.iter_mut().find(|(name, _)| name == "key").ok_or_else(|| lacks("key"))?;
        *value = value.replace("${filename}", &file);
        if value.is_empty() {
            return Err(ApiError::bad_request(
                "InvalidArgument",
                "User key must have a length greater than 0.",
            )
            .with("ArgumentName", "key")
            .with("ArgumentValue", ""));
        }
        Ok(value.clone())
    }

    /// The headers that the fields stand for.
    pub(super) fn headers(&self) -> Result<Vec<(String, String)>, ApiError> {
        let mut headers = Vec::new();
        for (name, value) in self.iter() {
            let is_header = HEADERS.contains(&name)
                || (name.starts_with("x-amz-") && !SIGNATURE.contains(&name) && !value.is_empty());
            match name {
                "acl" => headers.push(("x-amz-acl".to_owned(), value.to_owned())),
                "tagging" => headers.push(("x-amz-tagging".to_owned(), tagging(value)?)),
                _ if is_header => headers.push((name.to_owned(), value.to_owned())),
                _ => {}
            }
        }
        Ok(headers)
    }
}

/// A set of tags as the header spells it.
fn tagging(xml: &str) -> Result<String, ApiError> {
    let malformed = || {
        ApiError::bad_request(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    };
    let mut reader = Deserializer::new(xml.as_bytes());
    let tagging = dto::Tagging::deserialize(&mut reader).map_err(|_| malformed())?;
    let code = |text: Option<String>| super::super::convert::in_path(&text.unwrap_or_default());
    let pairs = tagging.tag_set.into_iter().map(|tag| format!("{}={}", code(tag.key), code(tag.value)));
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

fn no_file() -> ApiError {
    ApiError::bad_request("InvalidArgument", "POST requires exactly one file upload per request.")
        .with("ArgumentName", "file")
        .with("ArgumentValue", "0")
}

/// The head of a part: its name in lower case, and a file's name.
async fn head(
    body: &mut Body,
    buffer: &mut BytesMut,
    used: &mut usize,
    arrival: &Arrival,
) -> Result<(String, Option<String>), ApiError> {
    let mut found = None;
    loop {
        let line = until(body, buffer, b"\r\n", used, arrival).await?;
        if line.is_empty() {
            return found.ok_or_else(malformed);
        }
        let line = String::from_utf8(line).map_err(|_| malformed())?;
        let (name, value) = line.split_once(':').ok_or_else(malformed)?;
        if name.trim().eq_ignore_ascii_case("content-disposition") {
            let field = parameter(value, "name").ok_or_else(malformed)?;
            // Browsers of old send a whole path.
            let file = parameter(value, "filename");
            let file = file.map(|path| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
            found = Some((field.to_ascii_lowercase(), file));
        }
    }
}

/// `name="value"` among the parameters of a header.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Takes everything up to `mark`, and the mark.
async fn until(
    body: &mut Body,
    buffer: &mut BytesMut,
    mark: &[u8],
    used: &mut usize,
    arrival: &Arrival,
) -> Result<Vec<u8>, ApiError> {
    let taken = peek(body, buffer, mark, used, arrival).await?;
    let _ = buffer.split_to(mark.len());
    Ok(taken)
}

/// Takes everything up to `mark`, which stays.
async fn peek(
    body: &mut Body,
    buffer: &mut BytesMut,
    mark: &[u8],
    used: &mut usize,
    arrival: &Arrival,
) -> Result<Vec<u8>, ApiError> {
    loop {
        if let Some(at) = buffer.windows(mark.len()).position(|window| window == mark) {
            *used += at;
            if *used > MOST {
                return Err(too_much());
            }
            return Ok(buffer.split_to(at).to_vec());
        }
        if buffer.len() + *used > MOST {
            return Err(too_much());
        }
        let more = receive_some(body, arrival).await?.ok_or_else(malformed)?;
        buffer.extend_from_slice(&more);
    }
}

fn too_much() -> ApiError {
    ApiError::bad_request(
        "MaxPostPreDataLengthExceededError",
        "Your POST request fields preceding the upload file were too large.",
    )
    .with("MaxPostPreDataLengthBytes", MOST.to_string())
}
