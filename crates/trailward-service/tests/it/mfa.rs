//! MFA devices: who may, which codes count, what they open, and MFA delete.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, allow, allow_principal, root, root_of};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::{Credentials, Scope};

const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const UNKNOWN: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";

async fn enable(world: &World, user: &str, serial: &str, codes: (&str, &str)) -> Answer {
    let members = json!({
        "UserName": user, "SerialNumber": serial, "AuthenticationCode1": codes.0, "AuthenticationCode2": codes.1,
    });
    world.root("iam", "EnableMFADevice", members).await
}

async fn session(world: &World, who: &Credentials, serial: &str, code: &str) -> Answer {
    let members = json!({"SerialNumber": serial, "TokenCode": code});
    world.call("sts", "GetSessionToken", members, who).await
}

#[tokio::test]
async fn devices_are_made_enabled_and_taken_back() {
    let world = World::new().await;
    world.user("ada", None).await;
    world.user("bob", None).await;
    let made = world.root("iam", "CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "d"})).await.ok();
    let again = world.root("iam", "CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "D"})).await;
    again.failed(409, "EntityAlreadyExists");
    let (serial, seed) = (made.text("SerialNumber").unwrap(), made.text("Base32StringSeed").unwrap());
    let (one, two) = (world.code(&seed, -1), world.code(&seed, 0));
    let nonsense = [
        (&*two, &*one, 403, "InvalidAuthenticationCode"),
        (&*one, &*one, 403, "InvalidAuthenticationCode"),
        ("12345", &*two, 400, "ValidationError"),
        (&*one, "abcdef", 400, "ValidationError"),
    ];
    for (first, second, status, code) in nonsense {
        let answer = enable(&world, "ada", &serial, (first, second)).await.failed(status, code);
        assert!(!answer.body.contains(&one) && !answer.body.contains(&two), "codes are not repeated");
    }
    enable(&world, "nobody", &serial, (&one, &two)).await.failed(404, "NoSuchEntity");
    let missing = format!("arn:aws:iam::{ACCOUNT}:mfa/none");
    enable(&world, "ada", &missing, (&one, &two)).await.failed(404, "NoSuchEntity");
    enable(&world, "ada", &serial, (&one, &two)).await.ok();
    enable(&world, "bob", &serial, (&one, &two)).await.failed(409, "EntityAlreadyExists");
    let of = |user: &str| json!({"UserName": user, "SerialNumber": serial});
    world.root("iam", "DeactivateMFADevice", of("bob")).await.failed(404, "NoSuchEntity");
    world.root("iam", "GetMFADevice", of("bob")).await.failed(404, "NoSuchEntity");
    let delete = || world.root("iam", "DeleteVirtualMFADevice", json!({"SerialNumber": serial}));
    delete().await.failed(409, "DeleteConflict");
    let keys = world.root("iam", "ListAccessKeys", json!({"UserName": "ada"})).await.ok();
    let key = json!({"UserName": "ada", "AccessKeyId": keys.text("AccessKeyId").unwrap()});
    world.root("iam", "DeleteAccessKey", key).await.ok();
    let user = || world.root("iam", "DeleteUser", json!({"UserName": "ada"}));
    let refused = user().await.failed(409, "DeleteConflict");
    assert_eq!(refused.message(), "Cannot delete entity, must delete MFA device first.");
    // A renamed user keeps its device.
    world.root("iam", "UpdateUser", json!({"UserName": "ada", "NewUserName": "eve"})).await.ok();
    world.root("iam", "DeactivateMFADevice", of("eve")).await.ok();
    // The codes that enabled it once enable it no more.
    enable(&world, "eve", &serial, (&one, &two)).await.failed(403, "InvalidAuthenticationCode");
    delete().await.ok();
    delete().await.failed(404, "NoSuchEntity");
    let all = world.records().await;
    assert!(all.iter().all(|record| !record.to_string().contains(&seed)), "no record has the seed");
}

#[tokio::test]
async fn nobody_has_more_than_eight() {
    let world = World::new().await;
    world.user("ada", None).await;
    for number in 0..9 {
        let members = json!({"VirtualMFADeviceName": format!("d{number}")});
        let made = world.root("iam", "CreateVirtualMFADevice", members).await.ok();
        let (serial, seed) = (made.text("SerialNumber").unwrap(), made.text("Base32StringSeed").unwrap());
        let codes = (world.code(&seed, -1), world.code(&seed, 0));
        let answer = enable(&world, "ada", &serial, (&codes.0, &codes.1)).await;
        if number < 8 {
            answer.ok()
        } else {
            answer.failed(409, "LimitExceeded")
        };
    }
    let page = world.root("iam", "ListMFADevices", json!({"UserName": "ada", "MaxItems": 5})).await.ok();
    let marker = page.text("Marker").unwrap();
    let rest = json!({"UserName": "ada", "MaxItems": 5, "Marker": marker});
    let rest = world.root("iam", "ListMFADevices", rest).await.ok();
    assert_eq!(page.body.matches("<SerialNumber>").count() + rest.body.matches("<SerialNumber>").count(), 8);
    let spare = world.root("iam", "ListVirtualMFADevices", json!({"AssignmentStatus": "Unassigned"})).await;
    assert_eq!(spare.ok().body.matches("<SerialNumber>").count(), 1);
    let wrong = world.root("iam", "ListVirtualMFADevices", json!({"AssignmentStatus": "Some"})).await;
    wrong.failed(400, "ValidationError");
}

#[tokio::test]
async fn permissions_are_for_the_user_or_the_device() {
    let world = World::new().await;
    let ada = world.user("ada", Some(allow("iam:ListUsers"))).await;
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/d");
    let codes = json!({
        "UserName": "ada", "SerialNumber": serial, "AuthenticationCode1": "000000", "AuthenticationCode2": "000000",
    });
    let calls = [
        ("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "d"}), "mfa/d"),
        ("EnableMFADevice", codes.clone(), "user ada"),
        ("ResyncMFADevice", codes, "user ada"),
        ("DeactivateMFADevice", json!({"UserName": "ada", "SerialNumber": serial}), "user ada"),
        ("DeleteVirtualMFADevice", json!({"SerialNumber": serial}), "mfa/d"),
        ("GetMFADevice", json!({"UserName": "ada", "SerialNumber": serial}), "user ada"),
        ("ListMFADevices", json!({"UserName": "ada"}), "user ada"),
        ("ListVirtualMFADevices", json!({}), "mfa/"),
    ];
    for (operation, members, resource) in calls {
        let answer = world.call("iam", operation, members, &ada).await.failed(403, "AccessDenied");
        let message = answer.message();
        assert!(message.contains(&format!("iam:{operation} on resource: ")), "{message}");
        assert!(message.contains(resource), "{message}");
    }
}

#[tokio::test]
async fn a_session_with_mfa_passes_where_one_without_does_not() {
    let world = World::new().await;
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let recent = json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "600"}});
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": condition},
            {"Effect": "Allow", "Action": "cloudtrail:DescribeTrails", "Resource": "*", "Condition": recent},
        ],
    });
    let ada = world.user("ada", Some(policy)).await;
    let bob = world.user("bob", None).await;
    let (serial, seed) = world.device("ada").await;
    let list = |who: Credentials| {
        let world = &world;
        async move { world.call("iam", "ListUsers", json!({}), &who).await }
    };
    // A key alone has no MFA, and a session without it cannot call IAM at all.
    list(ada.clone()).await.failed(403, "AccessDenied");
    let plain = world.call("sts", "GetSessionToken", json!({}), &ada).await.ok().credentials();
    list(plain).await.failed(403, "InvalidClientTokenId");
    // The codes that enabled the device are used up.
    let used = session(&world, &ada, &serial, &world.code(&seed, 0)).await.failed(403, "AccessDenied");
    assert_eq!(used.message(), WRONG);
    world.clock.advance(Duration::seconds(60));
    let code = world.code(&seed, 0);
    for (who, serial, code, message) in [
        (&ada, &*serial, "000000", WRONG),
        (&bob, &*serial, &*code, UNKNOWN),
        (&root(), &*serial, &*code, UNKNOWN),
        (&ada, "arn:aws:iam::111122223333:mfa/none", &*code, UNKNOWN),
    ] {
        let refused = session(&world, who, serial, code).await.failed(403, "AccessDenied");
        assert_eq!(refused.message(), message);
        let record = world.last_record().await;
        assert_eq!(
            (&record["eventName"], &record["errorCode"]),
            (&json!("GetSessionToken"), &json!("AccessDenied"))
        );
        assert!(!record.to_string().contains(code) || code == "000000", "no code in a record");
    }
    let one = world.call("sts", "GetSessionToken", json!({"TokenCode": code}), &ada).await;
    one.failed(403, "AccessDenied");
    session(&world, &ada, &serial, "12345").await.failed(400, "ValidationError");
    // Another mistake in the request uses no code up.
    let long = json!({"SerialNumber": serial, "TokenCode": code, "DurationSeconds": 1});
    world.call("sts", "GetSessionToken", long, &ada).await.failed(400, "ValidationError");
    let with = session(&world, &ada, &serial, &code).await.ok().credentials();
    session(&world, &ada, &serial, &code).await.failed(403, "AccessDenied");
    list(with.clone()).await.ok();
    let record = world.last_record().await;
    assert_eq!(record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"], "true");
    world.call("cloudtrail", "DescribeTrails", json!({}), &with).await.ok();
    world.clock.advance(Duration::seconds(600));
    world.call("cloudtrail", "DescribeTrails", json!({}), &with).await.failed(400, "AccessDeniedException");
    list(with).await.ok();
}

#[tokio::test]
async fn a_trust_policy_may_demand_mfa() {
    let world = World::new().await;
    let ada = world.user("ada", Some(allow("sts:AssumeRole"))).await;
    let (serial, seed) = world.device("ada").await;
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": condition},
        ],
    });
    let role = world.role("ops", &format!("arn:aws:iam::{ACCOUNT}:user/ada"), policy).await;
    let mut trust = allow_principal(&format!("arn:aws:iam::{ACCOUNT}:user/ada"));
    trust["Statement"]["Condition"] = condition;
    let members = json!({"RoleName": "ops", "PolicyDocument": trust.to_string()});
    world.root("iam", "UpdateAssumeRolePolicy", members).await.ok();
    let assume = |code: Option<String>| {
        let mut members = json!({"RoleArn": role, "RoleSessionName": "work"});
        if let Some(code) = code {
            (members["SerialNumber"], members["TokenCode"]) = (json!(serial), json!(code));
        }
        world.call("sts", "AssumeRole", members, &ada)
    };
    assume(None).await.failed(403, "AccessDenied");
    assert_eq!(assume(Some("000000".into())).await.failed(403, "AccessDenied").message(), WRONG);
    world.clock.advance(Duration::seconds(60));
    let code = world.code(&seed, 0);
    let session = assume(Some(code.clone())).await.ok().credentials();
    assume(Some(code)).await.failed(403, "AccessDenied");
    // A role's session carries no MFA in its conditions; its records say how it came about.
    world.call("iam", "ListRoles", json!({}), &session).await.ok();
    let record = world.last_record().await;
    assert_eq!(record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"], "true");
    world.call("iam", "ListUsers", json!({}), &session).await.failed(403, "AccessDenied");
}

#[tokio::test]
async fn a_code_lets_one_call_in_however_many_try() {
    let world = World::new().await;
    let ada = world.user("ada", None).await;
    let (serial, seed) = world.device("ada").await;
    world.clock.advance(Duration::seconds(60));
    let code = world.code(&seed, 0);
    let tries = (0..20).map(|_| session(&world, &ada, &serial, &code));
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    // Guessing is slowed down: by now even the right code is not looked at.
    let refused = session(&world, &ada, &serial, &world.code(&seed, 1)).await;
    assert_eq!(refused.failed(403, "AccessDenied").message(), WRONG);
    world.clock.advance(Duration::seconds(30));
    session(&world, &ada, &serial, &world.code(&seed, 0)).await.ok();
}

#[tokio::test]
async fn a_device_whose_clock_is_off_can_be_set_right() {
    let world = World::new().await;
    let ada = world.user("ada", None).await;
    let (serial, seed) = world.device("ada").await;
    world.clock.advance(Duration::minutes(5));
    session(&world, &ada, &serial, &world.code(&seed, 6)).await.failed(403, "AccessDenied");
    let resync = |first: i64, second: i64| {
        let members = json!({
            "UserName": "ada", "SerialNumber": serial,
            "AuthenticationCode1": world.code(&seed, first), "AuthenticationCode2": world.code(&seed, second),
        });
        world.root("iam", "ResyncMFADevice", members)
    };
    resync(6, 8).await.failed(403, "InvalidAuthenticationCode");
    resync(6, 7).await.ok();
    session(&world, &ada, &serial, &world.code(&seed, 7)).await.failed(403, "AccessDenied");
    session(&world, &ada, &serial, &world.code(&seed, 8)).await.ok();
}

const BUCKET: &str = "guarded";

async fn s3(
    world: &World,
    who: &Credentials,
    (method, path): (&str, &str),
    mfa: Option<&str>,
    body: &str,
) -> Answer {
    let mut request =
        Request::builder().method(method).uri(format!("/{BUCKET}{path}")).header("host", "trailward.test");
    if let Some(mfa) = mfa {
        request = request.header("x-amz-mfa", mfa);
    }
    if path == "?delete" {
        use base64::Engine as _;
        use md5::Digest as _;
        let digest = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(body));
        request = request.header("content-md5", digest);
    }
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    world.send(world.signed(request, who, Scope { region: "us-east-1", service: "s3" })).await
}

fn versioning(status: &str, mfa_delete: Option<&str>) -> String {
    let mfa = mfa_delete.map(|mfa| format!("<MfaDelete>{mfa}</MfaDelete>")).unwrap_or_default();
    format!("<VersioningConfiguration><Status>{status}</Status>{mfa}</VersioningConfiguration>")
}

#[tokio::test]
async fn mfa_delete_needs_root_its_own_device_and_a_fresh_code() {
    const MUST: &str = "Mfa Authentication must be used for this request";
    const OWNER: &str = "This operation may only be performed by the bucket owner";
    const SECRET: &str = "Requests with the x-amz-mfa header must be made over a secure connection.";
    const INVALID: &str = "The MFA serial number and code are not valid for this request";
    let world = World::new().await;
    let (serial, seed) = world.device("root").await;
    let admin = world.user("admin", Some(allow("*"))).await;
    let (own_serial, own_seed) = world.device("admin").await;
    world.clock.advance(Duration::seconds(60));
    let fresh = || {
        world.clock.advance(Duration::seconds(30));
        format!("{serial} {}", world.code(&seed, 0))
    };
    let refused = |answer: Answer, message: &str| {
        assert_eq!(answer.failed(403, "AccessDenied").message(), message);
    };
    s3(&world, &root(), ("PUT", ""), None, "").await.ok();
    let on = versioning("Enabled", Some("Enabled"));
    let put = ("PUT", "?versioning");
    refused(s3(&world, &root(), put, None, &on).await, MUST);
    refused(s3(&world, &root(), put, None, &versioning("Enabled", Some("Disabled"))).await, MUST);
    refused(s3(&world, &root(), put, Some(&fresh()), &on).await, SECRET);
    world.come_near();
    refused(s3(&world, &root(), put, Some(&format!("{serial} 000000")), &on).await, INVALID);
    refused(s3(&world, &root(), put, Some("nonsense"), &on).await, INVALID);
    let own = format!("{own_serial} {}", world.code(&own_seed, 0));
    refused(s3(&world, &root(), put, Some(&own), &on).await, INVALID);
    refused(s3(&world, &admin, put, Some(&own), &on).await, OWNER);
    refused(s3(&world, &admin, put, Some(&fresh()), &on).await, OWNER);
    let once = fresh();
    s3(&world, &root(), put, Some(&once), &on).await.ok();
    refused(s3(&world, &root(), put, Some(&once), &on).await, INVALID);
    let state = s3(&world, &root(), ("GET", "?versioning"), None, "").await.ok();
    assert_eq!(state.text("MfaDelete").as_deref(), Some("Enabled"));
    // Suspending would be a way around it.
    refused(s3(&world, &root(), put, None, &versioning("Suspended", None)).await, MUST);
    refused(s3(&world, &admin, put, None, &versioning("Suspended", None)).await, MUST);

    let id = s3(&world, &admin, ("PUT", "/k"), None, "x").await.ok().headers["x-amz-version-id"].clone();
    // A delete marker needs no code, its removal does.
    let marker = s3(&world, &admin, ("DELETE", "/k"), None, "").await;
    assert_eq!(marker.status, 204);
    for version in [&id, &marker.headers["x-amz-version-id"]] {
        let path = format!("/k?versionId={version}");
        refused(s3(&world, &root(), ("DELETE", &path), None, "").await, MUST);
        refused(s3(&world, &admin, ("DELETE", &path), None, "").await, MUST);
        refused(s3(&world, &admin, ("DELETE", &path), Some(&own), "").await, OWNER);
        refused(s3(&world, &admin, ("DELETE", &path), Some(&fresh()), "").await, OWNER);
        refused(s3(&world, &root(), ("DELETE", &path), Some(&once), "").await, INVALID);
        let record = world.last_record().await;
        assert_eq!(
            (&record["eventName"], &record["errorMessage"]),
            (&json!("DeleteObject"), &json!(INVALID))
        );
        assert_eq!(record["userIdentity"]["type"], "Root");
        let text = record.to_string();
        assert!(!text.contains(once.rsplit(' ').next().unwrap()), "no code in a record");
    }
    let many = format!(
        "<Delete><Object><Key>k</Key><VersionId>{id}</VersionId></Object><Object><Key>l</Key></Object></Delete>"
    );
    refused(s3(&world, &root(), ("POST", "?delete"), None, &many).await, MUST);
    refused(s3(&world, &root(), ("POST", "?delete"), Some(&once), &many).await, INVALID);
    // Another account's root has a device and a right of its own, but not this bucket.
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": "s3:DeleteObjectVersion",
            "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
        },
    });
    s3(&world, &root(), ("PUT", "?policy"), None, &policy.to_string()).await;
    let foreign = root_of(OTHER_ACCOUNT);
    let made = json!({"VirtualMFADeviceName": "theirs"});
    let made = world.call("iam", "CreateVirtualMFADevice", made, &foreign).await.ok();
    let (their_serial, their_seed) =
        (made.text("SerialNumber").unwrap(), made.text("Base32StringSeed").unwrap());
    let codes = json!({
        "UserName": "root", "SerialNumber": their_serial,
        "AuthenticationCode1": world.code(&their_seed, -1), "AuthenticationCode2": world.code(&their_seed, 0),
    });
    world.call("iam", "EnableMFADevice", codes, &foreign).await.ok();
    world.clock.advance(Duration::seconds(60));
    let theirs = format!("{their_serial} {}", world.code(&their_seed, 0));
    let path = format!("/k?versionId={id}");
    refused(s3(&world, &foreign, ("DELETE", &path), Some(&theirs), "").await, OWNER);
    assert_eq!(s3(&world, &root(), ("GET", &path), None, "").await.ok().body, "x");

    assert!(
        !s3(&world, &root(), ("POST", "?delete"), Some(&fresh()), &many).await.ok().body.contains("<Error>")
    );
    s3(&world, &root(), ("GET", &path), None, "").await.failed(404, "NoSuchVersion");
    s3(&world, &root(), put, Some(&fresh()), &versioning("Suspended", Some("Disabled"))).await.ok();
    s3(&world, &root(), put, None, &versioning("Enabled", None)).await.ok();
    let state = s3(&world, &root(), ("GET", "?versioning"), None, "").await.ok();
    assert_eq!(state.text("MfaDelete").as_deref(), Some("Disabled"));
}

#[tokio::test]
async fn nonsense_about_mfa_delete() {
    let world = World::new().await;
    s3(&world, &root(), ("PUT", ""), None, "").await.ok();
    let put = ("PUT", "?versioning");
    let answer = s3(&world, &root(), put, None, &versioning("Enabled", Some("Maybe"))).await;
    answer.failed(400, "MalformedXML");
    let record: Value = world.last_record().await;
    assert_eq!(record["errorCode"], "MalformedXML");
}
