//! Who is made again under an old name is somebody else: principals in documents are bound to unique ids.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, allow, allow_principal, root, root_of};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use trailward_wire::sigv4::{Credentials, Scope};

const BUCKET: &str = "reborn";

async fn s3(world: &World, who: &Credentials, method: &str, path: &str, body: &str) -> Answer {
    let request =
        Request::builder().method(method).uri(format!("/{BUCKET}{path}")).header("host", "trailward.test");
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    world.send(world.signed(request, who, Scope { region: "us-east-1", service: "s3" })).await
}

/// Deletes a user with all it has, and makes another one of that name; its key.
async fn again(world: &World, name: &str, key: &Credentials) -> Credentials {
    let of = json!({"UserName": name});
    let id = key.access_key_id.clone();
    world.root("iam", "DeleteAccessKey", json!({"UserName": name, "AccessKeyId": id})).await.ok();
    let listed = world.root("iam", "ListUserPolicies", of.clone()).await.ok();
    if listed.body.contains("inline") {
        world.root("iam", "DeleteUserPolicy", json!({"UserName": name, "PolicyName": "inline"})).await.ok();
    }
    world.root("iam", "DeleteUser", of).await.ok();
    world.user(name, None).await
}

fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn bucket_policy(principal: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
    }]})
    .to_string()
}

#[tokio::test]
async fn in_bucket_policies() {
    let world = World::new().await;
    s3(&world, &root(), "PUT", "", "").await.ok();
    s3(&world, &root(), "PUT", "/k", "content").await.ok();
    let ada = world.user("ada", None).await;
    world.user("bob", None).await;
    let policy = bucket_policy(&json!([user_arn("ada"), user_arn("bob"), OTHER_ACCOUNT]));
    assert_eq!(s3(&world, &root(), "PUT", "?policy", &policy).await.status, 204);
    assert_eq!(s3(&world, &root(), "GET", "?policy", "").await.body, policy, "shown as it was put");
    assert_eq!(s3(&world, &ada, "GET", "/k", "").await.status, 200);
    let ada = again(&world, "ada", &ada).await;
    assert_eq!(s3(&world, &ada, "GET", "/k", "").await.status, 403, "the newcomer gets nothing");
    let shown = s3(&world, &root(), "GET", "?policy", "").await.body;
    assert!(
        shown.contains("\"AIDA") && !shown.contains(&user_arn("ada")) && shown.contains(&user_arn("bob")),
        "{shown}"
    );
    // A renamed user is the same one.
    world.root("iam", "UpdateUser", json!({"UserName": "bob", "NewUserName": "robert"})).await.ok();
    let shown = s3(&world, &root(), "GET", "?policy", "").await.body;
    assert!(shown.contains(&user_arn("robert")), "{shown}");
    // What is shown back names nobody, so it is refused, and so is whoever was never there.
    s3(&world, &root(), "PUT", "?policy", &shown).await.failed(400, "MalformedPolicy");
    let unknown = bucket_policy(&json!(user_arn("nobody")));
    s3(&world, &root(), "PUT", "?policy", &unknown).await.failed(400, "MalformedPolicy");
    let elsewhere = bucket_policy(&json!("arn:aws:iam::999999999999:role/r"));
    s3(&world, &root(), "PUT", "?policy", &elsewhere).await.failed(400, "MalformedPolicy");
    let wrong_path = bucket_policy(&json!(format!("arn:aws:iam::{ACCOUNT}:user/path/ada")));
    s3(&world, &root(), "PUT", "?policy", &wrong_path).await.failed(400, "MalformedPolicy");
}

#[tokio::test]
async fn in_denies_with_exceptions() {
    let world = World::new().await;
    s3(&world, &root(), "PUT", "", "").await.ok();
    s3(&world, &root(), "PUT", "/k", "content").await.ok();
    let ada = world.user("ada", Some(allow("s3:GetObject"))).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "NotPrincipal": {"AWS": [user_arn("ada"), format!("arn:aws:iam::{ACCOUNT}:root")]},
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
    }]});
    assert_eq!(s3(&world, &root(), "PUT", "?policy", &policy.to_string()).await.status, 204);
    assert_eq!(s3(&world, &ada, "GET", "/k", "").await.status, 200);
    let ada = again(&world, "ada", &ada).await;
    let inline = json!({"UserName": "ada", "PolicyName": "inline", "PolicyDocument": allow("s3:GetObject").to_string()});
    world.root("iam", "PutUserPolicy", inline).await.ok();
    assert_eq!(s3(&world, &ada, "GET", "/k", "").await.status, 403, "the newcomer is not excepted");
}

#[tokio::test]
async fn in_trust_policies() {
    let world = World::new().await;
    let assume = allow("sts:AssumeRole");
    let ada = world.user("ada", Some(assume.clone())).await;
    let role = world.role("door", &user_arn("ada"), allow("s3:*")).await;
    let asked = json!({"RoleArn": role, "RoleSessionName": "s1"});
    world.call("sts", "AssumeRole", asked.clone(), &ada).await.ok();
    let shown = world.root("iam", "GetRole", json!({"RoleName": "door"})).await.ok();
    assert!(shown.body.contains("user%2Fada"), "{}", shown.body);
    let ada = again(&world, "ada", &ada).await;
    let inline = json!({"UserName": "ada", "PolicyName": "inline", "PolicyDocument": assume.to_string()});
    world.root("iam", "PutUserPolicy", inline).await.ok();
    world.call("sts", "AssumeRole", asked, &ada).await.failed(403, "AccessDenied");
    for call in ["GetRole", "ListRoles", "GetAccountAuthorizationDetails"] {
        let members = if call == "GetRole" { json!({"RoleName": "door"}) } else { json!({}) };
        let shown = world.root("iam", call, members).await.ok().body;
        assert!(shown.contains("%22AIDA") && !shown.contains("user%2Fada"), "{call}: {shown}");
    }
    let trust = allow_principal(&user_arn("nobody")).to_string();
    let unknown = json!({"RoleName": "other", "AssumeRolePolicyDocument": trust});
    world.root("iam", "CreateRole", unknown).await.failed(400, "MalformedPolicyDocument");
    let changed = json!({"RoleName": "door", "PolicyDocument": trust});
    world.root("iam", "UpdateAssumeRolePolicy", changed).await.failed(400, "MalformedPolicyDocument");
}

#[tokio::test]
async fn of_roles_and_their_sessions() {
    let world = World::new().await;
    s3(&world, &root(), "PUT", "", "").await.ok();
    s3(&world, &root(), "PUT", "/k", "content").await.ok();
    let ada = world.user("ada", Some(allow("sts:AssumeRole"))).await;
    let role = world.role("reader", ACCOUNT, allow("sts:GetCallerIdentity")).await;
    let session = |name: &str| json!({"RoleArn": role, "RoleSessionName": name});
    let one = world.call("sts", "AssumeRole", session("one"), &ada).await.ok().credentials();
    let two = world.call("sts", "AssumeRole", session("two"), &ada).await.ok().credentials();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/one");
    let policy = bucket_policy(&json!(arn));
    assert_eq!(s3(&world, &root(), "PUT", "?policy", &policy).await.status, 204);
    assert_eq!(s3(&world, &one, "GET", "/k", "").await.status, 200);
    assert_eq!(s3(&world, &two, "GET", "/k", "").await.status, 403);
    assert_eq!(s3(&world, &root(), "GET", "?policy", "").await.body, policy);
    world.root("iam", "DeleteRolePolicy", json!({"RoleName": "reader", "PolicyName": "inline"})).await.ok();
    world.root("iam", "DeleteRole", json!({"RoleName": "reader"})).await.ok();
    world.role("reader", ACCOUNT, allow("sts:GetCallerIdentity")).await;
    let one = world.call("sts", "AssumeRole", session("one"), &ada).await.ok().credentials();
    assert_eq!(s3(&world, &one, "GET", "/k", "").await.status, 403);
    let shown = s3(&world, &root(), "GET", "?policy", "").await.body;
    assert!(shown.contains("\"AROA") && shown.contains(":one\""), "{shown}");
}

#[tokio::test]
async fn in_key_policies_and_grants() {
    let world = World::new().await;
    let ada = world.user("ada", None).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": user_arn("ada")}, "Action": "kms:Encrypt", "Resource": "*"},
    ]})
    .to_string();
    let made = world.root("kms", "CreateKey", json!({"Policy": policy})).await.ok();
    let key = made.text("KeyId").expect("an id");
    let grant = json!({"KeyId": key, "GranteePrincipal": user_arn("ada"), "RetiringPrincipal": user_arn("ada"),
        "Operations": ["GenerateDataKey"]});
    world.root("kms", "CreateGrant", grant.clone()).await.ok();
    let encrypt = json!({"KeyId": key, "Plaintext": "aGVsbG8="});
    let generate = json!({"KeyId": key, "KeySpec": "AES_256"});
    world.call("kms", "Encrypt", encrypt.clone(), &ada).await.ok();
    world.call("kms", "GenerateDataKey", generate.clone(), &ada).await.ok();
    let listed = world.root("kms", "ListGrants", json!({"KeyId": key})).await.ok().json();
    assert_eq!(listed["Grants"][0]["GranteePrincipal"], user_arn("ada"));
    assert_eq!(listed["Grants"][0]["RetiringPrincipal"], user_arn("ada"));
    let of = json!({"KeyId": key, "GranteePrincipal": user_arn("ada")});
    assert_eq!(
        world.root("kms", "ListGrants", of.clone()).await.ok().json()["Grants"].as_array().map(Vec::len),
        Some(1)
    );
    let shown =
        world.root("kms", "GetKeyPolicy", json!({"KeyId": key, "PolicyName": "default"})).await.ok().json();
    assert_eq!(shown["Policy"], policy);
    let ada = again(&world, "ada", &ada).await;
    world.call("kms", "Encrypt", encrypt, &ada).await.failed(400, "AccessDeniedException");
    world.call("kms", "GenerateDataKey", generate, &ada).await.failed(400, "AccessDeniedException");
    assert_eq!(
        world.root("kms", "ListGrants", of).await.ok().json()["Grants"].as_array().map(Vec::len),
        Some(0)
    );
    let listed = world.root("kms", "ListGrants", json!({"KeyId": key})).await.ok().json();
    assert!(
        listed["Grants"][0]["GranteePrincipal"].as_str().is_some_and(|id| id.starts_with("AIDA")),
        "{listed}"
    );
    let unknown = policy.replace("user/ada", "user/nobody");
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": unknown});
    world.root("kms", "PutKeyPolicy", put).await.failed(400, "MalformedPolicyDocumentException");
    let mut grant = grant;
    grant["GranteePrincipal"] = json!(user_arn("nobody"));
    world.root("kms", "CreateGrant", grant).await.failed(400, "InvalidArnException");
}

#[tokio::test]
async fn in_topic_policies() {
    let world = World::new().await;
    let other = root_of(OTHER_ACCOUNT);
    world.call("iam", "CreateUser", json!({"UserName": "eve"}), &other).await.ok();
    let inline = json!({"UserName": "eve", "PolicyName": "all", "PolicyDocument": allow("*").to_string()});
    world.call("iam", "PutUserPolicy", inline.clone(), &other).await.ok();
    let key =
        world.call("iam", "CreateAccessKey", json!({"UserName": "eve"}), &other).await.ok().credentials();
    let topic =
        world.root("sns", "CreateTopic", json!({"Name": "t"})).await.ok().text("TopicArn").expect("an ARN");
    let arn = format!("arn:aws:iam::{OTHER_ACCOUNT}:user/eve");
    let policy = |arn: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "SNS:Publish", "Resource": topic}]}).to_string()
    };
    let set =
        |policy: String| json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy});
    world.root("sns", "SetTopicAttributes", set(policy(&arn))).await.ok();
    let publish = json!({"TopicArn": topic, "Message": "hello"});
    world.call("sns", "Publish", publish.clone(), &key).await.ok();
    let shown = world.root("sns", "GetTopicAttributes", json!({"TopicArn": topic})).await.ok().body;
    assert!(shown.contains("user/eve"), "{shown}");
    let id = key.access_key_id.clone();
    world.call("iam", "DeleteAccessKey", json!({"UserName": "eve", "AccessKeyId": id}), &other).await.ok();
    world.call("iam", "DeleteUserPolicy", json!({"UserName": "eve", "PolicyName": "all"}), &other).await.ok();
    world.call("iam", "DeleteUser", json!({"UserName": "eve"}), &other).await.ok();
    world.call("iam", "CreateUser", json!({"UserName": "eve"}), &other).await.ok();
    world.call("iam", "PutUserPolicy", inline, &other).await.ok();
    let key =
        world.call("iam", "CreateAccessKey", json!({"UserName": "eve"}), &other).await.ok().credentials();
    world.call("sns", "Publish", publish, &key).await.failed(403, "AuthorizationError");
    let unknown = set(policy(&arn.replace("eve", "nobody")));
    world.root("sns", "SetTopicAttributes", unknown).await.failed(400, "InvalidParameter");
}
