//! Trusted services and delegated administrators.

use crate::error::Refusal;
use crate::tree::Tree;
use crate::trusted::{CLOUDTRAIL, SERVICES};

/// Delegated administrators of one service.
fn max_delegated(service: &str) -> usize {
    // CloudTrail takes three; for most services AWS documents no number of its own.
    if service == CLOUDTRAIL { 3 } else { 5 }
}

fn known(service: &str) -> Result<bool, Refusal> {
    let found = SERVICES.iter().find(|(name, _)| *name == service).map(|(_, delegates)| *delegates);
    found.ok_or_else(|| {
        Refusal::input("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal.")
    })
}

impl Tree {
    /// Whether `service` has trusted access.
    pub fn is_trusted(&self, service: &str) -> bool {
        self.organization.trusted.contains_key(service)
    }

    /// Gives a service trusted access. Giving it twice changes nothing.
    pub fn trust(&mut self, service: &str, now: i64) -> Result<(), Refusal> {
        self.check_all_features()?;
        known(service)?;
        self.organization.trusted.entry(service.to_owned()).or_insert(now);
        Ok(())
    }

    /// Takes trusted access away. Taking what is not there changes nothing.
    pub fn distrust(&mut self, service: &str) -> Result<(), Refusal> {
        self.check_all_features()?;
        known(service)?;
        if self.organization.delegated.values().any(|services| services.contains_key(service)) {
            return Err(Refusal::constraint(
                "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                "The service has a delegated administrator. Deregister it before you disable trusted access.",
            ));
        }
        self.organization.trusted.remove(service);
        Ok(())
    }

    /// Makes an account a delegated administrator for a service.
    pub fn delegate(&mut self, account: &str, service: &str, now: i64) -> Result<(), Refusal> {
        self.check_all_features()?;
        if !known(service)? {
            return Err(Refusal::input(
                "UNRECOGNIZED_SERVICE_PRINCIPAL",
                "You specified a service that does not support delegated administrators.",
            ));
        }
        if self.is_management(account) {
            return Err(Refusal::constraint(
                "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                "You cannot register master account/yourself as delegated administrator for your organization.",
            ));
        }
        if self.member(account)?.closed.is_some() {
            return Err(Refusal::constraint(
                "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
                "You cannot register a suspended account as delegated administrator.",
            ));
        }
        if !self.is_trusted(service) {
            return Err(Refusal::constraint(
                "SERVICE_ACCESS_NOT_ENABLED",
                "You must enable trusted access for the service before you register a delegated administrator.",
            ));
        }
        if self.is_delegated(account, Some(service)) {
            return Err(Refusal::new(
                "AccountAlreadyRegisteredException",
                "The provided account is already a delegated administrator for your organization.",
            ));
        }
        let others = self.organization.delegated.values().filter(|services| services.contains_key(service));
        if others.count() >= max_delegated(service) {
            return Err(Refusal::constraint(
                "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
                "You have reached the maximum number of delegated administrators for this service.",
            ));
        }
        self.organization.delegated.entry(account.to_owned()).or_default().insert(service.to_owned(), now);
        Ok(())
    }

    /// Ends that.
    pub fn undelegate(&mut self, account: &str, service: &str) -> Result<(), Refusal> {
        self.check_all_features()?;
        known(service)?;
        self.member(account)?;
        let services = self.organization.delegated.get_mut(account);
        if services.and_then(|services| services.remove(service)).is_none() {
            return Err(not_registered());
        }
        self.organization.delegated.retain(|_, services| !services.is_empty());
        Ok(())
    }
}

/// The account is no delegated administrator.
pub(crate) fn not_registered() -> Refusal {
    Refusal::new(
        "AccountNotRegisteredException",
        "The provided account is not a registered delegated administrator for your organization.",
    )
}

impl Refusal {
    /// The account is no delegated administrator.
    pub fn not_registered() -> Self {
        not_registered()
    }
}
