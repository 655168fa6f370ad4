use crate::record::{key, time_of};
use crate::{BucketError, Buckets, Grant};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use time::OffsetDateTime;
use trailward_store::Scan;
use trailward_store::keys::KeyReader;

/// Which buckets to list.
#[derive(Debug, Clone, Default)]
pub struct ListBuckets {
    /// Only names that start with this.
    pub prefix: Option<String>,
    /// Only buckets in this Region.
    pub region: Option<String>,
    /// Where the page before ended.
    pub continuation_token: Option<String>,
    /// 1 to 10,000; all of them if missing.
    pub max_buckets: Option<u32>,
}

/// A page of an account's buckets, in order of their names.
#[derive(Debug, Clone)]
pub struct BucketList {
    /// The account that owns them.
    pub owner: String,
    /// The page.
    pub buckets: Vec<BucketEntry>,
    /// For the next page, if there is one.
    pub continuation_token: Option<String>,
}

/// A bucket in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketEntry {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: OffsetDateTime,
    /// Its Region.
    pub region: String,
}

const MAX: u32 = 10_000;
const PAGE: usize = 100;

impl Buckets {
    /// `ListBuckets`: those of the caller's account. For `s3:ListAllMyBuckets`.
    pub async fn list_buckets(&self, grant: &Grant, query: ListBuckets) -> Result<BucketList, BucketError> {
        grant.permits(&["s3:ListAllMyBuckets"])?;
        let Some(owner) = grant.account().map(str::to_owned) else {
            return Err(BucketError::AccessDenied("Access Denied".to_owned()));
        };
        let max = match query.max_buckets {
            Some(max) if !(1..=MAX).contains(&max) => {
                return Err(BucketError::argument(
                    "max-buckets",
                    max.to_string(),
                    "Argument max-buckets must be an integer between 1 and 10000",
                ));
            }
            max => usize::try_from(max.unwrap_or(MAX)).unwrap_or(usize::MAX),
        };
        let prefix = key::owned(&owner).str_prefix(query.prefix.as_deref().unwrap_or_default());
        let mut after = match &query.continuation_token {
            Some(token) => Some(key::owned(&owner).str(&read_token(token)?).into_bytes()),
            None => None,
        };
        let mut buckets: Vec<BucketEntry> = Vec::new();
        loop {
            let page = self.catalog.scan(Scan { prefix: prefix.clone(), after, limit: PAGE }).await?;
            let Some(last) = page.last() else {
                return Ok(BucketList { owner, buckets, continuation_token: None });
            };
            after = Some(last.key.clone());
            for item in page {
                let mut reader = KeyReader::new(&item.key, "owned")?;
                reader.str()?;
                let name = reader.str()?;
                let bucket = match self.load(&name).await {
                    Ok(loaded) => loaded.bucket.clone(),
                    // Deleted since the page was read.
                    Err(BucketError::NoSuchBucket(_)) => continue,
                    Err(error) => return Err(error),
                };
                if query.region.as_ref().is_some_and(|region| *region != bucket.region) {
                    continue;
                }
                if buckets.len() == max {
                    let continuation_token = buckets.last().map(|last| BASE64.encode(&last.name));
                    return Ok(BucketList { owner, buckets, continuation_token });
                }
                buckets.push(BucketEntry { name, created: time_of(bucket.created), region: bucket.region });
            }
        }
    }
}

fn read_token(token: &str) -> Result<String, BucketError> {
    let name = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| {
        BucketError::argument("continuation-token", token, "The continuation token provided is incorrect")
    })
}
