use crate::record::{LogLine, key};
use crate::{BucketError, Buckets};
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::macros::format_description;
use trailward_store::Batch;
use trailward_store::stored::encode;

/// One request, as its line tells it. What is empty or `None` is written as `-`.
#[derive(Debug, Clone, Default)]
pub struct AccessLogEntry {
    /// The canonical user id of the bucket's owner.
    pub bucket_owner: String,
    /// The client's address.
    pub remote_ip: String,
    /// The caller's ARN, or the canonical user id of a root user; `None` for anonymous callers.
    pub requester: Option<String>,
    /// As the answer's `x-amz-request-id` says.
    pub request_id: String,
    /// Such as `REST.GET.OBJECT`.
    pub operation: String,
    /// The object's key.
    pub key: Option<String>,
    /// `METHOD /path?query HTTP/1.1`.
    pub request_uri: String,
    /// Of the answer.
    pub status: Option<u16>,
    /// S3's code, if the request failed.
    pub error_code: Option<String>,
    /// Bytes of the answer's body.
    pub bytes_sent: u64,
    /// Bytes of the object.
    pub object_size: Option<u64>,
    /// Milliseconds from the request to the answer.
    pub total_time: u64,
    /// `Referer`.
    pub referer: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The version that was named.
    pub version_id: Option<String>,
    /// `x-amz-id-2`.
    pub host_id: String,
    /// `SigV4`, if the request was signed.
    pub signature_version: Option<&'static str>,
    /// Of TLS.
    pub cipher_suite: Option<String>,
    /// `AuthHeader` or `QueryString`, if the request was signed.
    pub authentication_type: Option<&'static str>,
    /// `Host`.
    pub host: Option<String>,
    /// Of TLS.
    pub tls_version: Option<String>,
}

impl AccessLogEntry {
    fn line(&self, bucket: &str, region: &str, at: OffsetDateTime) -> String {
        let form = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
        let time = at.format(form).unwrap_or_default();
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let mut line = String::with_capacity(400);
        let _ = write!(line, "{} {} [{time}]", word(Some(&self.bucket_owner)), word(Some(bucket)));
        let mut field = |text: Option<&str>| {
            let _ = write!(line, " {}", word(text));
        };
        field(Some(&self.remote_ip));
        field(self.requester.as_deref());
        field(Some(&self.request_id));
        field(Some(&self.operation));
        field(self.key.as_deref().map(encoded_key).as_deref());
        let _ = write!(line, " {}", quoted(Some(&self.request_uri)));
        let mut field = |text: Option<&str>| {
            let _ = write!(line, " {}", word(text));
        };
        field(number(self.status.map(u64::from)).as_deref());
        field(self.error_code.as_deref());
        field(number(Some(self.bytes_sent).filter(|sent| *sent > 0)).as_deref());
        field(number(self.object_size).as_deref());
        field(number(Some(self.total_time)).as_deref());
        // The answer begins when all that it rests on is done; what follows is the client's pace.
        field(number(Some(self.total_time)).as_deref());
        let _ = write!(line, " {}", quoted(self.referer.as_deref()));
        let _ = write!(line, " {}", quoted(self.user_agent.as_deref()));
        for text in [
            self.version_id.as_deref(),
            Some(&self.host_id),
            self.signature_version,
            self.cipher_suite.as_deref(),
            self.authentication_type,
            self.host.as_deref(),
            self.tls_version.as_deref(),
            // Access point, and whether an access control list was what let the request in.
            None,
            None,
            Some(region),
        ] {
            let _ = write!(line, " {}", word(text));
        }
        line.push('\n');
        line
    }
}

/// A field without quotes: what would end it, or the line, is percent-encoded. Nobody writes a line of their own.
fn word(text: Option<&str>) -> String {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return "-".to_owned() };
    escaped(text, |c| c.is_whitespace() || c.is_control())
}

fn quoted(text: Option<&str>) -> String {
    match text.filter(|text| !text.is_empty()) {
        None => "\"-\"".to_owned(),
        Some(text) => format!("\"{}\"", escaped(text, |c| c == '"' || c.is_control())),
    }
}

/// Keys are encoded as in a URL, so that none looks like two fields.
fn encoded_key(key: &str) -> String {
    escaped(key, |c| !(c.is_ascii_alphanumeric() || "/-_.~!*'()".contains(c)))
}

fn escaped(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut buffer = [0; 4];
    for c in text.chars() {
        if special(c) {
            for byte in c.encode_utf8(&mut buffer).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

impl Buckets {
    /// Writes the line of a request to `bucket`, if the bucket has an access log; `entry` is only asked for then. When
    /// this returns `Ok`, the line is on stable storage.
    pub async fn note_access(
        &self,
        bucket: &str,
        entry: impl FnOnce() -> AccessLogEntry + Send,
    ) -> Result<(), BucketError> {
        let loaded = match self.load(bucket).await {
            Err(BucketError::NoSuchBucket(_)) => return Ok(()),
            found => found?,
        };
        let Some(logging) = loaded.bucket.logging.clone() else { return Ok(()) };
        let text = entry().line(&loaded.bucket.name, &loaded.bucket.region, self.time());
        let line = LogLine { logging, at: self.now(), text };
        let at = key::log_line(&loaded.bucket.name, self.now_nanos(), &crate::record::random_hex()?);
        self.catalog.commit(Batch::new().put(at, encode(&line)?)).await?;
        Ok(())
    }
}
