//! The protocols AWS clients speak, and how an error is spelled in each.

use crate::{ApiError, Fault, xml_text};
use serde_json::json;

/// How a service talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JSON bodies, `X-Amz-Target`. `version` is `1.0` or `1.1`.
    AwsJson {
        /// The content type's suffix.
        version: &'static str,
    },
    /// Form bodies, `Action`, XML answers.
    Query {
        /// The answers' namespace.
        namespace: &'static str,
    },
    /// S3's REST with XML bodies.
    RestXml,
}

/// An answer's status, content type and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Protocol {
    /// The content type of answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::AwsJson { version: "1.0" } => "application/x-amz-json-1.0",
            Self::AwsJson { .. } => "application/x-amz-json-1.1",
            Self::Query { .. } => "text/xml",
            Self::RestXml => "application/xml",
        }
    }

    /// Spells `error` for the caller.
    pub fn render_error(self, error: &ApiError, request_id: &str, host_id: &str) -> Rendered {
        let body = match self {
            Self::AwsJson { .. } => {
                let mut body = json!({ "__type": error.code, "message": error.message });
                for (name, value) in &error.members {
                    if let Some(object) = body.as_object_mut() {
                        object.insert((*name).to_owned(), json!(value));
                    }
                }
                body.to_string()
            }
            Self::Query { namespace } => {
                let fault = if error.fault() == Fault::Sender { "Sender" } else { "Receiver" };
                format!(
                    "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message>{}</Error><RequestId>{}</RequestId></ErrorResponse>",
                    xml_text(&error.code),
                    xml_text(&error.message),
                    members(error),
                    xml_text(request_id)
                )
            }
            Self::RestXml => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}<RequestId>{}</RequestId><HostId>{}</HostId></Error>",
                xml_text(&error.code),
                xml_text(&error.message),
                members(error),
                xml_text(request_id),
                xml_text(host_id)
            ),
        };
        Rendered { status: error.status, content_type: self.content_type(), body }
    }
}

fn members(error: &ApiError) -> String {
    let member = |(name, value): &(&str, String)| format!("<{name}>{}</{name}>", xml_text(value));
    error.members.iter().map(member).collect()
}
