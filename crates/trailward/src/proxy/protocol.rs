//! The PROXY protocol, versions 1 and 2: what a proxy sends before the first byte of its client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// The whole of a version 1 header at most, as the protocol has it.
const MOST_V1: usize = 107;

/// What follows a version 2 header at most: addresses and a few extensions.
const MOST_V2: usize = 2048;

const V2_SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
const V1_SIGNATURE: &[u8; 6] = b"PROXY ";

/// What the first bytes of a connection are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// No header of the protocol: the client's own bytes.
    None,
    /// More bytes are needed to tell.
    Short,
    /// A header of so many bytes. The address of whoever the proxy was asked by, if it says so.
    Header { length: usize, source: Option<IpAddr> },
    /// It begins as a header and is none.
    Bad,
}

/// Reads the opening at the start of `bytes`, which may be all that has arrived so far.
pub(crate) fn opening(bytes: &[u8]) -> Opening {
    let begins = |signature: &[u8]| bytes.iter().zip(signature).all(|(byte, wanted)| byte == wanted);
    if begins(V2_SIGNATURE) {
        return version_2(bytes);
    }
    if begins(V1_SIGNATURE) {
        return version_1(bytes);
    }
    Opening::None
}

fn version_1(bytes: &[u8]) -> Opening {
    let within = bytes.get(..MOST_V1).unwrap_or(bytes);
    let Some(end) = within.windows(2).position(|pair| pair == b"\r\n") else {
        return if bytes.len() >= MOST_V1 { Opening::Bad } else { Opening::Short };
    };
    let line = within.get(..end).and_then(|line| std::str::from_utf8(line).ok());
    let length = end + 2;
    let mut words = line.unwrap_or_default().split(' ').skip(1);
    let family = words.next();
    if family == Some("UNKNOWN") {
        return Opening::Header { length, source: None };
    }
    let (source, destination, source_port, destination_port, more) =
        (words.next(), words.next(), words.next(), words.next(), words.next());
    let address = |text: Option<&str>| -> Option<IpAddr> {
        match family {
            Some("TCP4") => text?.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
            Some("TCP6") => text?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            _ => None,
        }
    };
    let port = |text: Option<&str>| text.and_then(|text| text.parse::<u16>().ok());
    match (address(source), address(destination), port(source_port), port(destination_port), more) {
        (Some(source), Some(_), Some(_), Some(_), None) => Opening::Header { length, source: Some(source) },
        _ => Opening::Bad,
    }
}

fn version_2(bytes: &[u8]) -> Opening {
    let Some((head, rest)) = bytes.split_first_chunk::<16>() else { return Opening::Short };
    let [.., version_command, family, high, low] = *head;
    let body = usize::from(u16::from_be_bytes([high, low]));
    if version_command >> 4 != 2 || body > MOST_V2 {
        return Opening::Bad;
    }
    let Some(body) = rest.get(..body) else { return Opening::Short };
    let length = 16 + body.len();
    let source = match (version_command & 0xF, family) {
        // The proxy speaks for itself, as for a health check; or the family has no addresses for us.
        (0, _) | (1, 0x00 | 0x31 | 0x32) => None,
        (1, 0x11 | 0x12) => match (body.len() >= 12, body.first_chunk::<4>()) {
            (true, Some(address)) => Some(IpAddr::from(*address)),
            _ => return Opening::Bad,
        },
        (1, 0x21 | 0x22) => match (body.len() >= 36, body.first_chunk::<16>()) {
            (true, Some(address)) => Some(IpAddr::from(*address)),
            _ => return Opening::Bad,
        },
        _ => return Opening::Bad,
    };
    Opening::Header { length, source }
}

/// Takes the header, if there is one, off `stream`: the address it names, and the stream from there on. The caller bounds
/// the time.
pub(crate) async fn accept<S: AsyncRead + Unpin>(mut stream: S) -> io::Result<(Option<IpAddr>, Prefixed<S>)> {
    let mut bytes = Vec::with_capacity(256);
    loop {
        match opening(&bytes) {
            Opening::None => return Ok((None, Prefixed { prefix: bytes, at: 0, inner: stream })),
            Opening::Header { length, source } => {
                return Ok((source, Prefixed { prefix: bytes, at: length, inner: stream }));
            }
            Opening::Bad => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a broken header of the PROXY protocol",
                ));
            }
            Opening::Short => {}
        }
        // Bounded by what may still be short.
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A stream of which some bytes were read already.
#[derive(Debug)]
pub(crate) struct Prefixed<S> {
    prefix: Vec<u8>,
    at: usize,
    inner: S,
}

impl<S> Prefixed<S> {
    /// Nothing was read yet.
    pub(crate) fn none(inner: S) -> Self {
        Self { prefix: Vec::new(), at: 0, inner }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.prefix.get(this.at..).unwrap_or_default();
        if left.is_empty() {
            this.prefix = Vec::new();
            this.at = 0;
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        let taken = left.len().min(buf.remaining());
        buf.put_slice(left.get(..taken).unwrap_or_default());
        this.at += taken;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2(version_command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&V2_SIGNATURE[..], &[version_command, family], &length, body].concat()
    }

    fn v4_body() -> Vec<u8> {
        [&[203, 0, 113, 9, 10, 0, 0, 1][..], &[0x12, 0x34, 0x01, 0xBB]].concat()
    }

    #[test]
    fn headers_name_the_source() {
        let v6: Ipv6Addr = "2001:db8::9".parse().unwrap();
        let v6_body = [&v6.octets()[..], &[0; 20]].concat();
        for (bytes, source) in [
            (b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n".to_vec(), Some("203.0.113.9")),
            (b"PROXY TCP6 2001:db8::9 2001:db8::1 4711 443\r\n".to_vec(), Some("2001:db8::9")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
            (v2(0x21, 0x11, &v4_body()), Some("203.0.113.9")),
            (v2(0x21, 0x11, &[v4_body(), vec![7; 300]].concat()), Some("203.0.113.9")),
            (v2(0x21, 0x21, &v6_body), Some("2001:db8::9")),
            (v2(0x20, 0x11, &v4_body()), None),
            (v2(0x20, 0x00, &[]), None),
            (v2(0x21, 0x00, &[]), None),
            (v2(0x21, 0x31, &[0; 216]), None),
        ] {
            let source = source.map(|text| text.parse().unwrap());
            let expected = Opening::Header { length: bytes.len(), source };
            assert_eq!(opening(&bytes), expected);
            let followed = [&bytes[..], b"GET / HTTP/1.1\r\n\r\n"].concat();
            assert_eq!(opening(&followed), expected);
            for cut in 0..bytes.len() {
                assert_eq!(opening(&bytes[..cut]), Opening::Short, "cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_header_is_left_alone_or_refused() {
        for other in [&b"GET / HTTP/1.1\r\n"[..], b"PUT /", b"POST", b"\x16\x03\x01", b"PROXI", b"\r\n\r\nG"]
        {
            assert_eq!(opening(other), Opening::None);
        }
        for bad in [
            b"PROXY \r\n".to_vec(),
            b"PROXY TCP4 203.0.113.9 10.0.0.1 4711\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443 1\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 99999\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::9 10.0.0.1 4711 443\r\n".to_vec(),
            b"PROXY TCP6 203.0.113.9 10.0.0.1 4711 443\r\n".to_vec(),
            b"PROXY UDP4 203.0.113.9 10.0.0.1 4711 443\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.9  10.0.0.1 4711 443\r\n".to_vec(),
            b"PROXY TCP4 \xFF 10.0.0.1 4711 443\r\n".to_vec(),
            [&b"PROXY "[..], &[b'x'; 200]].concat(),
            v2(0x11, 0x11, &v4_body()),
            v2(0x22, 0x11, &v4_body()),
            v2(0x21, 0x41, &v4_body()),
            v2(0x21, 0x11, &v4_body()[..11]),
            v2(0x21, 0x21, &v4_body()),
            v2(0x21, 0x11, &vec![0; MOST_V2 + 1]),
        ] {
            assert_eq!(opening(&bad), Opening::Bad, "{:?}", String::from_utf8_lossy(&bad));
        }
    }

    #[tokio::test]
    async fn the_stream_goes_on_behind_the_header() {
        for header in [&b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n"[..], &v2(0x21, 0x11, &v4_body())] {
            let sent = [header, b"GET / HTTP/1.1"].concat();
            // A byte at a time.
            let (source, mut stream) = accept(Bytewise(sent.into())).await.unwrap();
            assert_eq!(source, Some("203.0.113.9".parse().unwrap()));
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, b"GET / HTTP/1.1");
        }
        let (source, mut stream) = accept(&b"GET / HTTP/1.1"[..]).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!((source, rest), (None, b"GET / HTTP/1.1".to_vec()));
        assert!(accept(&b"PROXY TCP4 203.0"[..]).await.is_err(), "cut");
        assert!(accept(&b"PROXY nothing\r\n"[..]).await.is_err());
    }

    /// Hands out one byte a read.
    struct Bytewise(std::collections::VecDeque<u8>);

    impl AsyncRead for Bytewise {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(byte) = self.0.pop_front() {
                buf.put_slice(&[byte]);
            }
            Poll::Ready(Ok(()))
        }
    }
}
