//! The services that can be trusted.

/// CloudTrail, whose trails follow the organization.
pub const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// Services that work with AWS Organizations, of those that an audit trail meets: the name, and whether it takes
/// delegated administrators.
///
/// Source: AWS Organizations User Guide, "AWS services that you can use with AWS Organizations".
pub const SERVICES: &[(&str, bool)] = &[
    ("access-analyzer.amazonaws.com", true),
    ("account.amazonaws.com", true),
    ("auditmanager.amazonaws.com", true),
    ("backup.amazonaws.com", true),
    (CLOUDTRAIL, true),
    ("config.amazonaws.com", true),
    ("config-multiaccountsetup.amazonaws.com", true),
    ("controltower.amazonaws.com", false),
    ("detective.amazonaws.com", true),
    ("fms.amazonaws.com", true),
    ("guardduty.amazonaws.com", true),
    ("health.amazonaws.com", true),
    ("iam.amazonaws.com", true),
    ("inspector2.amazonaws.com", true),
    ("macie.amazonaws.com", true),
    ("malware-protection.guardduty.amazonaws.com", false),
    ("member.org.stacksets.cloudformation.amazonaws.com", true),
    ("ram.amazonaws.com", false),
    ("securityhub.amazonaws.com", true),
    ("securitylake.amazonaws.com", true),
    ("servicecatalog.amazonaws.com", true),
    ("servicequotas.amazonaws.com", false),
    ("ssm.amazonaws.com", true),
    ("sso.amazonaws.com", true),
    ("storage-lens.s3.amazonaws.com", true),
    ("tagpolicies.tag.amazonaws.com", true),
];
