//! How callers name a key: by id, ARN, alias or the alias's ARN.

use crate::KmsError;
use trailward_model::Arn;

/// The most characters of a reference.
const MOST_CHARS: usize = 2048;

/// A name of a key, with the account and Region it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// By its id.
    Id {
        /// The owner.
        account: String,
        /// The Region.
        region: String,
        /// The id.
        id: String,
    },
    /// By an alias.
    Alias {
        /// The owner.
        account: String,
        /// The Region.
        region: String,
        /// With `alias/`.
        name: String,
    },
}

impl KeyReference {
    /// Reads what a caller of `account` in `region` says.
    pub fn parse(text: &str, account: &str, region: &str) -> Result<Self, KmsError> {
        if text.is_empty() || text.len() > MOST_CHARS {
            return Err(KmsError::Validation(format!(
                "1 validation error detected: Value at 'keyId' failed to satisfy constraint: Member must have length \
                 between 1 and {MOST_CHARS}"
            )));
        }
        let (account, region, resource) = if text.starts_with("arn:") {
            let invalid = || KmsError::InvalidArn(format!("Invalid arn {region}"));
            let arn: Arn = text.parse().map_err(|_| invalid())?;
            if arn.service != "kms" || arn.region != region {
                return Err(KmsError::NotFound(format!("Invalid arn {}", arn.region)));
            }
            let resource = match arn.resource.strip_prefix("key/") {
                Some(id) => id.to_owned(),
                None if arn.resource.starts_with("alias/") => arn.resource.clone(),
                None => return Err(invalid()),
            };
            (arn.account, arn.region, resource)
        } else {
            (account.to_owned(), region.to_owned(), text.to_owned())
        };
        if resource.starts_with("alias/") {
            return Ok(Self::Alias { account, region, name: resource });
        }
        Ok(Self::Id { account, region, id: resource })
    }

    /// The owner.
    pub fn account(&self) -> &str {
        match self {
            Self::Id { account, .. } | Self::Alias { account, .. } => account,
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        match self {
            Self::Id { account, region, id } => {
                Arn::new("kms", region, account, format!("key/{id}")).to_string()
            }
            Self::Alias { account, region, name } => {
                Arn::new("kms", region, account, name.clone()).to_string()
            }
        }
    }

    /// That nothing has this name.
    pub(crate) fn unknown(&self) -> KmsError {
        match self {
            Self::Id { id, .. } if !is_uuid(id) => {
                KmsError::NotFound(format!("Invalid keyId '{}'", short(id)))
            }
            Self::Id { .. } => KmsError::NotFound(format!("Key '{}' does not exist", self.arn())),
            Self::Alias { .. } => KmsError::NotFound(format!("Alias {} is not found.", self.arn())),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(256).collect()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
