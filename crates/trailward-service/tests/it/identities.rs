//! What IAM keeps, and what it refuses.

use crate::world::{ACCOUNT, World, allow};
use serde_json::{Value, json};

fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

async fn make_policy(world: &World, name: &str) -> String {
    let members = json!({"PolicyName": name, "PolicyDocument": allow("cloudtrail:*").to_string()});
    world.root("iam", "CreatePolicy", members).await.ok().text("Arn").unwrap()
}

#[tokio::test]
async fn a_renamed_user_stays_the_same() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let before = world.root("iam", "GetUser", json!({"UserName": "bob"})).await.ok().text("UserId");
    let rename = json!({"UserName": "bob", "NewUserName": "Robert", "NewPath": "/audit/"});
    world.root("iam", "UpdateUser", rename).await.ok();
    world.root("iam", "GetUser", json!({"UserName": "bob"})).await.failed(404, "NoSuchEntity");
    let me = world.call("iam", "GetUser", json!({}), &bob).await.ok();
    assert_eq!(me.text("UserId"), before);
    assert_eq!(me.text("Arn").unwrap(), format!("arn:aws:iam::{ACCOUNT}:user/audit/Robert"));
    // Only the case changes.
    world.root("iam", "UpdateUser", json!({"UserName": "robert", "NewUserName": "robert"})).await.ok();
    assert_eq!(world.call("iam", "GetUser", json!({}), &bob).await.ok().text("UserName").unwrap(), "robert");
    let keys = world.root("iam", "ListAccessKeys", json!({"UserName": "robert"})).await.ok();
    assert_eq!(keys.text("AccessKeyId").unwrap(), bob.access_key_id);
    let delete = json!({"UserName": "robert", "AccessKeyId": bob.access_key_id});
    world.root("iam", "DeleteAccessKey", delete).await.ok();
}

#[tokio::test]
async fn names_differ_by_more_than_case() {
    let world = World::new().await;
    world.root("iam", "CreateUser", json!({"UserName": "Bob"})).await.ok();
    let again = world.root("iam", "CreateUser", json!({"UserName": "bOB"})).await;
    again.failed(409, "EntityAlreadyExists");
}

#[tokio::test]
async fn pages_show_everything_once() {
    let world = World::new().await;
    for at in 0..25 {
        world.root("iam", "CreateUser", json!({"UserName": format!("user{at:02}")})).await.ok();
    }
    let (mut seen, mut marker) = (Vec::new(), None::<String>);
    loop {
        let mut members = json!({"MaxItems": 10});
        if let Some(marker) = &marker {
            members["Marker"] = Value::from(marker.clone());
        }
        let page = world.root("iam", "ListUsers", members).await.ok();
        let names =
            page.body.split("<UserName>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        seen.extend(names);
        marker = page.text("Marker");
        assert_eq!(page.text("IsTruncated").unwrap(), marker.is_some().to_string());
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).map(|at| format!("user{at:02}")).collect::<Vec<_>>());
    world.root("iam", "ListUsers", json!({"Marker": "!"})).await.failed(400, "ValidationError");
    world.root("iam", "ListUsers", json!({"MaxItems": 0})).await.failed(400, "ValidationError");
    world.root("iam", "ListUsers", json!({"MaxItems": 1001})).await.failed(400, "ValidationError");
}

#[tokio::test]
async fn quotas_hold() {
    let world = World::new().await;
    world.root("iam", "CreateUser", json!({"UserName": "bob"})).await.ok();
    for at in 0..11 {
        let arn = make_policy(&world, &format!("p{at}")).await;
        let answer =
            world.root("iam", "AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})).await;
        if at < 10 {
            answer.ok();
        } else {
            assert_eq!(
                answer.failed(409, "LimitExceeded").message(),
                "Cannot exceed quota for PoliciesPerUser: 10"
            );
        }
    }
    for at in 0..11 {
        let name = format!("g{at}");
        world.root("iam", "CreateGroup", json!({"GroupName": name})).await.ok();
        let members = json!({"UserName": "bob", "GroupName": name});
        let answer = world.root("iam", "AddUserToGroup", members).await;
        if at < 10 {
            answer.ok();
        } else {
            assert_eq!(
                answer.failed(409, "LimitExceeded").message(),
                "Cannot exceed quota for GroupsPerUser: 10"
            );
        }
    }
    // White space does not count, the documents of all policies together do.
    let document = allow(&format!("s3:{}", "a".repeat(1_900))).to_string();
    let spaced = document.replace(':', &format!(": {}", " ".repeat(1_000)));
    let put = |name: &str, document: &str| json!({"UserName": "bob", "PolicyName": name, "PolicyDocument": document});
    let answer = world.root("iam", "PutUserPolicy", put("one", &document)).await;
    answer.ok();
    world.root("iam", "PutUserPolicy", put("one", &document)).await.ok();
    assert!(spaced.len() > 2_048);
    let answer = world.root("iam", "PutUserPolicy", put("two", &allow("s3:GetObject").to_string())).await;
    assert_eq!(
        answer.failed(409, "LimitExceeded").message(),
        "Maximum policy size of 2048 bytes exceeded for user bob"
    );
    let tags: Vec<Value> = (0..50).map(|at| json!({"Key": format!("k{at}"), "Value": "v"})).collect();
    world.root("iam", "TagUser", json!({"UserName": "bob", "Tags": tags})).await.ok();
    let more = json!({"UserName": "bob", "Tags": [{"Key": "k50", "Value": "v"}]});
    world.root("iam", "TagUser", more).await.failed(409, "LimitExceeded");
    let again = json!({"UserName": "bob", "Tags": [{"Key": "K0", "Value": "w"}]});
    world.root("iam", "TagUser", again).await.ok();
}

#[tokio::test]
async fn version_numbers_are_never_used_again() {
    let world = World::new().await;
    let arn = make_policy(&world, "p").await;
    let next = || async {
        let members = json!({"PolicyArn": arn, "PolicyDocument": allow("s3:*").to_string()});
        world.root("iam", "CreatePolicyVersion", members).await.ok().text("VersionId").unwrap()
    };
    assert_eq!(next().await, "v2");
    world.root("iam", "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"})).await.ok();
    assert_eq!(next().await, "v3");
}

#[tokio::test]
async fn the_default_version_is_what_counts() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    let arn = make_policy(&world, "p").await;
    world.root("iam", "AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": arn})).await.ok();
    world.call("cloudtrail", "ListTrails", json!({}), &bob).await.ok();
    let members = json!({"PolicyArn": arn, "PolicyDocument": allow("s3:*").to_string()});
    world.root("iam", "CreatePolicyVersion", members).await.ok();
    world.call("cloudtrail", "ListTrails", json!({}), &bob).await.ok();
    world.root("iam", "SetDefaultPolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"})).await.ok();
    world.call("cloudtrail", "ListTrails", json!({}), &bob).await.failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn policies_of_aws_cannot_be_changed() {
    let world = World::new().await;
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let document = allow("*").to_string();
    for (operation, members) in [
        ("DeletePolicy", json!({"PolicyArn": arn})),
        ("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": document})),
        ("SetDefaultPolicyVersion", json!({"PolicyArn": arn, "VersionId": "v1"})),
        ("TagPolicy", json!({"PolicyArn": arn, "Tags": [{"Key": "a", "Value": "b"}]})),
    ] {
        world.root("iam", operation, members).await.failed(403, "AccessDenied");
    }
}

#[tokio::test]
async fn a_policy_is_used_or_deleted_but_not_both() {
    for round in 0..40 {
        let world = World::new().await;
        make_policy(&world, "p").await;
        world.root("iam", "CreateUser", json!({"UserName": "bob"})).await.ok();
        let attach =
            world.root("iam", "AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": policy_arn("p")}));
        let delete = world.root("iam", "DeletePolicy", json!({"PolicyArn": policy_arn("p")}));
        let (attached, deleted) = tokio::join!(attach, delete);
        assert_ne!(attached.status == 200, deleted.status == 200, "round {round}: {attached:?} {deleted:?}");
    }
}

#[tokio::test]
async fn two_keys_and_no_more_even_at_the_same_time() {
    let world = World::new().await;
    world.root("iam", "CreateUser", json!({"UserName": "bob"})).await.ok();
    for members in [json!({"UserName": "bob"}), json!({})] {
        let another = || world.root("iam", "CreateAccessKey", members.clone());
        let made = tokio::join!(another(), another(), another(), another(), another());
        let made = [made.0, made.1, made.2, made.3, made.4];
        // Root has one key to begin with.
        let room = if members == json!({}) { 1 } else { 2 };
        assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), room, "{made:?}");
        let keys = world.root("iam", "ListAccessKeys", members.clone()).await.ok();
        assert_eq!(keys.body.matches("<AccessKeyId>").count(), 2);
    }
}

#[tokio::test]
async fn secrets_are_in_no_record() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let session = world.call("sts", "GetSessionToken", json!({}), &bob).await.ok().credentials();
    let records = Value::from(world.records().await).to_string();
    assert!(records.contains(&bob.access_key_id) && records.contains(&session.access_key_id));
    for secret in [&bob.secret, &session.secret] {
        assert!(!records.contains(secret.expose()));
    }
}

#[tokio::test]
async fn roles_need_a_user_name_for_keys() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:AssumeRole"))).await;
    let role = world.role("admin", &format!("arn:aws:iam::{ACCOUNT}:user/bob"), allow("*")).await;
    let members = json!({"RoleArn": role, "RoleSessionName": "session"});
    let session = world.call("sts", "AssumeRole", members, &bob).await.ok().credentials();
    for operation in ["GetUser", "ListAccessKeys", "CreateAccessKey"] {
        let answer = world.call("iam", operation, json!({}), &session).await.failed(400, "ValidationError");
        assert_eq!(answer.message(), "Must specify userName when calling with non-User credentials");
    }
    world.call("iam", "ListAccessKeys", json!({"UserName": "bob"}), &session).await.ok();
}
