//! S3: the same door, with REST and XML spoken by `s3s`.
//!
//! `s3s` reads requests and writes answers. Who calls is proven before it sees a request, what may be done is decided
//! by [`guard`] before it reads a body, and every answer leaves through [`front`], which writes the record. Its types
//! stay inside this folder.

mod absent;
mod access_log;
mod acl;
mod call;
mod control;
mod convert;
mod cors;
mod encryption;
mod foreign;
mod form;
mod front;
mod guard;
mod head;
mod headers;
mod lock;
mod mfa;
mod name;
mod operations;
mod payload;
mod read;
mod record;
mod subject;
mod table;
mod written;

pub(crate) use absent::ABSENT;
pub(crate) use front::Front;
pub(crate) use table::OPERATIONS;
