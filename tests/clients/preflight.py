"""Policies that people have really got wrong: CreateTrail refuses each, `trailward preflight` names the statement, and
with its patch the trail can be made.

The cases follow public issues: hashicorp/terraform 6388, 14989, 29991; hashicorp/terraform-provider-aws 820;
aws/aws-cdk 11602, 27168; boto/boto3 1766; awsdocs/aws-cloudtrail-user-guide 24.
"""

import json
import os
import subprocess
import tempfile

import boto3
from botocore.exceptions import ClientError

ACCOUNT, OTHER, REGION, BUCKET = "111122223333", "444455556666", "us-east-1", "preflight-logs"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
ARN = f"arn:aws:s3:::{BUCKET}"
BUCKET_REFUSAL, KEY_REFUSAL = "InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"

s3, cloudtrail, kms = boto3.client("s3"), boto3.client("cloudtrail"), boto3.client("kms")


def acl(**changes):
    return {"Sid": "AclCheck", "Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl",
            "Resource": ARN, "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}} | changes


def write(path=f"AWSLogs/{ACCOUNT}/*", source=TRAIL, grant="bucket-owner-full-control", **changes):
    return {"Sid": "Write", "Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject",
            "Resource": f"{ARN}/{path}",
            "Condition": {"StringEquals": {"s3:x-amz-acl": grant, "aws:SourceArn": source}}} | changes


def deny(sid, condition, **changes):
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*",
            "Condition": condition} | changes


# Name, statements, the trail's settings, and the statement that preflight has to name (None: none is near).
BUCKET_CASES = [
    ("no policy at all", [], {}, None),
    ("wrong account in the path", [acl(), write(f"AWSLogs/{OTHER}/*")], {}, 1),
    ("the trail has a prefix, the policy has not", [acl(), write()], {"S3KeyPrefix": "audit"}, 1),
    ("the policy has a prefix, the trail has not", [acl(), write(f"audit/AWSLogs/{ACCOUNT}/*")], {}, 1),
    ("two slashes after the prefix", [acl(), write(f"audit//AWSLogs/{ACCOUNT}/*")], {"S3KeyPrefix": "audit"}, 1),
    ("a slash at the end, no star", [acl(), write(f"AWSLogs/{ACCOUNT}/")], {}, 1),
    ("no ACL check", [write()], {}, None),
    ("ACL check for another account", [acl(Condition={"StringEquals": {"aws:SourceAccount": OTHER}}), write()], {}, 0),
    ("ACL check by somebody else", [acl(Principal={"Service": "config.amazonaws.com"}), write()], {}, 0),
    ("another trail's ARN", [acl(), write(source=TRAIL.replace("audit", "other"))], {}, 1),
    ("the ARN of another Region", [acl(), write(source=TRAIL.replace(REGION, "eu-west-1"))], {}, 1),
    ("the ACL is private", [acl(), write(grant="private")], {}, 1),
    ("objects to KMS only, trail without a key",
     [acl(), write(), deny("NoPlain", {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})], {}, 2),
    ("a perimeter of the organization that forgets services",
     [acl(), write(), deny("Perimeter", {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})], {}, 2),
    ("a network that services are not in",
     [acl(), write(), deny("Network", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, Action="s3:*",
                           Resource=[ARN, f"{ARN}/*"])], {}, 2),
    ("deny-insecure with the wrong value",
     [acl(), write(), deny("Insecure", {"Bool": {"aws:SecureTransport": "true"}}, Action="s3:*",
                           Resource=[ARN, f"{ARN}/*"])], {}, 2),
    ("everything at once, in one statement",
     [acl(Action=["s3:GetBucketAcl", "s3:PutObject"], Resource=[ARN, f"{ARN}/AWSLogs/{OTHER}/*"])], {}, 0),
]


def encrypt(source=TRAIL, context=f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*", **changes):
    return {"Sid": "Encrypt", "Effect": "Allow", "Principal": SERVICE, "Action": "kms:GenerateDataKey*",
            "Resource": "*", "Condition": {"StringEquals": {"aws:SourceArn": source},
                                           "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": context}}} | changes


DESCRIBE = {"Sid": "Describe", "Effect": "Allow", "Principal": SERVICE, "Action": "kms:DescribeKey", "Resource": "*"}
OWNER = {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
         "Resource": "*"}

KEY_CASES = [
    ("the default key policy", [OWNER], None),
    ("no DescribeKey", [OWNER, encrypt()], None),
    ("another account in the context", [OWNER, DESCRIBE, encrypt(context=f"arn:aws:cloudtrail:*:{OTHER}:trail/*")], 2),
    ("another trail", [OWNER, DESCRIBE, encrypt(source=TRAIL + "2")], 2),
    ("encrypt instead of data keys", [OWNER, DESCRIBE, encrypt(Action="kms:Encrypt")], None),
    ("the key is for S3 alone",
     [OWNER, DESCRIBE, encrypt(), {"Sid": "OnlyS3", "Effect": "Deny", "Principal": "*", "Action": "kms:Generate*",
                                   "Resource": "*", "Condition": {"StringNotLike": {"kms:ViaService": "s3.*"}}}], 3),
]


def preflight(*arguments):
    command = [os.environ["TRAILWARD_BINARY"], "preflight", "--bucket", BUCKET, "--trail", TRAIL, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 2), done.stderr
    report = json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout
    return done.returncode, report


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def create(**settings):
    try:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, EnableLogFileValidation=True, **settings)
    except ClientError as error:
        return error.response["Error"]["Code"]
    cloudtrail.delete_trail(Name="audit")
    return None


def named(report, refusal):
    """The statements that are named for a refusal, and that the refusal is there at all."""
    found = [f for f in report["findings"] if f["refusal"] == refusal]
    assert found, report
    assert all(f["because"] for f in found), found
    return [f["place"]["statement"] for f in found if "place" in f]


code, report = preflight()
assert (code, report["findings"][0]["refusal"]) == (2, "S3BucketDoesNotExistException"), report
assert create() == "S3BucketDoesNotExistException"
s3.create_bucket(Bucket=BUCKET)

for name, statements, settings, place in BUCKET_CASES:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statements)) if statements else s3.delete_bucket_policy(Bucket=BUCKET)
    assert create(**settings) == BUCKET_REFUSAL, name
    prefix = ["--prefix", settings["S3KeyPrefix"]] if settings else []
    code, report = preflight(*prefix)
    places = named(report, BUCKET_REFUSAL)
    assert code == 2 and (place in places if place is not None else not places), (name, report)
    [patch] = report["patches"]
    for before, after in zip(statements, patch["policy"]["Statement"]):
        assert before["Effect"] == after["Effect"] and before["Principal"] == after["Principal"], name
    with tempfile.TemporaryDirectory() as folder:
        _, table = preflight(*prefix, "--format", "table", "--patch-dir", folder)
        assert f"fail with {BUCKET_REFUSAL}" in table and f"put-bucket-policy --bucket {BUCKET}" in table, table
        with open(f"{folder}/bucket-policy.json") as file:
            s3.put_bucket_policy(Bucket=BUCKET, Policy=file.read())
    assert create(**settings) is None, name
    assert preflight(*prefix)[0] == 0, name
    print(f"bucket: {name}: {len(patch['edits'])} edits")

# CreateTrail does not try digests, so that a policy for log files alone passes it: preflight says so nevertheless.
s3.put_bucket_policy(Bucket=BUCKET, Policy=policy([acl(), write(f"AWSLogs/{ACCOUNT}/CloudTrail/*")]))
assert create() is None
code, report = preflight()
assert (code, report["findings"][0]["refusal"]) == (2, None) and "digest" in report["findings"][0]["cannot"][0], report
assert preflight("--no-validation")[0] == 0

s3.put_bucket_policy(Bucket=BUCKET, Policy=policy([acl(), write()]))
for name, statements, place in KEY_CASES:
    key = kms.create_key(Policy=policy(statements), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    assert create(KmsKeyId=key) == KEY_REFUSAL, name
    code, report = preflight("--kms", key)
    places = named(report, KEY_REFUSAL)
    assert code == 2 and (place in places if place is not None else not places), (name, report)
    [patch] = report["patches"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(patch["policy"]))
    assert create(KmsKeyId=key) is None, name
    assert preflight("--kms", key)[0] == 0, name
    print(f"key: {name}: {len(patch['edits'])} edits")

# Topics: CreateTrail really publishes.
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:files"


def publish(**changes):
    return {"Sid": "Publish", "Effect": "Allow", "Principal": SERVICE, "Action": "SNS:Publish", "Resource": TOPIC,
            "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}} | changes


TOPIC_CASES = [
    ("the default policy", None, 0),
    ("for another service", [publish(Principal={"Service": "config.amazonaws.com"})], 0),
    ("for another trail", [publish(Condition={"StringEquals": {"aws:SourceArn": TRAIL.replace("audit", "other")}})], 0),
    ("for another account", [publish(Condition={"StringEquals": {"aws:SourceAccount": OTHER}})], 0),
    ("to subscribe only", [publish(Action="SNS:Subscribe")], None),
    ("a perimeter that forgets services", [publish(), publish(Sid="Perimeter", Effect="Deny", Principal="*",
                                           Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})], 1),
]
TOPIC_REFUSAL = "InsufficientSnsTopicPolicyException"
sns = boto3.client("sns")
code, report = preflight("--topic", "files")
assert code == 2 and "no topic" in report["findings"][0]["because"] and create(SnsTopicName="files") == TOPIC_REFUSAL, report
for name, statements, place in TOPIC_CASES:
    sns.create_topic(Name="files")
    if statements:
        sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy(statements))
    assert create(SnsTopicName="files") == TOPIC_REFUSAL, name
    code, report = preflight("--topic", "files")
    places = named(report, TOPIC_REFUSAL)
    assert code == 2 and (place in places if place is not None else not places), (name, report)
    with tempfile.TemporaryDirectory() as folder:
        _, table = preflight("--topic", TOPIC, "--format", "table", "--patch-dir", folder)
        assert f"fail with {TOPIC_REFUSAL}" in table and f"set-topic-attributes --topic-arn {TOPIC}" in table, table
        with open(f"{folder}/topic-policy.json") as file:
            sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=file.read())
    assert create(SnsTopicName="files") is None, name
    assert preflight("--topic", "files")[0] == 0, name
    sns.delete_topic(TopicArn=TOPIC)
    print(f"topic: {name}")
sns.create_topic(Name="files", Attributes={"Policy": policy([publish()])})

# A trail with a key passes where only KMS is let through.
kms_only = deny("NoPlain", {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
s3.put_bucket_policy(Bucket=BUCKET, Policy=policy([acl(), write(), kms_only]))
assert create(KmsKeyId=key) is None and preflight("--kms", key)[0] == 0
assert create() == BUCKET_REFUSAL and preflight()[0] == 2
s3.put_bucket_policy(Bucket=BUCKET, Policy=policy([acl(), write()]))

# Keys that no policy can help.
kms.disable_key(KeyId=key)
code, report = preflight("--kms", key)
assert code == 2 and "Disabled" in report["findings"][0]["because"] and not report["patches"], report
assert create(KmsKeyId=key) == report["findings"][0]["refusal"], report
elsewhere = boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"]
code, report = preflight("--kms", elsewhere)
assert code == 2 and "eu-west-1" in report["findings"][0]["because"], report
assert create(KmsKeyId=elsewhere) == report["findings"][0]["refusal"] == "KmsKeyNotFoundException"
missing = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
code, report = preflight("--kms", missing)
assert (code, report["findings"][0]["refusal"]) == (2, "KmsKeyNotFoundException") and create(KmsKeyId=missing) is not None

# With the policy that --print-policy gives, and nothing else.
iam, sts = boto3.client("iam"), boto3.client("sts")
kms.enable_key(KeyId=key)
least = preflight("--kms", key, "--topic", "files", "--print-policy")[1]
iam.create_user(UserName="auditor")
iam.put_user_policy(UserName="auditor", PolicyName="least", PolicyDocument=json.dumps(least))
pair = iam.create_access_key(UserName="auditor")["AccessKey"]
root = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
os.environ |= {"AWS_ACCESS_KEY_ID": pair["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": pair["SecretAccessKey"]}
assert preflight("--kms", key, "--topic", "files") == (0, {"findings": [], "patches": []})
iam.delete_user_policy(UserName="auditor", PolicyName="least")
command = [os.environ["TRAILWARD_BINARY"], "preflight", "--bucket", BUCKET, "--trail", TRAIL]
refused = subprocess.run(command, capture_output=True, text=True)
assert refused.returncode == 1 and "s3:GetBucketPolicy" in refused.stderr and not refused.stdout, refused
os.environ |= root
