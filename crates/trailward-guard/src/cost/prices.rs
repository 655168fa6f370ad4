//! What things cost: a table that is built in, and can be replaced.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of the table's form that is understood.
const VERSION: u32 = 2;

/// The built-in table, with its explanations.
pub const BUILT_IN: &str = include_str!("prices.toml");

/// Prices in US dollars.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    version: u32,
    /// When somebody last compared the table with AWS's pages.
    pub as_of: String,
    /// Events.
    pub events: Events,
    /// What is paid for being there.
    pub standing: Standing,
    /// CloudWatch Logs.
    pub logs: Logs,
    /// Requests.
    pub requests: Requests,
    /// Storage by class, per GB (2^30 bytes) and month.
    pub storage: BTreeMap<String, f64>,
    /// Transitions into a class, per 1,000 objects.
    pub transition: BTreeMap<String, f64>,
}

/// Prices per 100,000 events.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Second and further copies of management events.
    pub management_copy: f64,
    /// Data events, each copy.
    pub data: f64,
    /// Network activity events, each copy.
    pub network_activity: f64,
    /// Management events that Insights looks at, for each of its kinds.
    pub insights: f64,
}

/// Prices of what is paid for being there, a month.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// A KMS key.
    pub key: f64,
    /// An alarm.
    pub alarm: f64,
    /// A metric of one's own.
    pub metric: f64,
}

/// Prices of CloudWatch Logs per GB (2^30 bytes).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Taken in.
    pub ingested: f64,
    /// Kept for a month, of what is packed.
    pub stored: f64,
}

/// Prices per 1,000 requests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Putting an object.
    pub put: f64,
}

/// A table that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrices {
    /// Not of the form.
    #[error("it is no table of prices: {0}")]
    Form(String),
    /// Of another version.
    #[error(
        "its version is {0}, and this program understands {VERSION}: begin with what --print-prices prints"
    )]
    Version(u32),
    /// A price below nothing, or none at all.
    #[error("{0} is no price")]
    Price(String),
}

impl Prices {
    /// The built-in table.
    pub fn built_in() -> Result<Self, InvalidPrices> {
        Self::parse(BUILT_IN)
    }

    /// Reads a table in TOML.
    pub fn parse(text: &str) -> Result<Self, InvalidPrices> {
        let prices: Self = toml::from_str(text).map_err(|error| InvalidPrices::Form(error.to_string()))?;
        if prices.version != VERSION {
            return Err(InvalidPrices::Version(prices.version));
        }
        let Events { management_copy, data, network_activity, insights } = prices.events;
        let Standing { key, alarm, metric } = prices.standing;
        let Logs { ingested, stored } = prices.logs;
        let put = prices.requests.put;
        let plain =
            [management_copy, data, network_activity, insights, key, alarm, metric, ingested, stored, put];
        let classes = prices.storage.values().chain(prices.transition.values());
        match plain.iter().chain(classes).find(|price| !price.is_finite() || **price < 0.0) {
            Some(price) => Err(InvalidPrices::Price(price.to_string())),
            None => Ok(prices),
        }
    }
}
