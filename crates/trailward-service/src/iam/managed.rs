//! The AWS managed policies that are known here.
//!
//! Source: AWS managed policy reference guide; the documents are written anew to grant the same for the services
//! that exist here.

/// An AWS managed policy.
#[derive(Debug)]
pub(crate) struct AwsPolicy {
    pub name: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub description: &'static str,
    pub document: &'static str,
}

impl AwsPolicy {
    /// `arn:aws:iam::aws:policy/NAME`.
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// All of them.
pub(crate) static AWS_POLICIES: &[AwsPolicy] = &[
    AwsPolicy {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        description: "Provides full access to AWS services and resources.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "PowerUserAccess",
        path: "/",
        id: "ANPAJYRXTHIB4FOVS3ZXS",
        description: "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        id: "ANPAILL3HVNFSB6DCOWYQ",
        description: "Provides read-only access to AWS services and resources.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","cloudtrail:LookupEvents","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:Get*","kms:List*","logs:Describe*","logs:Get*","logs:FilterLogEvents","organizations:Describe*","organizations:List*","s3:Describe*","s3:Get*","s3:List*","sns:Get*","sns:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "SecurityAudit",
        path: "/",
        id: "ANPAIX2T3QCXHR2OGGCTO",
        description: "The security audit template grants access to read security configuration metadata.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*","cloudtrail:LookupEvents","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:GetKeyPolicy","kms:GetKeyRotationStatus","kms:List*","logs:Describe*","organizations:Describe*","organizations:List*","s3:GetBucket*","s3:GetEncryptionConfiguration","s3:GetLifecycleConfiguration","s3:GetObjectAcl","s3:GetReplicationConfiguration","s3:ListAllMyBuckets","s3:ListBucket","sns:Get*","sns:List*","cloudwatch:Describe*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMFullAccess",
        path: "/",
        id: "ANPAI7XKCFMBPM3QQRRVQ",
        description: "Provides full access to IAM via the AWS Management Console.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:ListPolicies"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: "ANPAJKSO7NDY4T57MWDSQ",
        description: "Provides read only access to IAM via the AWS Management Console.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonS3FullAccess",
        path: "/",
        id: "ANPAIFIR6V6BVTRAHWINE",
        description: "Provides full access to all buckets via the AWS Management Console.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonS3ReadOnlyAccess",
        path: "/",
        id: "ANPAIZTJ4DXE7G6AGAE6M",
        description: "Provides read only access to all buckets via the AWS Management Console.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AWSCloudTrail_FullAccess",
        path: "/",
        id: "ANPAZKAPJZG4ONPFCIFWK",
        description: "Provides full access to AWS CloudTrail.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:*"],"Resource":"*"},{"Effect":"Allow","Action":["s3:CreateBucket","s3:PutBucketPolicy","s3:PutBucketPublicAccessBlock"],"Resource":["arn:aws:s3:::aws-cloudtrail-logs*"]},{"Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation","s3:GetBucketPolicy","iam:ListRoles","iam:GetUser","kms:ListKeys","kms:ListAliases","logs:DescribeLogGroups","sns:ListTopics"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AWSCloudTrail_ReadOnlyAccess",
        path: "/",
        id: "ANPAZKAPJZG4LVXZZVN3D",
        description: "Provides read-only access to AWS CloudTrail.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Get*","cloudtrail:Describe*","cloudtrail:List*","cloudtrail:LookupEvents"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "CloudTrailServiceRolePolicy",
        path: "/aws-service-role/",
        id: "ANPAZKAPJZG4JOSRVCTRL",
        description: "Permission policy for CloudTrail ServiceLinkedRole",
        document: r#"{"Version":"2012-10-17","Statement":[{"Sid":"CloudTrailFullAccess","Effect":"Allow","Action":["cloudtrail:*"],"Resource":"*"},{"Sid":"AwsOrgsAccess","Effect":"Allow","Action":["organizations:DescribeAccount","organizations:DescribeOrganization","organizations:ListAccounts","organizations:ListAWSServiceAccessForOrganization"],"Resource":["*"]},{"Sid":"AwsOrgsDelegatedAdminAccess","Effect":"Allow","Action":"organizations:ListDelegatedAdministrators","Resource":"*","Condition":{"StringEquals":{"organizations:ServicePrincipal":["cloudtrail.amazonaws.com"]}}}]}"#,
    },
];

/// The AWS managed policy with this ARN.
pub(crate) fn by_arn(arn: &str) -> Option<&'static AwsPolicy> {
    let rest = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    AWS_POLICIES.iter().find(|p| rest.strip_prefix(p.path) == Some(p.name))
}
