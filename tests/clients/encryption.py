"""Encryption with boto3 and the AWS CLI: SSE-KMS with contexts and bucket keys, SSE-C, bucket defaults, and a trail
whose files are encrypted under a key of its owner's: a disabled key stops readers, deliveries wait and heal.
"""

import gzip
import hashlib
import json
import os
import subprocess
import time

import boto3
from checks import check, finish, refused, wait

ACCOUNT = "111122223333"
s3, kms, iam = boto3.client("s3"), boto3.client("kms"), boto3.client("iam")
trails = boto3.client("cloudtrail")

s3.create_bucket(Bucket="vault")
key = kms.create_key(Description="vault")["KeyMetadata"]
kms.create_alias(AliasName="alias/vault", TargetKeyId=key["KeyId"])

# SSE-KMS on one object, by id, alias and ARN.
for name in (key["KeyId"], "alias/vault", key["Arn"]):
    put = s3.put_object(Bucket="vault", Key="a", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=name)
    check(f"under {name}", (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key["Arn"]), put)
check("the entity tag is no MD5", put["ETag"].strip('"') != hashlib.md5(b"secret").hexdigest(), put)
got = s3.get_object(Bucket="vault", Key="a")
check("it reads back", got["Body"].read() == b"secret" and got["SSEKMSKeyId"] == key["Arn"], got)
check("its head says how", s3.head_object(Bucket="vault", Key="a")["SSEKMSKeyId"] == key["Arn"])
plain = s3.put_object(Bucket="vault", Key="b", Body=b"x")
check("without a word it is AES256", plain["ServerSideEncryption"] == "AES256", plain)

# Defaults.
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]},
        "BucketKeyEnabled": True}
s3.put_bucket_encryption(Bucket="vault", ServerSideEncryptionConfiguration={"Rules": [rule]})
read = s3.get_bucket_encryption(Bucket="vault")["ServerSideEncryptionConfiguration"]["Rules"][0]
default = "ApplyServerSideEncryptionByDefault"
check("the default is kept", read[default] == rule[default] and read["BucketKeyEnabled"]
      and read["BlockedEncryptionTypes"]["EncryptionType"] == ["SSE-C"], read)
put = s3.put_object(Bucket="vault", Key="c", Body=b"by default")
check("and applies, with a bucket key", put["SSEKMSKeyId"] == key["Arn"] and put["BucketKeyEnabled"], put)
check("and reads", s3.get_object(Bucket="vault", Key="c")["Body"].read() == b"by default")


def default_of(**members):
    return {"Bucket": "vault", "ServerSideEncryptionConfiguration": {"Rules": [{default: members}]}}


refused("AES256 takes no key", "InvalidArgument", s3.put_bucket_encryption, status=400,
        **default_of(SSEAlgorithm="AES256", KMSMasterKeyID=key["Arn"]))
refused("no such algorithm", "MalformedXML", s3.put_bucket_encryption, status=400, **default_of(SSEAlgorithm="rot13"))
put = {"Bucket": "vault", "Key": "d", "Body": b"x"}
refused("dual layers are not done", "NotImplemented", s3.put_object, status=501, ServerSideEncryption="aws:kms:dsse", **put)
refused("a key without its algorithm", "InvalidArgument", s3.put_object, SSEKMSKeyId=key["Arn"], status=400, **put)
refused("a key that is not there", "KMS.NotFoundException", s3.put_object, ServerSideEncryption="aws:kms",
        SSEKMSKeyId="alias/none", status=400, **put)

# SSE-C: blocked, then allowed.
mine = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
other = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
s3.create_bucket(Bucket="customer")
target = {"Bucket": "customer", "Key": "k"}
refused("blocked in a new bucket", "AccessDenied", s3.put_object, Body=b"x", status=403, **target, **mine)
s3.put_bucket_encryption(Bucket="customer", ServerSideEncryptionConfiguration={"Rules": [{
    default: {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})
put = s3.put_object(Body=b"mine alone", **target, **mine)
check("its answer names no other encryption", put["SSECustomerAlgorithm"] == "AES256"
      and "ServerSideEncryption" not in put, put)
check("it reads with the key", s3.get_object(**target, **mine)["Body"].read() == b"mine alone")
refused("not without", "InvalidRequest", s3.get_object, status=400, **target)
refused("not with another", "AccessDenied", s3.get_object, status=403, **target, **other)
s3.copy_object(Bucket="customer", Key="copy", CopySource="customer/k", CopySourceSSECustomerAlgorithm="AES256",
               CopySourceSSECustomerKey=mine["SSECustomerKey"])
check("a copy may be without", s3.get_object(Bucket="customer", Key="copy")["Body"].read() == b"mine alone")
target["Key"] = "parts"
upload = s3.create_multipart_upload(**target, **mine)["UploadId"]
part = s3.upload_part(UploadId=upload, PartNumber=1, Body=b"one part", **target, **mine)
s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
                             **target)
check("in parts as well", s3.get_object(**target, **mine)["Body"].read() == b"one part")

# Uploads that say nothing about encryption can be denied.
s3.put_bucket_policy(Bucket="vault", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::vault/*",
    "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}]}))
put = {"Bucket": "vault", "Key": "e", "Body": b"x"}
refused("not encrypted as wanted", "AccessDenied", s3.put_object, status=403, **put)
refused("AES256 neither", "AccessDenied", s3.put_object, status=403, ServerSideEncryption="AES256", **put)
s3.put_object(ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"], **put)

# A trail under a key of its owner's.
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/sealed"
service = {"Service": "cloudtrail.amazonaws.com"}
s3.create_bucket(Bucket="sealed-logs")
s3.put_bucket_policy(Bucket="sealed-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "AWSCloudTrailAclCheck20150319", "Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl",
     "Resource": "arn:aws:s3:::sealed-logs", "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}},
    {"Sid": "AWSCloudTrailWrite20150319", "Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
     "Resource": f"arn:aws:s3:::sealed-logs/AWSLogs/{ACCOUNT}/*", "Condition": {"StringEquals": {
         "aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}}}]}))
log_key = kms.create_key(Description="logs")["KeyMetadata"]["KeyId"]
create = {"Name": "sealed", "S3BucketName": "sealed-logs", "EnableLogFileValidation": True}
refused("a key that does not let CloudTrail in", "InsufficientEncryptionPolicyException", trails.create_trail,
        KmsKeyId=log_key, **create)
refused("a key that is not there", "KmsKeyNotFoundException", trails.create_trail, KmsKeyId="alias/none", **create)
refused("no name of a key", "InvalidKmsKeyIdException", trails.create_trail, KmsKeyId="rubbish", **create)


def statements(*more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "Enable IAM policies", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
         "Action": "kms:*", "Resource": "*"}, *more]})


encrypt = {"Sid": "Allow CloudTrail to encrypt logs", "Effect": "Allow", "Principal": service,
           "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
               "StringEquals": {"aws:SourceArn": TRAIL},
               "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"}}}
describe = {"Sid": "Allow CloudTrail to describe key", "Effect": "Allow", "Principal": service,
            "Action": "kms:DescribeKey", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}}
kms.put_key_policy(KeyId=log_key, PolicyName="default", Policy=statements(encrypt))
refused("a key that CloudTrail cannot look at", "InsufficientEncryptionPolicyException", trails.create_trail,
        KmsKeyId=log_key, **create)
kms.put_key_policy(KeyId=log_key, PolicyName="default", Policy=statements(encrypt, describe))
made = trails.create_trail(KmsKeyId=log_key, **create)
arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{log_key}"
check("the trail has the key, as an ARN", made["KmsKeyId"] == arn, made)
check("and shows it", trails.get_trail(Name="sealed")["Trail"]["KmsKeyId"] == arn)
trails.start_logging(Name="sealed")


def files(part):
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="sealed-logs"):
        found += [o["Key"] for o in page.get("Contents", []) if part in o["Key"]]
    return found


def records():
    found = []
    for name in files("/CloudTrail/"):
        found += json.loads(gzip.decompress(s3.get_object(Bucket="sealed-logs", Key=name)["Body"].read()))["Records"]
    return found


def has(user):
    return lambda: any((r.get("requestParameters") or {}).get("userName") == user for r in records())


iam.create_user(UserName="before")
wait("the first user's record", has("before"))
wait("a digest", lambda: files("/CloudTrail-Digest/"))
for name in (files("/CloudTrail/")[0], files("/CloudTrail-Digest/")[0]):
    head = s3.head_object(Bucket="sealed-logs", Key=name)
    check(f"{name.split('/')[2]}: encrypted under the key", head.get("SSEKMSKeyId") == arn, head)
made = [r for r in records() if r["eventSource"] == "kms.amazonaws.com" and r["eventName"] == "GenerateDataKey"
        and r["userIdentity"].get("invokedBy") == "cloudtrail.amazonaws.com" and "errorCode" not in r]
check("each data key is recorded", made
      and made[0]["requestParameters"]["encryptionContext"]["aws:cloudtrail:arn"] == TRAIL
      and made[0]["resources"][0]["ARN"] == arn, made[:1])

# A reader needs kms:Decrypt, and gets it for trails alone.
iam.create_user(UserName="reader")
secret = iam.create_access_key(UserName="reader")["AccessKey"]
reader = boto3.client("s3", aws_access_key_id=secret["AccessKeyId"], aws_secret_access_key=secret["SecretAccessKey"])


def allow(name, **statement):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    iam.put_user_policy(UserName="reader", PolicyName=name, PolicyDocument=json.dumps(document))


allow("s3", Action=["s3:GetObject", "s3:ListBucket"])
target = {"Bucket": "sealed-logs", "Key": files("/CloudTrail/")[0]}
refused("s3:GetObject alone does not read logs", "AccessDenied", reader.get_object, status=403, **target)
allow("kms", Action="kms:Decrypt", Condition={"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}})
check("with kms:Decrypt it does", reader.get_object(**target)["Body"].read()[:2] == b"\x1f\x8b")
refused("but nothing that is no log", "AccessDenied", reader.get_object, Bucket="vault", Key="a", status=403)

# The key is switched off: nobody reads, deliveries wait; on again: they arrive.
kms.disable_key(KeyId=log_key)
refused("a disabled key stops reading", "KMS.DisabledException", s3.get_object, status=400, **target)
iam.create_user(UserName="meanwhile")
wait("the delivery's complaint", lambda: "KMS" in trails.get_trail_status(Name="sealed").get("LatestDeliveryError", ""))
kms.enable_key(KeyId=log_key)
wait("the waiting records", has("meanwhile"))
wait("no complaint", lambda: not trails.get_trail_status(Name="sealed").get("LatestDeliveryError"))

trails.stop_logging(Name="sealed")
start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
result = subprocess.run(["aws", "cloudtrail", "validate-logs", "--trail-arn", TRAIL, "--start-time", start, "--verbose"],
                        capture_output=True, text=True, check=False)
check("validate-logs accepts it all", result.returncode == 0 and "INVALID" not in result.stdout, result)
changed = trails.update_trail(Name="sealed", KmsKeyId="")
check("the key can be taken away", "KmsKeyId" not in changed, changed)
finish()
