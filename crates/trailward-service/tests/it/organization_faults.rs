//! Every call to the stores fails once, before or after its effect, over the life of an organization: its members, its
//! tree, its policies, its trail. Whoever tries again ends where nothing failed, and at every place the members that the
//! organization has are those that its trail gathers from.

use crate::service_faults::{Rig, Step, call, s3};
use crate::world::{ACCOUNT, OTHER_ACCOUNT, root_of};
use http::Method;
use serde_json::{Value, json};
use trailward_store::faulty::{FaultMode, FaultPlan};

fn organizations(name: &'static str, members: Value) -> Step {
    call("organizations", name, members)
}

fn by_member(step: Step) -> Step {
    step.by(root_of(OTHER_ACCOUNT))
}

async fn script(rig: &mut Rig) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]}]});
    rig.take(s3("CreateBucket", Method::PUT, "/logs", "").again(&["BucketAlreadyOwnedByYou"])).await;
    rig.take(s3("PutBucketPolicy", Method::PUT, "/logs?policy", policy.to_string())).await;
    rig.take(organizations("CreateOrganization", json!({})).again(&["AlreadyInOrganizationException"])).await;
    rig.take(organizations("ListRoots", json!({})).gives(&["Id"])).await;
    let root = rig.given["Id"].clone();
    rig.take(organizations(
        "EnableAWSServiceAccess",
        json!({"ServicePrincipal": "cloudtrail.amazonaws.com"}),
    ))
    .await;
    let trail = json!({"Name": "org", "S3BucketName": "logs", "IsOrganizationTrail": true});
    rig.take(call("cloudtrail", "CreateTrail", trail).again(&["TrailAlreadyExistsException"])).await;
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": OTHER_ACCOUNT}});
    let invited = organizations("InviteAccountToOrganization", target);
    rig.take(invited.again(&["DuplicateHandshakeException"])).await;
    let handshakes = rig.see(by_member(organizations("ListHandshakesForAccount", json!({})))).await;
    let handshakes: Value = serde_json::from_str(&handshakes.body).unwrap();
    let handshake = json!({"HandshakeId": handshakes["Handshakes"][0]["Id"]});
    let accepted = by_member(organizations("AcceptHandshake", handshake));
    rig.take(accepted.again(&["HandshakeAlreadyInStateException"])).await;
    check(rig, true).await;
    let unit = organizations("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "workloads"}));
    rig.take(unit.again(&["DuplicateOrganizationalUnitException"])).await;
    let units = rig.see(organizations("ListOrganizationalUnitsForParent", json!({"ParentId": root}))).await;
    let unit = units.text("Id");
    let moved = json!({"AccountId": OTHER_ACCOUNT, "SourceParentId": root, "DestinationParentId": unit});
    rig.take(organizations("MoveAccount", moved).again(&["SourceParentNotFoundException"])).await;
    let enabled = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    let enabled = organizations("EnablePolicyType", enabled);
    rig.take(enabled.again(&["PolicyTypeAlreadyEnabledException"])).await;
    let content = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}});
    let policy = json!({"Name": "guard", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content": content.to_string()});
    rig.take(organizations("CreatePolicy", policy).again(&["DuplicatePolicyException"])).await;
    let listed = json!({"Filter": "SERVICE_CONTROL_POLICY"});
    let listed: Value =
        serde_json::from_str(&rig.see(organizations("ListPolicies", listed)).await.body).unwrap();
    let own = listed["Policies"].as_array().unwrap().iter().find(|policy| policy["Name"] == "guard").unwrap();
    let attached = json!({"PolicyId": own["Id"], "TargetId": unit});
    let attached = organizations("AttachPolicy", attached);
    rig.take(attached.again(&["DuplicatePolicyAttachmentException"])).await;
    let created = json!({"Email": "logs@example.com", "AccountName": "logs"});
    rig.take(organizations("CreateAccount", created)).await;
    check(rig, true).await;
    let removed = json!({"AccountId": OTHER_ACCOUNT});
    let removed = organizations("RemoveAccountFromOrganization", removed);
    rig.take(removed.again(&["AccountNotFoundException"])).await;
    check(rig, false).await;
}

/// The member accounts of the organization are those that see its trail, and no others.
async fn check(rig: &Rig, is_member: bool) {
    let described = by_member(organizations("DescribeOrganization", json!({})));
    assert_eq!(rig.see(described).await.status == 200, is_member);
    let trails = by_member(call("cloudtrail", "ListTrails", json!({})));
    assert_eq!(rig.see(trails).await.body.contains("trail/org"), is_member);
}

/// What is there in the end, without what random numbers chose.
async fn seen(rig: &Rig) -> Vec<String> {
    let json = async |step: Step| -> Value { serde_json::from_str(&rig.see(step).await.body).unwrap() };
    let accounts = json(organizations("ListAccounts", json!({}))).await;
    let mut seen: Vec<String> = Vec::new();
    for account in accounts["Accounts"].as_array().unwrap() {
        let shown = if account["Id"] == ACCOUNT { ACCOUNT } else { "created" };
        seen.push(format!("{shown} {} {}", account["Name"], account["JoinedMethod"]));
    }
    seen.sort();
    let root = json(organizations("ListRoots", json!({}))).await;
    seen.push(root["Roots"][0]["PolicyTypes"].to_string());
    let parent = json!({"ParentId": root["Roots"][0]["Id"]});
    let units = json(organizations("ListOrganizationalUnitsForParent", parent)).await;
    let units = units["OrganizationalUnits"].as_array().unwrap().clone();
    for unit in units {
        let on = json!({"TargetId": unit["Id"], "Filter": "SERVICE_CONTROL_POLICY"});
        let policies = json(organizations("ListPoliciesForTarget", on)).await;
        let names = policies["Policies"].as_array().unwrap().iter().map(|policy| policy["Name"].to_string());
        let mut names: Vec<String> = names.collect();
        names.sort();
        seen.push(format!("{} {names:?}", unit["Name"]));
    }
    seen.push(json(call("cloudtrail", "GetTrail", json!({"Name": "org"}))).await.to_string());
    let made = by_member(call("iam", "CreateUser", json!({"UserName": "free"})));
    seen.push(rig.see(made).await.status.to_string());
    seen
}

async fn run(plan: &FaultPlan) -> Vec<String> {
    let mut rig = Rig::new(plan).await;
    script(&mut rig).await;
    rig.check_records().await;
    seen(&rig).await
}

#[tokio::test]
async fn every_call_of_an_organizations_life_fails_once() {
    let plan = FaultPlan::none();
    let wanted = run(&plan).await;
    let calls = plan.calls();
    assert!(calls > 100, "{calls}");
    for mode in [FaultMode::Before, FaultMode::After] {
        for call in 1..=calls {
            println!("call {call} of {calls} fails, {mode:?}");
            let seen = run(&FaultPlan::fail_call(call, mode)).await;
            assert_eq!(seen, wanted, "call {call} of {calls} failed, {mode:?}");
        }
    }
}
