//! The AWS wire: who signed a request, what it asks for, and how an answer is spelled.
//!
//! Bytes in, values out. Not here: sockets, stored keys, or what any operation does.

mod error;
mod form;
mod form_de;
mod protocol;
mod request_id;
pub mod sigv4;
mod xml;

pub use error::{ApiError, Fault};
pub use form::{Form, FormError};
pub use protocol::{Protocol, Rendered};
pub use request_id::{eight_byte_id, host_id, uuid_id};
pub use xml::{query_answer, xml_text, xml_texts};
