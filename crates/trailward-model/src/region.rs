//! Regions.

/// The Regions that every AWS account has from the start; a multi-Region trail covers all enabled Regions.
pub const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether `name` is spelled like a Region: `us-east-1`, `us-gov-west-1`. At most 32 characters.
pub fn is_region_name(name: &str) -> bool {
    let mut parts = name.split('-');
    let Some(last) = parts.next_back() else { return false };
    let words: Vec<&str> = parts.collect();
    name.len() <= 32
        && (2..=4).contains(&words.len())
        && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_names() {
        assert!(DEFAULT_REGIONS.iter().all(|r| is_region_name(r)));
        assert!(is_region_name("us-gov-west-1"));
        for bad in ["", "us", "us-east", "us-east-1/x", "US-EAST-1", "us-east-1 ", "-1", "us--1"] {
            assert!(!is_region_name(bad), "{bad}");
        }
    }
}
