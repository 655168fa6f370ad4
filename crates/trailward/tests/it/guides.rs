//! The guides in `docs/guides`, executed as written: each step by the AWS CLI, each attack refused with its code, and
//! each refusal in the trail's own log files.
//!
//! Blocks marked `sh` are steps and must succeed; blocks marked `sh attack CODE` are attacks, a command a line, and each
//! must be refused with that code. All blocks of a page run in one shell, in order.

use crate::clients::{bin, root};
use crate::server::{SHORT, Server, client};
use flate2::bufread::GzDecoder;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// One fenced block.
#[derive(Debug)]
enum Block {
    Step(String),
    Attack { code: String, commands: Vec<String> },
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```sh") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match info.trim().split_once(' ') {
            None => blocks.push(Block::Step(body.join("\n"))),
            Some(("attack", code)) => {
                let joined = body.join("\n").replace("\\\n", " ");
                let commands = joined.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
                blocks.push(Block::Attack { code: code.to_owned(), commands });
            }
            Some(other) => panic!("a block is marked {other:?}"),
        }
    }
    blocks
}

/// The page as one shell script. `attack` says what was refused, by which operation's name.
fn script(blocks: &[Block]) -> String {
    let mut text = String::from(
        r#"set -euo pipefail
attack() {
    local code=$1 command=$2 answer
    if answer=$(eval "$command" 2>&1); then
        echo "ACCEPTED: $command"
        exit 3
    fi
    local operation
    operation=$(sed -n "s/.*An error occurred ($code) when calling the \([A-Za-z0-9]*\) operation.*/\1/p" <<<"$answer")
    if [ -z "$operation" ]; then
        echo "REFUSED DIFFERENTLY (not $code): $command"
        echo "$answer"
        exit 3
    fi
    echo "ATTACK $operation $code"
}
"#,
    );
    for block in blocks {
        match block {
            Block::Step(step) => text.push_str(&format!("{step}\n")),
            Block::Attack { code, commands } => {
                for command in commands {
                    let quoted = command.replace('\'', r"'\''");
                    text.push_str(&format!("attack {code} '{quoted}'\n"));
                }
            }
        }
    }
    text
}

/// Whose keys read a bucket, if not the server's own.
#[derive(Debug, Clone, Copy)]
struct Reader {
    key: &'static str,
    secret: &'static str,
}

/// The records in a bucket, as the owner's root user reads them.
fn records(
    bin: &Path,
    server: &Server,
    (bucket, reader): (&str, Option<Reader>),
    into: &Path,
) -> Vec<serde_json::Value> {
    let source = format!("s3://{bucket}");
    let status = Command::new(bin.join("aws"))
        .args(["s3", "sync", "--quiet", &source])
        .arg(into)
        .envs(server.environment())
        .envs(reader.map(|reader| ("AWS_ACCESS_KEY_ID", reader.key)))
        .envs(reader.map(|reader| ("AWS_SECRET_ACCESS_KEY", reader.secret)))
        .env_remove("AWS_PROFILE")
        .status()
        .unwrap();
    assert!(status.success());
    let mut records = Vec::new();
    let mut open = vec![into.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().contains("/CloudTrail/") {
                let mut text = String::new();
                let file = std::fs::read(&path).unwrap();
                GzDecoder::new(&*file).read_to_string(&mut text).unwrap();
                let file: serde_json::Value = serde_json::from_str(&text).unwrap();
                records.extend(file["Records"].as_array().unwrap().iter().cloned());
            }
        }
    }
    records
}

fn run(name: &str, arguments: &[&str], bucket: &str) {
    run_as(name, arguments, &[], (bucket, None));
}

fn run_as(name: &str, arguments: &[&str], variables: &[(&str, &str)], bucket: (&str, Option<Reader>)) {
    let Some(bin) = bin() else { return };
    let page = std::fs::read_to_string(root().join("docs/guides").join(name)).unwrap();
    let blocks = blocks(&page);
    let dir = tempfile::tempdir().unwrap();
    let arguments = [SHORT, &["--no-default-trail"], arguments].concat();
    let server = Server::start(&dir.path().join("data"), &arguments);
    let output = client(bin, Path::new("bash"), &server, dir.path())
        .args(["-c", &script(&blocks)])
        .env("HOME", dir.path())
        .env("AWS_CONFIG_FILE", dir.path().join("aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", dir.path().join("aws-credentials"))
        .env("AWS_PAGER", "")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}:\n{text}\n{errors}\nserver:\n{}", server.log());
    let refused: BTreeSet<(&str, &str)> =
        text.lines().filter_map(|line| line.strip_prefix("ATTACK ")?.split_once(' ')).collect();
    let attacks: usize = blocks
        .iter()
        .map(|block| if let Block::Attack { commands, .. } = block { commands.len() } else { 0 })
        .sum();
    assert!(attacks > 5 && !refused.is_empty(), "{name} attacks");
    assert_eq!(text.lines().filter(|line| line.starts_with("ATTACK ")).count(), attacks);
    // Who tried is in the log files.
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let records = records(bin, &server, bucket, &dir.path().join("mirror"));
        let missing: Vec<&(&str, &str)> =
            refused.iter().filter(|(operation, code)| !is_recorded(&records, operation, code)).collect();
        if missing.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "{name}: not in the log files: {missing:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    server.stop();
}

fn is_recorded(records: &[serde_json::Value], operation: &str, code: &str) -> bool {
    // Records spell a denial alike for every protocol, and S3 calls some operations otherwise than its API does.
    let code = code.replace("AccessDeniedException", "AccessDenied");
    let name = match operation {
        "PutBucketLifecycleConfiguration" => "PutBucketLifecycle",
        "PutObjectLockConfiguration" => "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock" => "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock" => "DeleteBucketPublicAccessBlock",
        other => other,
    };
    records.iter().any(|record| record["eventName"] == name && record["errorCode"] == code)
}

#[test]
fn a_protected_bucket() {
    run(
        "protected-bucket.md",
        &["--access-log-interval", "1s", "--replication-interval", "500ms"],
        "trail-logs-111122223333",
    );
}

/// The account of the archive comes from the bootstrap file, with a key of its root user's.
#[test]
fn an_organization() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let (key, secret) = ("AKIAEXAMPLEMEMBER001", "a-secret-of-the-member");
    let account = |id: &str, key: &str, secret: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nname = \"a{id}\"\nemail = \"{id}@example.com\"\n[[account.key]]\n\
             access_key_id = \"{key}\"\nsecret_access_key = \"{secret}\"\nprincipal = \"root\"\n"
        )
    };
    let main = account("111122223333", "AKIAEXAMPLEMAIN00001", "a-secret-of-the-test");
    std::fs::write(&file, main + &account("444455556666", key, secret)).unwrap();
    let variables = [("MEMBER_KEY", key), ("MEMBER_SECRET", secret)];
    let member = Reader { key, secret };
    run_as(
        "organization.md",
        &["--bootstrap", file.to_str().unwrap()],
        &variables,
        ("organization-logs-444455556666", Some(member)),
    );
}

/// The root user's device comes from the bootstrap file.
#[test]
fn mfa_delete() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bootstrap.toml");
    let (serial, seed) =
        ("arn:aws:iam::111122223333:mfa/root-account-mfa-device", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let text = format!(
        "[[account]]\nid = \"111122223333\"\nname = \"main\"\nemail = \"main@example.com\"\n[[account.key]]\n\
         access_key_id = \"AKIAEXAMPLEMAIN00001\"\nsecret_access_key = \"a-secret-of-the-test\"\n\
         principal = \"root\"\n[[account.mfa]]\nprincipal = \"root\"\nserial = \"{serial}\"\nseed_base32 = \"{seed}\"\n"
    );
    std::fs::write(&file, text).unwrap();
    run_as(
        "mfa-delete.md",
        &["--bootstrap", file.to_str().unwrap()],
        &[("ROOT_MFA_SERIAL", serial), ("ROOT_MFA_SEED", seed)],
        ("mfa-logs-111122223333", None),
    );
}
