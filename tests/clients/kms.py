"""KMS with boto3 and the AWS CLI: envelope encryption, key policies, disabled keys, signatures that others can verify.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user. Signatures are
verified by openssl where it is installed.
"""

import json
import pathlib
import shutil
import subprocess

import boto3

from checks import check, finish, refused

KMS = boto3.client("kms")
IAM = boto3.client("iam")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
TRAIL = {"aws:cloudtrail:arn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"}

made = KMS.create_key(Description="logs", Tags=[{"TagKey": "team", "TagValue": "blue"}])["KeyMetadata"]
key = made["KeyId"]
check("a key is enabled", (made["KeyState"], made["KeySpec"]) == ("Enabled", "SYMMETRIC_DEFAULT"), made)
check("its policy is the default", "Enable IAM User Permissions" in KMS.get_key_policy(KeyId=key)["Policy"])
KMS.create_alias(AliasName="alias/logs", TargetKeyId=key)
check("an alias leads to it", KMS.describe_key(KeyId="alias/logs")["KeyMetadata"]["KeyId"] == key)
listed = [k["KeyId"] for page in KMS.get_paginator("list_keys").paginate() for k in page["Keys"]]
check("it is listed", key in listed, listed)
check("its tags too", KMS.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}])

data = KMS.generate_data_key(KeyId="alias/logs", KeySpec="AES_256", EncryptionContext=TRAIL)
check("a data key has 32 bytes", len(data["Plaintext"]) == 32)
opened = KMS.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=TRAIL)
check("and opens again", opened["Plaintext"] == data["Plaintext"] and opened["KeyId"] == made["Arn"], opened)
refused("not without its context", "InvalidCiphertextException", KMS.decrypt, CiphertextBlob=data["CiphertextBlob"])
other = KMS.create_key()["KeyMetadata"]["KeyId"]
refused(
    "not under another key", "IncorrectKeyException", KMS.decrypt, CiphertextBlob=data["CiphertextBlob"],
    EncryptionContext=TRAIL, KeyId=other,
)
moved = KMS.re_encrypt(
    CiphertextBlob=data["CiphertextBlob"], SourceEncryptionContext=TRAIL, DestinationKeyId=other
)
check("re-encrypted", KMS.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == data["Plaintext"])
KMS.rotate_key_on_demand(KeyId=key)
again = KMS.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=TRAIL)
check("rotation keeps what was", again["Plaintext"] == data["Plaintext"])

# A reader's policy alone is not enough, nor is it too much.
IAM.create_user(UserName="reader")
secret = IAM.create_access_key(UserName="reader")["AccessKey"]
reader = boto3.client(
    "kms", aws_access_key_id=secret["AccessKeyId"], aws_secret_access_key=secret["SecretAccessKey"]
)
opening = {"CiphertextBlob": data["CiphertextBlob"], "EncryptionContext": TRAIL}
refused("a stranger reads nothing", "AccessDeniedException", reader.decrypt, **opening)
condition = {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}}
statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": made["Arn"], "Condition": condition}
document = json.dumps({"Version": "2012-10-17", "Statement": statement})
IAM.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=document)
check("a reader reads logs", reader.decrypt(**opening)["Plaintext"] == data["Plaintext"])
refused("and disables nothing", "AccessDeniedException", reader.disable_key, KeyId=key)
refused(
    "nobody locks himself out", "MalformedPolicyDocumentException", KMS.put_key_policy, KeyId=key,
    Policy=json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Principal": "*", "Resource": "*"}}),
)

KMS.disable_key(KeyId=key)
refused("a disabled key reads nothing", "DisabledException", KMS.decrypt, **opening)
KMS.enable_key(KeyId=key)
check("an enabled one does", KMS.decrypt(**opening)["Plaintext"] == data["Plaintext"])
gone = KMS.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
check("deletion waits", gone["KeyState"] == "PendingDeletion", gone)
refused("and stops everything", "KMSInvalidStateException", KMS.decrypt, **opening)
KMS.cancel_key_deletion(KeyId=key)
check("and can be taken back", KMS.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled")

for spec, algorithm in [("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"), ("ECC_NIST_P256", "ECDSA_SHA_256")]:
    pair = KMS.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signed = {"KeyId": pair, "Message": b"message", "SigningAlgorithm": algorithm}
    signature = KMS.sign(**signed)["Signature"]
    check(f"{spec} verifies", KMS.verify(Signature=signature, **signed)["SignatureValid"])
    wrong = {**signed, "Message": b"other"}
    refused(f"{spec} refuses", "KMSInvalidSignatureException", KMS.verify, Signature=signature, **wrong)
    if shutil.which("openssl"):
        for name, content in [("m", b"message"), ("s", signature), ("k", KMS.get_public_key(KeyId=pair)["PublicKey"])]:
            pathlib.Path(name).write_bytes(content)
        command = ["openssl", "dgst", "-sha256", "-verify", "k", "-keyform", "DER", "-signature", "s", "m"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        check(f"{spec} verifies by openssl", "Verified OK" in done.stdout, done.stdout + done.stderr)
    else:
        print("skip no openssl")
hmac_key = KMS.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
check("an HMAC key", hmac_key["MacAlgorithms"] == ["HMAC_SHA_256"] and "SigningAlgorithms" not in hmac_key, hmac_key)
coded = {"KeyId": hmac_key["KeyId"], "Message": b"message", "MacAlgorithm": "HMAC_SHA_256"}
code = KMS.generate_mac(**coded)["Mac"]
check("its code", len(code) == 32 and KMS.verify_mac(Mac=code, **coded)["MacValid"])
refused("a wrong code", "KMSInvalidMacException", KMS.verify_mac, Mac=code, **{**coded, "Message": b"other"})
refused("another algorithm", "InvalidKeyUsageException", KMS.generate_mac, **{**coded, "MacAlgorithm": "HMAC_SHA_512"})
refused("a signature of an HMAC key", "InvalidKeyUsageException", KMS.sign, KeyId=hmac_key["KeyId"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
refused("a rotation of an HMAC key", "UnsupportedOperationException", KMS.enable_key_rotation, KeyId=hmac_key["KeyId"])
turning = KMS.create_key()["KeyMetadata"]["KeyId"]
check("no rotation yet", KMS.list_key_rotations(KeyId=turning)["Rotations"] == [])
KMS.rotate_key_on_demand(KeyId=turning)
KMS.rotate_key_on_demand(KeyId=turning)
turns = KMS.list_key_rotations(KeyId=turning)["Rotations"]
check("ListKeyRotations", [turn["RotationType"] for turn in turns] == ["ON_DEMAND"] * 2, turns)
check("with every material", [turn["KeyMaterialState"] for turn in KMS.list_key_rotations(KeyId=turning, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]]
      == ["NON_CURRENT", "NON_CURRENT", "CURRENT"])
root_arn = KMS.describe_key(KeyId=turning)["KeyMetadata"]["Arn"].split(":")[4].join(["arn:aws:iam::", ":root"])
grant = KMS.create_grant(KeyId=turning, GranteePrincipal=root_arn, RetiringPrincipal=root_arn, Operations=["Decrypt"])["GrantId"]
check("ListRetirableGrants", [g["GrantId"] for g in KMS.list_retirable_grants(RetiringPrincipal=root_arn)["Grants"]] == [grant])
check("nobody else's", KMS.list_retirable_grants(RetiringPrincipal=root_arn.replace(":root", ":user/bob"))["Grants"] == [])
done = subprocess.run(
    ["aws", "kms", "describe-key", "--key-id", "alias/logs"], capture_output=True, text=True, timeout=60, check=False
)
check("the AWS CLI sees the key", key in done.stdout, done.stdout + done.stderr)
finish()
