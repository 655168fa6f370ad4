//! The file of a form, as it comes.

use super::malformed;
use super::policy::Length;
use crate::gateway::{Body, BodyError};
use crate::s3::payload::{Arrival, receive_some};
use bytes::{Bytes, BytesMut};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use trailward_wire::ApiError;

/// What is left of a request after the file's head.
pub(super) struct Rest {
    pub(super) body: Body,
    pub(super) buffer: BytesMut,
}

struct Reader {
    rest: Rest,
    delimiter: Vec<u8>,
    length: Option<Length>,
    taken: u64,
    ended: bool,
    arrival: Arrival,
}

impl Rest {
    /// The file's bytes; an error, which the arrival knows, if there are more or fewer than allowed.
    pub(super) fn into_body(self, boundary: &str, length: Option<Length>, arrival: Arrival) -> Body {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let reader = Reader { rest: self, delimiter, length, taken: 0, ended: false, arrival };
        let stream = futures::stream::try_unfold(reader, |mut reader| async move {
            match reader.next().await {
                Ok(bytes) => Ok(bytes.map(|bytes| (Frame::data(bytes), reader))),
                Err(error) => {
                    let text = error.message.clone();
                    reader.arrival.break_off(error);
                    Err(BodyError::from(text))
                }
            }
        });
        StreamBody::new(stream).boxed_unsync()
    }
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        while !self.ended {
            let Rest { body, buffer } = &mut self.rest;
            let mark = &self.delimiter;
            let found = buffer.windows(mark.len()).position(|window| window == mark.as_slice());
            // The end of what is there may be the beginning of the boundary.
            let sure = found.unwrap_or_else(|| buffer.len().saturating_sub(mark.len() - 1));
            if sure > 0 {
                let bytes = buffer.split_to(sure).freeze();
                self.taken += bytes.len() as u64;
                if let Some(length) = self.length.filter(|length| self.taken > length.most) {
                    return Err(length.too_large(self.taken));
                }
                return Ok(Some(bytes));
            }
            if found.is_some() {
                // Fields behind the file are not looked at, as on AWS.
                while receive_some(body, &self.arrival).await?.is_some() {}
                self.ended = true;
                if let Some(length) = self.length.filter(|length| self.taken < length.least) {
                    return Err(length.too_small(self.taken));
                }
                break;
            }
            let more = receive_some(body, &self.arrival).await?.ok_or_else(malformed)?;
            buffer.extend_from_slice(&more);
        }
        Ok(None)
    }
}
