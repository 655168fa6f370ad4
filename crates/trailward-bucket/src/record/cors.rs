//! Cross-origin rules.
//!
//! Source: Amazon S3 User Guide, "Elements of a CORS configuration".

use serde::{Deserialize, Serialize};

/// Which pages of other origins may do what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    /// At most 255 characters.
    pub id: Option<String>,
    /// With at most one `*` each; at least one.
    pub origins: Vec<String>,
    /// `GET`, `PUT`, `HEAD`, `POST`, `DELETE`; at least one.
    pub methods: Vec<String>,
    /// Request headers, with at most one `*` each.
    pub headers: Vec<String>,
    /// Answer headers that pages get to see.
    pub exposed: Vec<String>,
    /// How many seconds a browser may remember the answer.
    pub max_age: Option<i32>,
}

impl CorsRule {
    /// Whether the rule is for this origin, method and these headers.
    pub fn covers<'a>(&self, origin: &str, method: &str, mut headers: impl Iterator<Item = &'a str>) -> bool {
        let lower = |text: &str| text.to_ascii_lowercase();
        self.origins.iter().any(|pattern| fits(pattern, origin))
            && self.methods.iter().any(|allowed| allowed == method)
            && headers.all(|header| self.headers.iter().any(|pattern| fits(&lower(pattern), &lower(header))))
    }

    /// Whether the answer names any origin instead of the one that asked.
    pub fn is_for_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }
}

/// Whether a pattern with at most one `*` matches.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CorsRule;

    #[test]
    fn one_star_stands_for_anything() {
        let rule = CorsRule {
            origins: vec!["https://*.example.com".into()],
            methods: vec!["GET".into()],
            headers: vec!["x-amz-*".into()],
            ..CorsRule::default()
        };
        let none = std::iter::empty;
        assert!(rule.covers("https://a.example.com", "GET", none()));
        assert!(!rule.covers("https://example.com", "GET", none()));
        assert!(!rule.covers("https://a.example.com.evil.org", "GET", none()));
        assert!(!rule.covers("https://a.example.com", "PUT", none()));
        assert!(rule.covers("https://a.example.com", "GET", ["X-Amz-Date"].into_iter()));
        assert!(!rule.covers("https://a.example.com", "GET", ["x-amz-date", "authorization"].into_iter()));
    }
}
