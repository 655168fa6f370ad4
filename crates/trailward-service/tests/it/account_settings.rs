//! Aliases, passwords, instance profiles, service-linked roles and reports: what is kept, and what is refused.

use crate::world::{ACCOUNT, OTHER_ACCOUNT, World, allow, deny, root_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::Duration;

async fn root_ok(world: &World, operation: &str, members: Value) {
    world.root("iam", operation, members).await.ok();
}

#[tokio::test]
async fn an_alias_belongs_to_one_account() {
    let world = World::new().await;
    let other = root_of(OTHER_ACCOUNT);
    root_ok(&world, "CreateAccountAlias", json!({"AccountAlias": "acme"})).await;
    let alias = |name: &str| json!({"AccountAlias": name});
    world.call("iam", "CreateAccountAlias", alias("acme"), &other).await.failed(409, "EntityAlreadyExists");
    world.call("iam", "DeleteAccountAlias", alias("acme"), &other).await.failed(404, "NoSuchEntity");
    // Another one frees the first.
    root_ok(&world, "CreateAccountAlias", alias("acme-audit")).await;
    world.call("iam", "CreateAccountAlias", alias("acme"), &other).await.ok();
    root_ok(&world, "DeleteAccountAlias", alias("acme-audit")).await;
    let none = world.root("iam", "ListAccountAliases", json!({})).await.ok();
    assert!(!none.body.contains("acme"), "{}", none.body);
    for bad in ["ab", "Acme", "-acme", "acme-", "a--b", "a_b", &"a".repeat(64)] {
        world.root("iam", "CreateAccountAlias", alias(bad)).await.failed(400, "ValidationError");
    }
    world.root("iam", "CreateAccountAlias", alias(ACCOUNT)).await.failed(400, "InvalidInput");
}

#[tokio::test]
async fn passwords_are_checked_and_never_shown() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    let eve = world.user("eve", Some(deny("iam:ChangePassword"))).await;
    let login = |name: &str, password: &str| json!({"UserName": name, "Password": password});
    let strict = json!({
        "MinimumPasswordLength": 10, "RequireSymbols": true, "RequireNumbers": true,
        "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true,
        "AllowUsersToChangePassword": true, "MaxPasswordAge": 30, "PasswordReusePrevention": 2,
        "HardExpiry": true,
    });
    for name in ["bob", "eve"] {
        root_ok(&world, "CreateLoginProfile", login(name, "First-Word-1")).await;
    }
    let change = |old: &str, new: &str| json!({"OldPassword": old, "NewPassword": new});
    // Without the account's leave, nobody may change its own password.
    let asked = change("First-Word-1", "Other-Word-2");
    world.call("iam", "ChangePassword", asked.clone(), &bob).await.failed(403, "AccessDenied");
    world.call("iam", "GetAccountPasswordPolicy", json!({}), &bob).await.failed(403, "AccessDenied");
    root_ok(&world, "UpdateAccountPasswordPolicy", strict).await;
    world.call("iam", "GetAccountPasswordPolicy", json!({}), &bob).await.ok();
    world.call("iam", "ChangePassword", asked.clone(), &eve).await.failed(403, "AccessDenied");
    let wrong = change("first-word-1", "Other-Word-2");
    world.call("iam", "ChangePassword", wrong, &bob).await.failed(403, "AccessDenied");
    for bad in ["Short-1", "nocapital-1", "NOSMALL-123", "NoNumber-ab", "NoSymbol123", "First-Word-1"] {
        let answer = world.call("iam", "ChangePassword", change("First-Word-1", bad), &bob).await;
        answer.failed(400, "PasswordPolicyViolation");
    }
    world.call("iam", "ChangePassword", asked.clone(), &bob).await.ok();
    world.call("iam", "ChangePassword", asked, &bob).await.failed(403, "AccessDenied");
    // The last two do not come back, the one before does.
    root_ok(&world, "UpdateLoginProfile", login("bob", "Third-Word-3")).await;
    world
        .root("iam", "UpdateLoginProfile", login("bob", "Other-Word-2"))
        .await
        .failed(400, "PasswordPolicyViolation");
    root_ok(&world, "UpdateLoginProfile", login("bob", "Fourth-Word-4")).await;
    root_ok(&world, "UpdateLoginProfile", login("bob", "First-Word-1")).await;
    // Expired for good, but for an administrator.
    world.clock.advance(Duration::days(30));
    let asked = change("First-Word-1", "Sixth-Word-6");
    world.call("iam", "ChangePassword", asked, &bob).await.failed(400, "PasswordPolicyViolation");
    root_ok(&world, "UpdateLoginProfile", login("bob", "Sixth-Word-6")).await;
    for record in world.records().await {
        let text = record.to_string();
        for secret in ["-Word-", "NoSymbol123", "Short-1"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    root_ok(&world, "UpdateUser", json!({"UserName": "bob", "NewUserName": "robert"})).await;
    root_ok(&world, "GetLoginProfile", json!({"UserName": "robert"})).await;
    for bad in ["", "\u{100}bcDEF123-", &"aB1-".repeat(33)] {
        let answer = world.root("iam", "UpdateLoginProfile", login("eve", bad)).await;
        assert!(bad.is_empty() || !answer.body.contains(bad), "{}", answer.body);
        answer.failed(400, "ValidationError");
    }
    let unknown = login("nobody", "First-Word-1");
    world.root("iam", "CreateLoginProfile", unknown.clone()).await.failed(404, "NoSuchEntity");
    world.root("iam", "UpdateLoginProfile", unknown).await.failed(404, "NoSuchEntity");
}

#[tokio::test]
async fn service_linked_roles_are_nobodys_to_change() {
    let world = World::new().await;
    let service = json!({"AWSServiceName": "cloudtrail.amazonaws.com"});
    let bob = world.user("bob", Some(allow("iam:CreateRole"))).await;
    world.call("iam", "CreateServiceLinkedRole", service.clone(), &bob).await.failed(403, "AccessDenied");
    root_ok(&world, "CreateServiceLinkedRole", service).await;
    let name = "AWSServiceRoleForCloudTrail";
    let policy = allow("*").to_string();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let own = "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy";
    let trust = crate::world::allow_principal(ACCOUNT).to_string();
    let refused = [
        ("DeleteRole", json!({"RoleName": name})),
        ("UpdateAssumeRolePolicy", json!({"RoleName": name, "PolicyDocument": trust})),
        ("AttachRolePolicy", json!({"RoleName": name, "PolicyArn": admin})),
        ("DetachRolePolicy", json!({"RoleName": name, "PolicyArn": own})),
        ("PutRolePolicy", json!({"RoleName": name, "PolicyName": "more", "PolicyDocument": policy})),
        ("DeleteRolePolicy", json!({"RoleName": name, "PolicyName": "more"})),
        ("PutRolePermissionsBoundary", json!({"RoleName": name, "PermissionsBoundary": admin})),
        ("DeleteRolePermissionsBoundary", json!({"RoleName": name})),
        ("UpdateRole", json!({"RoleName": name, "MaxSessionDuration": 7_200})),
        ("AddRoleToInstanceProfile", json!({"InstanceProfileName": "web", "RoleName": name})),
    ];
    root_ok(&world, "CreateInstanceProfile", json!({"InstanceProfileName": "web"})).await;
    for (operation, members) in refused {
        world.root("iam", operation, members).await.failed(400, "UnmodifiableEntity");
    }
    root_ok(&world, "UpdateRole", json!({"RoleName": name, "Description": "trails"})).await;
    let attach = json!({"UserName": "bob", "PolicyArn": own});
    world.root("iam", "AttachUserPolicy", attach).await.failed(400, "PolicyNotAttachable");
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/cloudtrail.amazonaws.com/{name}");
    let assume = json!({"RoleArn": arn, "RoleSessionName": "work"});
    let eve = world.user("eve", Some(allow("*"))).await;
    world.call("sts", "AssumeRole", assume, &eve).await.failed(403, "AccessDenied");
    let task = world.root("iam", "DeleteServiceLinkedRole", json!({"RoleName": name})).await.ok();
    let task = json!({"DeletionTaskId": task.text("DeletionTaskId").unwrap()});
    let status = world.root("iam", "GetServiceLinkedRoleDeletionStatus", task.clone()).await.ok();
    assert_eq!(status.text("Status").as_deref(), Some("SUCCEEDED"));
    let stranger = root_of(OTHER_ACCOUNT);
    world
        .call("iam", "GetServiceLinkedRoleDeletionStatus", task, &stranger)
        .await
        .failed(404, "NoSuchEntity");
    let no_task = json!({"DeletionTaskId": "nothing"});
    world.root("iam", "GetServiceLinkedRoleDeletionStatus", no_task).await.failed(400, "InvalidInput");
    world.root("iam", "GetRole", json!({"RoleName": name})).await.failed(404, "NoSuchEntity");
    world.root("iam", "DeleteServiceLinkedRole", json!({"RoleName": name})).await.failed(404, "NoSuchEntity");
}

#[tokio::test]
async fn the_credential_report_tells_who_has_what() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("sts:*"))).await;
    let policy = json!({"MaxPasswordAge": 10});
    root_ok(&world, "UpdateAccountPasswordPolicy", policy).await;
    root_ok(&world, "CreateUser", json!({"UserName": "ann,e"})).await;
    root_ok(&world, "CreateLoginProfile", json!({"UserName": "ann,e", "Password": "First-Word-1"})).await;
    world.device("bob").await;
    world.call("sts", "GetCallerIdentity", json!({}), &bob).await.ok();
    root_ok(&world, "GenerateCredentialReport", json!({})).await;
    let report = world.root("iam", "GetCredentialReport", json!({})).await.ok();
    let text = String::from_utf8(STANDARD.decode(report.text("Content").unwrap()).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0].split(',').count(), 22);
    assert!(lines[1].starts_with(&format!("<root_account>,arn:aws:iam::{ACCOUNT}:root,")), "{text}");
    let made = "2026-01-02T03:04:05+00:00";
    let anne = format!(
        "\"ann,e\",\"arn:aws:iam::{ACCOUNT}:user/ann,e\",{made},true,no_information,{made},2026-01-12T03:04:05+00:00,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
    );
    assert_eq!(lines[2], anne);
    let bobs = format!(
        "bob,arn:aws:iam::{ACCOUNT}:user/bob,{made},false,N/A,N/A,N/A,true,true,{made},{made},us-east-1,sts,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
    );
    assert_eq!(lines[3], bobs);
    // It stays as it is for four hours.
    root_ok(&world, "CreateUser", json!({"UserName": "carol"})).await;
    world.clock.advance(Duration::hours(4) - Duration::SECOND);
    root_ok(&world, "GenerateCredentialReport", json!({})).await;
    let again = world.root("iam", "GetCredentialReport", json!({})).await.ok();
    assert_eq!(again.text("Content"), report.text("Content"));
    world.clock.advance(Duration::SECOND);
    world.root("iam", "GetCredentialReport", json!({})).await.failed(410, "ReportExpired");
    root_ok(&world, "GenerateCredentialReport", json!({})).await;
    let new = world.root("iam", "GetCredentialReport", json!({})).await.ok();
    assert_ne!(new.text("Content"), report.text("Content"));
    let stranger = root_of(OTHER_ACCOUNT);
    world.call("iam", "GetCredentialReport", json!({}), &stranger).await.failed(410, "ReportNotPresent");
}
