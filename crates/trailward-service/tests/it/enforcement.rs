//! Policies decide, whoever calls.

use crate::world::{ACCOUNT, OTHER_ACCOUNT, World, allow, allow_principal, deny, root_of};
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::Credentials;

async fn describe(world: &World, who: &Credentials) -> crate::world::Answer {
    world.call("cloudtrail", "DescribeTrails", json!({}), who).await
}

async fn assume(world: &World, role: &str, who: &Credentials, more: Value) -> crate::world::Answer {
    let mut members = json!({"RoleArn": role, "RoleSessionName": "session"});
    if let (Some(members), Some(more)) = (members.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    world.call("sts", "AssumeRole", members, who).await
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

#[tokio::test]
async fn a_user_without_policies_may_do_nothing() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    let answer = describe(&world, &bob).await.failed(400, "AccessDeniedException");
    let why = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: cloudtrail:DescribeTrails on resource: * because no identity-based policy allows the cloudtrail:DescribeTrails action"
    );
    assert_eq!(answer.message(), why);
    let record = world.last_record().await;
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["errorMessage"], why);
    assert_eq!(record["requestParameters"], Value::Null);
    assert_eq!(record["userIdentity"]["userName"], "bob");

    let answer = world.call("iam", "GetUser", json!({"UserName": "alice"}), &bob).await;
    let answer = answer.failed(403, "AccessDenied");
    assert_eq!(
        answer.message(),
        format!(
            "User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:GetUser on resource: user alice because no identity-based policy allows the iam:GetUser action"
        )
    );
    // Whether a name is taken is nothing it may learn: the refusal is the same.
    world.user("alice", None).await;
    let again = world.call("iam", "GetUser", json!({"UserName": "alice"}), &bob).await;
    assert_eq!(again.message(), answer.message());
    // Who one is, everybody may ask.
    world.call("sts", "GetCallerIdentity", json!({}), &bob).await.ok();
}

#[tokio::test]
async fn an_explicit_deny_wins() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    describe(&world, &bob).await.ok();
    let members = json!({
        "UserName": "bob",
        "PolicyName": "deny",
        "PolicyDocument": deny("cloudtrail:Describe*").to_string(),
    });
    world.root("iam", "PutUserPolicy", members).await.ok();
    let answer = describe(&world, &bob).await.failed(400, "AccessDeniedException");
    assert!(
        answer.message().ends_with("with an explicit deny in an identity-based policy"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn policies_of_groups_count() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    world.root("iam", "CreateGroup", json!({"GroupName": "auditors"})).await.ok();
    let policy = "arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess";
    world.root("iam", "AttachGroupPolicy", json!({"GroupName": "auditors", "PolicyArn": policy})).await.ok();
    describe(&world, &bob).await.failed(400, "AccessDeniedException");
    let membership = json!({"GroupName": "Auditors", "UserName": "bob"});
    world.root("iam", "AddUserToGroup", membership.clone()).await.ok();
    describe(&world, &bob).await.ok();
    world
        .root("iam", "UpdateGroup", json!({"GroupName": "auditors", "NewGroupName": "reviewers"}))
        .await
        .ok();
    describe(&world, &bob).await.ok();
    let membership = json!({"GroupName": "reviewers", "UserName": "bob"});
    world.root("iam", "RemoveUserFromGroup", membership).await.ok();
    describe(&world, &bob).await.failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn a_boundary_bounds() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let boundary =
        json!({"UserName": "bob", "PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonS3FullAccess"});
    world.root("iam", "PutUserPermissionsBoundary", boundary).await.ok();
    let answer = describe(&world, &bob).await.failed(400, "AccessDeniedException");
    assert!(answer.message().contains("because no permissions boundary allows"), "{}", answer.body);
    world.root("iam", "DeleteUserPermissionsBoundary", json!({"UserName": "bob"})).await.ok();
    describe(&world, &bob).await.ok();
}

#[tokio::test]
async fn the_boundary_asked_for_is_what_conditions_see() {
    let world = World::new().await;
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let delegated = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["iam:CreateUser", "iam:PutUserPermissionsBoundary"], "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": read_only}},
    }});
    let bob = world.user("bob", Some(delegated)).await;
    let make = |name: &str, boundary: Option<&str>| {
        let mut members = json!({"UserName": name});
        if let Some(boundary) = boundary {
            members["PermissionsBoundary"] = boundary.into();
        }
        members
    };
    let call = |members| world.call("iam", "CreateUser", members, &bob);
    call(make("a", None)).await.failed(403, "AccessDenied");
    call(make("a", Some("arn:aws:iam::aws:policy/AdministratorAccess"))).await.failed(403, "AccessDenied");
    call(make("a", Some(read_only))).await.ok();
    let lift = json!({"UserName": "a", "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"});
    world.call("iam", "PutUserPermissionsBoundary", lift, &bob).await.failed(403, "AccessDenied");
}

#[tokio::test]
async fn conditions_see_policies_and_tags() {
    let world = World::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*",
         "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
        {"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*",
         "Condition": {"StringEquals": {"aws:RequestTag/team": "audit"},
                       "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
        {"Effect": "Allow", "Action": "iam:DeleteUser", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "audit"}}},
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": format!("arn:aws:iam::{ACCOUNT}:user/audit/")},
    ]});
    let bob = world.user("bob", Some(policy)).await;
    world.root("iam", "CreateUser", json!({"UserName": "alice"})).await.ok();
    let call = |operation: &'static str, members| world.call("iam", operation, members, &bob);
    let attach =
        |arn: &str| json!({"UserName": "alice", "PolicyArn": format!("arn:aws:iam::aws:policy/{arn}")});
    call("AttachUserPolicy", attach("AdministratorAccess")).await.failed(403, "AccessDenied");
    call("AttachUserPolicy", attach("ReadOnlyAccess")).await.ok();
    world.root("iam", "DetachUserPolicy", attach("ReadOnlyAccess")).await.ok();
    call("DeleteUser", json!({"UserName": "alice"})).await.failed(403, "AccessDenied");
    let tag = |tags: Value| json!({"UserName": "alice", "Tags": tags});
    call("TagUser", tag(json!([{"Key": "team", "Value": "red"}]))).await.failed(403, "AccessDenied");
    let two = json!([{"Key": "team", "Value": "audit"}, {"Key": "more", "Value": "x"}]);
    call("TagUser", tag(two)).await.failed(403, "AccessDenied");
    call("TagUser", tag(json!([{"Key": "team", "Value": "audit"}]))).await.ok();
    call("DeleteUser", json!({"UserName": "alice"})).await.ok();
    call("ListUsers", json!({})).await.failed(403, "AccessDenied");
    call("ListUsers", json!({"PathPrefix": "/audit/"})).await.ok();
}

#[tokio::test]
async fn nobody_moves_users_to_where_they_may_not_reach() {
    let world = World::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:UpdateUser", "Resource": format!("arn:aws:iam::{ACCOUNT}:user/dev/*"),
    }});
    let bob = world.user("bob", Some(policy)).await;
    world.root("iam", "CreateUser", json!({"UserName": "alice", "Path": "/dev/"})).await.ok();
    let call = |members| world.call("iam", "UpdateUser", members, &bob);
    call(json!({"UserName": "alice", "NewPath": "/admin/"})).await.failed(403, "AccessDenied");
    call(json!({"UserName": "bob", "NewPath": "/dev/"})).await.failed(403, "AccessDenied");
    call(json!({"UserName": "alice", "NewPath": "/dev/eu/", "NewUserName": "carol"})).await.ok();
}

#[tokio::test]
async fn a_session_counts_as_its_role() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:AssumeRole"))).await;
    let role = world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    describe(&world, &bob).await.failed(400, "AccessDeniedException");
    let session = assume(&world, &role, &bob, json!({})).await.ok().credentials();
    describe(&world, &session).await.ok();
    let record = world.last_record().await;
    assert_eq!(record["userIdentity"]["type"], "AssumedRole");
    assert_eq!(record["userIdentity"]["arn"], format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"));
    assert_eq!(record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"], Value::from(role.clone()));
    // What the role may do changes for sessions that are there.
    let members =
        json!({"RoleName": "reader", "PolicyName": "deny", "PolicyDocument": deny("*").to_string()});
    world.root("iam", "PutRolePolicy", members).await.ok();
    describe(&world, &session).await.failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn a_session_policy_narrows() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:AssumeRole"))).await;
    let role = world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    let narrow = json!({"Policy": allow("cloudtrail:ListTrails").to_string()});
    let session = assume(&world, &role, &bob, narrow).await.ok().credentials();
    world.call("cloudtrail", "ListTrails", json!({}), &session).await.ok();
    let answer = describe(&world, &session).await.failed(400, "AccessDeniedException");
    assert!(answer.message().contains("because no session policy allows"), "{}", answer.body);
    // It never widens.
    let wide = json!({"Policy": allow("*").to_string()});
    let session = assume(&world, &role, &bob, wide).await.ok().credentials();
    world.call("iam", "ListUsers", json!({}), &session).await.failed(403, "AccessDenied");
}

#[tokio::test]
async fn deleted_users_and_roles_are_gone_at_once() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let session = world.call("sts", "GetSessionToken", json!({}), &bob).await.ok().credentials();
    let role = world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    let role_session = assume(&world, &role, &bob, json!({})).await.ok().credentials();
    describe(&world, &session).await.ok();
    describe(&world, &role_session).await.ok();

    let key = json!({"UserName": "bob", "AccessKeyId": bob.access_key_id});
    world.root("iam", "DeleteAccessKey", key).await.ok();
    describe(&world, &bob).await.failed(400, "UnrecognizedClientException");
    world.root("iam", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "inline"})).await.ok();
    world.root("iam", "DeleteUser", json!({"UserName": "bob"})).await.ok();
    describe(&world, &session).await.failed(400, "UnrecognizedClientException");
    // A new user of the same name is somebody else.
    world.user("bob", Some(allow("*"))).await;
    describe(&world, &session).await.failed(400, "UnrecognizedClientException");

    world.root("iam", "DeleteRolePolicy", json!({"RoleName": "reader", "PolicyName": "inline"})).await.ok();
    world.root("iam", "DeleteRole", json!({"RoleName": "reader"})).await.ok();
    describe(&world, &role_session).await.failed(400, "UnrecognizedClientException");
    world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    describe(&world, &role_session).await.failed(400, "UnrecognizedClientException");
}

#[tokio::test]
async fn an_inactive_key_is_refused() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let set = |status: &str| json!({"UserName": "bob", "AccessKeyId": bob.access_key_id, "Status": status});
    world.root("iam", "UpdateAccessKey", set("Inactive")).await.ok();
    describe(&world, &bob).await.failed(400, "UnrecognizedClientException");
    world.root("iam", "UpdateAccessKey", set("Active")).await.ok();
    describe(&world, &bob).await.ok();
}

#[tokio::test]
async fn temporary_credentials_expire() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let role = world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    let short = json!({"DurationSeconds": 900});
    let session = world.call("sts", "GetSessionToken", short.clone(), &bob).await.ok().credentials();
    let role_session = assume(&world, &role, &bob, short).await.ok().credentials();
    world.clock.advance(Duration::seconds(899));
    describe(&world, &session).await.ok();
    describe(&world, &role_session).await.ok();
    world.clock.advance(Duration::seconds(1));
    describe(&world, &session).await.failed(400, "ExpiredTokenException");
    describe(&world, &role_session).await.failed(400, "ExpiredTokenException");
    world.call("sts", "GetCallerIdentity", json!({}), &session).await.failed(403, "ExpiredToken");
    describe(&world, &bob).await.ok();
}

#[tokio::test]
async fn a_token_belongs_to_its_key() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let one = world.call("sts", "GetSessionToken", json!({}), &bob).await.ok().credentials();
    let two = world.call("sts", "GetSessionToken", json!({}), &bob).await.ok().credentials();
    let mixed = Credentials { session_token: two.session_token.clone(), ..one.clone() };
    describe(&world, &mixed).await.failed(400, "UnrecognizedClientException");
    describe(&world, &one).await.ok();
}

#[tokio::test]
async fn session_tokens_cannot_call_iam() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let session = world.call("sts", "GetSessionToken", json!({}), &bob).await.ok().credentials();
    describe(&world, &session).await.ok();
    world.call("iam", "ListUsers", json!({}), &session).await.failed(403, "InvalidClientTokenId");
    world.call("iam", "GetUser", json!({}), &session).await.failed(403, "InvalidClientTokenId");
    world.call("sts", "GetSessionToken", json!({}), &session).await.failed(403, "AccessDenied");
    world.call("sts", "GetCallerIdentity", json!({}), &session).await.ok();
    let root_session = world.root("sts", "GetSessionToken", json!({})).await.ok().credentials();
    world.call("iam", "ListUsers", json!({}), &root_session).await.failed(403, "InvalidClientTokenId");
}

#[tokio::test]
async fn both_accounts_must_agree_on_a_role() {
    let world = World::new().await;
    let root = root_of(OTHER_ACCOUNT);
    world.call("iam", "CreateUser", json!({"UserName": "eve"}), &root).await.ok();
    let key = world.call("iam", "CreateAccessKey", json!({"UserName": "eve"}), &root).await.ok();
    let eve = key.credentials();
    let permit = json!({"UserName": "eve", "PolicyName": "assume", "PolicyDocument": allow("sts:AssumeRole").to_string()});
    // Neither side.
    world.user("somebody", None).await;
    let role = world.role("shared", &arn("user", "somebody"), allow("cloudtrail:*")).await;
    assume(&world, &role, &eve, json!({})).await.failed(403, "AccessDenied");
    // The role's side alone.
    let trust = |principal: &str| json!({"RoleName": "shared", "PolicyDocument": allow_principal(principal).to_string()});
    let foreign = format!("arn:aws:iam::{OTHER_ACCOUNT}:user/eve");
    world.root("iam", "UpdateAssumeRolePolicy", trust(&foreign)).await.ok();
    assume(&world, &role, &eve, json!({})).await.failed(403, "AccessDenied");
    // Both.
    world.call("iam", "PutUserPolicy", permit, &root).await.ok();
    let session = assume(&world, &role, &eve, json!({})).await.ok().credentials();
    describe(&world, &session).await.ok();
    // The caller's side alone.
    world.root("iam", "UpdateAssumeRolePolicy", trust(&arn("user", "somebody"))).await.ok();
    assume(&world, &role, &eve, json!({})).await.failed(403, "AccessDenied");
}

#[tokio::test]
async fn a_role_can_be_kept_to_those_who_know_an_external_id() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:AssumeRole"))).await;
    let role = world.role("reader", &arn("user", "bob"), allow("cloudtrail:*")).await;
    let mut trust = allow_principal(&arn("user", "bob"));
    trust["Statement"]["Condition"] = json!({"StringEquals": {"sts:ExternalId": "agreed"}});
    let members = json!({"RoleName": "reader", "PolicyDocument": trust.to_string()});
    world.root("iam", "UpdateAssumeRolePolicy", members).await.ok();
    assume(&world, &role, &bob, json!({})).await.failed(403, "AccessDenied");
    assume(&world, &role, &bob, json!({"ExternalId": "guessed"})).await.failed(403, "AccessDenied");
    assume(&world, &role, &bob, json!({"ExternalId": "agreed"})).await.ok();
}
