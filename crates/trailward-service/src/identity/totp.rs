//! One-time codes: RFC 6238 with HMAC-SHA-1, steps of 30 seconds and six digits, as AWS's virtual devices have them.

use aws_lc_rs::hmac;

/// Seconds a code stands for.
const STEP: i64 = 30;
const DIGITS: u32 = 6;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step that a moment, in seconds since 1970, lies in.
pub(crate) fn step_of(seconds: i64) -> i64 {
    seconds.div_euclid(STEP)
}

/// The six digits of a step.
pub(crate) fn code(seed: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // Dynamic truncation, RFC 4226 section 5.3: the last nibble says where the four bytes are.
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
    let four = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(DIGITS);
    format!("{number:06}")
}

/// Whether `given` is the code of a step, in constant time.
pub(crate) fn matches(seed: &[u8], step: i64, given: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(code(seed, step).as_bytes(), given.as_bytes()).is_ok()
}

/// RFC 4648 base 32, without padding.
pub(crate) fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.extend(letter(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.extend(letter(held << (5 - bits)));
    }
    text
}

fn letter(value: u32) -> Option<char> {
    ALPHABET.get((value & 31) as usize).map(|byte| char::from(*byte))
}

/// Reads base 32 in any case, with or without padding and spaces. `None` if it is none, or empty.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes().filter(|byte| *byte != b' ') {
        let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
        held &= (1 << bits) - 1;
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1; the last six of the eight digits.
    #[test]
    fn codes_of_the_rfc() {
        let seed = b"12345678901234567890";
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(seed, step_of(seconds)), digits);
            assert!(matches(seed, step_of(seconds), digits));
            assert!(!matches(seed, step_of(seconds) + 1, digits));
        }
        assert!(!matches(seed, 1, "28708"));
        assert!(!matches(seed, 1, ""));
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_of_the_rfc() {
        for (bytes, text) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(to_base32(bytes.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap(), bytes.as_bytes());
            assert_eq!(from_base32(&format!("{}==", text.to_lowercase())).unwrap(), bytes.as_bytes());
        }
        for bad in ["", "A", "M1", "MZXW6-"] {
            assert!(from_base32(bad).is_none(), "{bad}");
        }
    }
}
