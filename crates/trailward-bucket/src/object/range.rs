use crate::BucketError;
use std::ops::Range;

/// Which bytes of an object are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte on.
    From(u64),
    /// From the first to the second, both included.
    Between(u64, u64),
    /// The last so many.
    Last(u64),
}

/// Which bytes of an object are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRange {
    /// The first one.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// How many the object has.
    pub size: u64,
}

impl ByteRange {
    /// Reads a `Range` header. `None` for what S3 ignores: other units, several ranges, nonsense.
    pub fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let text = text.trim();
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?
        };
        match (first.trim().is_empty(), last.trim().is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Last(number(last)?)),
            (false, true) => Some(Self::From(number(first)?)),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The bytes it stands for in an object of `size` bytes; `InvalidRange` if there are none.
    pub(crate) fn within(self, size: u64) -> Result<Range<u64>, BucketError> {
        let range = match self {
            Self::From(first) => first..size,
            Self::Between(first, last) => first..last.saturating_add(1).min(size),
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        if range.is_empty() {
            return Err(BucketError::InvalidRange { requested: self.to_string(), size });
        }
        Ok(range)
    }
}

impl std::fmt::Display for ByteRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::From(first) => write!(f, "bytes={first}-"),
            Self::Between(first, last) => write!(f, "bytes={first}-{last}"),
            Self::Last(count) => write!(f, "bytes=-{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ByteRange;

    #[test]
    fn reads_what_s3_reads() {
        let parse = ByteRange::parse;
        assert_eq!(parse("bytes=0-0"), Some(ByteRange::Between(0, 0)));
        assert_eq!(parse("bytes=5-"), Some(ByteRange::From(5)));
        assert_eq!(parse("bytes=-5"), Some(ByteRange::Last(5)));
        let bad = [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=+1-2",
        ];
        for header in bad {
            assert_eq!(parse(header), None, "{header}");
        }
    }

    #[test]
    fn is_cut_to_the_object() {
        let within = |range: ByteRange, size| range.within(size).ok();
        assert_eq!(within(ByteRange::Between(0, 99), 10), Some(0..10));
        assert_eq!(within(ByteRange::Between(0, u64::MAX), 10), Some(0..10));
        assert_eq!(within(ByteRange::Last(3), 10), Some(7..10));
        assert_eq!(within(ByteRange::Last(30), 10), Some(0..10));
        for (range, size) in [
            (ByteRange::From(10), 10),
            (ByteRange::Last(0), 10),
            (ByteRange::From(0), 0),
            (ByteRange::Last(1), 0),
        ] {
            assert_eq!(within(range, size), None, "{range}");
        }
    }
}
