"""Server access logging and replication with boto3, as their user guides describe them."""

import json
import shlex
import urllib.request

import boto3
from botocore.config import Config
from checks import check, finish, refused, wait

s3, iam = boto3.client("s3"), boto3.client("iam")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
OWNER = s3.list_buckets()["Owner"]["ID"]


def objects(bucket, prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [o["Key"] for page in pages for o in page.get("Contents", [])]


# Access logs: nothing arrives before the target's policy lets the logging service in.
for name in ("site", "site-logs"):
    s3.create_bucket(Bucket=name)
enabled = {"LoggingEnabled": {"TargetBucket": "site-logs", "TargetPrefix": "site/"}}
check("no log at first", "LoggingEnabled" not in s3.get_bucket_logging(Bucket="site"))
s3.put_bucket_logging(Bucket="site", BucketLoggingStatus=enabled)
check("the configuration is kept", s3.get_bucket_logging(Bucket="site")["LoggingEnabled"] == enabled["LoggingEnabled"])
for target in ("site", "nobodys-bucket"):
    refused(f"{target} is no target", "InvalidTargetBucketForLogging", s3.put_bucket_logging, Bucket="site", status=400,
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": ""}})
s3.put_bucket_policy(Bucket="site-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "S3ServerAccessLogsPolicy", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject", "Resource": "arn:aws:s3:::site-logs/site/*", "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::site"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}))
s3.put_object(Bucket="site", Key="a b/ü", Body=b"12345")
s3.get_object(Bucket="site", Key="a b/ü")
try:
    s3.get_object(Bucket="site", Key="missing")
except s3.exceptions.NoSuchKey:
    pass
url = boto3.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url("get_object", Params={"Bucket": "site", "Key": "a b/ü"})
urllib.request.urlopen(url).read()


def lines():
    text = "".join(s3.get_object(Bucket="site-logs", Key=k)["Body"].read().decode() for k in objects("site-logs"))
    return [shlex.split(line.replace("[", '"').replace("]", '"')) for line in text.splitlines()]


wait("the lines", lambda: sum(line[6] == "REST.GET.OBJECT" for line in lines()) >= 3)
put = next(line for line in lines() if line[6] == "REST.PUT.OBJECT")
check("a line has 27 fields", all(len(line) == 27 for line in lines()), [len(line) for line in lines()])
check("owner, bucket, requester", (put[0], put[1], put[4]) == (OWNER, "site", OWNER), put)
check("key, status, size", (put[7], put[9], put[12]) == ("a%20b/%C3%BC", "200", "5"), put)
missing = next(line for line in lines() if line[7] == "missing")
check("an error has its code", (missing[9], missing[10]) == ("404", "NoSuchKey"), missing)
signed = next(line for line in lines() if line[21] == "QueryString")
check("a presigned URL cannot be used again", "REDACTED" in signed[8] and "Signature=REDACTED" in signed[8], signed)

# Replication.
for name in ("main", "copy"):
    s3.create_bucket(Bucket=name)
iam.create_role(RoleName="replicator", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
iam.put_role_policy(RoleName="replicator", PolicyName="p", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
         "Resource": "arn:aws:s3:::main"},
        {"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
                                       "s3:GetObjectVersionTagging"], "Resource": "arn:aws:s3:::main/*"},
        {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
         "Resource": "arn:aws:s3:::copy/*"}]}))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/replicator"
rule = {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::copy", "StorageClass": "STANDARD_IA"}}
configuration = {"Role": ROLE, "Rules": [rule]}
replicate = {"Bucket": "main", "ReplicationConfiguration": configuration}
refused("none at first", "ReplicationConfigurationNotFoundError", s3.get_bucket_replication, Bucket="main", status=404)
refused("not without versions", "InvalidRequest", s3.put_bucket_replication, status=400, **replicate)
for name in ("main", "copy"):
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
s3.put_bucket_replication(**replicate)
check("it is kept", s3.get_bucket_replication(Bucket="main")["ReplicationConfiguration"] == configuration,
      s3.get_bucket_replication(Bucket="main"))
refused("versions stay on", "InvalidBucketState", s3.put_bucket_versioning, Bucket="main", status=409,
        VersioningConfiguration={"Status": "Suspended"})

iam.create_user(UserName="operator")
iam.put_user_policy(UserName="operator", PolicyName="s3", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
secret = iam.create_access_key(UserName="operator")["AccessKey"]
operator = boto3.client("s3", aws_access_key_id=secret["AccessKeyId"], aws_secret_access_key=secret["SecretAccessKey"])
refused("the role cannot be handed on by everybody", "AccessDenied", operator.put_bucket_replication, status=403, **replicate)

put = s3.put_object(Bucket="main", Key="log", Body=b"evidence", Metadata={"signature": "abc"}, Tagging="k=v")
wait("replication", lambda: s3.head_object(Bucket="main", Key="log").get("ReplicationStatus") == "COMPLETED")
there = s3.get_object(Bucket="copy", Key="log", VersionId=put["VersionId"])
check("the replica is the same version", there["Body"].read() == b"evidence" and there["ETag"] == put["ETag"]
      and there["Metadata"] == {"signature": "abc"} and there["StorageClass"] == "STANDARD_IA"
      and there["ReplicationStatus"] == "REPLICA" and there["TagCount"] == 1, there)
marker = s3.delete_object(Bucket="main", Key="log")["VersionId"]
wait("the delete marker", lambda: any(
    m["VersionId"] == marker for m in s3.list_object_versions(Bucket="copy").get("DeleteMarkers", [])))
s3.delete_object(Bucket="main", Key="log", VersionId=put["VersionId"])
check("what is removed for good stays there",
      s3.get_object(Bucket="copy", Key="log", VersionId=put["VersionId"])["Body"].read() == b"evidence")
s3.delete_bucket_replication(Bucket="main")
refused("and none at last", "ReplicationConfigurationNotFoundError", s3.get_bucket_replication, Bucket="main", status=404)
finish()
