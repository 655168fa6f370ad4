"""The stock `aws cloudtrail validate-logs` over what the service delivers, untouched and tampered with."""

import gzip
import json
import subprocess
import time

import boto3
from checks import check, finish, wait

ACCOUNT = "111122223333"
s3 = boto3.client("s3")
trails = boto3.client("cloudtrail")
iam = boto3.client("iam")


def arn(name):
    return f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}"


def make(name, prefix=None, **options):
    bucket = f"logs-{name}"
    s3.create_bucket(Bucket=bucket)
    service = {"Service": "cloudtrail.amazonaws.com"}
    root = f"{prefix}/" if prefix else ""
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl",
         "Resource": f"arn:aws:s3:::{bucket}", "Condition": {"StringEquals": {"aws:SourceArn": arn(name)}}},
        {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
         "Resource": f"arn:aws:s3:::{bucket}/{root}AWSLogs/{ACCOUNT}/*",
         "Condition": {"StringEquals": {"aws:SourceArn": arn(name), "s3:x-amz-acl": "bucket-owner-full-control"}}}]}))
    if prefix:
        options["S3KeyPrefix"] = prefix
    trails.create_trail(Name=name, S3BucketName=bucket, EnableLogFileValidation=True, **options)
    trails.start_logging(Name=name)
    return bucket


def keys(bucket, part):
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        found += [o["Key"] for o in page.get("Contents", []) if part in o["Key"]]
    return found


def validate(name, region="us-east-1"):
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    return subprocess.run(
        ["aws", "cloudtrail", "validate-logs", "--region", region, "--trail-arn", arn(name),
         "--start-time", start, "--verbose"], capture_output=True, text=True, check=False)


def expect(what, name, code, *texts, region="us-east-1"):
    result = validate(name, region)
    output = result.stdout + result.stderr
    check(what, result.returncode == code and all(t in output for t in texts), (result.returncode, output))
    return output


wide = make("wide", IsMultiRegionTrail=True)
narrow = make("narrow", prefix="audit/trail")

west = boto3.client("cloudtrail", region_name="eu-west-1")
for n in range(12):
    iam.create_user(UserName=f"user-{n}")
    west.describe_trails()
    time.sleep(0.6)

wait("digests", lambda: len(keys(wide, "CloudTrail-Digest/us-east-1")) >= 4 and
     len(keys(narrow, "CloudTrail-Digest")) >= 4 and len(keys(wide, "CloudTrail-Digest/eu-west-1")) >= 4)

output = expect("a multi-Region trail", "wide", 0, "digest files valid", "log files valid")
check("log files were really checked", output.count("Log file\ts3://logs-wide/") >= 3 and "INVALID" not in output, output)
expect("the same trail in another Region", "wide", 0, "digest files valid", "log files valid", region="eu-west-1")
output = expect("a single-Region trail with a prefix", "narrow", 0, "digest files valid")
check("its files are below the prefix", "s3://logs-narrow/audit/trail/AWSLogs/" in output, output)

public = trails.list_public_keys(StartTime=0, EndTime=4102444800)["PublicKeyList"]
check("signing keys rotated, and retired ones are listed", len(public) >= 2, public)
check("keys are PKCS#1", all(k["Value"][:2] == b"\x30\x82" and len(k["Value"]) == 270 for k in public))

# The delivered files are what CloudTrail's are.
log = keys(narrow, "/CloudTrail/us-east-1/")[0]
head = s3.head_object(Bucket=narrow, Key=log)
check("headers of a log file", head["ContentType"] == "application/json" and head["ContentEncoding"] == "gzip" and
      head["ServerSideEncryption"] == "AES256", head)
body = s3.get_object(Bucket=narrow, Key=log)["Body"].read()
text = gzip.decompress(body)
check("one line of JSON", text.startswith(b'{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"Root"') and b"\n" not in text, text[:200])

# Stopping ends the chain with a last digest: everything is covered, nothing changes any more.
for name in ["wide", "narrow"]:
    trails.stop_logging(Name=name)
listed = set()


def covered():
    for key in keys(narrow, "CloudTrail-Digest"):
        digest = json.loads(gzip.decompress(s3.get_object(Bucket=narrow, Key=key)["Body"].read()))
        listed.update(f["s3Object"] for f in digest["logFiles"])
    names = [json.loads(r)["eventName"] for r in records(narrow)]
    return "StopLogging" in names and set(keys(narrow, "/CloudTrail/")) == listed


def records(bucket):
    found = []
    for key in keys(bucket, "/CloudTrail/"):
        file = json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
        found += [json.dumps(r) for r in file["Records"]]
    return found


wait("the last digest to list every log file, the stopping included", covered)
expect("a stopped trail", "narrow", 0, "digest files valid")


def tamper(bucket, key, change):
    """Puts other bytes in the place of an object, as a thief with the bucket owner's key could."""
    head = s3.get_object(Bucket=bucket, Key=key)
    body = head["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=change(body), Metadata=head["Metadata"])
    return lambda: s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=head["Metadata"])


log = sorted(listed)[0]
undo = tamper(narrow, log, lambda b: gzip.compress(gzip.decompress(b).replace(b"us-east-1", b"us-west-1", 1)))
expect("a changed log file", "narrow", 1, f"Log file\ts3://{narrow}/{log}\tINVALID: hash value doesn't match")
undo()
undo = tamper(narrow, log, lambda b: b + b"more")
expect("bytes behind a log file", "narrow", 1, "INVALID: unexpected data after end of compressed stream")
undo()
expect("put back", "narrow", 0, "log files valid")

copy = s3.get_object(Bucket=narrow, Key=log)["Body"].read()
s3.delete_object(Bucket=narrow, Key=log)
expect("a deleted log file", "narrow", 1, f"Log file\ts3://{narrow}/{log}\tINVALID: not found")
s3.put_object(Bucket=narrow, Key=log, Body=copy)

digests = sorted(keys(narrow, "CloudTrail-Digest"))
middle = digests[len(digests) // 2]
undo = tamper(narrow, middle, lambda b: gzip.compress(gzip.decompress(b).replace(b"Z", b"z", 1)))
expect("a changed digest", "narrow", 1, f"Digest file\ts3://{narrow}/{middle}\tINVALID: signature verification failed")
undo()
held = s3.get_object(Bucket=narrow, Key=middle)
body, metadata = held["Body"].read(), held["Metadata"]
s3.delete_object(Bucket=narrow, Key=middle)
expect("a deleted digest", "narrow", 1, f"Digest file\ts3://{narrow}/{middle}\tINVALID: not found")
s3.put_object(Bucket=narrow, Key=middle, Body=body, Metadata=metadata)
expect("all put back", "narrow", 0, "digest files valid")

finish()
