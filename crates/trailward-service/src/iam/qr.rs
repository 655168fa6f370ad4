//! A virtual device's seed as a picture: a QR code with an `otpauth` address, as a PNG.

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcodegen::{QrCode, QrCodeEcc};
use std::io::Write as _;
use trailward_wire::ApiError;

/// Dots of the picture for one module of the code.
const SCALE: i32 = 4;

/// Modules of white around it.
const MARGIN: i32 = 4;

/// What a phone reads: `otpauth://totp/NAME@ACCOUNT?secret=SEED`.
pub(super) fn address(name: &str, account: &str, seed: &str) -> String {
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("otpauth://totp/{name}@{account}?secret={seed}&issuer=Amazon%20Web%20Services")
}

/// The picture of a text.
pub(super) fn png(text: &str) -> Result<Vec<u8>, ApiError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| ApiError::internal())?;
    let dots = (code.size() + 2 * MARGIN) * SCALE;
    let mut rows = Vec::new();
    for y in 0..dots {
        // Each row begins with its filter: none.
        rows.push(0);
        for byte in 0..(dots + 7) / 8 {
            let dot = |x: i32| code.get_module(x.div_euclid(SCALE) - MARGIN, y.div_euclid(SCALE) - MARGIN);
            rows.push((0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(!dot(byte * 8 + bit))));
        }
    }
    let failed = |_| ApiError::internal();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&rows).map_err(failed)?;
    let pixels = zlib.finish().map_err(failed)?;
    let size = u32::try_from(dots).map_err(|_| ApiError::internal())?.to_be_bytes();
    // One bit a dot, shades of grey.
    let header = [&size[..], &size[..], &[1, 0, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", &header), (b"IDAT", &pixels), (b"IEND", &Vec::new())] {
        let length = u32::try_from(content.len()).map_err(|_| ApiError::internal())?;
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(content);
        file.extend(length.to_be_bytes());
        file.extend(kind);
        file.extend(content);
        file.extend(crc.sum().to_be_bytes());
    }
    Ok(file)
}
