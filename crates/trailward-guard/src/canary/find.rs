//! Where a trail delivers the records of the caller's account.

use crate::aws::{Account, found};
use crate::who::read::ReadFailure;
use crate::who::read::trail::described;
use trailward_model::{Arn, DEFAULT_REGIONS, layout};

/// A trail, as far as its deliveries go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The trail's ARN.
    pub trail: String,
    /// Where it delivers to.
    pub place: Place,
    /// The Regions it records: its home alone, or every Region that needs no opting in.
    pub regions: Vec<String>,
    /// Whether it delivers digests.
    pub validation: bool,
    /// Whether it records a whole organization.
    pub organization: bool,
}

/// The folder of one account's records in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// Its Region.
    pub region: String,
    /// `[prefix/]AWSLogs/[o-…/]ACCOUNT/`.
    pub folder: String,
    /// The account that calls, and whose records these are.
    pub account: String,
}

/// Reads the trail that is named, or the only one there is.
pub async fn find(account: &Account, arn: Option<&Arn>) -> Result<Found, ReadFailure> {
    let trail = described(account, arn).await?;
    let text = trail.trail_arn.unwrap_or_default();
    let unfit = |problem: String| ReadFailure::Unfit { arn: text.clone(), problem };
    let arn: Arn = text.parse().map_err(|error: trailward_model::ArnError| unfit(error.to_string()))?;
    let bucket = trail.s3_bucket_name.clone().ok_or_else(|| unfit("it delivers to no bucket".to_owned()))?;
    let caller = account.number().await?;
    let organization = trail.is_organization_trail == Some(true);
    if caller != arn.account && !organization {
        return Err(unfit(format!("it is of account {}, and the caller of {caller}", arn.account)));
    }
    let prefix = trail.s3_key_prefix.as_deref().map(|prefix| prefix.trim_matches('/'));
    let folder = if organization {
        let id = account.organization().await?.unwrap_or_default();
        format!("{}{caller}/", layout::account_folder(prefix, &id))
    } else {
        layout::account_folder(prefix, &caller)
    };
    let regions = if trail.is_multi_region_trail == Some(true) {
        DEFAULT_REGIONS.iter().map(|region| (*region).to_owned()).collect()
    } else {
        vec![arn.region.clone()]
    };
    Ok(Found {
        place: Place { region: region(account, &bucket, &arn).await, bucket, folder, account: caller },
        regions,
        validation: trail.log_file_validation_enabled == Some(true),
        organization,
        trail: text,
    })
}

/// The bucket's Region; the trail's where that may not be asked.
async fn region(account: &Account, bucket: &str, trail: &Arn) -> String {
    let client = account.s3(&account.region(account.first_region()));
    let answer = client.get_bucket_location().bucket(bucket).send().await;
    match found("s3:GetBucketLocation", answer, &[]) {
        Ok(answer) => match answer.and_then(|answer| answer.location_constraint) {
            None => "us-east-1".to_owned(),
            Some(constraint) => match constraint.as_str() {
                "" => "us-east-1".to_owned(),
                "EU" => "eu-west-1".to_owned(),
                region => region.to_owned(),
            },
        },
        Err(_) => trail.region.clone(),
    }
}
