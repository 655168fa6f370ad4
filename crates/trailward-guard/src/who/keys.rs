//! Which condition keys are settled by who asks for what, which a caller sets as it likes, and which depend on how and
//! whence it calls, so that no snapshot can tell.
//!
//! What a key was when it was read is a fact only as long as nobody may change it: tags, a user's name and the name of a
//! session are as free as whoever may set them.

/// From whose point of view a policy is read: less is known of callers that were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Somebody whose identity was read, or who did not sign.
    Inside,
    /// The same, with whatever tags would do.
    Retagged,
    /// The same as a user of whatever name would do.
    Renamed,
    /// With both.
    Remade,
    /// Somebody in an account that is known by its number alone.
    Outside,
    /// Somebody in any account there is.
    Anyone,
    /// An AWS service, on whosever behalf.
    Service,
}

impl Audience {
    /// Somebody inside whose tags, or whose name, is free.
    pub(super) const fn inside(tags: bool, name: bool) -> Self {
        match (tags, name) {
            (false, false) => Self::Inside,
            (true, false) => Self::Retagged,
            (false, true) => Self::Renamed,
            (true, true) => Self::Remade,
        }
    }

    const fn is_inside(self) -> bool {
        matches!(self, Self::Inside | Self::Retagged | Self::Renamed | Self::Remade)
    }

    const fn tags_are_free(self) -> bool {
        matches!(self, Self::Retagged | Self::Remade)
    }

    const fn name_is_free(self) -> bool {
        matches!(self, Self::Renamed | Self::Remade)
    }
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

/// Settled by the identity. `aws:PrincipalOrgPaths` is not: where an account hangs is not read, and moves.
const PRINCIPAL: [&str; 4] = ["aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"];

/// Keys that only a service's own calls on another's behalf carry: a principal has none of them, however it calls.
const BEHALF: [&str; 5] =
    ["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"];

/// Keys that say whether a service calls with the caller's own credentials: whoever can call can have it called.
const THROUGH: [&str; 4] = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:viaawsservice"];

/// Settled by what is asked.
const REQUEST: [&str; 10] = [
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

const CHOSEN: [&str; 20] = [
    "aws:referer",
    "aws:securetransport",
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
    let one_of_ours = audience.is_inside();
    match key {
        "aws:principalaccount" => known(audience != Audience::Anyone),
        // Services have none.
        "aws:principalorgid" => known(audience == Audience::Service || one_of_ours && organization),
        // Only members of the organization can say; of a resource that is nobody's but the account's own.
        "aws:resourceorgid" => known(organization),
        _ if BEHALF.contains(&key) => known(audience != Audience::Service),
        _ if THROUGH.contains(&key) => known(audience == Audience::Service),
        _ if key.starts_with("aws:principaltag/") && audience.tags_are_free() => Class::Chosen,
        "aws:username" if audience.name_is_free() => Class::Chosen,
        _ if PRINCIPAL.contains(&key) || key.starts_with("aws:principaltag/") => {
            known(audience == Audience::Service || one_of_ours)
        }
        _ => Class::Open,
    }
}

/// What is known of a condition on `key` with these values. A user can take any free name of a user, and none of a role.
pub(super) fn class_with(key: &str, values: &[&str], audience: Audience, organization: bool) -> Class {
    let renamed = audience.name_is_free() && key.eq_ignore_ascii_case("aws:PrincipalArn");
    if renamed && values.iter().any(|value| is_a_users(value)) {
        return Class::Chosen;
    }
    class(key, audience, organization)
}

/// Whether a pattern of ARNs could match a user's.
fn is_a_users(pattern: &str) -> bool {
    let resource = pattern.splitn(6, ':').nth(5);
    resource.is_none_or(|resource| !resource.starts_with("role/") && !resource.starts_with("assumed-role/"))
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
            ("aws:PrincipalTag/team", Audience::Retagged, Class::Chosen),
            ("aws:PrincipalTag/team", Audience::Remade, Class::Chosen),
            ("aws:PrincipalTag/team", Audience::Renamed, Class::Known),
            ("aws:PrincipalTag/team", Audience::Outside, Class::Open),
            ("aws:username", Audience::Renamed, Class::Chosen),
            ("aws:username", Audience::Retagged, Class::Known),
            ("aws:userid", Audience::Remade, Class::Known),
            ("aws:PrincipalOrgPaths", Audience::Inside, Class::Open),
            ("aws:CalledVia", Audience::Inside, Class::Open),
            ("aws:ViaAWSService", Audience::Inside, Class::Open),
            ("aws:ViaAWSService", Audience::Service, Class::Known),
            ("aws:SecureTransport", Audience::Anyone, Class::Chosen),
        ] {
            assert_eq!(class(key, audience, true), want, "{key} for {audience:?}");
        }
        assert_eq!(class("aws:PrincipalOrgID", Audience::Inside, false), Class::Open);
        assert_eq!(class("aws:PrincipalOrgID", Audience::Inside, true), Class::Known);
        for (pattern, want) in [
            ("arn:aws:iam::1:role/break-glass", Class::Known),
            ("arn:aws:sts::1:assumed-role/x/*", Class::Known),
            ("arn:aws:iam::1:user/ops-*", Class::Chosen),
            ("arn:aws:iam::1:*/ops", Class::Chosen),
            ("*ops", Class::Chosen),
        ] {
            let class = |audience| class_with("aws:principalARN", &[pattern], audience, true);
            assert_eq!(
                (class(Audience::Renamed), class(Audience::Inside)),
                (want, Class::Known),
                "{pattern}"
            );
        }
    }
}
