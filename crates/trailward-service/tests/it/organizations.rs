//! The rules of organizations: who may do what, what is refused, and under which names.

use crate::control_policies::{Organization, member};
use crate::world::{ACCOUNT, OTHER_ACCOUNT, World, allow};
use serde_json::{Value, json};
use time::Duration;

#[tokio::test]
async fn members_see_the_organization_and_nothing_else() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let call = async |operation: &str, members: Value| {
        world.call("organizations", operation, members, &member()).await
    };
    let seen = call("DescribeOrganization", json!({})).await.ok();
    assert_eq!(seen.text("Id").unwrap(), organization.id);
    let account = json!({"AccountId": OTHER_ACCOUNT});
    let service = json!({"ServicePrincipal": "cloudtrail.amazonaws.com"});
    let both = json!({"AccountId": OTHER_ACCOUNT, "ServicePrincipal": "cloudtrail.amazonaws.com"});
    let root = &organization.root;
    let type_of = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    let changes = [
        ("CloseAccount", account.clone()),
        ("RemoveAccountFromOrganization", account.clone()),
        ("EnableAWSServiceAccess", service.clone()),
        ("DisableAWSServiceAccess", service),
        ("RegisterDelegatedAdministrator", both.clone()),
        ("DeregisterDelegatedAdministrator", both),
        ("EnablePolicyType", type_of.clone()),
        ("DisablePolicyType", type_of),
        ("DeleteOrganization", json!({})),
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "x"})),
        ("TagResource", json!({"ResourceId": root, "Tags": [{"Key": "a", "Value": "b"}]})),
        ("InviteAccountToOrganization", json!({"Target": {"Type": "ACCOUNT", "Id": ACCOUNT}})),
        ("AttachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": root})),
        ("DetachPolicy", json!({"PolicyId": "p-FullAWSAccess", "TargetId": root})),
    ];
    let reads = [
        ("ListAccounts", json!({})),
        ("ListRoots", json!({})),
        ("DescribeAccount", account),
        ("ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})),
        ("DescribePolicy", json!({"PolicyId": "p-FullAWSAccess"})),
        ("ListHandshakesForOrganization", json!({})),
        ("ListAWSServiceAccessForOrganization", json!({})),
        ("ListDelegatedAdministrators", json!({})),
        ("ListTagsForResource", json!({"ResourceId": root})),
        ("ListChildren", json!({"ParentId": root, "ChildType": "ACCOUNT"})),
    ];
    for (operation, members) in changes.iter().chain(&reads) {
        let answer = call(operation, members.clone()).await;
        let answer = answer.failed(400, "AccessDeniedException");
        assert_eq!(answer.message(), "You don't have permissions to access this resource.", "{operation}");
    }
    // A delegated administrator reads everything and changes nothing.
    let trust = json!({"ServicePrincipal": "cloudtrail.amazonaws.com"});
    organization.manage("EnableAWSServiceAccess", trust).await.ok();
    let delegate = json!({"AccountId": OTHER_ACCOUNT, "ServicePrincipal": "cloudtrail.amazonaws.com"});
    organization.manage("RegisterDelegatedAdministrator", delegate.clone()).await.ok();
    for (operation, members) in &reads {
        call(operation, members.clone()).await.ok();
    }
    for (operation, members) in &changes {
        call(operation, members.clone()).await.failed(400, "AccessDeniedException");
    }
    // It can neither leave nor be closed, and its service keeps its trust.
    for (operation, members) in [
        ("RemoveAccountFromOrganization", json!({"AccountId": OTHER_ACCOUNT})),
        ("CloseAccount", json!({"AccountId": OTHER_ACCOUNT})),
        ("DisableAWSServiceAccess", json!({"ServicePrincipal": "cloudtrail.amazonaws.com"})),
    ] {
        organization.manage(operation, members).await.failed(400, "ConstraintViolationException");
    }
    call("LeaveOrganization", json!({})).await.failed(400, "ConstraintViolationException");
    let again = organization.manage("RegisterDelegatedAdministrator", delegate.clone()).await;
    again.failed(400, "AccountAlreadyRegisteredException");
    organization.manage("DeregisterDelegatedAdministrator", delegate.clone()).await.ok();
    let again = organization.manage("DeregisterDelegatedAdministrator", delegate).await;
    again.failed(400, "AccountNotRegisteredException");
    call("LeaveOrganization", json!({})).await.ok();
    call("DescribeOrganization", json!({})).await.failed(400, "AWSOrganizationsNotInUseException");
}

#[tokio::test]
async fn policies_of_the_caller_decide_on_the_things_themselves() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let unit = organization.unit(&organization.root, "workloads").await;
    organization.enable("SERVICE_CONTROL_POLICY").await;
    let content = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}});
    let policy = organization.policy("SERVICE_CONTROL_POLICY", "guard", &content.to_string()).await;
    organization.attach(&policy, &unit).await;
    let guarded = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "organizations:*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["organizations:DetachPolicy", "organizations:UpdatePolicy"],
         "Resource": format!("arn:aws:organizations::{ACCOUNT}:policy/{}/service_control_policy/{policy}", organization.id)},
        {"Effect": "Deny", "Action": "organizations:AttachPolicy",
         "Resource": format!("arn:aws:organizations::{ACCOUNT}:root/{}/{}", organization.id, organization.root)}]});
    let bob = world.user("bob", Some(guarded)).await;
    let call =
        async |operation: &str, members: Value| world.call("organizations", operation, members, &bob).await;
    let on_unit = json!({"PolicyId": policy, "TargetId": unit});
    call("DetachPolicy", on_unit.clone()).await.failed(400, "AccessDeniedException");
    call("UpdatePolicy", json!({"PolicyId": policy, "Name": "x"})).await.failed(400, "AccessDeniedException");
    let on_root = json!({"PolicyId": policy, "TargetId": organization.root});
    let answer = call("AttachPolicy", on_root).await.failed(400, "AccessDeniedException");
    assert!(
        answer.message().contains(&organization.root),
        "the target is a resource too: {}",
        answer.message()
    );
    call("AttachPolicy", json!({"PolicyId": policy, "TargetId": OTHER_ACCOUNT})).await.ok();
    organization.manage("DetachPolicy", on_unit).await.ok();
    let alice = world.user("alice", Some(allow("organizations:Describe*"))).await;
    world.call("organizations", "DescribeOrganization", json!({}), &alice).await.ok();
    let denied = world.call("organizations", "ListAccounts", json!({}), &alice).await;
    assert!(denied.failed(400, "AccessDeniedException").message().contains("no identity-based policy"));
}

#[tokio::test]
async fn limits_of_the_tree() {
    let organization = Organization::new().await;
    let mut parent = organization.root.clone();
    for level in 0..5 {
        parent = organization.unit(&parent, &format!("level-{level}")).await;
    }
    let sixth = json!({"ParentId": parent, "Name": "level-5"});
    let answer = organization.manage("CreateOrganizationalUnit", sixth).await;
    assert_eq!(
        answer.failed(400, "ConstraintViolationException").text("Reason").unwrap(),
        "OU_DEPTH_LIMIT_EXCEEDED"
    );
    organization.enable("SERVICE_CONTROL_POLICY").await;
    let content = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}});
    for n in 0..4 {
        let policy =
            organization.policy("SERVICE_CONTROL_POLICY", &format!("p{n}"), &content.to_string()).await;
        organization.attach(&policy, &organization.root).await;
        let twice = json!({"PolicyId": policy, "TargetId": organization.root});
        organization.manage("AttachPolicy", twice).await.failed(400, "DuplicatePolicyAttachmentException");
    }
    let fifth = organization.policy("SERVICE_CONTROL_POLICY", "p4", &content.to_string()).await;
    let members = json!({"PolicyId": fifth, "TargetId": organization.root});
    let answer =
        organization.manage("AttachPolicy", members).await.failed(400, "ConstraintViolationException");
    assert_eq!(answer.text("Reason").unwrap(), "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
    let policy = |content: String, kind: &str| json!({"Name": "x", "Description": "", "Type": kind, "Content": content});
    let long =
        content.to_string().replace("cloudtrail:StopLogging", &format!("cloudtrail:{}", "a".repeat(5_200)));
    let answer = organization.manage("CreatePolicy", policy(long, "SERVICE_CONTROL_POLICY")).await;
    assert_eq!(
        answer.failed(400, "ConstraintViolationException").text("Reason").unwrap(),
        "POLICY_CONTENT_LIMIT_EXCEEDED"
    );
    // Resource control policies only deny, name everybody, and name their services.
    for (effect, principal, action, good) in [
        ("Deny", "*", "s3:*", true),
        ("Allow", "*", "s3:*", false),
        ("Deny", OTHER_ACCOUNT, "s3:*", false),
        ("Deny", "*", "*", false),
    ] {
        let content = json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Principal": principal,
            "Action": action, "Resource": "*"}});
        let answer =
            organization.manage("CreatePolicy", policy(content.to_string(), "RESOURCE_CONTROL_POLICY")).await;
        if good {
            answer.ok();
        } else {
            answer.failed(400, "MalformedPolicyDocumentException");
        }
    }
    organization.enable("RESOURCE_CONTROL_POLICY").await;
    let members = json!({"PolicyId": "p-RCPFullAWSAccess", "TargetId": organization.root});
    let answer = organization.manage("DetachPolicy", members).await.failed(400, "InvalidInputException");
    assert_eq!(answer.text("Reason").unwrap(), "NON_DETACHABLE_POLICY");
    let members = json!({"PolicyId": "p-FullAWSAccess", "Name": "mine"});
    let answer = organization.manage("UpdatePolicy", members).await.failed(400, "InvalidInputException");
    assert_eq!(answer.text("Reason").unwrap(), "IMMUTABLE_POLICY");
}

#[tokio::test]
async fn without_all_features_there_are_no_policies() {
    let world = World::new().await;
    let call = async |operation: &str, members: Value| world.root("organizations", operation, members).await;
    call("CreateOrganization", json!({"FeatureSet": "CONSOLIDATED_BILLING"})).await.ok();
    let root = call("ListRoots", json!({})).await.ok().text("Id").unwrap();
    let members = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    call("EnablePolicyType", members).await.failed(400, "PolicyTypeNotAvailableForOrganizationException");
    for (operation, members) in [
        ("EnableAWSServiceAccess", json!({"ServicePrincipal": "cloudtrail.amazonaws.com"})),
        ("CloseAccount", json!({"AccountId": ACCOUNT})),
        ("ListDelegatedAdministrators", json!({})),
    ] {
        let answer = call(operation, members).await.failed(400, "ConstraintViolationException");
        assert_eq!(answer.text("Reason").unwrap(), "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "{operation}");
    }
    world.bucket("logs").await;
    let trail = json!({"Name": "main", "S3BucketName": "logs", "IsOrganizationTrail": true});
    let answer = world.root("cloudtrail", "CreateTrail", trail).await;
    answer.failed(400, "OrganizationNotInAllFeaturesModeException");
}

#[tokio::test]
async fn invitations_are_answered_once_and_in_time() {
    let world = World::new().await;
    let manage =
        async |operation: &str, members: Value| world.root("organizations", operation, members).await;
    manage("CreateOrganization", json!({})).await.ok();
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": OTHER_ACCOUNT}});
    let invite = async || manage("InviteAccountToOrganization", target.clone()).await;
    let answer = async |operation: &str, id: &str| {
        world.call("organizations", operation, json!({"HandshakeId": id}), &member()).await
    };
    let first = invite().await.ok().text("Id").unwrap();
    invite().await.failed(400, "DuplicateHandshakeException");
    // Nobody but the invited account answers; nobody but the organization takes it back.
    manage("AcceptHandshake", json!({"HandshakeId": first})).await.failed(400, "HandshakeNotFoundException");
    answer("CancelHandshake", &first).await.failed(400, "HandshakeNotFoundException");
    answer("DeclineHandshake", &first).await.ok();
    answer("DeclineHandshake", &first).await.failed(400, "HandshakeAlreadyInStateException");
    answer("AcceptHandshake", &first).await.failed(400, "InvalidHandshakeTransitionException");
    let second = invite().await.ok().text("Id").unwrap();
    manage("CancelHandshake", json!({"HandshakeId": second})).await.ok();
    answer("AcceptHandshake", &second).await.failed(400, "InvalidHandshakeTransitionException");
    let third = invite().await.ok().text("Id").unwrap();
    world.clock.advance(Duration::days(15));
    answer("AcceptHandshake", &third).await.failed(400, "InvalidHandshakeTransitionException");
    let seen = answer("DescribeHandshake", &third).await.ok();
    assert_eq!(seen.text("State").unwrap(), "EXPIRED");
    let fourth = invite().await.ok().text("Id").unwrap();
    answer("AcceptHandshake", &fourth).await.ok();
    let answer = invite().await.failed(400, "HandshakeConstraintViolationException");
    assert_eq!(answer.text("Reason").unwrap(), "ALREADY_IN_AN_ORGANIZATION");
    world
        .call("organizations", "CreateOrganization", json!({}), &member())
        .await
        .failed(400, "AlreadyInOrganizationException");
    for (target, reason) in [
        (json!({"Type": "ACCOUNT", "Id": "999999999999"}), "INVALID_PARTY_TYPE_TARGET"),
        (json!({"Type": "ACCOUNT", "Id": "x"}), "INVALID_PATTERN"),
        (json!({"Type": "EMAIL", "Id": "nobody@example.com"}), "INVALID_EMAIL_ADDRESS_TARGET"),
        (json!({"Type": "ORGANIZATION", "Id": "o-1234567890"}), "INVALID_PARTY_TYPE_TARGET"),
    ] {
        let answer = manage("InviteAccountToOrganization", json!({"Target": target})).await;
        assert_eq!(answer.failed(400, "InvalidInputException").text("Reason").unwrap(), reason);
    }
}

#[tokio::test]
async fn a_created_account_is_the_managements_to_administer() {
    let organization = Organization::new().await;
    let world = &organization.world;
    let members = json!({"Email": "logs@example.com", "AccountName": "logs", "RoleName": "Admin"});
    let account = organization.manage("CreateAccount", members).await.ok().text("AccountId").unwrap();
    let records = world.records().await;
    let [result, call] = &records[records.len() - 2..] else { panic!("two records") };
    assert_eq!(
        (&result["eventName"], &call["eventName"]),
        (&json!("CreateAccountResult"), &json!("CreateAccount"))
    );
    assert_eq!(result["eventType"], "AwsServiceEvent");
    assert_eq!(result["recipientAccountId"], ACCOUNT);
    let status = &result["serviceEventDetails"]["createAccountStatus"];
    assert_eq!((&status["state"], &status["accountId"]), (&json!("SUCCEEDED"), &json!(account)));
    assert!(!result.to_string().contains("logs"), "names are hidden: {result}");
    let role = json!({"RoleArn": format!("arn:aws:iam::{account}:role/Admin"), "RoleSessionName": "bob"});
    let bob = world.user("bob", Some(allow("sts:AssumeRole"))).await;
    let session = world.call("sts", "AssumeRole", role.clone(), &bob).await.ok().credentials();
    let identity = world.call("sts", "GetCallerIdentity", json!({}), &session).await.ok();
    assert_eq!(identity.text("Account").unwrap(), account);
    world.call("iam", "CreateUser", json!({"UserName": "eve"}), &session).await.ok();
    // Another member may not, and neither may a user of the management account without the permission.
    let call =
        async |operation: &str, members: Value| world.call("iam", operation, members, &member()).await.ok();
    call("CreateUser", json!({"UserName": "mallory"})).await;
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    call("AttachUserPolicy", json!({"UserName": "mallory", "PolicyArn": arn})).await;
    let mallory = call("CreateAccessKey", json!({"UserName": "mallory"})).await.credentials();
    world.call("sts", "AssumeRole", role.clone(), &mallory).await.failed(403, "AccessDenied");
    let alice = world.user("alice", None).await;
    world.call("sts", "AssumeRole", role, &alice).await.failed(403, "AccessDenied");
    for (members, reason) in [
        (json!({"Email": "x", "AccountName": "x"}), "MIN_LENGTH_EXCEEDED"),
        (json!({"Email": "no-address", "AccountName": "x"}), "INVALID_PATTERN"),
        (json!({"Email": "a@example.com", "AccountName": ""}), "MIN_LENGTH_EXCEEDED"),
        (json!({"Email": "a@example.com", "AccountName": "ü"}), "INVALID_PATTERN"),
        (json!({"Email": "a@example.com", "AccountName": "a", "RoleName": "a b"}), "INVALID_PATTERN"),
        (
            json!({"Email": "a@example.com", "AccountName": "a", "IamUserAccessToBilling": "NO"}),
            "INVALID_ENUM",
        ),
        (
            json!({"Email": "a@example.com", "AccountName": "a", "Tags": [{"Key": "aws:x", "Value": ""}]}),
            "INVALID_SYSTEM_TAGS_PARAMETER",
        ),
    ] {
        let answer = organization.manage("CreateAccount", members).await.failed(400, "InvalidInputException");
        assert_eq!(answer.text("Reason").unwrap(), reason);
    }
}

#[tokio::test]
async fn what_is_not_there_is_missed_by_its_name() {
    let organization = Organization::new().await;
    let root = &organization.root;
    for (operation, members, code) in [
        ("DescribeAccount", json!({"AccountId": "999999999999"}), "AccountNotFoundException"),
        ("DescribeAccount", json!({"AccountId": "9"}), "InvalidInputException"),
        ("DescribeAccount", json!({}), "InvalidInputException"),
        ("DescribePolicy", json!({"PolicyId": "p-1234567890"}), "PolicyNotFoundException"),
        (
            "DescribeOrganizationalUnit",
            json!({"OrganizationalUnitId": "ou-abcd-12345678"}),
            "OrganizationalUnitNotFoundException",
        ),
        ("ListChildren", json!({"ParentId": "r-zzzz", "ChildType": "ACCOUNT"}), "ParentNotFoundException"),
        ("ListChildren", json!({"ParentId": root, "ChildType": "PET"}), "InvalidInputException"),
        ("ListParents", json!({"ChildId": "999999999999"}), "ChildNotFoundException"),
        (
            "EnablePolicyType",
            json!({"RootId": "r-zzzz", "PolicyType": "SERVICE_CONTROL_POLICY"}),
            "RootNotFoundException",
        ),
        ("EnablePolicyType", json!({"RootId": root, "PolicyType": "PET_POLICY"}), "InvalidInputException"),
        (
            "DisablePolicyType",
            json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}),
            "PolicyTypeNotEnabledException",
        ),
        (
            "AttachPolicy",
            json!({"PolicyId": "p-FullAWSAccess", "TargetId": "999999999999"}),
            "TargetNotFoundException",
        ),
        (
            "DetachPolicy",
            json!({"PolicyId": "p-FullAWSAccess", "TargetId": root}),
            "PolicyNotAttachedException",
        ),
        (
            "MoveAccount",
            json!({"AccountId": OTHER_ACCOUNT, "SourceParentId": "ou-abcd-12345678", "DestinationParentId": root}),
            "SourceParentNotFoundException",
        ),
        (
            "MoveAccount",
            json!({"AccountId": OTHER_ACCOUNT, "SourceParentId": root, "DestinationParentId": "ou-abcd-12345678"}),
            "DestinationParentNotFoundException",
        ),
        (
            "MoveAccount",
            json!({"AccountId": OTHER_ACCOUNT, "SourceParentId": root, "DestinationParentId": root}),
            "DuplicateAccountException",
        ),
        ("DescribeHandshake", json!({"HandshakeId": "h-1234567890"}), "HandshakeNotFoundException"),
        (
            "DescribeCreateAccountStatus",
            json!({"CreateAccountRequestId": "car-1234567890"}),
            "CreateAccountStatusNotFoundException",
        ),
        ("EnableAWSServiceAccess", json!({"ServicePrincipal": "pets.example.com"}), "InvalidInputException"),
        (
            "RegisterDelegatedAdministrator",
            json!({"AccountId": ACCOUNT, "ServicePrincipal": "cloudtrail.amazonaws.com"}),
            "ConstraintViolationException",
        ),
        (
            "RegisterDelegatedAdministrator",
            json!({"AccountId": OTHER_ACCOUNT, "ServicePrincipal": "cloudtrail.amazonaws.com"}),
            "ConstraintViolationException",
        ),
        (
            "ListDelegatedServicesForAccount",
            json!({"AccountId": OTHER_ACCOUNT}),
            "AccountNotRegisteredException",
        ),
        ("TagResource", json!({"ResourceId": "ou-abcd-12345678", "Tags": []}), "TargetNotFoundException"),
        ("ListAccounts", json!({"MaxResults": 21}), "InvalidInputException"),
        ("ListAccounts", json!({"NextToken": "!"}), "InvalidInputException"),
        ("DescribeEffectivePolicy", json!({"PolicyType": "SERVICE_CONTROL_POLICY"}), "InvalidInputException"),
        ("CreateOrganization", json!({"FeatureSet": "SOME"}), "InvalidInputException"),
    ] {
        let answer = organization.manage(operation, members.clone()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, code),
            "{operation} {members}: {}",
            answer.body
        );
    }
    for operation in ["EnableAllFeatures", "PutResourcePolicy", "InviteOrganizationToTransferResponsibility"]
    {
        organization.manage(operation, json!({})).await.failed(501, "NotImplemented");
    }
}

/// Whoever changes the same organization at the same time, nobody's change is lost.
#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_all_happen() {
    let organization = Organization::new().await;
    let calls = (0..6).map(|n| {
        let members = json!({"ParentId": organization.root, "Name": format!("unit-{n}")});
        organization.manage("CreateOrganizationalUnit", members)
    });
    let answers = futures::future::join_all(calls).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    let members = json!({"ParentId": organization.root});
    let listed = organization.manage("ListOrganizationalUnitsForParent", members).await.ok();
    assert_eq!(listed.json()["OrganizationalUnits"].as_array().unwrap().len(), made);
    assert!(made >= 1);
}
