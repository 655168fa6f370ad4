//! Foreign clients against a real server: each script in `tests/clients` asserts what AWS's own clients see.

use crate::clients::{bin, root, skipped};
use crate::server::{BINARY, SHORT, Server, client};
use std::process::Command;

fn script(name: &str, arguments: &[&str]) {
    script_with(name, arguments, &[], &[]);
}

fn script_with(name: &str, arguments: &[&str], own: &[&str], variables: &[(&str, &str)]) {
    let Some(bin) = bin() else { return };
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"), arguments);
    let output = client(bin, &bin.join("python"), &server, dir.path())
        .arg(root().join("tests/clients").join(name))
        .args(own)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}:\n{text}\n{errors}\nserver:\n{}", server.log());
    println!("{text}");
    server.stop();
}

/// A script that needs no server.
fn judge(name: &str) {
    let Some(bin) = bin() else { return };
    let output =
        Command::new(bin.join("python")).arg(root().join("tests/clients").join(name)).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{text}");
}

#[test]
fn actions_by_cfn_lint_and_botocore() {
    judge("actions.py");
}

#[test]
fn cloudtrail_by_boto3() {
    script("cloudtrail.py", &["--no-default-trail", "--account-id", "111122223333"]);
}

#[test]
fn identities_by_boto3() {
    script("identities.py", &["--no-default-trail", "--account-id", "111122223333"]);
}

#[test]
fn s3_by_boto3() {
    script("s3.py", &["--no-default-trail", "--account-id", "111122223333"]);
}

#[test]
fn object_lock_by_boto3() {
    script("object_lock.py", &["--no-default-trail", "--account-id", "111122223333"]);
}

#[test]
fn preflight_before_boto3() {
    let binary = [("TRAILWARD_BINARY", BINARY)];
    script_with("preflight.py", &["--no-default-trail", "--account-id", "111122223333"], &[], &binary);
}

#[test]
fn the_control_is_throttled() {
    script_with("throttled.py", &["--no-default-trail"], &[], &[("TRAILWARD_BINARY", BINARY)]);
}

/// Against somebody else's service, which has log groups.
#[test]
fn preflight_of_log_groups_on_moto() {
    script_with("preflight_logs.py", &["--no-default-trail"], &[], &[("TRAILWARD_BINARY", BINARY)]);
}

/// Over TLS, so that the policy can deny everything else.
#[test]
fn the_control_by_boto3() {
    let binary = [("TRAILWARD_BINARY", BINARY)];
    script_with("control.py", &[SHORT, &["--no-default-trail", "--tls-self-signed"]].concat(), &[], &binary);
}

#[test]
fn the_control_by_cloudformation_on_moto() {
    script_with("cloudformation.py", &["--no-default-trail"], &[], &[("TRAILWARD_BINARY", BINARY)]);
}

/// Against somebody else's service, which also has log groups, alarms and topics.
#[test]
fn the_control_on_moto() {
    script_with("control_moto.py", &["--no-default-trail"], &[], &[("TRAILWARD_BINARY", BINARY)]);
}

/// The second account is an outsider first, and the management account then.
#[test]
fn who_before_boto3() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let account = |id: &str, email: &str, key: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nname = \"{email}\"\nemail = \"{email}\"\n[[account.key]]\naccess_key_id = \"{key}\"\n\
             secret_access_key = \"a-secret-of-the-test\"\nprincipal = \"root\"\n"
        )
    };
    let both = account("111122223333", "main@example.com", "AKIAEXAMPLEMAIN00001")
        + &account("444455556666", "other@example.com", "AKIAEXAMPLEOTHER0001");
    std::fs::write(&file, both).unwrap();
    let arguments = ["--no-default-trail", "--bootstrap", file.to_str().unwrap()];
    let variables = [
        ("TRAILWARD_BINARY", BINARY),
        ("OTHER_KEY_ID", "AKIAEXAMPLEOTHER0001"),
        ("OTHER_SECRET", "a-secret-of-the-test"),
    ];
    script_with("who.py", &arguments, &[], &variables);
}

#[test]
fn a_canary_beside_boto3() {
    let arguments = [SHORT, &["--no-default-trail"]].concat();
    script_with("canary.py", &arguments, &[], &[("TRAILWARD_BINARY", BINARY)]);
}

#[test]
fn costs_counted_by_boto3() {
    let arguments = [SHORT, &["--no-default-trail"]].concat();
    script_with("cost.py", &arguments, &[], &[("TRAILWARD_BINARY", BINARY)]);
}

#[test]
fn kms_by_boto3() {
    script("kms.py", &["--no-default-trail", "--account-id", "111122223333"]);
}

#[test]
fn lifecycle_by_boto3() {
    script("lifecycle.py", &["--no-default-trail", "--lifecycle-day", "2s"]);
}

/// Root's device comes from the bootstrap file.
#[test]
fn mfa_by_boto3() {
    let (serial, seed) =
        ("arn:aws:iam::111122223333:mfa/root-account-mfa-device", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let text = format!(
        "[[account]]\nid = \"111122223333\"\nname = \"main\"\n[[account.key]]\naccess_key_id = \"AKIAEXAMPLEMAIN00001\"\n\
         secret_access_key = \"a-secret-of-the-test\"\nprincipal = \"root\"\n[[account.mfa]]\nprincipal = \"root\"\n\
         serial = \"{serial}\"\nseed_base32 = \"{seed}\"\n"
    );
    std::fs::write(&file, text).unwrap();
    let arguments = ["--no-default-trail", "--bootstrap", file.to_str().unwrap()];
    script_with("mfa.py", &arguments, &[], &[("ROOT_MFA_SERIAL", serial), ("ROOT_MFA_SEED", seed)]);
}

/// With a second account, from the bootstrap file.
#[test]
fn s3_surface_by_boto3() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let account = |id: &str, name: &str, key: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nname = \"{name}\"\n[[account.key]]\naccess_key_id = \"{key}\"\n\
             secret_access_key = \"a-secret-of-the-test\"\nprincipal = \"root\"\n"
        )
    };
    let both = account("111122223333", "main", "AKIAEXAMPLEMAIN00001")
        + &account("444455556666", "other", "AKIAEXAMPLEOTHER0001");
    std::fs::write(&file, both).unwrap();
    let arguments = ["--no-default-trail", "--bootstrap", file.to_str().unwrap()];
    let other = [
        ("OTHER_ACCOUNT", "444455556666"),
        ("OTHER_KEY_ID", "AKIAEXAMPLEOTHER0001"),
        ("OTHER_SECRET", "a-secret-of-the-test"),
    ];
    script_with("s3_surface.py", &arguments, &[], &other);
}

/// The account that joins comes from the bootstrap file.
#[test]
fn organizations_by_boto3() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let (key, secret) = ("AKIAEXAMPLEMEMBER001", "a-secret-of-the-member");
    let account = |id: &str, email: &str, key: &str, secret: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nname = \"{email}\"\nemail = \"{email}\"\n[[account.key]]\naccess_key_id = \"{key}\"\n\
             secret_access_key = \"{secret}\"\nprincipal = \"root\"\n"
        )
    };
    let main = account("111122223333", "main@example.com", "AKIAEXAMPLEMAIN00001", "a-secret-of-the-test");
    let text = main + &account("444455556666", "member@example.com", key, secret);
    std::fs::write(&file, text).unwrap();
    let arguments = [SHORT, &["--no-default-trail", "--bootstrap", file.to_str().unwrap()]].concat();
    let variables = [("MEMBER_KEY", key), ("MEMBER_SECRET", secret), ("TRAILWARD", crate::server::BINARY)];
    script_with("organizations.py", &arguments, &[], &variables);
}

/// The member comes from the bootstrap file.
#[test]
fn the_control_of_an_organization() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let account = |id: &str, key: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nname = \"a{id}\"\nemail = \"{id}@example.com\"\n[[account.key]]\n\
             access_key_id = \"{key}\"\nsecret_access_key = \"a-secret-of-the-test\"\nprincipal = \"root\"\n"
        )
    };
    let member = "AKIAEXAMPLEMEMBER001";
    let both = account("111122223333", "AKIAEXAMPLEMAIN00001") + &account("444455556666", member);
    std::fs::write(&file, both).unwrap();
    let arguments = [SHORT, &["--no-default-trail", "--bootstrap", file.to_str().unwrap()]].concat();
    let variables =
        [("MEMBER_KEY", member), ("MEMBER_SECRET", "a-secret-of-the-test"), ("TRAILWARD_BINARY", BINARY)];
    script_with("control_organization.py", &arguments, &[], &variables);
}

#[test]
fn validate_logs_by_the_aws_cli() {
    let arguments = [SHORT, &["--no-default-trail", "--signing-key-lifetime", "5s"]].concat();
    script("validate_logs.py", &arguments);
}

#[test]
fn encryption_by_boto3_and_the_aws_cli() {
    script("encryption.py", &[SHORT, &["--no-default-trail"]].concat());
}

#[test]
fn the_first_start_by_the_aws_cli() {
    script("first_start.py", SHORT);
}

#[test]
fn a_real_tree_by_the_aws_cli() {
    let tree = root().join("../shared/data/cloudtrail/sans504-s3-ransomware");
    if !tree.is_dir() {
        skipped("the real log data is not beside this checkout");
        return;
    }
    script("real_tree.py", &["--no-default-trail"]);
}

#[test]
fn tls_by_the_aws_cli() {
    script("tls.py", &["--no-default-trail", "--tls-self-signed"]);
}

/// A tree of 1,000 files there and back, with a client that may be missing from the machine.
fn tree(client: &str) {
    if Command::new(client).arg("version").output().is_err()
        && bin().is_none_or(|bin| !bin.join(client).exists())
    {
        skipped(&format!("{client} is not installed"));
        return;
    }
    script_with("tree.py", &["--no-default-trail", "--account-id", "111122223333"], &[client], &[]);
}

#[test]
fn a_tree_by_aws_s3_sync() {
    tree("aws");
}

#[test]
fn a_tree_by_s3cmd() {
    tree("s3cmd");
}

#[test]
fn a_tree_by_rclone() {
    tree("rclone");
}

/// Also into buckets with default retention, where what it prunes stays.
#[test]
fn a_tree_by_restic() {
    tree("restic");
}

/// Terraform in `work`, with its provider; `None`, said aloud, where either is missing: the provider comes from no package
/// registry.
fn terraform_in(
    work: &std::path::Path,
    server: &Server,
) -> Option<impl Fn(&[&str]) -> (Option<i32>, String)> {
    std::fs::copy(root().join("tests/clients/terraform/provider.tf"), work.join("provider.tf")).unwrap();
    let (environment, url, work) = (server.environment(), server.url.clone(), work.to_owned());
    let terraform = move |arguments: &[&str]| {
        Command::new("terraform")
            .args(arguments)
            .envs(environment.clone())
            .env("TF_VAR_endpoint", &url)
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("AWS_ENDPOINT_URL")
            .current_dir(&work)
            .output()
    };
    // Where no registry is reachable, an unpacked mirror of its providers may lie on the machine.
    let mirrors =
        [std::env::var("TRAILWARD_TERRAFORM_PLUGINS").unwrap_or_default(), "/opt/tf-plugins".into()];
    let mirror = mirrors.iter().find(|dir| !dir.is_empty() && std::path::Path::new(dir).is_dir());
    let from = mirror.map(|dir| format!("-plugin-dir={dir}"));
    let init: Vec<&str> = ["init", "-input=false", "-no-color"].into_iter().chain(from.as_deref()).collect();
    match terraform(&init) {
        Err(error) => {
            skipped(&format!("no Terraform: {error}"));
            return None;
        }
        Ok(output) if !output.status.success() => {
            skipped(&format!("Terraform has no AWS provider: {}", String::from_utf8_lossy(&output.stderr)));
            return None;
        }
        Ok(_) => {}
    }
    Some(move |arguments: &[&str]| {
        let output = terraform(arguments).unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), text)
    })
}

#[test]
fn the_guides_by_terraform() {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("work");
    std::fs::create_dir(&work).unwrap();
    std::fs::copy(root().join("tests/clients/terraform/main.tf"), work.join("main.tf")).unwrap();
    let server = Server::start(&dir.path().join("data"), &["--no-default-trail"]);
    let Some(run) = terraform_in(&work, &server) else { return };
    let (code, text) = run(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    // Exit code 2 would mean that something differs.
    let (code, text) = run(&["plan", "-detailed-exitcode", "-input=false", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run(&["destroy", "-auto-approve", "-input=false", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
}

/// What `plan --export terraform` writes does what `apply` does, and Terraform sees nothing to change afterwards.
#[test]
fn the_control_by_terraform() {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let server = Server::start(&dir.path().join("data"), &["--no-default-trail"]);
    let control = work.join("control.toml");
    let parts = "[log_group]\nenabled = false\n[alarms]\nenabled = false\n[bucket.policy]\n\
                 deny_insecure_transport = false\n[notifications]\nenabled = true\n\
                 [[data_trails]]\nname = \"data.2\"\ns3 = \"all\"\nlambda = true\n";
    std::fs::write(&control, parts).unwrap();
    let plan = |more: &[&str]| {
        Command::new(BINARY)
            .args(["plan", "--control"])
            .arg(&control)
            .args(more)
            .envs(server.environment())
            .output()
            .unwrap()
    };
    let exported = plan(&["--export", "terraform"]);
    assert_eq!(exported.status.code(), Some(2), "{}", String::from_utf8_lossy(&exported.stderr));
    std::fs::write(work.join("main.tf.json"), &exported.stdout).unwrap();
    let Some(run) = terraform_in(&work, &server) else { return };
    let (code, text) = run(&["validate", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    // Also what cannot be made here: what the service does not have, and a copy in another account.
    let whole = "[account]\nblock_public_access = true\n[alarms]\nsubscribers = [\"a@example.com\"]\n[bucket.replication]\n\
                 enabled = true\nbucket = \"copy\"\naccount = \"444455556666\"\n\
                 role = \"arn:aws:iam::111122223333:role/copier\"\n\
                 key = \"arn:aws:kms:eu-west-1:444455556666:key/5be8f5b7-6a48-41d7-b3cb-4b2b8e1b9a39\"\n";
    std::fs::write(&control, format!("{whole}[notifications]\nenabled = true\n")).unwrap();
    std::fs::write(work.join("main.tf.json"), plan(&["--export", "terraform"]).stdout).unwrap();
    let (code, text) = run(&["validate", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    std::fs::write(&control, parts).unwrap();
    std::fs::write(work.join("main.tf.json"), &exported.stdout).unwrap();
    let (code, text) = run(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    let after = plan(&["--format", "table"]);
    assert_eq!(after.status.code(), Some(0), "{}", String::from_utf8_lossy(&after.stdout));
    let (code, text) = run(&["plan", "-detailed-exitcode", "-input=false", "-no-color"]);
    assert_eq!(code, Some(0), "{text}");
    // What is there would have to be imported.
    assert_eq!(plan(&["--export", "terraform"]).status.code(), Some(1));
}

#[test]
fn access_logs_and_replication_by_boto3() {
    let arguments = ["--no-default-trail", "--access-log-interval", "1s", "--replication-interval", "500ms"];
    script("logs_and_replicas.py", &arguments);
}

#[test]
fn topics_events_and_notices_by_boto3_and_openssl() {
    let arguments =
        ["--no-default-trail", "--notification-networks", "127.0.0.0/8", "--delivery-interval", "500ms"];
    script("topics.py", &arguments);
}
