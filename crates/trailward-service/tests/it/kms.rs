//! Keys: their policies and grants decide, and what is off or gone encrypts nothing.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, allow, deny, root_of};
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::Credentials;

async fn made(world: &World, members: Value) -> String {
    let answer = world.root("kms", "CreateKey", members).await.ok();
    answer.json()["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
}

async fn encrypted(world: &World, key: &str, who: &Credentials) -> Answer {
    world.call("kms", "Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"}), who).await
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn statement(principal: &str, action: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"})
}

fn root_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

#[tokio::test]
async fn iam_decides_only_as_far_as_the_key_policy_lets_it() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("kms:*"))).await;
    let carol = world.user("carol", None).await;
    let key = made(&world, json!({})).await;
    encrypted(&world, &key, &bob).await.ok();
    let refusal = encrypted(&world, &key, &carol).await.failed(400, "AccessDeniedException");
    assert!(refusal.message().contains("kms:Encrypt"), "{}", refusal.message());
    let record = world.last_record().await;
    assert_eq!((&record["errorCode"], &record["requestParameters"]), (&json!("AccessDenied"), &Value::Null));
    // A policy that names carol alone: what IAM says to others counts for nothing any more.
    let carols = format!("arn:aws:iam::{ACCOUNT}:user/carol");
    let text =
        policy(&[statement(&carols, "kms:Encrypt"), statement(&root_arn(ACCOUNT), "kms:PutKeyPolicy")]);
    world.root("kms", "PutKeyPolicy", json!({"KeyId": key, "Policy": text})).await.ok();
    encrypted(&world, &key, &bob).await.failed(400, "AccessDeniedException");
    encrypted(&world, &key, &carol).await.ok();
    // Even the account's root may only what the policy says.
    let root = root_of(ACCOUNT);
    encrypted(&world, &key, &root).await.failed(400, "AccessDeniedException");
    // An explicit deny of IAM wins over it.
    world
        .root(
            "iam",
            "PutUserPolicy",
            json!({
                "UserName": "carol", "PolicyName": "no", "PolicyDocument": deny("kms:Encrypt").to_string(),
            }),
        )
        .await
        .ok();
    encrypted(&world, &key, &carol).await.failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn another_account_needs_both_sides() {
    let world = World::new().await;
    let key = made(&world, json!({})).await;
    let other = root_of(OTHER_ACCOUNT);
    encrypted(&world, &key, &other).await.failed(400, "AccessDeniedException");
    let text =
        policy(&[statement(&root_arn(ACCOUNT), "kms:*"), statement(&root_arn(OTHER_ACCOUNT), "kms:Encrypt")]);
    world.root("kms", "PutKeyPolicy", json!({"KeyId": key, "Policy": text})).await.ok();
    let answer = encrypted(&world, &key, &other).await.ok().json();
    let blob = json!({"CiphertextBlob": answer["CiphertextBlob"]});
    world.call("kms", "Decrypt", blob.clone(), &other).await.failed(400, "AccessDeniedException");
    world.root("kms", "Decrypt", blob).await.ok();
    // Managing a key is for its own account, whatever its policy says.
    let text =
        policy(&[statement(&root_arn(ACCOUNT), "kms:*"), statement(&root_arn(OTHER_ACCOUNT), "kms:*")]);
    world.root("kms", "PutKeyPolicy", json!({"KeyId": key, "Policy": text})).await.ok();
    for operation in ["DisableKey", "ScheduleKeyDeletion", "GetKeyPolicy"] {
        world
            .call("kms", operation, json!({"KeyId": key}), &other)
            .await
            .failed(400, "AccessDeniedException");
    }
    world.call("kms", "DescribeKey", json!({"KeyId": key}), &other).await.ok();
}

#[tokio::test]
async fn a_grant_allows_until_it_is_taken_back() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    let key = made(&world, json!({})).await;
    let bobs = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let grant = json!({
        "KeyId": key, "GranteePrincipal": bobs, "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"Department": "audit"}},
    });
    let answer = world.root("kms", "CreateGrant", grant).await.ok();
    let id = answer.text("GrantId").expect("an id");
    let record = world.last_record().await;
    let subset = record.pointer("/requestParameters/constraints/encryptionContextSubset/Department");
    assert_eq!(subset, Some(&json!("audit")));
    assert_eq!(record["responseElements"], json!({"grantId": id}));
    encrypted(&world, &key, &bob).await.failed(400, "AccessDeniedException");
    let members = json!({
        "KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionContext": {"Department": "audit", "Case": "7"},
    });
    let answer = world.call("kms", "Encrypt", members.clone(), &bob).await.ok().json();
    let record = world.last_record().await;
    assert_eq!(record["requestParameters"]["encryptionContext"], members["EncryptionContext"]);
    assert!(!record.to_string().contains("c2VjcmV0"), "the plaintext is in the record");
    let decrypt = json!({
        "CiphertextBlob": answer["CiphertextBlob"], "EncryptionContext": members["EncryptionContext"],
    });
    let opened = world.call("kms", "Decrypt", decrypt.clone(), &bob).await.ok().json();
    assert_eq!(opened["Plaintext"], "c2VjcmV0");
    // A grant is no right to hand it on, nor to take it back.
    let members = json!({"KeyId": key, "GrantId": id});
    world.call("kms", "RevokeGrant", members.clone(), &bob).await.failed(400, "AccessDeniedException");
    world.call("kms", "RetireGrant", members.clone(), &bob).await.failed(400, "AccessDeniedException");
    world.root("kms", "RevokeGrant", members.clone()).await.ok();
    world.call("kms", "Decrypt", decrypt, &bob).await.failed(400, "AccessDeniedException");
    world.root("kms", "RevokeGrant", members).await.failed(400, "NotFoundException");
}

#[tokio::test]
async fn a_retiring_principal_may_retire_and_nothing_else() {
    let world = World::new().await;
    let bob = world.user("bob", None).await;
    let key = made(&world, json!({})).await;
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:user/{name}");
    world.user("carol", None).await;
    let grant = json!({
        "KeyId": key, "GranteePrincipal": arn("carol"), "RetiringPrincipal": arn("bob"), "Operations": ["Decrypt"],
    });
    let token = world.root("kms", "CreateGrant", grant).await.ok().text("GrantToken").expect("a token");
    world.call("kms", "DescribeKey", json!({"KeyId": key}), &bob).await.failed(400, "AccessDeniedException");
    world.call("kms", "RetireGrant", json!({"GrantToken": token}), &bob).await.ok();
    let left = world.root("kms", "ListGrants", json!({"KeyId": key})).await.ok().json();
    assert_eq!(left["Grants"], json!([]));
}

#[tokio::test]
async fn what_is_off_or_going_encrypts_and_decrypts_nothing() {
    let world = World::new().await;
    let key = made(&world, json!({})).await;
    let blob = encrypted(&world, &key, &root_of(ACCOUNT)).await.ok().json()["CiphertextBlob"].clone();
    let decrypt = json!({"CiphertextBlob": blob});
    let id = json!({"KeyId": key});
    world.root("kms", "DisableKey", id.clone()).await.ok();
    world.root("kms", "Decrypt", decrypt.clone()).await.failed(400, "DisabledException");
    world
        .root("kms", "GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"}))
        .await
        .failed(400, "DisabledException");
    world.root("kms", "EnableKey", id.clone()).await.ok();
    world.root("kms", "Decrypt", decrypt.clone()).await.ok();
    world.root("kms", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    world.root("kms", "Decrypt", decrypt.clone()).await.failed(400, "KMSInvalidStateException");
    world.root("kms", "EnableKey", id.clone()).await.failed(400, "KMSInvalidStateException");
    world.root("kms", "ScheduleKeyDeletion", id.clone()).await.failed(400, "KMSInvalidStateException");
    world.root("kms", "CancelKeyDeletion", id.clone()).await.ok();
    world.root("kms", "CancelKeyDeletion", id.clone()).await.failed(400, "KMSInvalidStateException");
    world.root("kms", "Decrypt", decrypt.clone()).await.failed(400, "DisabledException");
    world.root("kms", "CreateAlias", json!({"AliasName": "alias/gone", "TargetKeyId": key})).await.ok();
    world.root("kms", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await.ok();
    world.clock.advance(Duration::days(7));
    world.root("kms", "CancelKeyDeletion", id.clone()).await.failed(400, "NotFoundException");
    world.root("kms", "DescribeKey", json!({"KeyId": "alias/gone"})).await.failed(400, "NotFoundException");
    world.root("kms", "Decrypt", decrypt).await.failed(400, "InvalidCiphertextException");
}

#[tokio::test]
async fn rotation_keeps_old_ciphertext_readable() {
    let world = World::new().await;
    let key = made(&world, json!({})).await;
    let root = root_of(ACCOUNT);
    world.root("kms", "EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await.ok();
    let old = encrypted(&world, &key, &root).await.ok().json()["CiphertextBlob"].clone();
    world.clock.advance(Duration::days(91));
    let new = encrypted(&world, &key, &root).await.ok().json()["CiphertextBlob"].clone();
    // The number of the material stands in the ciphertext.
    let head = |blob: &Value| blob.as_str().and_then(|text| text.get(..28)).map(str::to_owned);
    assert_ne!(head(&old).expect("a head"), head(&new).expect("a head"));
    for blob in [old, new] {
        let opened = world.root("kms", "Decrypt", json!({"CiphertextBlob": blob})).await.ok().json();
        assert_eq!(opened["Plaintext"], "c2VjcmV0");
    }
}

#[tokio::test]
async fn rotation_on_demand_ends_at_its_limit() {
    let world = World::new().await;
    let key = made(&world, json!({})).await;
    let id = json!({"KeyId": key});
    for _ in 0..25 {
        world.root("kms", "RotateKeyOnDemand", id.clone()).await.ok();
    }
    world.root("kms", "RotateKeyOnDemand", id).await.failed(400, "LimitExceededException");
}

#[tokio::test]
async fn bad_input_has_its_own_error() {
    let world = World::new().await;
    let key = made(&world, json!({})).await;
    let rsa = made(&world, json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"})).await;
    let cases: Vec<(&str, Value, &str)> = vec![
        ("CreateKey", json!({"KeySpec": "DES"}), "ValidationException"),
        ("CreateKey", json!({"KeySpec": "RSA_2048"}), "ValidationException"),
        (
            "CreateKey",
            json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"}),
            "ValidationException",
        ),
        ("CreateKey", json!({"Origin": "EXTERNAL"}), "UnsupportedOperationException"),
        ("CreateKey", json!({"MultiRegion": true}), "UnsupportedOperationException"),
        ("CreateKey", json!({"Policy": "{"}), "MalformedPolicyDocumentException"),
        ("CreateKey", json!({"Tags": [{"TagKey": "aws:x", "TagValue": ""}]}), "TagException"),
        ("Encrypt", json!({"KeyId": key, "Plaintext": ""}), "ValidationException"),
        ("Encrypt", json!({"KeyId": key, "Plaintext": "x".repeat(5500)}), "ValidationException"),
        ("Encrypt", json!({"KeyId": "", "Plaintext": "c2Vj"}), "ValidationException"),
        ("Encrypt", json!({"KeyId": key, "Plaintext": "!"}), "SerializationException"),
        ("Encrypt", json!({"KeyId": rsa, "Plaintext": "c2Vj"}), "InvalidKeyUsageException"),
        ("Encrypt", json!({"KeyId": "alias/none", "Plaintext": "c2Vj"}), "NotFoundException"),
        ("Encrypt", json!({"KeyId": key, "Plaintext": "c2Vj", "DryRun": true}), "DryRunOperationException"),
        (
            "Encrypt",
            json!({"KeyId": key, "Plaintext": "c2Vj", "EncryptionContext": {"a": "x".repeat(9000)}}),
            "ValidationException",
        ),
        (
            "Encrypt",
            json!({"KeyId": key.replace("us-east-1", "us-west-2"), "Plaintext": "c2Vj"}),
            "NotFoundException",
        ),
        (
            "Encrypt",
            json!({"KeyId": "arn:aws:kms:us-east-1:1:wrong/x", "Plaintext": "c2Vj"}),
            "InvalidArnException",
        ),
        ("Decrypt", json!({"CiphertextBlob": "c2VjcmV0"}), "InvalidCiphertextException"),
        ("GenerateDataKey", json!({"KeyId": key}), "ValidationException"),
        (
            "GenerateDataKey",
            json!({"KeyId": key, "KeySpec": "AES_256", "NumberOfBytes": 32}),
            "ValidationException",
        ),
        ("GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 1025}), "ValidationException"),
        ("GenerateDataKey", json!({"KeyId": rsa, "KeySpec": "AES_256"}), "InvalidKeyUsageException"),
        (
            "Sign",
            json!({"KeyId": key, "Message": "c2Vj", "SigningAlgorithm": "ECDSA_SHA_256"}),
            "InvalidKeyUsageException",
        ),
        (
            "Sign",
            json!({"KeyId": rsa, "Message": "c2Vj", "SigningAlgorithm": "ECDSA_SHA_256"}),
            "InvalidKeyUsageException",
        ),
        (
            "Sign",
            json!({"KeyId": rsa, "Message": "c2Vj", "MessageType": "DIGEST", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}),
            "ValidationException",
        ),
        ("GetPublicKey", json!({"KeyId": key}), "UnsupportedOperationException"),
        ("EnableKeyRotation", json!({"KeyId": rsa}), "UnsupportedOperationException"),
        ("RotateKeyOnDemand", json!({"KeyId": rsa}), "UnsupportedOperationException"),
        ("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 89}), "ValidationException"),
        ("CreateAlias", json!({"AliasName": "trail", "TargetKeyId": key}), "ValidationException"),
        (
            "CreateAlias",
            json!({"AliasName": "alias/aws/s3", "TargetKeyId": key}),
            "InvalidAliasNameException",
        ),
        ("CreateAlias", json!({"AliasName": "alias/a b", "TargetKeyId": key}), "InvalidAliasNameException"),
        ("DeleteAlias", json!({"AliasName": "alias/none"}), "NotFoundException"),
        ("EnableKey", json!({"KeyId": "alias/none"}), "NotFoundException"),
        ("GetKeyPolicy", json!({"KeyId": key, "PolicyName": "other"}), "NotFoundException"),
        ("PutKeyPolicy", json!({"KeyId": key, "Policy": "[]"}), "MalformedPolicyDocumentException"),
        (
            "CreateGrant",
            json!({"KeyId": key, "GranteePrincipal": "*", "Operations": ["Decrypt"]}),
            "InvalidArnException",
        ),
        (
            "CreateGrant",
            json!({"KeyId": key, "GranteePrincipal": root_arn(ACCOUNT), "Operations": []}),
            "ValidationException",
        ),
        ("ListKeys", json!({"Limit": 0}), "ValidationException"),
        ("ListKeys", json!({"Marker": "!"}), "InvalidMarkerException"),
        ("ReplicateKey", json!({}), "NotImplemented"),
    ];
    for (operation, members, code) in cases {
        let answer = world.root("kms", operation, members.clone()).await;
        assert_eq!(answer.code(), code, "{operation} {members}: {}", answer.body);
    }
}

#[tokio::test]
async fn another_key_cannot_open_it() {
    let world = World::new().await;
    let (one, two) = (made(&world, json!({})).await, made(&world, json!({})).await);
    let blob = encrypted(&world, &one, &root_of(ACCOUNT)).await.ok().json()["CiphertextBlob"].clone();
    let members = json!({"CiphertextBlob": blob, "KeyId": two});
    world.root("kms", "Decrypt", members).await.failed(400, "IncorrectKeyException");
    let members = json!({"CiphertextBlob": blob, "DestinationKeyId": two});
    let moved = world.root("kms", "ReEncrypt", members).await.ok().json();
    let members = json!({"CiphertextBlob": moved["CiphertextBlob"], "KeyId": two});
    world.root("kms", "Decrypt", members).await.ok();
}
