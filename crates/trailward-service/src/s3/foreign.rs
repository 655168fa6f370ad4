//! Errors that `s3s` made itself: its codes, and AWS's words for them.

use crate::gateway::{BodyError, collect};
use http_body_util::BodyExt as _;
use trailward_wire::ApiError;

/// What S3 says where `s3s` could not read a request.
pub(crate) async fn foreign(status: u16, body: s3s::Body) -> ApiError {
    // s3s writes its errors at once: they are small and all there.
    let bytes = collect(body.map_err(BodyError::from).boxed_unsync(), 64 << 10).await;
    let bytes = bytes.ok().flatten().unwrap_or_default();
    let xml = String::from_utf8_lossy(&bytes);
    let element = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.to_owned())
    };
    let code = element("Code").filter(|c| c.bytes().all(|b| b.is_ascii_alphanumeric()));
    let code = code.unwrap_or_else(|| if status == 404 { "NoSuchKey" } else { "InvalidRequest" }.to_owned());
    translate(&code, status, &element("Message").unwrap_or_default())
}

fn translate(code: &str, status: u16, said: &str) -> ApiError {
    if code == "InvalidArgument"
        && let Some(error) = argument(said)
    {
        return error;
    }
    if let Some(name) = said.strip_prefix("missing header: ") {
        let message = format!("Missing required header for this request: {}", name.trim());
        return ApiError::bad_request("InvalidRequest", message);
    }
    let message = match code {
        "MalformedXML" | "MissingRequestBodyError" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "NotImplemented" => NOT_IMPLEMENTED,
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "KeyTooLongError" => "Your key is too long",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "IncompleteBody" => "The request body terminated unexpectedly",
        "MaxMessageLengthExceeded" => "Your request was too big.",
        "AccessDenied" => "Access Denied",
        "InternalError" => "We encountered an internal error. Please try again.",
        _ => "The request is not valid.",
    };
    // An empty body is no document either.
    let code = if code == "MissingRequestBodyError" { "MalformedXML" } else { code };
    ApiError::new(code.to_owned(), status, message)
}

/// What is asked for exists on AWS and not here.
pub(crate) const NOT_IMPLEMENTED: &str =
    "A header or query you provided requests a function that is not implemented.";

/// `invalid header: NAME: "VALUE"` and `invalid query: NAME: VALUE`.
fn argument(said: &str) -> Option<ApiError> {
    let said = said.replace("&quot;", "\"").replace("&apos;", "'").replace("&gt;", ">").replace("&lt;", "<");
    let rest = said.strip_prefix("invalid header: ").or_else(|| said.strip_prefix("invalid query: "))?;
    let (name, value) = rest.split_once(": ")?;
    let value = value.trim_matches('"');
    let message = match name {
        "x-amz-copy-source" => {
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey".to_owned()
        }
        "max-keys" | "max-uploads" | "max-parts" | "part-number-marker" => {
            format!("Provided {name} not an integer or within integer range")
        }
        "partNumber" => "Part number must be an integer between 1 and 10000, inclusive".to_owned(),
        _ => "The request is not valid.".to_owned(),
    };
    Some(
        ApiError::bad_request("InvalidArgument", message)
            .with("ArgumentName", name)
            .with("ArgumentValue", value.replace("&amp;", "&")),
    )
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn arguments_are_named_as_s3_names_them() {
        let error = translate("InvalidArgument", 400, "invalid query: max-keys: abc");
        assert_eq!(error.message, "Provided max-keys not an integer or within integer range");
        assert_eq!(error.members, [("ArgumentName", "max-keys".into()), ("ArgumentValue", "abc".into())]);
    }
}
