//! The usual AWS configuration: environment, profile, SSO, instance role.

pub use aws_config::SdkConfig;

use aws_config::BehaviorVersion;

/// Loads it. Nothing is asked of the network before the first call needs credentials.
pub async fn configuration() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// The same for another Region.
pub fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(aws_types::region::Region::new(region.to_owned())).build()
}
