//! Session tags, source identity and federated users: who may give them, and what policies make of them.

use crate::world::{ACCOUNT, World, allow};
use serde_json::{Value, json};
use trailward_wire::sigv4::Credentials;

/// A role that everybody in the account may ask for, with more actions in its trust policy.
async fn role(world: &World, name: &str, trusted: &[&str], tags: Value, policy: Value) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": trusted,
    }});
    let members = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string(), "Tags": tags});
    let made = world.root("iam", "CreateRole", members).await.ok();
    let members = json!({"RoleName": name, "PolicyName": "inline", "PolicyDocument": policy.to_string()});
    world.root("iam", "PutRolePolicy", members).await.ok();
    made.text("Arn").expect("an ARN")
}

/// Everything of STS, and `iam:ListUsers` for whom `key` of the session is `value`.
fn tagged(key: &str, value: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
         "Condition": {"StringEquals": {key: value}}},
    ]})
}

async fn lists_users(world: &World, who: &Credentials) -> bool {
    world.call("iam", "ListUsers", json!({}), who).await.status == 200
}

const ALL: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

#[tokio::test]
async fn session_tags_override_the_roles_and_transitive_ones_travel_on() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:*"))).await;
    let blue = tagged("aws:PrincipalTag/team", "blue");
    let own = json!([{"Key": "Team", "Value": "red"}, {"Key": "Site", "Value": "north"}]);
    let first = role(&world, "first", &ALL, own, blue.clone()).await;
    let second = role(&world, "second", &ALL, json!([]), blue).await;
    let third = role(&world, "third", &["sts:AssumeRole"], json!([]), allow("iam:ListUsers")).await;
    let assume = |role: &str, more: Value| {
        let mut members = json!({"RoleArn": role, "RoleSessionName": "work"});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    let plain = world.call("sts", "AssumeRole", assume(&first, json!({})), &bob).await.ok().credentials();
    assert!(!lists_users(&world, &plain).await);
    let team = json!([{"Key": "team", "Value": "blue"}]);
    let asked = assume(&first, json!({"Tags": team}));
    let still = world.call("sts", "AssumeRole", asked, &bob).await.ok().credentials();
    assert!(lists_users(&world, &still).await);
    // Not transitive: the next session does not have it.
    let next = world.call("sts", "AssumeRole", assume(&second, json!({})), &still).await.ok().credentials();
    assert!(!lists_users(&world, &next).await);
    let asked = assume(&first, json!({"Tags": team, "TransitiveTagKeys": ["TEAM"]}));
    let passing = world.call("sts", "AssumeRole", asked, &bob).await.ok().credentials();
    let next = world.call("sts", "AssumeRole", assume(&second, json!({})), &passing).await.ok().credentials();
    assert!(lists_users(&world, &next).await);
    // Overriding it fails, and so does a role that does not let tags in.
    let asked = assume(&second, json!({"Tags": [{"Key": "Team", "Value": "red"}]}));
    world.call("sts", "AssumeRole", asked, &passing).await.failed(400, "InvalidParameterValue");
    let refused = world.call("sts", "AssumeRole", assume(&third, json!({})), &passing).await;
    assert!(refused.body.contains("sts:TagSession"), "{}", refused.body);
    refused.failed(403, "AccessDenied");
    world.call("sts", "AssumeRole", assume(&third, json!({})), &still).await.ok();
}

#[tokio::test]
async fn trust_policies_see_the_tags_and_callers_need_the_permission() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:*"))).await;
    let eve = world.user("eve", Some(allow("sts:AssumeRole"))).await;
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:TagSession", "Condition": {
            "StringLike": {"aws:RequestTag/Team": "*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"], "sts:TransitiveTagKeys": ["Team"]},
        }},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:SetSourceIdentity",
         "Condition": {"StringEquals": {"sts:SourceIdentity": ["bob"]}}},
    ]});
    let members = json!({"RoleName": "reader", "AssumeRolePolicyDocument": trust.to_string()});
    let arn = world.root("iam", "CreateRole", members).await.ok().text("Arn").unwrap();
    let asked = |more: Value| {
        let mut members = json!({"RoleArn": arn, "RoleSessionName": "work"});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    let team = json!({"Key": "Team", "Value": "blue"});
    let good = [
        json!({"Tags": [team]}),
        json!({"Tags": [team], "TransitiveTagKeys": ["Team"]}),
        json!({"SourceIdentity": "bob"}),
    ];
    for more in &good {
        world.call("sts", "AssumeRole", asked(more.clone()), &bob).await.ok();
        world.call("sts", "AssumeRole", asked(more.clone()), &eve).await.failed(403, "AccessDenied");
    }
    world.call("sts", "AssumeRole", asked(json!({})), &eve).await.ok();
    let bad = [
        json!({"Tags": [{"Key": "Stage", "Value": "dev"}]}),
        json!({"Tags": [team, {"Key": "Stage", "Value": "dev"}]}),
        json!({"SourceIdentity": "carol"}),
    ];
    for more in bad {
        world.call("sts", "AssumeRole", asked(more), &bob).await.failed(403, "AccessDenied");
    }
    let refused = [
        (json!({"Tags": [team, {"Key": "team", "Value": "x"}]}), "InvalidParameterValue"),
        (json!({"TransitiveTagKeys": ["Team"]}), "InvalidParameterValue"),
        (json!({"Tags": [{"Key": "aws:x", "Value": "x"}]}), "InvalidParameterValue"),
        (json!({"SourceIdentity": "b"}), "ValidationError"),
        (json!({"SourceIdentity": "a:b"}), "ValidationError"),
    ];
    for (more, code) in refused {
        world.call("sts", "AssumeRole", asked(more), &bob).await.failed(400, code);
    }
    let large: Vec<Value> =
        (0..20).map(|n| json!({"Key": format!("k{n}"), "Value": "x".repeat(256)})).collect();
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"],
    }});
    let members = json!({"RoleName": "reader", "PolicyDocument": trust.to_string()});
    world.root("iam", "UpdateAssumeRolePolicy", members).await.ok();
    let too_large = world.call("sts", "AssumeRole", asked(json!({"Tags": large})), &bob).await;
    assert!(too_large.body.contains("Packed size of session tags consumes"), "{}", too_large.body);
    too_large.failed(400, "PackedPolicyTooLarge");
    // The largest that is let in makes a token that works.
    let session = world.call("sts", "AssumeRole", asked(json!({"Tags": large[..15]})), &bob).await.ok();
    world.call("sts", "GetCallerIdentity", json!({}), &session.credentials()).await.ok();
}

#[tokio::test]
async fn the_source_identity_stays_and_is_recorded() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:*"))).await;
    let policy = tagged("aws:SourceIdentity", "bob.b");
    let first = role(&world, "first", &ALL, json!([]), policy.clone()).await;
    let second = role(&world, "second", &ALL, json!([]), policy).await;
    let third = role(&world, "third", &["sts:AssumeRole"], json!([]), allow("iam:*")).await;
    let members = json!({"RoleArn": first, "RoleSessionName": "work", "SourceIdentity": "bob.b"});
    let answer = world.call("sts", "AssumeRole", members, &bob).await.ok();
    assert_eq!(answer.text("SourceIdentity").as_deref(), Some("bob.b"));
    let chained = json!({"RoleArn": second, "RoleSessionName": "more"});
    let answer = world.call("sts", "AssumeRole", chained, &answer.credentials()).await.ok();
    assert_eq!(answer.text("SourceIdentity").as_deref(), Some("bob.b"));
    let session = answer.credentials();
    assert!(lists_users(&world, &session).await);
    let record = world.last_record().await;
    assert_eq!(record["userIdentity"]["sessionContext"]["sourceIdentity"], "bob.b");
    let other = json!({"RoleArn": second, "RoleSessionName": "more", "SourceIdentity": "mallory"});
    world.call("sts", "AssumeRole", other, &session).await.failed(400, "ValidationError");
    let closed = json!({"RoleArn": third, "RoleSessionName": "more"});
    let refused = world.call("sts", "AssumeRole", closed, &session).await;
    assert!(refused.body.contains("sts:SetSourceIdentity"), "{}", refused.body);
    refused.failed(403, "AccessDenied");
}

#[tokio::test]
async fn federated_users_may_what_both_policies_allow() {
    let world = World::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sts:*", "iam:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "cloudtrail:Describe*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}},
    ]});
    let bob = world.user("bob", Some(policy)).await;
    let ask = |more: Value| {
        let mut members = json!({"Name": "visitor"});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    let both = allow("cloudtrail:*").to_string();
    let tags = json!([{"Key": "team", "Value": "blue"}]);
    let cases = [
        (json!({}), false),
        (json!({"Tags": tags}), false),
        (json!({"Policy": both}), false),
        (json!({"Policy": both, "Tags": tags}), true),
        (json!({"Policy": allow("kms:*").to_string(), "Tags": tags}), false),
        (
            json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess"}], "Tags": tags}),
            true,
        ),
    ];
    for (more, may) in cases {
        let visitor =
            world.call("sts", "GetFederationToken", ask(more.clone()), &bob).await.ok().credentials();
        let answer = world.call("cloudtrail", "DescribeTrails", json!({}), &visitor).await;
        assert_eq!(answer.status == 200, may, "{more}: {}", answer.body);
        if may {
            // Neither what the session policy allows alone, nor IAM, nor more sessions.
            world
                .call("cloudtrail", "ListTrails", json!({}), &visitor)
                .await
                .failed(400, "AccessDeniedException");
        }
        world.call("iam", "ListUsers", json!({}), &visitor).await.failed(403, "InvalidClientTokenId");
        world.call("sts", "GetCallerIdentity", json!({}), &visitor).await.ok();
        for operation in ["GetFederationToken", "GetSessionToken"] {
            world.call("sts", operation, ask(json!({})), &visitor).await.failed(403, "AccessDenied");
        }
        let role = json!({"RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/any"), "RoleSessionName": "work"});
        world.call("sts", "AssumeRole", role, &visitor).await.failed(403, "AccessDenied");
        let id = json!({"AccessKeyId": bob.access_key_id});
        world.call("sts", "GetAccessKeyInfo", id, &visitor).await.failed(403, "AccessDenied");
    }
    let visitor = world.call("sts", "GetFederationToken", ask(json!({})), &bob).await.ok().credentials();
    world.call("sts", "GetCallerIdentity", json!({}), &visitor).await.ok();
    let record = world.last_record().await;
    let identity = &record["userIdentity"];
    assert_eq!(identity["type"], "FederatedUser");
    assert_eq!(identity["arn"], format!("arn:aws:sts::{ACCOUNT}:federated-user/visitor"));
    assert_eq!(identity["principalId"], format!("{ACCOUNT}:visitor"));
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["type"], "IAMUser");
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["userName"], "bob");
    // Root's last an hour at most, and are not root.
    let members = ask(json!({"DurationSeconds": 129_600, "Policy": both}));
    let made = world.root("sts", "GetFederationToken", members).await.ok();
    assert!(made.text("Expiration").unwrap().ends_with("T04:04:05Z"), "{}", made.body);
    world.call("cloudtrail", "ListTrails", json!({}), &made.credentials()).await.ok();
    world.call("kms", "ListKeys", json!({}), &made.credentials()).await.failed(400, "AccessDeniedException");
    let made = world.root("sts", "GetSessionToken", json!({"DurationSeconds": 7_200})).await.ok();
    assert!(made.text("Expiration").unwrap().ends_with("T04:04:05Z"), "{}", made.body);
    for seconds in [899, 129_601] {
        let members = ask(json!({"DurationSeconds": seconds}));
        world.call("sts", "GetFederationToken", members, &bob).await.failed(400, "ValidationError");
    }
    let members = ask(json!({"Policy": "{}"}));
    world.call("sts", "GetFederationToken", members, &bob).await.failed(400, "MalformedPolicyDocument");
    // The session ends with its user.
    for (operation, members) in [
        ("DeleteAccessKey", json!({"UserName": "bob", "AccessKeyId": bob.access_key_id})),
        ("DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "inline"})),
        ("DeleteUser", json!({"UserName": "bob"})),
    ] {
        world.root("iam", operation, members).await.ok();
    }
    world.call("sts", "GetCallerIdentity", json!({}), &visitor).await.failed(403, "InvalidClientTokenId");
}
