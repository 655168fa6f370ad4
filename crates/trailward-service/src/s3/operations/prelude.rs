//! What nearly every operation is written with.

pub(super) use super::super::call::S3Call;
pub(super) use super::super::convert::{
    Answer, AnswerHeaders, Spelling, etag, int, limit, long, owner, shown_limit,
};
pub(super) use super::super::{acl, convert, encryption, lock, mfa, read, record, written};
pub(super) use s3s::{S3Request, S3Response, dto};
