//! Documents with elements that `s3s` does not know, and would refuse the whole document for.

use super::Arrival;
use crate::gateway::{Body, BodyError};
use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};

/// Keeps the document in `arrival`, and puts blanks where it has the element `name`, so that its length stays. The
/// body is a small one: its reader has a limit.
pub(crate) async fn blank_out(body: Body, name: &str, arrival: &Arrival) -> Body {
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        // The arrival knows why.
        Err(error) => {
            let failed = stream::once(async move { Err::<Frame<Bytes>, BodyError>(error) });
            return StreamBody::new(failed).boxed_unsync();
        }
    };
    arrival.with(|inner| inner.document = Some(bytes.clone()));
    let mut document = bytes.to_vec();
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut from = 0;
    while let Some(start) = find(document.get(from..).unwrap_or_default(), open.as_bytes()) {
        let start = from + start;
        let rest = document.get(start..).unwrap_or_default();
        let empty = find(rest, b">").filter(|end| rest.get(end.wrapping_sub(1)) == Some(&b'/'));
        let end = empty.map(|end| end + 1).or_else(|| Some(find(rest, close.as_bytes())? + close.len()));
        let Some(end) = end else { break };
        if let Some(element) = document.get_mut(start..start + end) {
            element.fill(b' ');
        }
        from = start + end;
    }
    Full::new(Bytes::from(document)).map_err(|never| match never {}).boxed_unsync()
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}
