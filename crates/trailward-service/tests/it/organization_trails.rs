//! Trails of organizations, and buckets of other accounts.

use crate::control_policies::{Organization, member};
use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, allow, root};
use http::Method;
use serde_json::{Value, json};
use trailward_store::trails;
use trailward_wire::sigv4::Credentials;

const TRUST: &str = "cloudtrail.amazonaws.com";

fn arn(name: &str) -> String {
    format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}")
}

/// The guides' statements for a bucket: the check of the ACL, the account's folder, the organization's folder.
fn statements(bucket: &str, source: &str, folders: &[&str]) -> Value {
    let service = json!({"Service": "cloudtrail.amazonaws.com"});
    let mut statements =
        vec![json!({"Sid": "AWSCloudTrailAclCheck20150319", "Effect": "Allow", "Principal": service,
        "Action": "s3:GetBucketAcl", "Resource": format!("arn:aws:s3:::{bucket}"),
        "Condition": {"StringEquals": {"aws:SourceArn": source}}})];
    statements.extend(folders.iter().map(|folder| {
        json!({"Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{bucket}/AWSLogs/{folder}/*"),
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": source}}})
    }));
    json!({"Version": "2012-10-17", "Statement": statements})
}

impl Organization {
    async fn bucket(&self, name: &str, policy: &Value, who: &Credentials) {
        let made = self.s3(Method::PUT, &format!("/{name}"), "", who).await;
        assert!(made.status == 200 || made.code() == "BucketAlreadyOwnedByYou", "{}", made.body);
        let put = self.s3(Method::PUT, &format!("/{name}?policy"), &policy.to_string(), who).await;
        assert_eq!(put.status, 204, "{}", put.body);
    }

    async fn trail(&self, operation: &str, members: Value, who: &Credentials) -> Answer {
        self.world.call("cloudtrail", operation, members, who).await
    }

    async fn trust(&self) {
        self.manage("EnableAWSServiceAccess", json!({"ServicePrincipal": TRUST})).await.ok();
    }

    /// With trusted access, a bucket for the trail `org`, and the trail.
    async fn with_trail() -> Self {
        let organization = Self::new().await;
        organization.trust().await;
        let policy = statements("logs", &arn("org"), &[ACCOUNT, &organization.id]);
        organization.bucket("logs", &policy, &root()).await;
        let made = organization.trail("CreateTrail", wanted(), &root()).await.ok();
        assert_eq!(made.json()["IsOrganizationTrail"], true);
        organization
    }

    /// The accounts that a trail gathers from.
    async fn gathered(&self, name: &str) -> Vec<String> {
        let key = trailward_model::TrailKey {
            account: ACCOUNT.into(),
            home_region: "us-east-1".into(),
            name: name.into(),
        };
        let (trail, _) = trails::find(&*self.world.platform.catalog, &key).await.unwrap().expect("a trail");
        trail.accounts().map(str::to_owned).collect()
    }
}

fn wanted() -> Value {
    json!({"Name": "org", "S3BucketName": "logs", "IsOrganizationTrail": true, "IsMultiRegionTrail": true,
        "EnableLogFileValidation": true})
}

#[tokio::test]
async fn the_bucket_is_tried_in_both_folders() {
    let organization = Organization::new().await;
    organization.trust().await;
    let id = organization.id.clone();
    let create = async |policy: Value| {
        organization.bucket("logs", &policy, &root()).await;
        organization.trail("CreateTrail", wanted(), &root()).await
    };
    for folders in [vec![ACCOUNT], vec![id.as_str()], vec![], vec![ACCOUNT, "o-somebodyelse"]] {
        let answer = create(statements("logs", &arn("org"), &folders)).await;
        answer.failed(400, "InsufficientS3BucketPolicyException");
    }
    let answer = create(statements("logs", &arn("other"), &[ACCOUNT, &id])).await;
    answer.failed(400, "InsufficientS3BucketPolicyException");
    // A trail of a member's own name in the management account's place is another ARN.
    let member_arn = arn("org").replace(ACCOUNT, OTHER_ACCOUNT);
    let answer = create(statements("logs", &member_arn, &[ACCOUNT, &id])).await;
    answer.failed(400, "InsufficientS3BucketPolicyException");
    create(statements("logs", &arn("org"), &[ACCOUNT, &id])).await.ok();
    assert_eq!(organization.gathered("org").await, [ACCOUNT, OTHER_ACCOUNT]);
    // The organization of the source can be asked for beside.
    for (asked, status) in [(id.as_str(), 200), ("o-somebodyelse", 400)] {
        let mut policy = statements("logs", &arn("org"), &[ACCOUNT, &id]);
        for statement in policy["Statement"].as_array_mut().unwrap() {
            statement["Condition"]["StringEquals"]["aws:SourceOrgID"] = json!(asked);
        }
        organization.bucket("logs", &policy, &root()).await;
        let answer = organization.trail("UpdateTrail", json!({"Name": "org"}), &root()).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[tokio::test]
async fn members_see_the_trail_and_cannot_touch_it() {
    let organization = Organization::with_trail().await;
    let call =
        async |operation: &str, members: Value| organization.trail(operation, members, &member()).await;
    let name = json!({"Name": arn("org")});
    assert_eq!(call("GetTrail", name.clone()).await.ok().json()["Trail"]["TrailARN"], arn("org"));
    assert_eq!(call("GetTrailStatus", name.clone()).await.ok().json()["IsLogging"], false);
    call("GetEventSelectors", json!({"TrailName": arn("org")})).await.ok();
    call("ListTags", json!({"ResourceIdList": [arn("org")]})).await.ok();
    let listed = call("ListTrails", json!({})).await.ok().json();
    assert_eq!(listed["Trails"][0]["TrailARN"], arn("org"));
    let described = async |members: Value| {
        call("DescribeTrails", members).await.ok().json()["trailList"].as_array().unwrap().len()
    };
    assert_eq!(described(json!({})).await, 1);
    assert_eq!(described(json!({"trailNameList": [arn("org")]})).await, 1);
    assert_eq!(
        described(json!({"trailNameList": ["org"]})).await,
        0,
        "names are of the account's own trails"
    );
    assert_eq!(described(json!({"includeShadowTrails": false})).await, 0);
    call("GetTrail", json!({"Name": "org"})).await.failed(400, "TrailNotFoundException");
    for (operation, members) in [
        ("StartLogging", name.clone()),
        ("StopLogging", name.clone()),
        ("DeleteTrail", name.clone()),
        ("UpdateTrail", json!({"Name": arn("org"), "EnableLogFileValidation": false})),
        ("UpdateTrail", json!({"Name": arn("org"), "IsOrganizationTrail": false})),
        (
            "PutEventSelectors",
            json!({"TrailName": arn("org"), "EventSelectors": [{"ReadWriteType": "WriteOnly"}]}),
        ),
        ("AddTags", json!({"ResourceId": arn("org"), "TagsList": [{"Key": "a", "Value": "b"}]})),
        ("RemoveTags", json!({"ResourceId": arn("org"), "TagsList": [{"Key": "a"}]})),
    ] {
        let answer = call(operation, members).await;
        answer.failed(400, "NotOrganizationMasterAccountException");
        let record = organization.world.last_record().await;
        assert_eq!(record["errorCode"], "NotOrganizationMasterAccountException", "recorded: {operation}");
        assert_eq!(record["recipientAccountId"], OTHER_ACCOUNT);
    }
    call("CreateTrail", wanted()).await.failed(400, "NotOrganizationMasterAccountException");
    // A trail of the management account alone is none of their business.
    let policy = statements("own", &arn("own"), &[ACCOUNT]);
    organization.bucket("own", &policy, &root()).await;
    let own = json!({"Name": "own", "S3BucketName": "own"});
    organization.trail("CreateTrail", own, &root()).await.ok();
    call("GetTrail", json!({"Name": arn("own")})).await.failed(400, "TrailNotFoundException");
    // Who left sees nothing any more.
    call("ListTrails", json!({})).await.ok();
    organization.manage("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    assert_eq!(organization.gathered("org").await, [ACCOUNT]);
    let answer = call("GetTrail", name.clone()).await;
    answer.failed(400, "AccessDeniedException");
    assert_eq!(call("ListTrails", json!({})).await.ok().json()["Trails"], json!([]));
    organization.join().await;
    assert_eq!(organization.gathered("org").await, [ACCOUNT, OTHER_ACCOUNT]);
    let members = json!({"Email": "logs@example.com", "AccountName": "logs"});
    let created = organization.manage("CreateAccount", members).await.ok().text("AccountId").unwrap();
    assert!(organization.gathered("org").await.contains(&created));
}

#[tokio::test]
async fn delegated_administrators_work_on_the_organizations_trails() {
    let organization = Organization::with_trail().await;
    let register = json!({"MemberAccountId": OTHER_ACCOUNT});
    organization
        .trail("RegisterOrganizationDelegatedAdmin", register.clone(), &member())
        .await
        .failed(400, "NotOrganizationManagementAccountException");
    organization.trail("RegisterOrganizationDelegatedAdmin", register.clone(), &root()).await.ok();
    organization
        .trail("RegisterOrganizationDelegatedAdmin", register, &root())
        .await
        .failed(400, "AccountRegisteredException");
    for (account, code) in [("999999999999", "AccountNotFoundException"), ("9", "InvalidParameterException")]
    {
        let members = json!({"MemberAccountId": account});
        organization.trail("RegisterOrganizationDelegatedAdmin", members, &root()).await.failed(400, code);
    }
    let call =
        async |operation: &str, members: Value| organization.trail(operation, members, &member()).await;
    let name = json!({"Name": arn("org")});
    call("StartLogging", name.clone()).await.ok();
    call("UpdateTrail", json!({"Name": arn("org"), "IncludeGlobalServiceEvents": true})).await.ok();
    let selectors = json!({"TrailName": arn("org"), "EventSelectors": [{"ReadWriteType": "All"}]});
    call("PutEventSelectors", selectors).await.ok();
    call("StopLogging", name.clone()).await.ok();
    // Only the management account turns it into a trail of its own.
    let convert = json!({"Name": arn("org"), "IsOrganizationTrail": false});
    call("UpdateTrail", convert).await.failed(400, "NotOrganizationMasterAccountException");
    // What it makes belongs to the management account, and is limited there.
    let policy = statements(
        "logs",
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/second",
        &[ACCOUNT, &organization.id],
    );
    organization.bucket("logs", &policy, &root()).await;
    let second = json!({"Name": "second", "S3BucketName": "logs", "IsOrganizationTrail": true});
    assert_eq!(call("CreateTrail", second.clone()).await.ok().json()["TrailARN"], arn("second"));
    call("CreateTrail", second).await.failed(400, "TrailAlreadyExistsException");
    call("DeleteTrail", json!({"Name": arn("second")})).await.ok();
    // Its own trails stay its own.
    let own_arn = arn("own").replace(ACCOUNT, OTHER_ACCOUNT);
    organization.bucket("own", &statements("own", &own_arn, &[OTHER_ACCOUNT]), &member()).await;
    let own = call("CreateTrail", json!({"Name": "own", "S3BucketName": "own"})).await.ok();
    assert_eq!(own.json()["TrailARN"], own_arn);
    let deregister = json!({"DelegatedAdminAccountId": OTHER_ACCOUNT});
    organization.trail("DeregisterOrganizationDelegatedAdmin", deregister.clone(), &root()).await.ok();
    organization
        .trail("DeregisterOrganizationDelegatedAdmin", deregister, &root())
        .await
        .failed(400, "AccountNotRegisteredException");
    call("StopLogging", name).await.failed(400, "NotOrganizationMasterAccountException");
}

#[tokio::test]
async fn one_kind_becomes_the_other() {
    let organization = Organization::with_trail().await;
    let update = async |is: bool| {
        let members = json!({"Name": "org", "IsOrganizationTrail": is});
        organization.trail("UpdateTrail", members, &root()).await
    };
    assert_eq!(update(false).await.ok().json()["IsOrganizationTrail"], false);
    assert_eq!(organization.gathered("org").await, [ACCOUNT]);
    let name = json!({"Name": arn("org")});
    organization.trail("GetTrail", name.clone(), &member()).await.failed(400, "TrailNotFoundException");
    assert_eq!(update(true).await.ok().json()["IsOrganizationTrail"], true);
    assert_eq!(organization.gathered("org").await, [ACCOUNT, OTHER_ACCOUNT]);
    // Without trusted access it is a trail of the management account alone, and stays one.
    organization.manage("DisableAWSServiceAccess", json!({"ServicePrincipal": TRUST})).await.ok();
    let trail = organization.trail("GetTrail", name.clone(), &root()).await.ok().json();
    assert_eq!(trail["Trail"]["IsOrganizationTrail"], false);
    update(true).await.failed(400, "CloudTrailAccessNotEnabledException");
    organization.trust().await;
    assert_eq!(organization.gathered("org").await, [ACCOUNT]);
    update(true).await.ok();
    organization.manage("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    organization.manage("DeleteOrganization", json!({})).await.ok();
    let trail = organization.trail("GetTrail", name, &root()).await.ok().json();
    assert_eq!(trail["Trail"]["IsOrganizationTrail"], false);
    update(true).await.failed(400, "OrganizationsNotInUseException");
}

#[tokio::test]
async fn the_caller_needs_the_organizations_permissions_too() {
    let organization = Organization::new().await;
    organization.trust().await;
    let policy = statements("logs", &arn("org"), &[ACCOUNT, &organization.id]);
    organization.bucket("logs", &policy, &root()).await;
    let bob = organization.world.user("bob", Some(allow("cloudtrail:*"))).await;
    let answer = organization.trail("CreateTrail", wanted(), &bob).await;
    answer.failed(400, "InsufficientDependencyServiceAccessPermissionException");
    let register = json!({"MemberAccountId": OTHER_ACCOUNT});
    let answer = organization.trail("RegisterOrganizationDelegatedAdmin", register, &bob).await;
    answer.failed(400, "InsufficientDependencyServiceAccessPermissionException");
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",
        "Action": ["cloudtrail:*", "organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization"]}});
    let alice = organization.world.user("alice", Some(policy)).await;
    organization.trail("CreateTrail", wanted(), &alice).await.ok();
}

#[tokio::test]
async fn shadows_count_in_the_members_quota() {
    let organization = Organization::with_trail().await;
    let source = format!("arn:aws:cloudtrail:us-east-1:{OTHER_ACCOUNT}:trail/*");
    let mut policy = statements("own", &source, &[OTHER_ACCOUNT]);
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let condition = statement["Condition"].take();
        statement["Condition"] = json!({"StringLike": condition["StringEquals"]});
    }
    organization.bucket("own", &policy, &member()).await;
    for n in 0..5 {
        let members = json!({"Name": format!("trail-{n}"), "S3BucketName": "own"});
        let answer = organization.trail("CreateTrail", members, &member()).await;
        if n < 4 {
            answer.ok();
        } else {
            answer.failed(400, "MaximumNumberOfTrailsExceededException");
        }
    }
}

/// A trail may deliver into another account's bucket if that account's policy names the trail.
#[tokio::test]
async fn buckets_of_other_accounts() {
    let organization = Organization::new().await;
    let create = async |policy: Value| {
        organization.bucket("theirs", &policy, &member()).await;
        let members = json!({"Name": "main", "S3BucketName": "theirs"});
        organization.trail("CreateTrail", members, &root()).await
    };
    for policy in [
        statements("theirs", &arn("main").replace(ACCOUNT, OTHER_ACCOUNT), &[ACCOUNT]),
        statements("theirs", &arn("main"), &[OTHER_ACCOUNT]),
        statements("theirs", &arn("other"), &[ACCOUNT, OTHER_ACCOUNT]),
    ] {
        create(policy).await.failed(400, "InsufficientS3BucketPolicyException");
    }
    create(statements("theirs", &arn("main"), &[ACCOUNT])).await.ok();
    // The attempt is the bucket owner's to see.
    let records = organization.world.records().await;
    let tried = records.iter().rev().find(|record| record["eventName"] == "GetBucketAcl").expect("a record");
    assert_eq!(tried["recipientAccountId"], OTHER_ACCOUNT);
    assert_eq!(tried["userIdentity"]["invokedBy"], "cloudtrail.amazonaws.com");
    // The trail's own account reads nothing there unless the owner lets it.
    organization.s3(Method::GET, "/theirs", "", &root()).await.failed(403, "AccessDenied");
}
