//! What a form's client wants to hear.

use super::fields::Fields;
use crate::gateway::{Body, text};
use crate::s3::convert::in_path;
use http::{HeaderValue, Response, StatusCode};

/// How success is answered.
pub(crate) enum Reply {
    /// With this status, 200 or 204, and nothing else.
    Status(StatusCode),
    /// With a document.
    Created,
    /// With a redirection.
    Redirect(String),
}

impl Reply {
    /// `success_action_redirect`, or else `success_action_status`; what is neither is 204.
    pub(super) fn asked(fields: &Fields) -> Self {
        let redirect = fields.get("success_action_redirect").or_else(|| fields.get("redirect"));
        match (redirect, fields.get("success_action_status")) {
            (Some(url), _) if url.starts_with("http://") || url.starts_with("https://") => {
                Self::Redirect(url.to_owned())
            }
            (_, Some("200")) => Self::Status(StatusCode::OK),
            (_, Some("201")) => Self::Created,
            _ => Self::Status(StatusCode::NO_CONTENT),
        }
    }

    /// Makes the answer of a put that of a form. `base` is the endpoint as the client called it.
    pub(crate) fn shape(&self, response: &mut Response<Body>, base: &str, bucket: &str, key: &str) {
        let etag = response.headers().get("etag").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let etag = etag.to_owned();
        let location = format!("{base}/{bucket}/{}", in_path(key));
        let (status, location) = match self {
            Self::Status(status) => (*status, location),
            Self::Created => {
                let document = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>",
                    escaped(&location),
                    escaped(bucket),
                    escaped(key),
                    escaped(&etag)
                );
                *response.body_mut() = text(document);
                let headers = response.headers_mut();
                headers.remove("content-length");
                headers.insert("content-type", HeaderValue::from_static("application/xml"));
                (StatusCode::CREATED, location)
            }
            Self::Redirect(url) => {
                let (path, fragment) =
                    url.split_once('#').map_or((url.as_str(), None), |(p, f)| (p, Some(f)));
                let joint = if path.contains('?') { '&' } else { '?' };
                let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
                let query = format!("bucket={}&key={}&etag={}", code(bucket), code(key), code(&etag));
                (StatusCode::SEE_OTHER, format!("{path}{joint}{query}{fragment}"))
            }
        };
        *response.status_mut() = status;
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert("location", location);
        }
    }
}

fn code(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
