//! What is logged, and what happens when it cannot be.

use crate::server::{SHORT, Server};
use bytes::Bytes;
use std::fs::File;

/// Everything that a caller proves itself with, in headers, bodies and queries, at the chattiest level.
#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start_with(&data, "127.0.0.1:0", SHORT, |command| {
        command.env("RUST_LOG", "trace");
    });
    let client = server.client();
    let iam = async |operation: &str, parameters: &[(&str, &str)]| {
        client.query("iam", "2010-05-08", operation, parameters).await.unwrap()
    };
    iam("CreateUser", &[("UserName", "alice")]).await.expect_success("CreateUser").unwrap();
    let key = iam("CreateAccessKey", &[("UserName", "alice")]).await.expect_success("key").unwrap().text();
    let secret_key = between(&key, "<SecretAccessKey>");
    let password = "correct-Horse-battery-7-staple";
    iam("CreateLoginProfile", &[("UserName", "alice"), ("Password", password)]).await;
    let device = iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone-of-alice")]).await.text();
    let seed = between(&device, "<Base32StringSeed>");
    let serial = "arn:aws:iam::123456789012:mfa/secret-serial-4711";
    let (code, code_2) = ("739164", "820375");
    iam(
        "EnableMFADevice",
        &[
            ("UserName", "alice"),
            ("SerialNumber", serial),
            ("AuthenticationCode1", code),
            ("AuthenticationCode2", code_2),
        ],
    )
    .await;
    let sts = [("SerialNumber", serial), ("TokenCode", code)];
    client.query("sts", "2011-06-15", "GetSessionToken", &sts).await.unwrap();
    let session = client.query("sts", "2011-06-15", "GetSessionToken", &[]).await.unwrap().text();
    let token = between(&session, "<SessionToken>");
    client.s3("PUT", "things", "", "", &[], Bytes::new()).await.unwrap().expect_success("bucket").unwrap();
    let mfa = format!("{serial} {code}");
    let versioning = Bytes::from(
        "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
    );
    client.s3("PUT", "things", "", "versioning=", &[("x-amz-mfa", &mfa)], versioning).await.unwrap();
    client
        .s3("DELETE", "things", "key", "versionId=null", &[("x-amz-mfa", &mfa)], Bytes::new())
        .await
        .unwrap();
    let customer = "c2VjcmV0IGN1c3RvbWVyIGtleSBvZiAzMiBieXRlcyE=";
    let sse = [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", customer),
        ("x-amz-server-side-encryption-customer-key-md5", "bm90IGl0"),
    ];
    client.s3("PUT", "things", "sealed", "", &sse, Bytes::from("x")).await.unwrap();
    // A session's token as a header, and as anybody may put it into a link.
    let mut session = server.client();
    session.credentials.session_token = Some(token.clone());
    session.s3("GET", "things", "", "", &[], Bytes::new()).await.unwrap();
    let in_query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Security-Token={}",
        token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    );
    client.s3("GET", "things", "key", &in_query, &[], Bytes::new()).await.unwrap();
    let body_query = [("WebIdentityToken", token.as_str()), ("RoleArn", "arn:aws:iam::1:role/x")];
    client.query("sts", "2011-06-15", "AssumeRoleWithWebIdentity", &body_query).await.unwrap();
    // Something that is logged at that level only.
    std::io::Write::write_all(
        &mut std::net::TcpStream::connect(server.address()).unwrap(),
        b"no HTTP\r\n\r\n",
    )
    .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !server.log().contains("DEBUG") {
        assert!(std::time::Instant::now() < deadline, "the level was set: {}", server.log());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let log = server.log();
    server.stop();
    let in_query = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for (what, secret) in [
        ("the root key", server_secret(&data)),
        ("a user's key", secret_key),
        ("a password", password.to_owned()),
        ("an MFA seed", seed),
        ("an MFA device's serial", "secret-serial-4711".to_owned()),
        ("an MFA code", code.to_owned()),
        ("the second MFA code", code_2.to_owned()),
        ("a session token", token),
        ("a session token in a query", in_query),
        ("a customer's key", customer.to_owned()),
    ] {
        assert!(secret.len() > 5, "{what} was got");
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{what} is logged");
    }
}

fn between(text: &str, tag: &str) -> String {
    let rest = text.split_once(tag).unwrap_or_else(|| panic!("{tag} in {text}")).1;
    rest.split_once('<').unwrap().0.to_owned()
}

fn server_secret(data: &std::path::Path) -> String {
    let text = std::fs::read_to_string(data.join("credentials")).unwrap();
    let line = text.lines().find(|line| line.starts_with("aws_secret_access_key")).unwrap();
    line.split_once('=').unwrap().1.trim().to_owned()
}

/// A log that takes nothing (a full disk, a closed pipe) costs log lines and nothing else.
#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (reader, closed_pipe) = std::io::pipe().unwrap();
    drop(reader);
    let full = File::options().write(true).open("/dev/full").unwrap();
    for (name, stderr) in [("full", full.into()), ("closed", std::process::Stdio::from(closed_pipe))] {
        let data = dir.path().join(name);
        let mut stderr = Some(stderr);
        let server = Server::start_with(&data, "127.0.0.1:0", SHORT, |command| {
            command.env("RUST_LOG", "debug").stderr(stderr.take().unwrap());
        });
        let client = server.client();
        client
            .s3("PUT", "things", "", "", &[], Bytes::new())
            .await
            .unwrap()
            .expect_success("bucket")
            .unwrap();
        for number in 0..10 {
            let key = format!("key-{number}");
            let put = client.s3("PUT", "things", &key, "", &[], Bytes::from("x")).await.unwrap();
            put.expect_success("object").unwrap();
            let refused = client.s3("GET", "nothing-here", &key, "", &[], Bytes::new()).await.unwrap();
            assert_eq!(refused.status, 404);
        }
        server.stop();
    }
}
