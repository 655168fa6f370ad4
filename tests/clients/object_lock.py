"""Object Lock with boto3 and the AWS CLI: what the guides lock stays, whoever tries, and the records say who tried.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user.
"""

import json
import subprocess
import time
import uuid
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config

from checks import check, finish, refused

CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
S3 = boto3.client("s3", config=CONFIG)
IAM = boto3.client("iam")
LOCKED = "Access Denied because object protected by object lock."
NAME = f"lock-{uuid.uuid4().hex[:12]}"


def soon(**distance):
    return (datetime.now(timezone.utc) + timedelta(**distance)).replace(microsecond=0)


def cli(*arguments):
    done = subprocess.run(["aws", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


# A bucket with Object Lock from its making, and a default retention.
S3.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
check("made with versioning", S3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled")
empty = S3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]
check("made with Object Lock", empty == {"ObjectLockEnabled": "Enabled"}, empty)
rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}
configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
S3.put_object_lock_configuration(Bucket=NAME, ObjectLockConfiguration=configuration)
kept = S3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]
check("the default retention is kept", kept == configuration, kept)

put = S3.put_object(Bucket=NAME, Key="log", Body=b"record")
head = S3.head_object(Bucket=NAME, Key="log")
away = head["ObjectLockRetainUntilDate"] - head["LastModified"]
check("a new version is retained", head["ObjectLockMode"] == "GOVERNANCE", head)
check("for thirty days", timedelta(days=30) <= away <= timedelta(days=30, seconds=2), away)

refused(
    "versioning cannot be suspended", "InvalidBucketState", S3.put_bucket_versioning, status=409, Bucket=NAME,
    VersioningConfiguration={"Status": "Suspended"},
)
version = {"Bucket": NAME, "Key": "log", "VersionId": put["VersionId"]}
refused("root cannot delete the version", "AccessDenied", S3.delete_object, LOCKED, 403, **version)
refused("nor the bucket", "BucketNotEmpty", S3.delete_bucket, status=409, Bucket=NAME)
many = S3.delete_objects(
    Bucket=NAME, Delete={"Objects": [{"Key": "log", "VersionId": put["VersionId"]}, {"Key": "none"}]}
)
error = many["Errors"][0]
check("nor many at once", (error["Code"], error["Message"]) == ("AccessDenied", LOCKED), many)
check("which deletes the others", len(many["Deleted"]) == 1, many)

marker = S3.delete_object(Bucket=NAME, Key="log")
check("a delete marker goes on top", marker["DeleteMarker"] is True, marker)
S3.delete_object(Bucket=NAME, Key="log", VersionId=marker["VersionId"])
check("and the version is still there", S3.get_object(Bucket=NAME, Key="log")["Body"].read() == b"record")

# Governance: permission and header; neither alone.
IAM.create_user(UserName="clerk")
statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
no_bypass = {"Effect": "Deny", "Action": "s3:BypassGovernanceRetention", "Resource": "*"}
policy = {"Version": "2012-10-17", "Statement": [statement, no_bypass]}
IAM.put_user_policy(UserName="clerk", PolicyName="p", PolicyDocument=json.dumps(policy))
key = IAM.create_access_key(UserName="clerk")["AccessKey"]
clerk = boto3.client(
    "s3", config=CONFIG, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
)
refused("the header alone", "AccessDenied", clerk.delete_object, BypassGovernanceRetention=True, **version)
shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": soon(days=1)}
refused("shortening", "AccessDenied", S3.put_object_retention, LOCKED, 403, Retention=shorter, **version)
refused(
    "shortening with the header alone", "AccessDenied", clerk.put_object_retention, Retention=shorter,
    BypassGovernanceRetention=True, **version,
)
S3.put_object_retention(Retention=shorter, BypassGovernanceRetention=True, **version)
now = S3.get_object_retention(**version)["Retention"]
check("permission and header shorten", now == shorter, now)
S3.put_object_retention(Retention={}, BypassGovernanceRetention=True, **version)
refused("and remove", "NoSuchObjectLockConfiguration", S3.get_object_retention, status=404, **version)
S3.delete_object(**version)

# Compliance: nobody, until its date.
until = soon(seconds=4)
strict = S3.put_object(
    Bucket=NAME, Key="strict", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
)
version = {"Bucket": NAME, "Key": "strict", "VersionId": strict["VersionId"]}
bypass = {"BypassGovernanceRetention": True}
refused("compliance knows no bypass", "AccessDenied", S3.delete_object, LOCKED, 403, **bypass, **version)
for name, weaker in [
    ("shorter", {"Mode": "COMPLIANCE", "RetainUntilDate": soon(seconds=2)}),
    ("milder", {"Mode": "GOVERNANCE", "RetainUntilDate": soon(days=9)}),
    ("none", {}),
]:
    refused(
        f"compliance to {name}", "AccessDenied", S3.put_object_retention, LOCKED, 403, Retention=weaker,
        **bypass, **version,
    )
code, text = cli(
    "s3api", "delete-object", "--bucket", NAME, "--key", "strict", "--version-id", strict["VersionId"],
    "--bypass-governance-retention",
)
check("the AWS CLI is refused too", code != 0 and "AccessDenied" in text and LOCKED in text, text)
time.sleep(max(0.0, (until - datetime.now(timezone.utc)).total_seconds()) + 0.2)
S3.delete_object(**version)

# A legal hold, put with the object, by copy and by parts.
held = S3.put_object(Bucket=NAME, Key="held", Body=b"x" * 10, ObjectLockLegalHoldStatus="ON")
version = {"Bucket": NAME, "Key": "held", "VersionId": held["VersionId"]}
refused("a legal hold knows no bypass", "AccessDenied", S3.delete_object, LOCKED, 403, **bypass, **version)
source = {"Bucket": NAME, "Key": "held"}
copy = S3.copy_object(
    Bucket=NAME, Key="copy", CopySource=source, ObjectLockMode="GOVERNANCE",
    ObjectLockRetainUntilDate=soon(days=1),
)
copied = S3.head_object(Bucket=NAME, Key="copy")
check("a copy has its own lock", copied["ObjectLockMode"] == "GOVERNANCE", copied)
check("and not its source's", "ObjectLockLegalHoldStatus" not in copied, copied)
upload = S3.create_multipart_upload(Bucket=NAME, Key="parts", ObjectLockLegalHoldStatus="ON")
part = S3.upload_part(Bucket=NAME, Key="parts", UploadId=upload["UploadId"], PartNumber=1, Body=b"part")
done = S3.complete_multipart_upload(
    Bucket=NAME, Key="parts", UploadId=upload["UploadId"],
    MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
)
hold = S3.get_object_legal_hold(Bucket=NAME, Key="parts")["LegalHold"]
check("an upload in parts keeps its lock", hold == {"Status": "ON"}, hold)
for key, id in [("held", held["VersionId"]), ("parts", done["VersionId"])]:
    S3.put_object_legal_hold(Bucket=NAME, Key=key, VersionId=id, LegalHold={"Status": "OFF"})
everything = S3.list_object_versions(Bucket=NAME)
for entry in everything.get("Versions", []) + everything.get("DeleteMarkers", []):
    S3.delete_object(Bucket=NAME, Key=entry["Key"], VersionId=entry["VersionId"], **bypass)
S3.delete_bucket(Bucket=NAME)

# Object Lock comes to an existing bucket only with versioning.
S3.create_bucket(Bucket=NAME)
enable = {"Bucket": NAME, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
refused("without versioning", "InvalidBucketState", S3.put_object_lock_configuration, status=409, **enable)
missing = "ObjectLockConfigurationNotFoundError"
refused("there is none yet", missing, S3.get_object_lock_configuration, status=404, Bucket=NAME)
refused(
    "so nothing can be locked", "InvalidRequest", S3.put_object, "Bucket is missing Object Lock Configuration",
    400, Bucket=NAME, Key="k", Body=b"", ObjectLockLegalHoldStatus="ON",
)
S3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
S3.put_object_lock_configuration(**enable)
S3.put_object(Bucket=NAME, Key="k", Body=b"", ObjectLockLegalHoldStatus="ON")
finish()
