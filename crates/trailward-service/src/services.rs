//! The services behind the door.

use crate::access::Door;
use crate::operation::Entry;
use crate::{cloudtrail, iam, kms, organizations, sns, sts};
use trailward_wire::Protocol;

/// One AWS service.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in credential scopes.
    pub signing_name: &'static str,
    /// `eventSource` of its records.
    pub event_source: &'static str,
    /// How it talks.
    pub protocol: Protocol,
    /// What `X-Amz-Target` begins with, before the last dot.
    pub targets: &'static [&'static str],
    /// The API version, for Query.
    pub version: &'static str,
    /// Whether calls belong to us-east-1 whatever the scope says.
    pub global: bool,
    /// What is done.
    pub operations: &'static [Entry],
    /// What AWS has and this product does not do yet: answered `NotImplemented`.
    pub absent: &'static [&'static str],
}

pub(crate) static CLOUDTRAIL: Service = Service {
    signing_name: "cloudtrail",
    event_source: "cloudtrail.amazonaws.com",
    protocol: Protocol::AwsJson { version: "1.1" },
    targets: &["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "CloudTrail_20131101"],
    version: "2013-11-01",
    global: false,
    operations: cloudtrail::OPERATIONS,
    absent: cloudtrail::ABSENT,
};

pub(crate) static IAM: Service = Service {
    signing_name: "iam",
    event_source: "iam.amazonaws.com",
    protocol: Protocol::Query { namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    targets: &[],
    version: "2010-05-08",
    global: true,
    operations: iam::OPERATIONS,
    absent: iam::ABSENT,
};

pub(crate) static STS: Service = Service {
    signing_name: "sts",
    event_source: "sts.amazonaws.com",
    protocol: Protocol::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
    targets: &[],
    version: "2011-06-15",
    global: false,
    operations: sts::OPERATIONS,
    absent: sts::ABSENT,
};

pub(crate) static KMS: Service = Service {
    signing_name: "kms",
    event_source: "kms.amazonaws.com",
    protocol: Protocol::AwsJson { version: "1.1" },
    targets: &["TrentService"],
    version: "2014-11-01",
    global: false,
    operations: kms::OPERATIONS,
    absent: kms::ABSENT,
};

pub(crate) static ORGANIZATIONS: Service = Service {
    signing_name: "organizations",
    event_source: "organizations.amazonaws.com",
    protocol: Protocol::AwsJson { version: "1.1" },
    targets: &["AWSOrganizationsV20161128"],
    version: "2016-11-28",
    global: true,
    operations: organizations::OPERATIONS,
    absent: organizations::ABSENT,
};

pub(crate) static SNS: Service = Service {
    signing_name: "sns",
    event_source: "sns.amazonaws.com",
    protocol: Protocol::Query { namespace: "http://sns.amazonaws.com/doc/2010-03-31/" },
    targets: &[],
    version: "2010-03-31",
    global: false,
    operations: sns::OPERATIONS,
    absent: sns::ABSENT,
};

/// S3 has its own way in; its table is in [`crate::s3`].
pub(crate) static S3: Service = Service {
    signing_name: "s3",
    event_source: "s3.amazonaws.com",
    protocol: Protocol::RestXml,
    targets: &[],
    version: "2006-03-01",
    global: false,
    operations: &[],
    absent: &[],
};

/// Services that AWS has and this product does not speak yet: callers are proven and recorded, and told so.
macro_rules! silent {
    ($name:ident, $signing:literal, $source:literal, $targets:expr, $protocol:expr, $global:literal) => {
        static $name: Service = Service {
            signing_name: $signing,
            event_source: $source,
            protocol: $protocol,
            targets: $targets,
            version: "",
            global: $global,
            operations: &[],
            absent: &[],
        };
    };
}

const JSON: Protocol = Protocol::AwsJson { version: "1.1" };

silent!(LOGS, "logs", "logs.amazonaws.com", &["Logs_20140328"], JSON, false);
silent!(
    MONITORING,
    "monitoring",
    "monitoring.amazonaws.com",
    &["GraniteServiceVersion20100801"],
    Protocol::AwsJson { version: "1.0" },
    false
);

static ALL: [&Service; 9] = [&CLOUDTRAIL, &IAM, &STS, &S3, &ORGANIZATIONS, &KMS, &LOGS, &MONITORING, &SNS];

impl Service {
    /// Whether any of its operations is done here.
    pub(crate) fn is_spoken(&self) -> bool {
        !self.operations.is_empty() || self.signing_name == "s3"
    }
}

/// The service with this name in credential scopes.
pub(crate) fn by_signing_name(name: &str) -> Option<&'static Service> {
    ALL.into_iter().find(|s| s.signing_name == name)
}

/// The service an `X-Amz-Target` prefix belongs to.
pub(crate) fn by_target(prefix: &str) -> Option<&'static Service> {
    ALL.into_iter().find(|s| s.targets.contains(&prefix))
}

/// The Query service with this API version.
pub(crate) fn by_version(version: &str) -> Option<&'static Service> {
    [&IAM, &STS, &SNS].into_iter().find(|s| s.version == version)
}

/// The service whose operation of this name is also called by links, without a signature or a version.
pub(crate) fn by_link(operation: &str) -> Option<&'static Service> {
    let linked = |entry: &Entry| entry.access.door == Door::Link && entry.name == operation;
    ALL.into_iter().find(|service| service.operations.iter().any(linked))
}
