//! The rules for trail names.

/// Why a name is refused. The messages are AWS's, grammar included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailNameError {
    /// Under three characters.
    #[error(
        "Trail name too short. Minimum allowed length: 3 characters. Specified name length: {0} characters."
    )]
    TooShort(usize),
    /// Over 128 characters.
    #[error(
        "Trail name too long. Maximum allowed length: 128 characters. Specified name length: {0} characters."
    )]
    TooLong(usize),
    /// A character outside `[A-Za-z0-9._-]`.
    #[error(
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)."
    )]
    Characters,
    /// Starts with `.`, `_` or `-`.
    #[error("Trail name must starts with a letter or number.")]
    Start,
    /// Ends with `.`, `_` or `-`.
    #[error("Trail name must ends with a letter or number.")]
    End,
    /// Two of `.`, `_`, `-` side by side.
    #[error("Trail name cannot have adjacent periods, hyphens or underscores.")]
    Adjacent,
    /// Looks like an IPv4 address.
    #[error("Trail name cannot be formatted as an IP address.")]
    Address,
}

/// Checks a trail's name in the order AWS does.
///
/// Source: CloudTrail API reference, CreateTrail, `Name`.
pub fn check_trail_name(name: &str) -> Result<(), TrailNameError> {
    let length = name.chars().count();
    if length < 3 {
        return Err(TrailNameError::TooShort(length));
    }
    if length > 128 {
        return Err(TrailNameError::TooLong(length));
    }
    let separator = |c: char| matches!(c, '.' | '_' | '-');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(TrailNameError::Start);
    }
    if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(TrailNameError::End);
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || separator(c)) {
        return Err(TrailNameError::Characters);
    }
    if name.chars().zip(name.chars().skip(1)).any(|(a, b)| separator(a) && separator(b)) {
        return Err(TrailNameError::Adjacent);
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err(TrailNameError::Address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["abc", "A.b_c-9", "management-events", &"x".repeat(128), "1.2.3.400"] {
            assert_eq!(check_trail_name(good), Ok(()), "{good}");
        }
        let cases = [
            ("", TrailNameError::TooShort(0)),
            ("ab", TrailNameError::TooShort(2)),
            (&*"x".repeat(129), TrailNameError::TooLong(129)),
            ("-abc", TrailNameError::Start),
            ("abc_", TrailNameError::End),
            ("a b", TrailNameError::Characters),
            ("aéb", TrailNameError::Characters),
            ("a..b", TrailNameError::Adjacent),
            ("a.-b", TrailNameError::Adjacent),
            ("10.0.0.1", TrailNameError::Address),
        ];
        for (name, error) in cases {
            assert_eq!(check_trail_name(name), Err(error), "{name}");
        }
    }
}
