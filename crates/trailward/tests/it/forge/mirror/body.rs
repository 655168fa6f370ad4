//! A body that may end before it should.

use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// All bytes at once; a cut one sends half of what its length promises.
#[derive(Debug, Default)]
pub struct Bytes {
    rest: Option<bytes::Bytes>,
    length: u64,
    /// How long a cut body waits before it breaks off, so that its half is on its way.
    cut: Option<Pin<Box<Sleep>>>,
}

impl Bytes {
    pub fn whole(bytes: impl Into<bytes::Bytes>) -> Self {
        let bytes = bytes.into();
        Self { length: bytes.len() as u64, rest: Some(bytes).filter(|b| !b.is_empty()), cut: None }
    }

    pub fn cut(bytes: &bytes::Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        let pause = Box::pin(tokio::time::sleep(Duration::from_millis(20)));
        Self { length: bytes.len() as u64, rest: Some(half), cut: Some(pause) }
    }
}

impl Body for Bytes {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if let Some(bytes) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(pause) => pause.as_mut().poll(context).map(|()| Some(Err(std::io::Error::other("cut")))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.cut.is_none()
    }
}
