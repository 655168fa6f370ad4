//! Signatures of a body that comes in chunks: each signs its bytes and the signature before it.
//!
//! Source: S3 API reference, "Signature Calculations: Transferring Payload in Multiple Chunks" and "Including Trailing
//! Headers".

use super::verify::{mac, sha256_hex, signing_key};
use super::{Presented, SigningSecret};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use std::fmt;
use trailward_model::stamp;

/// Computes the signatures that the chunks of one body must have, in order.
pub struct ChunkSigner {
    key: hmac::Tag,
    date: String,
    scope: String,
    /// The signature of the request, then of the chunk before.
    previous: String,
}

impl fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSigner").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Presented {
    /// For the chunks that follow this request, which was verified with `secret`.
    pub fn chunk_signer(&self, secret: &SigningSecret) -> ChunkSigner {
        ChunkSigner {
            key: signing_key(secret, &self.scope_date, &self.region, &self.service),
            date: stamp::basic(self.date),
            scope: format!("{}/{}/{}/aws4_request", self.scope_date, self.region, self.service),
            previous: self.signature.clone(),
        }
    }
}

impl ChunkSigner {
    /// The signature of the next chunk, whose bytes have this SHA-256 (lower-case hexadecimal).
    pub fn chunk(&mut self, sha256: &str) -> String {
        self.next(&format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{EMPTY}\n{sha256}",
            self.date, self.scope, self.previous
        ))
    }

    /// The signature of the trailer after the last chunk: of the lines `name:value\n`.
    pub fn trailer(&mut self, lines: &str) -> String {
        let sha256 = sha256_hex(lines.as_bytes());
        self.next(&format!(
            "AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{sha256}",
            self.date, self.scope, self.previous
        ))
    }

    fn next(&mut self, text: &str) -> String {
        let signature = hex::encode(mac(self.key.as_ref(), text.as_bytes()));
        self.previous.clone_from(&signature);
        signature
    }
}

/// Compares two signatures in constant time.
pub fn same_signature(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[cfg(test)]
mod tests {
    use super::super::{Presented, SigningSecret, present, sha256_hex};
    use http::Request;

    /// The example of the S3 API reference.
    fn example() -> Presented {
        let request = Request::put("https://s3.amazonaws.com/examplebucket/chunkObject.txt")
            .header("x-amz-date", "20130524T000000Z")
            .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
            )
            .body(())
            .unwrap();
        present(&request.into_parts().0).unwrap().unwrap()
    }

    #[test]
    fn agrees_with_the_published_example() {
        let secret = SigningSecret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let mut signer = example().chunk_signer(&secret);
        assert_eq!(
            signer.chunk(&sha256_hex(&vec![b'a'; 65_536])),
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
        );
        assert_eq!(
            signer.chunk(&sha256_hex(&[b'a'; 1024])),
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
        );
        assert_eq!(
            signer.chunk(&sha256_hex(b"")),
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
        );
    }
}
