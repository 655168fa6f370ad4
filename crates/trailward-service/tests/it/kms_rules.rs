//! KMS: who may use a key, what a ciphertext is bound to, and what happens to keys.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, allow, root, root_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::Credentials;

fn b64(text: &str) -> String {
    STANDARD.encode(text)
}

fn arn(id: &str) -> String {
    format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}")
}

async fn kms(world: &World, operation: &str, members: Value) -> Answer {
    world.root("kms", operation, members).await
}

async fn by(world: &World, who: &Credentials, operation: &str, members: Value) -> Answer {
    world.call("kms", operation, members, who).await
}

async fn key(world: &World, members: Value) -> String {
    kms(world, "CreateKey", members).await.ok().text("KeyId").unwrap()
}

async fn encrypt(world: &World, id: &str, text: &str) -> String {
    let members = json!({"KeyId": id, "Plaintext": b64(text)});
    kms(world, "Encrypt", members).await.ok().text("CiphertextBlob").unwrap()
}

async fn decrypt(world: &World, blob: &str) -> Answer {
    kms(world, "Decrypt", json!({"CiphertextBlob": blob})).await
}

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[tokio::test]
async fn a_key_policy_must_allow_whoever_calls() {
    let world = World::new().await;
    let admin = world.user("admin", Some(allow("*"))).await;
    let nobody = world.user("nobody", None).await;
    let id = key(&world, json!({})).await;
    // The default policy leaves it to the account's policies.
    by(&world, &admin, "DescribeKey", json!({"KeyId": id})).await.ok();
    let refused = by(&world, &nobody, "DescribeKey", json!({"KeyId": id})).await;
    refused.failed(400, "AccessDeniedException");
    // A key whose policy names one user is that user's alone, and root's no more than an administrator's.
    let mine = policy(&json!({
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/nobody")},
        "Action": "kms:*", "Resource": "*",
    }));
    kms(&world, "PutKeyPolicy", json!({"KeyId": id, "Policy": mine}))
        .await
        .failed(400, "MalformedPolicyDocumentException");
    let put = json!({"KeyId": id, "Policy": mine, "BypassPolicyLockoutSafetyCheck": true});
    kms(&world, "PutKeyPolicy", put).await.ok();
    for who in [&admin, &root()] {
        for operation in ["DescribeKey", "DisableKey", "GetKeyPolicy", "ScheduleKeyDeletion"] {
            by(&world, who, operation, json!({"KeyId": id})).await.failed(400, "AccessDeniedException");
        }
    }
    by(&world, &nobody, "DescribeKey", json!({"KeyId": id})).await.ok();
    let record = world.last_record().await;
    assert_eq!(record["resources"][0]["ARN"], json!(arn(&id)));
}

#[tokio::test]
async fn other_accounts_need_both_sides() {
    let world = World::new().await;
    let id = key(&world, json!({})).await;
    let foreign = root_of(OTHER_ACCOUNT);
    let members = json!({"KeyId": arn(&id), "Plaintext": b64("x")});
    by(&world, &foreign, "Encrypt", members.clone()).await.failed(400, "AccessDeniedException");
    // What is missing looks the same as what may not be used.
    let none = json!({"KeyId": arn("00000000-0000-4000-8000-000000000000"), "Plaintext": b64("x")});
    by(&world, &foreign, "Encrypt", none.clone()).await.failed(400, "AccessDeniedException");
    kms(&world, "Encrypt", none).await.failed(400, "NotFoundException");
    let shared = policy(&json!([
        {
            "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": "kms:*", "Resource": "*",
        },
        {
            "Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": ["kms:Encrypt", "kms:Decrypt"],
            "Resource": "*",
        },
    ]));
    kms(&world, "PutKeyPolicy", json!({"KeyId": id, "Policy": shared})).await.ok();
    let blob = by(&world, &foreign, "Encrypt", members).await.ok().text("CiphertextBlob").unwrap();
    let opened = by(&world, &foreign, "Decrypt", json!({"CiphertextBlob": blob})).await.ok();
    assert_eq!(opened.text("Plaintext").unwrap(), b64("x"));
    // Managing stays with the owner.
    by(&world, &foreign, "DisableKey", json!({"KeyId": arn(&id)})).await.failed(400, "AccessDeniedException");
}

#[tokio::test]
async fn the_policy_that_cloudtrail_needs() {
    let world = World::new().await;
    let trail = format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main");
    let text = policy(&json!([
        {
            "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": ["kms:PutKeyPolicy", "kms:DescribeKey"], "Resource": "*",
        },
        {
            "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:GenerateDataKey*", "Resource": "*",
            "Condition": {"StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn": format!("arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"),
            }},
        },
        {
            "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}},
        },
    ]));
    let id = key(&world, json!({"Policy": text})).await;
    let with = |context: Value| json!({"KeyId": id, "KeySpec": "AES_256", "EncryptionContext": context});
    let right = json!({"aws:cloudtrail:arn": trail});
    let made = kms(&world, "GenerateDataKey", with(right.clone())).await.ok();
    for wrong in
        [json!({}), json!({"aws:cloudtrail:arn": "arn:aws:cloudtrail:us-east-1:999999999999:trail/x"})]
    {
        kms(&world, "GenerateDataKey", with(wrong)).await.failed(400, "AccessDeniedException");
    }
    let blob = made.text("CiphertextBlob").unwrap();
    decrypt(&world, &blob).await.failed(400, "AccessDeniedException");
    let open = |context: Value| {
        kms(&world, "Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context}))
    };
    assert_eq!(open(right).await.ok().text("Plaintext"), made.text("Plaintext"));
    open(json!({"aws:cloudtrail:arn": "another"})).await.failed(400, "InvalidCiphertextException");
}

#[tokio::test]
async fn ciphertexts_are_bound_to_key_context_and_every_bit() {
    let world = World::new().await;
    let (one, other) = (key(&world, json!({})).await, key(&world, json!({})).await);
    let blob = encrypt(&world, &one, "secret").await;
    let named = |id: &str| json!({"CiphertextBlob": blob, "KeyId": id});
    kms(&world, "Decrypt", named(&one)).await.ok();
    kms(&world, "Decrypt", named(&other)).await.failed(400, "IncorrectKeyException");
    let bytes = STANDARD.decode(&blob).unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let answer = decrypt(&world, &STANDARD.encode(&altered)).await;
        assert_eq!(answer.status, 400, "byte {at}: {}", answer.body);
        let code = answer.code();
        assert!(
            ["InvalidCiphertextException", "AccessDeniedException", "NotFoundException"].contains(&&*code),
            "byte {at}: {code}"
        );
    }
    for cut in [0, 4, 20, bytes.len() - 1] {
        let answer = decrypt(&world, &STANDARD.encode(&bytes[..cut])).await;
        answer.failed(400, "InvalidCiphertextException");
    }
    kms(&world, "Decrypt", json!({"CiphertextBlob": "***"})).await.failed(400, "SerializationException");
    assert!(world.records().await.iter().all(|record| {
        let text = record.to_string();
        !text.contains(&b64("secret")) && !text.contains(&blob)
    }));
}

#[tokio::test]
async fn a_disabled_key_does_nothing_and_one_that_goes_neither() {
    let world = World::new().await;
    let id = key(&world, json!({})).await;
    let blob = encrypt(&world, &id, "x").await;
    let k = json!({"KeyId": id});
    let uses = || async {
        [
            decrypt(&world, &blob).await,
            kms(&world, "Encrypt", json!({"KeyId": id, "Plaintext": b64("x")})).await,
            kms(&world, "GenerateDataKey", json!({"KeyId": id, "KeySpec": "AES_128"})).await,
            kms(&world, "ReEncrypt", json!({"CiphertextBlob": blob, "DestinationKeyId": id})).await,
        ]
    };
    kms(&world, "DisableKey", k.clone()).await.ok();
    for answer in uses().await {
        answer.failed(400, "DisabledException");
    }
    kms(&world, "EnableKey", k.clone()).await.ok();
    decrypt(&world, &blob).await.ok();
    kms(&world, "CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": id})).await.ok();
    kms(&world, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 6}))
        .await
        .failed(400, "ValidationException");
    kms(&world, "CancelKeyDeletion", k.clone()).await.failed(400, "KMSInvalidStateException");
    kms(&world, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7})).await.ok();
    for answer in uses().await {
        answer.failed(400, "KMSInvalidStateException");
    }
    for operation in ["EnableKey", "DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation"] {
        kms(&world, operation, k.clone()).await.failed(400, "KMSInvalidStateException");
    }
    world.clock.advance(Duration::days(6));
    kms(&world, "CancelKeyDeletion", k.clone()).await.ok();
    decrypt(&world, &blob).await.failed(400, "DisabledException");
    kms(&world, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7})).await.ok();
    world.clock.advance(Duration::days(7));
    assert!(!kms(&world, "ListKeys", json!({})).await.ok().body.contains(&id));
    kms(&world, "DescribeKey", k).await.failed(400, "NotFoundException");
    decrypt(&world, &blob).await.failed(400, "InvalidCiphertextException");
    assert!(!kms(&world, "ListAliases", json!({})).await.ok().body.contains("alias/a"));
}

#[tokio::test]
async fn rotation_keeps_what_was_encrypted_before() {
    let world = World::new().await;
    let id = key(&world, json!({})).await;
    let k = json!({"KeyId": id});
    let before = encrypt(&world, &id, "before").await;
    kms(&world, "RotateKeyOnDemand", k.clone()).await.ok();
    let between = encrypt(&world, &id, "between").await;
    kms(&world, "EnableKeyRotation", json!({"KeyId": id, "RotationPeriodInDays": 89}))
        .await
        .failed(400, "ValidationException");
    kms(&world, "EnableKeyRotation", json!({"KeyId": id, "RotationPeriodInDays": 90})).await.ok();
    world.clock.advance(Duration::days(91));
    let after = encrypt(&world, &id, "after").await;
    // The material's number is in the clear, behind the key's id.
    let number = |blob: &str| STANDARD.decode(blob).unwrap()[20];
    assert_eq!([number(&before), number(&between), number(&after)], [0, 1, 2]);
    for (blob, text) in [(before, "before"), (between, "between"), (after, "after")] {
        assert_eq!(decrypt(&world, &blob).await.ok().text("Plaintext").unwrap(), b64(text));
    }
    let status = kms(&world, "GetKeyRotationStatus", k).await.ok().json();
    assert_eq!((&status["KeyRotationEnabled"], &status["RotationPeriodInDays"]), (&json!(true), &json!(90)));
    let pair = key(&world, json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    let answer = kms(&world, "EnableKeyRotation", json!({"KeyId": pair})).await;
    answer.failed(400, "UnsupportedOperationException");
}

#[tokio::test]
async fn pairs_sign_verify_and_encrypt() {
    let world = World::new().await;
    let pairs = [
        ("ECC_NIST_P256", "ECDSA_SHA_256", 32),
        ("ECC_NIST_P384", "ECDSA_SHA_384", 48),
        ("ECC_NIST_P521", "ECDSA_SHA_512", 64),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", 32),
        ("RSA_2048", "RSASSA_PSS_SHA_256", 32),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512", 64),
    ];
    for (spec, algorithm, length) in pairs {
        let id = key(&world, json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})).await;
        let digest = STANDARD.encode(vec![7; length]);
        for (message, kind) in [(b64("message"), "RAW"), (digest, "DIGEST")] {
            let mut members =
                json!({"KeyId": id, "Message": message, "MessageType": kind, "SigningAlgorithm": algorithm});
            let signature = kms(&world, "Sign", members.clone()).await.ok().text("Signature").unwrap();
            members["Signature"] = json!(signature);
            kms(&world, "Verify", members.clone()).await.ok();
            let mut bytes = STANDARD.decode(&signature).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            members["Signature"] = json!(STANDARD.encode(bytes));
            kms(&world, "Verify", members).await.failed(400, "KMSInvalidSignatureException");
        }
        let short =
            json!({"KeyId": id, "Message": b64("x"), "MessageType": "DIGEST", "SigningAlgorithm": algorithm});
        kms(&world, "Sign", short).await.failed(400, "ValidationException");
        let encrypts = json!({"KeyId": id, "Plaintext": b64("x")});
        kms(&world, "Encrypt", encrypts).await.failed(400, "InvalidKeyUsageException");
    }
    let id = key(&world, json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"})).await;
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let members = json!({"KeyId": id, "Plaintext": b64("x"), "EncryptionAlgorithm": algorithm});
        let blob = kms(&world, "Encrypt", members).await.ok().text("CiphertextBlob").unwrap();
        decrypt(&world, &blob).await.failed(400, "InvalidCiphertextException");
        let open = json!({"CiphertextBlob": blob, "KeyId": id, "EncryptionAlgorithm": algorithm});
        assert_eq!(kms(&world, "Decrypt", open).await.ok().text("Plaintext").unwrap(), b64("x"));
    }
    let symmetric = key(&world, json!({})).await;
    kms(&world, "GetPublicKey", json!({"KeyId": symmetric}))
        .await
        .failed(400, "UnsupportedOperationException");
}

#[tokio::test]
async fn aliases_point_and_dry_runs_do_nothing() {
    let world = World::new().await;
    let (one, other) = (key(&world, json!({})).await, key(&world, json!({})).await);
    for bad in ["logs", "alias/", "alias/aws/s3", "alias/a b"] {
        let answer = kms(&world, "CreateAlias", json!({"AliasName": bad, "TargetKeyId": one})).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
    }
    let alias = |target: &str| json!({"AliasName": "alias/logs", "TargetKeyId": target});
    kms(&world, "CreateAlias", alias(&one)).await.ok();
    kms(&world, "CreateAlias", alias(&other)).await.failed(400, "AlreadyExistsException");
    let described = kms(&world, "DescribeKey", json!({"KeyId": "alias/logs"})).await.ok();
    assert_eq!(described.text("KeyId").unwrap(), one);
    kms(&world, "UpdateAlias", alias(&other)).await.ok();
    let by_arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/logs");
    let described = kms(&world, "DescribeKey", json!({"KeyId": by_arn})).await.ok();
    assert_eq!(described.text("KeyId").unwrap(), other);
    // What manages keys names them.
    kms(&world, "DisableKey", json!({"KeyId": "alias/logs"})).await.failed(400, "NotFoundException");
    let pair = key(&world, json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    kms(&world, "UpdateAlias", alias(&pair)).await.failed(400, "ValidationException");
    let dry = json!({"KeyId": one, "KeySpec": "AES_256", "DryRun": true});
    kms(&world, "GenerateDataKey", dry).await.failed(412, "DryRunOperationException");
    kms(&world, "DeleteAlias", json!({"AliasName": "alias/logs"})).await.ok();
    kms(&world, "DescribeKey", json!({"KeyId": "alias/logs"})).await.failed(400, "NotFoundException");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = World::new().await;
    let id = key(&world, json!({})).await;
    let table = [
        ("CreateKey", json!({"KeySpec": "ECC_NIST_P256"}), "ValidationException"),
        (
            "CreateKey",
            json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"}),
            "ValidationException",
        ),
        ("CreateKey", json!({"KeySpec": "HMAC_256"}), "ValidationException"),
        ("CreateKey", json!({"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"}), "ValidationException"),
        ("CreateKey", json!({"KeySpec": "ML_DSA_44"}), "UnsupportedOperationException"),
        ("CreateKey", json!({"Origin": "EXTERNAL"}), "UnsupportedOperationException"),
        ("CreateKey", json!({"MultiRegion": true}), "UnsupportedOperationException"),
        ("CreateKey", json!({"Policy": "{}"}), "MalformedPolicyDocumentException"),
        ("CreateKey", json!({"Tags": [{"TagKey": "aws:x", "TagValue": "y"}]}), "TagException"),
        ("DescribeKey", json!({"KeyId": "nonsense"}), "NotFoundException"),
        ("DescribeKey", json!({"KeyId": "arn:aws:s3:::bucket"}), "NotFoundException"),
        ("Encrypt", json!({"KeyId": id, "Plaintext": ""}), "ValidationException"),
        ("Encrypt", json!({"KeyId": id, "Plaintext": STANDARD.encode(vec![0; 4097])}), "ValidationException"),
        (
            "Encrypt",
            json!({"KeyId": id, "Plaintext": b64("x"), "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            "InvalidKeyUsageException",
        ),
        (
            "Encrypt",
            json!({"KeyId": id, "Plaintext": b64("x"), "GrantTokens": ["t"]}),
            "InvalidGrantTokenException",
        ),
        ("GenerateDataKey", json!({"KeyId": id}), "ValidationException"),
        (
            "GenerateDataKey",
            json!({"KeyId": id, "KeySpec": "AES_256", "NumberOfBytes": 1}),
            "ValidationException",
        ),
        ("GenerateDataKey", json!({"KeyId": id, "NumberOfBytes": 1025}), "ValidationException"),
        (
            "Sign",
            json!({"KeyId": id, "Message": b64("x"), "SigningAlgorithm": "ECDSA_SHA_256"}),
            "InvalidKeyUsageException",
        ),
        ("GetKeyPolicy", json!({"KeyId": id, "PolicyName": "other"}), "NotFoundException"),
        ("ListKeys", json!({"Limit": 0}), "ValidationException"),
        (
            "CreateGrant",
            json!({"KeyId": id, "GranteePrincipal": "*", "Operations": ["Decrypt"]}),
            "InvalidArnException",
        ),
        (
            "CreateGrant",
            json!({"KeyId": id, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:root"), "Operations": []}),
            "ValidationException",
        ),
        (
            "CreateGrant",
            json!({"KeyId": id, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:root"), "Operations": ["CreateGrant"]}),
            "UnsupportedOperationException",
        ),
        ("RevokeGrant", json!({"KeyId": id, "GrantId": "none"}), "NotFoundException"),
        ("RetireGrant", json!({"GrantToken": "none"}), "InvalidGrantTokenException"),
        ("ListRetirableGrants", json!({}), "ValidationException"),
        ("ListRetirableGrants", json!({"RetiringPrincipal": "bob"}), "InvalidArnException"),
        ("ListKeyRotations", json!({"KeyId": id, "IncludeKeyMaterial": "SOME"}), "ValidationException"),
        ("ListKeyRotations", json!({"KeyId": "nonsense"}), "NotFoundException"),
        ("ListKeyRotations", json!({"KeyId": id, "Marker": "!"}), "InvalidMarkerException"),
        (
            "GenerateMac",
            json!({"KeyId": id, "Message": "aGVsbG8=", "MacAlgorithm": "HMAC_SHA_256"}),
            "InvalidKeyUsageException",
        ),
        ("GetKeyLastUsage", json!({}), "NotImplemented"),
    ];
    for (operation, members, code) in table {
        let answer = kms(&world, operation, members.clone()).await;
        assert_eq!(answer.code(), code, "{operation} {members}: {}", answer.body);
        assert_eq!(world.last_record().await["errorCode"], code, "{operation}");
    }
}

#[tokio::test]
async fn grants_stand_beside_the_policy() {
    let world = World::new().await;
    let ada = world.user("ada", None).await;
    let clerk = world.user("clerk", None).await;
    let id = key(&world, json!({})).await;
    let user = |name: &str| format!("arn:aws:iam::{ACCOUNT}:user/{name}");
    let context = json!({"team": "blue"});
    let members = json!({"KeyId": id, "Plaintext": b64("x"), "EncryptionContext": context});
    let blob = kms(&world, "Encrypt", members).await.ok().text("CiphertextBlob").unwrap();
    let open = |who: Credentials| {
        let (world, members) = (&world, json!({"CiphertextBlob": blob, "EncryptionContext": context}));
        async move { by(world, &who, "Decrypt", members).await }
    };
    open(ada.clone()).await.failed(400, "AccessDeniedException");
    let grant = |constraints: Value| {
        json!({
            "KeyId": id, "GranteePrincipal": user("ada"), "RetiringPrincipal": user("clerk"),
            "Operations": ["Decrypt"], "Constraints": constraints, "Name": "reading",
        })
    };
    let other = json!({"EncryptionContextSubset": {"team": "red"}});
    kms(&world, "CreateGrant", grant(other)).await.ok();
    open(ada.clone()).await.failed(400, "AccessDeniedException");
    let exact = json!({"EncryptionContextEquals": {"team": "blue"}});
    let made = kms(&world, "CreateGrant", grant(exact.clone())).await.ok();
    let again = kms(&world, "CreateGrant", grant(exact)).await.ok();
    assert_eq!(made.text("GrantId"), again.text("GrantId"));
    open(ada.clone()).await.ok();
    open(clerk.clone()).await.failed(400, "AccessDeniedException");
    // Nothing else, and nothing with more in its context than was granted.
    let encrypt = json!({"KeyId": id, "Plaintext": b64("x"), "EncryptionContext": context});
    by(&world, &ada, "Encrypt", encrypt).await.failed(400, "AccessDeniedException");
    let wider = json!({"team": "blue", "more": "x"});
    let members = json!({"KeyId": id, "Plaintext": b64("x"), "EncryptionContext": wider});
    let more = kms(&world, "Encrypt", members).await.ok().text("CiphertextBlob").unwrap();
    let members = json!({"CiphertextBlob": more, "EncryptionContext": wider});
    by(&world, &ada, "Decrypt", members).await.failed(400, "AccessDeniedException");
    // A deny anywhere wins.
    let denied = json!({
        "UserName": "ada", "PolicyName": "no", "PolicyDocument": crate::world::deny("kms:Decrypt").to_string(),
    });
    world.root("iam", "PutUserPolicy", denied).await.ok();
    open(ada.clone()).await.failed(400, "AccessDeniedException");
    world.root("iam", "DeleteUserPolicy", json!({"UserName": "ada", "PolicyName": "no"})).await.ok();
    open(ada.clone()).await.ok();
    let (grant_id, token) = (made.text("GrantId").unwrap(), made.text("GrantToken").unwrap());
    let listed = kms(&world, "ListGrants", json!({"KeyId": id, "GrantId": grant_id})).await.ok().json();
    assert_eq!(listed["Grants"][0]["GranteePrincipal"], json!(user("ada")));
    // The grantee may not retire it, the retiring principal may.
    let retire = json!({"GrantToken": token});
    by(&world, &ada, "RetireGrant", retire.clone()).await.failed(400, "AccessDeniedException");
    by(&world, &clerk, "RetireGrant", retire.clone()).await.ok();
    by(&world, &clerk, "RetireGrant", retire).await.failed(400, "NotFoundException");
    open(ada.clone()).await.failed(400, "AccessDeniedException");
    let free = json!({"KeyId": id, "GranteePrincipal": user("ada"), "Operations": ["Decrypt"]});
    let made = kms(&world, "CreateGrant", free).await.ok();
    open(ada.clone()).await.ok();
    let revoke = json!({"KeyId": id, "GrantId": made.text("GrantId").unwrap()});
    by(&world, &ada, "RevokeGrant", revoke.clone()).await.failed(400, "AccessDeniedException");
    kms(&world, "RevokeGrant", revoke).await.ok();
    open(ada).await.failed(400, "AccessDeniedException");
    assert!(world.records().await.iter().all(|record| !record.to_string().contains(&token)));
}
