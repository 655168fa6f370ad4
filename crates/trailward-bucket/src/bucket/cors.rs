use crate::record::CorsRule;
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutBucketCORS"];

/// Rules of a bucket at most.
const MAX_RULES: usize = 100;

/// Methods that rules may name.
const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

impl Buckets {
    /// `GetBucketCors`. For `s3:GetBucketCORS`.
    pub async fn get_bucket_cors(&self, grant: &Grant) -> Result<Vec<CorsRule>, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketCORS"]).await?;
        if loaded.bucket.cors.is_empty() {
            return Err(BucketError::NoSuchCorsConfiguration(loaded.bucket.name.clone()));
        }
        Ok(loaded.bucket.cors.clone())
    }

    /// `PutBucketCors`: replaces all rules. For `s3:PutBucketCORS`.
    pub async fn put_bucket_cors(&self, grant: &Grant, rules: Vec<CorsRule>) -> Result<(), BucketError> {
        check(&rules)?;
        self.configure(grant, &WRITE, |bucket| {
            bucket.cors.clone_from(&rules);
            Ok(())
        })
        .await
    }

    /// `DeleteBucketCors`. For `s3:PutBucketCORS`.
    pub async fn delete_bucket_cors(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.cors.clear();
            Ok(())
        })
        .await
    }

    /// A bucket's cross-origin rules, without any permission: browsers ask before they have one. Empty if there is no
    /// such bucket.
    pub async fn cors_rules(&self, bucket: &str) -> Result<Vec<CorsRule>, BucketError> {
        match self.load(bucket).await {
            Ok(loaded) => Ok(loaded.bucket.cors.clone()),
            Err(BucketError::NoSuchBucket(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn check(rules: &[CorsRule]) -> Result<(), BucketError> {
    let invalid = |message: String| Err(BucketError::InvalidRequest(message));
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(BucketError::MalformedXml);
    }
    for rule in rules {
        let too_long = rule.id.as_ref().is_some_and(|id| id.chars().count() > 255);
        if rule.origins.is_empty() || rule.methods.is_empty() || too_long {
            return Err(BucketError::MalformedXml);
        }
        if let Some(method) = rule.methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            return invalid(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            ));
        }
        if let Some(origin) = rule.origins.iter().find(|origin| origin.matches('*').count() > 1) {
            return invalid(format!("AllowedOrigin \"{origin}\" can not have more than one wildcard."));
        }
        if let Some(header) = rule.headers.iter().find(|header| header.matches('*').count() > 1) {
            return invalid(format!("AllowedHeader \"{header}\" can not have more than one wildcard."));
        }
        if let Some(header) = rule.exposed.iter().find(|header| header.contains('*')) {
            return invalid(format!(
                "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            ));
        }
    }
    Ok(())
}
