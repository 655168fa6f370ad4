//! Which condition keys are settled by who asks for what, which a caller sets as it likes, and which depend on how and
//! whence it calls, so that no snapshot can tell.

/// From whose point of view a policy is read: less is known of callers that were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Somebody whose identity was read, or who did not sign.
    Inside,
    /// Somebody in an account that is known by its number alone.
    Outside,
    /// Somebody in any account there is.
    Anyone,
    /// An AWS service, on whosever behalf.
    Service,
}

/// What is known of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The request states it, or has none for certain.
    Known,
    /// The caller states what it likes.
    Chosen,
    /// It depends on the place, the time, a device or a secret.
    Open,
}

/// Settled by the identity.
const PRINCIPAL: [&str; 5] =
    ["aws:principalarn", "aws:principaltype", "aws:userid", "aws:username", "aws:principalorgpaths"];

/// Keys that only calls on another's behalf carry: somebody who calls directly has none of them.
const BEHALF: [&str; 8] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
];

/// Settled by what is asked.
const REQUEST: [&str; 12] = [
    "aws:securetransport",
    "aws:viaawsservice",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:federatedprovider",
    "iam:passedtoservice",
    "kms:viaservice",
    "kms:calleraccount",
    "kms:grantisforawsresource",
    "s3:resourceaccount",
];

const CHOSEN: [&str; 19] = [
    "aws:referer",
    "aws:tagkeys",
    "aws:useragent",
    "kms:bypasspolicylockoutsafetycheck",
    "kms:grantconstrainttype",
    "kms:grantoperations",
    "kms:scheduledeletionpendingwindowindays",
    "kms:schedulekeydeletionpendingwindowindays",
    "s3:authtype",
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:versionid",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:transitivetagkeys",
    "sts:durationseconds",
];

const CHOSEN_PREFIXES: [&str; 6] = [
    "aws:requesttag/",
    "s3:requestobjecttag",
    "s3:x-amz-",
    "s3:object-lock-",
    "s3:if-",
    "s3:inventoryaccessibleoptionalfields",
];

/// What is known of `key`, whose case does not matter. `organization`: whether it was read which organization
/// the callers are in, if any.
pub(super) fn class(key: &str, audience: Audience, organization: bool) -> Class {
    let key = key.to_lowercase();
    let key = key.as_str();
    let known = |settled: bool| if settled { Class::Known } else { Class::Open };
    if CHOSEN.contains(&key) || CHOSEN_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
        return Class::Chosen;
    }
    if REQUEST.contains(&key) || key == trailward_policy::CANONICAL_USER_KEY {
        return Class::Known;
    }
    let one_of_ours = audience == Audience::Inside;
    match key {
        "aws:principalaccount" => known(audience != Audience::Anyone),
        // Services have none.
        "aws:principalorgid" => known(audience == Audience::Service || one_of_ours && organization),
        // Only members of the organization can say; of a resource that is nobody's but the account's own.
        "aws:resourceorgid" => known(organization),
        _ if BEHALF.contains(&key) => known(audience != Audience::Service),
        _ if PRINCIPAL.contains(&key) || key.starts_with("aws:principaltag/") => {
            known(audience == Audience::Service || one_of_ours && (organization || !key.contains("org")))
        }
        _ => Class::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_or_a_device_is_open_a_header_is_chosen_and_a_name_is_known() {
        for (key, audience, want) in [
            ("aws:SourceIp", Audience::Inside, Class::Open),
            ("aws:MultiFactorAuthPresent", Audience::Inside, Class::Open),
            ("sts:ExternalId", Audience::Outside, Class::Open),
            ("s3:x-amz-acl", Audience::Inside, Class::Chosen),
            ("aws:PrincipalArn", Audience::Inside, Class::Known),
            ("aws:PrincipalArn", Audience::Outside, Class::Open),
            ("aws:PrincipalAccount", Audience::Outside, Class::Known),
            ("aws:PrincipalAccount", Audience::Anyone, Class::Open),
            ("aws:SourceArn", Audience::Inside, Class::Known),
            ("aws:SourceArn", Audience::Service, Class::Open),
            ("aws:PrincipalTag/team", Audience::Inside, Class::Known),
            ("aws:SecureTransport", Audience::Anyone, Class::Known),
        ] {
            assert_eq!(class(key, audience, true), want, "{key} for {audience:?}");
        }
        assert_eq!(class("aws:PrincipalOrgID", Audience::Inside, false), Class::Open);
        assert_eq!(class("aws:PrincipalOrgID", Audience::Inside, true), Class::Known);
    }
}
