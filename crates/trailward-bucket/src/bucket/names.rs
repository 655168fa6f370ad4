//! Which names a bucket may have (S3 User Guide, "General purpose bucket naming rules").

use crate::BucketError;

/// Reserved. `amzn-s3-demo-` is too, but documentation uses it for examples that people try.
const PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// `InvalidBucketName` unless a new bucket may have this name.
pub(super) fn check_bucket_name(name: &str) -> Result<(), BucketError> {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let is_valid = (3..=63).contains(&name.len())
        && name.bytes().all(inner)
        && edge(name.bytes().next())
        && edge(name.bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    if is_valid { Ok(()) } else { Err(BucketError::InvalidBucketName(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::check_bucket_name;

    #[test]
    fn follows_the_naming_rules() {
        let longest = "a".repeat(63);
        for name in
            ["abc", "a.b-c", "123", "my-logs.example.com", "1.2.3", longest.as_str(), "amzn-s3-demo-x"]
        {
            assert!(check_bucket_name(name).is_ok(), "{name}");
        }
        let too_long = "a".repeat(64);
        let bad = [
            "",
            "ab",
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "abc-s3alias",
            "abc--ol-s3",
            "abc.mrap",
            "abc--x-s3",
            "ab c",
            "äbc",
            too_long.as_str(),
            "a/b",
            "../..",
        ];
        for name in bad {
            assert!(check_bucket_name(name).is_err(), "{name}");
        }
    }
}
