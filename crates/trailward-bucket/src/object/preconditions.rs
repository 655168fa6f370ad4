use crate::BucketError;
use time::OffsetDateTime;

/// Conditions of a read (RFC 9110, as S3 combines them).
#[derive(Debug, Clone, Default)]
pub struct ReadConditions {
    /// `If-Match`: one of these entity tags, or `*`.
    pub if_match: Option<String>,
    /// `If-None-Match`: none of these.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<OffsetDateTime>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<OffsetDateTime>,
}

impl ReadConditions {
    /// `PreconditionFailed` or `NotModified` unless all of them hold of an object.
    pub(crate) fn check(&self, etag: &str, modified: i64) -> Result<(), BucketError> {
        if let Some(tags) = &self.if_match {
            if !lists(tags, etag) {
                return Err(BucketError::PreconditionFailed("If-Match"));
            }
        } else if self.if_unmodified_since.is_some_and(|since| modified > since.unix_timestamp()) {
            // An `If-Match` that holds makes this one moot.
            return Err(BucketError::PreconditionFailed("If-Unmodified-Since"));
        }
        let not_modified = || Err(BucketError::NotModified { etag: etag.to_owned(), modified });
        if let Some(tags) = &self.if_none_match {
            if lists(tags, etag) {
                return not_modified();
            }
        } else if self.if_modified_since.is_some_and(|since| modified <= since.unix_timestamp()) {
            return not_modified();
        }
        Ok(())
    }

    /// The same for the source of a copy, where nothing is "not modified": every failure is `PreconditionFailed`.
    pub(crate) fn check_source(&self, etag: &str, modified: i64) -> Result<(), BucketError> {
        self.check(etag, modified).map_err(|error| match error {
            BucketError::NotModified { .. } if self.if_none_match.is_some() => {
                BucketError::PreconditionFailed("x-amz-copy-source-If-None-Match")
            }
            BucketError::NotModified { .. } => {
                BucketError::PreconditionFailed("x-amz-copy-source-If-Modified-Since")
            }
            BucketError::PreconditionFailed("If-Match") => {
                BucketError::PreconditionFailed("x-amz-copy-source-If-Match")
            }
            BucketError::PreconditionFailed(_) => {
                BucketError::PreconditionFailed("x-amz-copy-source-If-Unmodified-Since")
            }
            other => other,
        })
    }
}

/// Whether a header's list of entity tags has `etag`, or is `*`.
fn lists(header: &str, etag: &str) -> bool {
    header.trim() == "*" || header.split(',').any(|tag| same_etag(tag, etag))
}

/// Whether an entity tag as a client writes it, quoted or not, is `etag`.
pub(crate) fn same_etag(written: &str, etag: &str) -> bool {
    let written = written.trim();
    let written = written.strip_prefix("W/").unwrap_or(written);
    let quoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or(written) == etag
}

#[cfg(test)]
mod tests {
    use super::ReadConditions;
    use time::OffsetDateTime;

    fn at(seconds: i64) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }

    fn outcome(conditions: &ReadConditions) -> u16 {
        conditions.check("abc", 100).map_or_else(|error| error.status(), |()| 200)
    }

    #[test]
    fn combine_as_s3_combines_them() {
        let some = |text: &str| Some(text.to_owned());
        let base = ReadConditions::default;
        assert_eq!(outcome(&base()), 200);
        assert_eq!(outcome(&ReadConditions { if_match: some("\"abc\""), ..base() }), 200);
        assert_eq!(outcome(&ReadConditions { if_match: some("\"x\", abc"), ..base() }), 200);
        assert_eq!(outcome(&ReadConditions { if_match: some("x"), ..base() }), 412);
        assert_eq!(outcome(&ReadConditions { if_none_match: some("*"), ..base() }), 304);
        assert_eq!(outcome(&ReadConditions { if_none_match: some("\"x\""), ..base() }), 200);
        assert_eq!(outcome(&ReadConditions { if_modified_since: at(99), ..base() }), 200);
        assert_eq!(outcome(&ReadConditions { if_modified_since: at(100), ..base() }), 304);
        assert_eq!(outcome(&ReadConditions { if_unmodified_since: at(99), ..base() }), 412);
        assert_eq!(outcome(&ReadConditions { if_unmodified_since: at(100), ..base() }), 200);
        let both = ReadConditions { if_match: some("abc"), if_unmodified_since: at(0), ..base() };
        assert_eq!(outcome(&both), 200);
        let both = ReadConditions { if_none_match: some("x"), if_modified_since: at(200), ..base() };
        assert_eq!(outcome(&both), 200);
    }
}
