"""Lifecycle with boto3 on shortened days: objects expire, old versions go, locked ones stay, archives are restored.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user. The service's
lifecycle day must be a few seconds long.
"""

import uuid

import boto3
from botocore.config import Config

from checks import check, finish, refused, wait

S3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
NAME = f"lifecycle-{uuid.uuid4().hex[:12]}"
S3.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)


def put(*rules):
    S3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": list(rules)})


def versions():
    answer = S3.list_object_versions(Bucket=NAME)
    return answer.get("Versions", []), answer.get("DeleteMarkers", [])


missing = "NoSuchLifecycleConfiguration"
refused("there is none yet", missing, S3.get_bucket_lifecycle_configuration, status=404, Bucket=NAME)
soon = {
    "ID": "soon", "Status": "Enabled", "Filter": {"Prefix": ""},
    "Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}],
}
refused(
    "IA before thirty days", "InvalidArgument", S3.put_bucket_lifecycle_configuration,
    "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'", 400,
    Bucket=NAME, LifecycleConfiguration={"Rules": [soon]},
)
rules = [
    {
        "ID": "expire", "Status": "Enabled", "Filter": {"And": {"Prefix": "tmp/", "Tags": [{"Key": "k", "Value": "v"}]}},
        "Expiration": {"Days": 1},
    },
    {
        "ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
    {
        "ID": "cold", "Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 1},
        "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
    },
]
put(*rules)
answer = S3.get_bucket_lifecycle_configuration(Bucket=NAME)
check("rules come back as they went", answer["Rules"] == rules, answer["Rules"])
check("and say what is too small to move", answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K")

S3.put_object(Bucket=NAME, Key="tmp/a", Body=b"", Tagging="k=v")
head = S3.head_object(Bucket=NAME, Key="tmp/a")
check("an object says when it expires", 'rule-id="expire"' in head.get("Expiration", ""), head)
S3.put_object(Bucket=NAME, Key="tmp/b", Body=b"")
for content in ("1", "2", "3", "4"):
    S3.put_object(Bucket=NAME, Key="many", Body=content)
held = S3.put_object(Bucket=NAME, Key="held", Body=b"", ObjectLockLegalHoldStatus="ON")
for content in ("2", "3"):
    S3.put_object(Bucket=NAME, Key="held", Body=b"")
S3.put_object(Bucket=NAME, Key="cold", Body=b"frozen")
S3.create_multipart_upload(Bucket=NAME, Key="upload")

wait("the object to expire", lambda: any(marker["Key"] == "tmp/a" for marker in versions()[1]))
wait("old versions to go", lambda: sum(version["Key"] == "many" for version in versions()[0]) == 2)
wait("the upload to end", lambda: "Uploads" not in S3.list_multipart_uploads(Bucket=NAME))
wait("the object to get cold", lambda: S3.head_object(Bucket=NAME, Key="cold").get("StorageClass") == "GLACIER")
ids = [version["VersionId"] for version in versions()[0] if version["Key"] == "held"]
check("a held version outlives all of it", len(ids) == 3 and held["VersionId"] in ids, ids)
check("what the rule is not about stays", "Expiration" not in S3.head_object(Bucket=NAME, Key="tmp/b"))

refused("an archive cannot be read", "InvalidObjectState", S3.get_object, status=403, Bucket=NAME, Key="cold")
restore = {"Days": 1000, "GlacierJobParameters": {"Tier": "Standard"}}
first = S3.restore_object(Bucket=NAME, Key="cold", RestoreRequest=restore)
check("restoring is accepted", first["ResponseMetadata"]["HTTPStatusCode"] == 202, first)
again = S3.restore_object(Bucket=NAME, Key="cold", RestoreRequest=restore)
check("and prolonged", again["ResponseMetadata"]["HTTPStatusCode"] == 200, again)
check("then it can be read", S3.get_object(Bucket=NAME, Key="cold")["Body"].read() == b"frozen")
check("and says how long", 'ongoing-request="false"' in S3.head_object(Bucket=NAME, Key="cold")["Restore"])
S3.delete_bucket_lifecycle(Bucket=NAME)
refused("there is none any more", missing, S3.get_bucket_lifecycle_configuration, status=404, Bucket=NAME)
finish()
