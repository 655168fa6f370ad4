//! Control policies of an organization bind member accounts, their root users included, and not the management account.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, allow, root, root_of};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::{Credentials, Scope};

/// The guides' first policy: the trail goes on, whoever wants to stop it.
const PROTECT_TRAIL: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ProtectTrail",
      "Effect": "Deny",
      "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:RemoveTags"],
      "Resource": "arn:aws:cloudtrail:*:*:trail/main",
      "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/security/*"}}
    }
  ]
}"#;

/// The guides' second policy: what is logged stays, and so does the account.
const PROTECT_LOGS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ProtectLogs",
      "Effect": "Deny",
      "Action": ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:BypassGovernanceRetention"],
      "Resource": ["arn:aws:s3:::member-logs", "arn:aws:s3:::member-logs/*"]
    },
    {
      "Sid": "StayInTheOrganization",
      "Effect": "Deny",
      "Action": "organizations:LeaveOrganization",
      "Resource": "*"
    }
  ]
}"#;

/// An organization of two accounts.
pub(crate) struct Organization {
    pub world: World,
    pub id: String,
    pub root: String,
}

pub(crate) fn member() -> Credentials {
    root_of(OTHER_ACCOUNT)
}

impl Organization {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let made = world.root("organizations", "CreateOrganization", json!({})).await.ok();
        let id = made.text("Id").unwrap();
        let root = world.root("organizations", "ListRoots", json!({})).await.ok().text("Id").unwrap();
        let organization = Self { world, id, root };
        organization.join().await;
        organization
    }

    /// The other account joins.
    pub(crate) async fn join(&self) {
        let target = json!({"Target": {"Type": "ACCOUNT", "Id": OTHER_ACCOUNT}});
        let invited = self.manage("InviteAccountToOrganization", target).await.ok();
        let handshake = json!({"HandshakeId": invited.text("Id").unwrap()});
        self.world.call("organizations", "AcceptHandshake", handshake, &member()).await.ok();
    }

    pub(crate) async fn manage(&self, operation: &str, members: Value) -> Answer {
        self.world.root("organizations", operation, members).await
    }

    pub(crate) async fn enable(&self, kind: &str) {
        self.manage("EnablePolicyType", json!({"RootId": self.root, "PolicyType": kind})).await.ok();
    }

    pub(crate) async fn policy(&self, kind: &str, name: &str, content: &str) -> String {
        let members = json!({"Name": name, "Description": "", "Type": kind, "Content": content});
        self.manage("CreatePolicy", members).await.ok().text("Id").unwrap()
    }

    pub(crate) async fn attach(&self, policy: &str, target: &str) {
        self.manage("AttachPolicy", json!({"PolicyId": policy, "TargetId": target})).await.ok();
    }

    pub(crate) async fn unit(&self, parent: &str, name: &str) -> String {
        let members = json!({"ParentId": parent, "Name": name});
        self.manage("CreateOrganizationalUnit", members).await.ok().text("Id").unwrap()
    }

    async fn move_member(&self, from: &str, to: &str) {
        let members = json!({"AccountId": OTHER_ACCOUNT, "SourceParentId": from, "DestinationParentId": to});
        self.manage("MoveAccount", members).await.ok();
    }

    pub(crate) async fn s3(&self, method: Method, uri: &str, body: &str, who: &Credentials) -> Answer {
        let request = Request::builder().method(method).uri(uri).header("host", "trailward.test");
        let request = request.header("content-length", body.len());
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let request = self.world.signed(request, who, Scope { region: "us-east-1", service: "s3" });
        self.world.send(request).await
    }

    /// An administrator of the member account.
    async fn administrator(&self, name: &str) -> Credentials {
        let call = async |operation: &str, members: Value| {
            self.world.call("iam", operation, members, &member()).await.ok()
        };
        call("CreateUser", json!({"UserName": name})).await;
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
        call("AttachUserPolicy", json!({"UserName": name, "PolicyArn": arn})).await;
        call("CreateAccessKey", json!({"UserName": name})).await.credentials()
    }

    /// A session of a role of the member account that its own administrators made.
    async fn session(&self, path: &str, administrator: &Credentials) -> Credentials {
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"AWS": OTHER_ACCOUNT}, "Action": "sts:AssumeRole"}});
        let members =
            json!({"RoleName": "keeper", "Path": path, "AssumeRolePolicyDocument": trust.to_string()});
        let made = self.world.call("iam", "CreateRole", members, &member()).await.ok();
        let members =
            json!({"RoleName": "keeper", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
        self.world.call("iam", "AttachRolePolicy", members, &member()).await.ok();
        let members = json!({"RoleArn": made.text("Arn").unwrap(), "RoleSessionName": "mon"});
        self.world.call("sts", "AssumeRole", members, administrator).await.ok().credentials()
    }
}

async fn trail_of_member(organization: &Organization) {
    organization.s3(Method::PUT, "/member-logs", "", &member()).await.ok();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::member-logs", "arn:aws:s3:::member-logs/*"]}]});
    let put = organization.s3(Method::PUT, "/member-logs?policy", &policy.to_string(), &member()).await;
    assert_eq!(put.status, 204, "{}", put.body);
    let members = json!({"Name": "main", "S3BucketName": "member-logs"});
    organization.world.call("cloudtrail", "CreateTrail", members, &member()).await.ok();
    organization.world.call("cloudtrail", "StartLogging", json!({"Name": "main"}), &member()).await.ok();
}

#[tokio::test]
async fn the_guides_policies_bind_administrators_and_root_of_members() {
    let organization = Organization::new().await;
    let world = &organization.world;
    trail_of_member(&organization).await;
    let administrator = organization.administrator("ann").await;
    organization.enable("SERVICE_CONTROL_POLICY").await;
    for (name, content) in [("trail", PROTECT_TRAIL), ("logs", PROTECT_LOGS)] {
        let policy = organization.policy("SERVICE_CONTROL_POLICY", name, content).await;
        organization.attach(&policy, &organization.root).await;
    }
    let name = json!({"Name": "main"});
    for who in [&member(), &administrator] {
        let stopped = world.call("cloudtrail", "StopLogging", name.clone(), who).await;
        let answer = stopped.failed(400, "AccessDeniedException");
        assert!(
            answer.message().ends_with(&format!(
                "is not authorized to perform: cloudtrail:StopLogging on resource: arn:aws:cloudtrail:us-east-1:{OTHER_ACCOUNT}:trail/main with an explicit deny in a service control policy"
            )),
            "{}",
            answer.message()
        );
        let record = world.last_record().await;
        assert_eq!(
            (&record["errorCode"], &record["eventName"]),
            (&"AccessDenied".into(), &"StopLogging".into())
        );
        assert_eq!(record["userIdentity"]["accountId"], OTHER_ACCOUNT, "the record says who tried");
        world.call("cloudtrail", "DeleteTrail", name.clone(), who).await.failed(400, "AccessDeniedException");
        world.call("cloudtrail", "UpdateTrail", name.clone(), who).await.failed(400, "AccessDeniedException");
        for (method, uri) in [
            (Method::DELETE, "/member-logs/x"),
            (Method::DELETE, "/member-logs"),
            (Method::DELETE, "/member-logs?policy"),
            (Method::PUT, "/member-logs?versioning"),
        ] {
            let body = if uri.ends_with("versioning") {
                "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
            } else {
                ""
            };
            let answer = organization.s3(method, uri, body, who).await.failed(403, "AccessDenied");
            assert!(
                answer.message().ends_with("with an explicit deny in a service control policy"),
                "{uri}: {}",
                answer.message()
            );
        }
        let left = world.call("organizations", "LeaveOrganization", json!({}), who).await;
        left.failed(400, "AccessDeniedException");
        // What the policies do not speak of goes on.
        world.call("cloudtrail", "GetTrailStatus", name.clone(), who).await.ok();
        organization.s3(Method::PUT, "/member-logs/x", "x", who).await.ok();
    }
    // The exception is for roles of the path alone, and a session counts as its role.
    let keeper = organization.session("/security/", &administrator).await;
    world.call("cloudtrail", "StopLogging", name.clone(), &keeper).await.ok();
    // The management account is not bound, its root and its administrators alike.
    world.bucket("logs").await;
    let members = json!({"Name": "main", "S3BucketName": "logs"});
    world.root("cloudtrail", "CreateTrail", members).await.ok();
    let bob = world.user("bob", Some(allow("*"))).await;
    for who in [&root(), &bob] {
        world.call("cloudtrail", "StartLogging", name.clone(), who).await.ok();
        world.call("cloudtrail", "StopLogging", name.clone(), who).await.ok();
    }
}

#[tokio::test]
async fn every_level_must_allow() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let outer = organization.unit(&organization.root, "outer").await;
    let inner = organization.unit(&outer, "inner").await;
    organization.enable("SERVICE_CONTROL_POLICY").await;
    let narrow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": ["iam:*", "sts:*"], "Resource": "*"}});
    let policy = organization.policy("SERVICE_CONTROL_POLICY", "narrow", &narrow.to_string()).await;
    organization.attach(&policy, &outer).await;
    let full = json!({"PolicyId": "p-FullAWSAccess", "TargetId": outer});
    organization.manage("DetachPolicy", full.clone()).await.ok();
    let who = member();
    let describe = || world.call("cloudtrail", "DescribeTrails", json!({}), &who);
    describe().await.ok();
    // Under the inner unit both levels count, though the inner one and the account allow everything.
    organization.move_member(&organization.root, &inner).await;
    let answer = describe().await.failed(400, "AccessDeniedException");
    assert!(
        answer
            .message()
            .ends_with("because no service control policy allows the cloudtrail:DescribeTrails action"),
        "{}",
        answer.message()
    );
    world.call("iam", "ListUsers", json!({}), &member()).await.ok();
    // GetCallerIdentity needs no permission.
    world.call("sts", "GetCallerIdentity", json!({}), &member()).await.ok();
    // A change of the tree or of a policy is in effect at once.
    organization.manage("AttachPolicy", full.clone()).await.ok();
    describe().await.ok();
    organization.manage("DetachPolicy", full).await.ok();
    describe().await.failed(400, "AccessDeniedException");
    let wide = narrow.to_string().replace("sts:*", "cloudtrail:*");
    organization.manage("UpdatePolicy", json!({"PolicyId": policy, "Content": wide})).await.ok();
    describe().await.ok();
    organization.move_member(&inner, &organization.root).await;
    organization.s3(Method::GET, "/", "", &member()).await.ok();
    organization.move_member(&organization.root, &outer).await;
    organization.s3(Method::GET, "/", "", &member()).await.failed(403, "AccessDenied");
    let disabled = json!({"RootId": organization.root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    organization.manage("DisablePolicyType", disabled).await.ok();
    organization.s3(Method::GET, "/", "", &member()).await.ok();
    // Who leaves is free.
    organization.enable("SERVICE_CONTROL_POLICY").await;
    organization.attach(&policy, &outer).await;
    organization.manage("DetachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": outer})).await.ok();
    organization.s3(Method::GET, "/", "", &member()).await.failed(403, "AccessDenied");
    organization.manage("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    organization.s3(Method::GET, "/", "", &member()).await.ok();
}

/// Only identities of the organization reach the members' buckets, keys and roles, whatever their own policies say.
#[tokio::test]
async fn resource_control_policies_bind_everybody_who_comes_to_a_member() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let stranger = {
        let members = json!({"Email": "stranger@example.com", "AccountName": "stranger"});
        let made = organization.manage("CreateAccount", members).await.ok();
        let account = made.text("AccountId").unwrap();
        let bob = world.user("bob", Some(allow("*"))).await;
        let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
        let members = json!({"RoleArn": role, "RoleSessionName": "mon"});
        world.call("sts", "AssumeRole", members, &bob).await.ok();
        world.clock.advance(Duration::days(8));
        organization.manage("RemoveAccountFromOrganization", json!({"AccountId": account})).await.ok();
        let members = json!({"RoleArn": role, "RoleSessionName": "mon"});
        world.call("sts", "AssumeRole", members, &bob).await.ok().credentials()
    };
    let open = |bucket: &str| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
            "Condition": {"StringEquals": {"aws:SecureTransport": "false"}}}})
        .to_string()
    };
    for (bucket, who) in [("member-data", member()), ("management-data", root())] {
        organization.s3(Method::PUT, &format!("/{bucket}"), "", &who).await.ok();
        let gone = organization.s3(Method::DELETE, &format!("/{bucket}?publicAccessBlock"), "", &who).await;
        assert_eq!(gone.status, 204, "{}", gone.body);
        let put = organization.s3(Method::PUT, &format!("/{bucket}?policy"), &open(bucket), &who).await;
        assert_eq!(put.status, 204, "{}", put.body);
        organization.s3(Method::PUT, &format!("/{bucket}/x"), "x", &who).await.ok();
    }
    let read = async |bucket: &str, who: &Credentials| {
        organization.s3(Method::GET, &format!("/{bucket}/x"), "", who).await
    };
    read("member-data", &stranger).await.ok();
    organization.enable("RESOURCE_CONTROL_POLICY").await;
    read("member-data", &stranger).await.ok();
    let perimeter = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Perimeter", "Effect": "Deny",
        "Principal": "*", "Action": ["s3:*", "sts:AssumeRole", "kms:*"], "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization.id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]});
    let policy = organization.policy("RESOURCE_CONTROL_POLICY", "perimeter", &perimeter.to_string()).await;
    organization.attach(&policy, &organization.root).await;
    read("member-data", &stranger).await.failed(403, "AccessDenied");
    read("management-data", &stranger).await.ok();
    read("member-data", &member()).await.ok();
    let bob = world.user("ann", Some(allow("*"))).await;
    read("member-data", &bob).await.ok();
    // A role of the member that lets strangers in lets them in no more.
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}});
    let members = json!({"RoleName": "open", "AssumeRolePolicyDocument": trust.to_string()});
    world.call("iam", "CreateRole", members, &member()).await.ok();
    let open =
        json!({"RoleArn": format!("arn:aws:iam::{OTHER_ACCOUNT}:role/open"), "RoleSessionName": "mon"});
    let answer = world.call("sts", "AssumeRole", open.clone(), &stranger).await.failed(403, "AccessDenied");
    assert!(
        answer.message().ends_with("with an explicit deny in a resource control policy"),
        "{}",
        answer.message()
    );
    world.call("sts", "AssumeRole", open, &bob).await.ok();
    // Other services are not bound by this type: the member's own calls of CloudTrail go on.
    world.call("cloudtrail", "DescribeTrails", json!({}), &member()).await.ok();
}

/// What an RCP denies in general, it denies the account's own root as well.
#[tokio::test]
async fn resource_control_policies_bind_the_members_own_root() {
    let organization = Organization::new().await;
    organization.s3(Method::PUT, "/member-data", "", &member()).await.ok();
    organization.enable("RESOURCE_CONTROL_POLICY").await;
    let tls = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}});
    let policy = organization.policy("RESOURCE_CONTROL_POLICY", "tls", &tls.to_string()).await;
    organization.attach(&policy, OTHER_ACCOUNT).await;
    let answer = organization.s3(Method::GET, "/member-data", "", &member()).await;
    let answer = answer.failed(403, "AccessDenied");
    assert!(
        answer.message().ends_with("with an explicit deny in a resource control policy"),
        "{}",
        answer.message()
    );
    // On the management account it can be attached, and binds nothing.
    organization.attach(&policy, ACCOUNT).await;
    organization.s3(Method::PUT, "/management-data", "", &root()).await.ok();
    organization.s3(Method::GET, "/management-data", "", &root()).await.ok();
}

#[tokio::test]
async fn conditions_know_the_organization() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let unit = organization.unit(&organization.root, "workloads").await;
    organization.move_member(&organization.root, &unit).await;
    let path = format!("{}/{}/{unit}/", organization.id, organization.root);
    organization.s3(Method::PUT, "/shared", "", &root()).await.ok();
    organization.s3(Method::PUT, "/shared/x", "x", &root()).await.ok();
    let allow = async |condition: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*", "Condition": condition}});
        let put = organization.s3(Method::PUT, "/shared?policy", &policy.to_string(), &root()).await;
        assert_eq!(put.status, 204, "{}", put.body);
        organization.s3(Method::GET, "/shared/x", "", &member()).await.status
    };
    assert_eq!(allow(json!({"StringEquals": {"aws:PrincipalOrgID": organization.id}})).await, 200);
    assert_eq!(allow(json!({"StringEquals": {"aws:PrincipalOrgID": "o-somebodyelse"}})).await, 403);
    let paths = |value: &str| {
        json!({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": [value]},
        "StringEquals": {"aws:PrincipalOrgID": organization.id}})
    };
    assert_eq!(allow(paths(&path)).await, 200);
    assert_eq!(allow(paths(&format!("{}/{}/", organization.id, organization.root))).await, 403);
    // And of the resource: a boundary against carrying data out of the organization.
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:ResourceOrgID": organization.id}}}]});
    let bob = world.user("bob", Some(policy)).await;
    organization.s3(Method::GET, "/shared/x", "", &bob).await.ok();
    organization.manage("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    organization.s3(Method::PUT, "/outside", "", &member()).await.ok();
    organization.s3(Method::GET, "/outside", "", &bob).await.failed(403, "AccessDenied");
    assert_eq!(organization.s3(Method::GET, "/shared/x", "", &member()).await.status, 403);
}

#[tokio::test]
async fn nobody_acts_in_a_closed_account() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let administrator = organization.administrator("ann").await;
    let session = organization.session("/", &administrator).await;
    organization.s3(Method::PUT, "/member-data", "", &member()).await.ok();
    organization.manage("CloseAccount", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    for who in [&member(), &administrator, &session] {
        let answer = world.call("sts", "GetCallerIdentity", json!({}), who).await;
        answer.failed(403, "InvalidClientTokenId");
        organization.s3(Method::GET, "/member-data", "", who).await.failed(403, "InvalidAccessKeyId");
    }
    let bob = world.user("bob", Some(allow("*"))).await;
    let members =
        json!({"RoleArn": format!("arn:aws:iam::{OTHER_ACCOUNT}:role/keeper"), "RoleSessionName": "mon"});
    world.call("sts", "AssumeRole", members, &bob).await.failed(403, "AccessDenied");
    organization.s3(Method::GET, "/member-data", "", &bob).await.failed(403, "AccessDenied");
    let closed = organization.manage("DescribeAccount", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    assert_eq!(closed.text("Status").unwrap(), "SUSPENDED");
    let again = organization.manage("CloseAccount", json!({"AccountId": OTHER_ACCOUNT})).await;
    again.failed(400, "AccountAlreadyClosedException");
    // It does not come to life again by leaving.
    organization.manage("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})).await.ok();
    for who in [&member(), &administrator, &session] {
        let answer = world.call("sts", "GetCallerIdentity", json!({}), who).await;
        answer.failed(403, "InvalidClientTokenId");
    }
    organization.s3(Method::GET, "/member-data", "", &bob).await.failed(403, "AccessDenied");
    let members =
        json!({"RoleArn": format!("arn:aws:iam::{OTHER_ACCOUNT}:role/keeper"), "RoleSessionName": "mon"});
    world.call("sts", "AssumeRole", members, &bob).await.failed(403, "AccessDenied");
}

#[tokio::test]
async fn a_path_that_looks_service_linked_escapes_nothing() {
    let organization = Organization::new().await;
    organization.enable("SERVICE_CONTROL_POLICY").await;
    let deny = organization
        .policy(
            "SERVICE_CONTROL_POLICY",
            "no",
            r#"{"Version":"2012-10-17","Statement":
        {"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}}"#,
        )
        .await;
    organization.attach(&deny, OTHER_ACCOUNT).await;
    let administrator = organization.administrator("ann").await;
    let session = organization.session("/x:role/aws-service-role/", &administrator).await;
    let world = &organization.world;
    world.call("sts", "GetCallerIdentity", json!({}), &session).await.ok();
    world
        .call("cloudtrail", "DescribeTrails", json!({}), &session)
        .await
        .failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn nobody_makes_a_role_that_escapes() {
    let world = World::new().await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}});
    let members = json!({"RoleName": "free", "Path": "/aws-service-role/x/",
        "AssumeRolePolicyDocument": trust.to_string()});
    world.root("iam", "CreateRole", members).await.failed(400, "InvalidInput");
}
