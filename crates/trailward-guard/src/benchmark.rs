//! The metric filters that the CIS AWS Foundations Benchmark asks for.
//!
//! SPEC CIS AWS Foundations Benchmark 3.0.0, section 4; AWS Security Hub's controls CloudWatch.1 to CloudWatch.14.

/// One filter with its alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Its name in the control file, and of filter, metric and alarm.
    pub name: &'static str,
    /// What it sees.
    pub title: &'static str,
    /// Number in CIS AWS Foundations 3.0.0.
    pub cis: &'static str,
    /// Security Hub's control, where there is one.
    pub hub: Option<&'static str>,
    /// The filter pattern.
    pub pattern: &'static str,
}

/// The filter of that name.
pub fn filter(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

const fn of(
    name: &'static str,
    title: &'static str,
    cis: &'static str,
    hub: Option<&'static str>,
    pattern: &'static str,
) -> Filter {
    Filter { name, title, cis, hub, pattern }
}

/// All of them, in the benchmark's order.
pub const FILTERS: &[Filter] = &[
    of(
        "unauthorized-calls",
        "Unauthorized API calls",
        "4.1",
        Some("CloudWatch.2"),
        r#"{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }"#,
    ),
    of(
        "console-without-mfa",
        "Console sign-in without MFA",
        "4.2",
        Some("CloudWatch.3"),
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
    ),
    of(
        "root-usage",
        "Use of the root user",
        "4.3",
        Some("CloudWatch.1"),
        r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
    ),
    of(
        "iam-changes",
        "IAM policy changes",
        "4.4",
        Some("CloudWatch.4"),
        "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = DeleteGroupPolicy) || ($.eventName = DeleteRolePolicy) || ($.eventName = DeleteUserPolicy) || ($.eventName = PutGroupPolicy) || ($.eventName = PutRolePolicy) || ($.eventName = PutUserPolicy) || ($.eventName = CreatePolicy) || ($.eventName = DeletePolicy) || ($.eventName = CreatePolicyVersion) || ($.eventName = DeletePolicyVersion) || ($.eventName = AttachRolePolicy) || ($.eventName = DetachRolePolicy) || ($.eventName = AttachUserPolicy) || ($.eventName = DetachUserPolicy) || ($.eventName = AttachGroupPolicy) || ($.eventName = DetachGroupPolicy)) }",
    ),
    of(
        "trail-changes",
        "CloudTrail configuration changes",
        "4.5",
        Some("CloudWatch.5"),
        "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }",
    ),
    of(
        "console-failures",
        "Console authentication failures",
        "4.6",
        Some("CloudWatch.6"),
        r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
    ),
    of(
        "key-deletion",
        "Disabling or deletion of KMS keys",
        "4.7",
        Some("CloudWatch.7"),
        "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }",
    ),
    of(
        "bucket-policy",
        "S3 bucket policy changes",
        "4.8",
        Some("CloudWatch.8"),
        "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketReplication) || ($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketReplication)) }",
    ),
    of(
        "config-changes",
        "AWS Config changes",
        "4.9",
        Some("CloudWatch.9"),
        "{ ($.eventSource = config.amazonaws.com) && (($.eventName = StopConfigurationRecorder) || ($.eventName = DeleteDeliveryChannel) || ($.eventName = PutDeliveryChannel) || ($.eventName = PutConfigurationRecorder)) }",
    ),
    of(
        "security-groups",
        "Security group changes",
        "4.10",
        Some("CloudWatch.10"),
        "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) }",
    ),
    of(
        "network-acls",
        "Network ACL changes",
        "4.11",
        Some("CloudWatch.11"),
        "{ ($.eventName = CreateNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || ($.eventName = DeleteNetworkAcl) || ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = ReplaceNetworkAclAssociation) }",
    ),
    of(
        "gateways",
        "Network gateway changes",
        "4.12",
        Some("CloudWatch.12"),
        "{ ($.eventName = CreateCustomerGateway) || ($.eventName = DeleteCustomerGateway) || ($.eventName = AttachInternetGateway) || ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = DetachInternetGateway) }",
    ),
    of(
        "route-tables",
        "Route table changes",
        "4.13",
        Some("CloudWatch.13"),
        "{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable)) }",
    ),
    of(
        "vpcs",
        "VPC changes",
        "4.14",
        Some("CloudWatch.14"),
        "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = DetachClassicLinkVpc) || ($.eventName = DisableVpcClassicLink) || ($.eventName = EnableVpcClassicLink) }",
    ),
    of(
        "organization-changes",
        "AWS Organizations changes",
        "4.15",
        None,
        "{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = AcceptHandshake) || ($.eventName = AttachPolicy) || ($.eventName = CreateAccount) || ($.eventName = CreateOrganizationalUnit) || ($.eventName = CreatePolicy) || ($.eventName = DeclineHandshake) || ($.eventName = DeleteOrganization) || ($.eventName = DeleteOrganizationalUnit) || ($.eventName = DeletePolicy) || ($.eventName = DetachPolicy) || ($.eventName = DisablePolicyType) || ($.eventName = EnablePolicyType) || ($.eventName = InviteAccountToOrganization) || ($.eventName = LeaveOrganization) || ($.eventName = MoveAccount) || ($.eventName = RemoveAccountFromOrganization) || ($.eventName = UpdatePolicy) || ($.eventName = UpdateOrganizationalUnit)) }",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_into_cloudwatch() {
        for filter in FILTERS {
            assert!(filter.pattern.len() <= 1024, "{}: {}", filter.name, filter.pattern.len());
            assert_eq!(filter.pattern.matches('(').count(), filter.pattern.matches(')').count());
        }
        assert_eq!(FILTERS.len(), 15);
    }
}
