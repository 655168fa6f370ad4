//! What an archive should hold, so that a Region whose digests have all vanished is missed.
//!
//! ```toml
//! accounts = ["111122223333", "444455556666"]   # each of them in
//! regions  = ["eu-central-1", "us-east-1"]      # each of these
//!
//! [[account]]                                   # and these besides
//! id = "777788889999"
//! regions = ["eu-west-1"]
//! ```

use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use time::OffsetDateTime;
use trailward_model::delivered::is_account_id;
use trailward_model::is_region_name;

/// The most bytes of an expectation file.
const MOST_FILE: u64 = 4 << 20;

/// Accounts and Regions that must have digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Accounts that must have something.
    pub accounts: BTreeSet<String>,
    /// Accounts and Regions that must have digests.
    pub places: BTreeSet<(String, String)>,
    /// Regions of which it could not be learned whether they must have digests, with the reason.
    pub unknown: Vec<(String, String)>,
    /// When the trail began and ceased to log.
    pub logging: Logging,
}

/// What a trail's status says of its logging. Nothing known by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logging {
    /// When logging was started, if it was never stopped. The start after a stop is not the beginning: whoever can stop
    /// a trail could choose it.
    pub began: Option<OffsetDateTime>,
    /// When it was stopped, if it is.
    pub stopped: Option<OffsetDateTime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    account: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    id: String,
    regions: Vec<String>,
}

impl Expected {
    /// Every account in every Region.
    pub fn all(accounts: &[String], regions: &[String]) -> Self {
        let mut this = Self { accounts: accounts.iter().cloned().collect(), ..Self::default() };
        for account in accounts {
            this.places.extend(regions.iter().map(|region| (account.clone(), region.clone())));
        }
        this
    }

    /// Reads a file. The error says what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let found = std::fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?;
        if !found.is_file() || found.len() > MOST_FILE {
            return Err(format!("{} is not a file of at most {MOST_FILE} bytes", path.display()));
        }
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Self::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut this = Self::all(&file.accounts, &file.regions);
        for account in file.account {
            this.places.extend(account.regions.into_iter().map(|region| (account.id.clone(), region)));
            this.accounts.insert(account.id);
        }
        if this.accounts.is_empty() {
            return Err("it expects no account; write accounts = [\"111122223333\"]".into());
        }
        if let Some(bad) = this.accounts.iter().find(|id| !is_account_id(id)) {
            return Err(format!("{bad} is not an account id of twelve digits"));
        }
        if let Some((_, bad)) = this.places.iter().find(|(_, region)| !is_region_name(region)) {
            return Err(format!("{bad} is not a Region's name"));
        }
        Ok(this)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_accounts_and_regions_and_says_what_is_wrong() {
        let text = "accounts = [\"111122223333\"]\nregions = [\"us-east-1\", \"eu-west-1\"]\n\
                    [[account]]\nid = \"444455556666\"\nregions = [\"us-gov-west-1\"]\n";
        let expected = Expected::parse(text).unwrap();
        assert_eq!(expected.accounts.len(), 2);
        assert_eq!(expected.places.len(), 3);
        assert!(expected.places.contains(&("444455556666".into(), "us-gov-west-1".into())));
        for (bad, says) in [
            ("", "no account"),
            ("accounts = [\"1\"]", "twelve digits"),
            ("accounts = [\"111122223333\"]\nregions = [\"moon\"]", "Region"),
            ("acounts = [\"111122223333\"]", "unknown field"),
        ] {
            let error = Expected::parse(bad).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
