"""`trailward cost`: what it counts of a day is what boto3 counts, a second paid copy is flagged, the bucket's lifecycle and a
table of one's own are used.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user.
"""

import gzip
import json
import os
import subprocess
import tempfile
from collections import Counter

import boto3
from botocore.config import Config

from checks import check, finish, wait

s3, trails = boto3.client("s3", config=Config(s3={"addressing_style": "path"})), boto3.client("cloudtrail")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
SERVICE = {"Service": "cloudtrail.amazonaws.com"}


def cost(*arguments):
    done = subprocess.run([os.environ["TRAILWARD_BINARY"], "cost", *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode in (0, 2) and done.stdout.startswith("{"):
        return done.returncode, json.loads(done.stdout)
    return done.returncode, done.stdout + done.stderr


def counted(*buckets):
    """Every object of the buckets, read with boto3."""
    seen, day = set(), Counter()
    for bucket in buckets:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page.get("Contents", []):
                if not item["Key"].endswith(".gz") or not item["Size"]:
                    continue
                day["objects"] += 1
                day["bytes"] += item["Size"]
                if "/CloudTrail/" in item["Key"]:
                    body = gzip.decompress(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
                    for record in json.loads(body)["Records"]:
                        if record["eventCategory"] == "Data":
                            day["data"] += 1
                        elif record["eventID"] in seen:
                            day["copies"] += 1
                        else:
                            seen.add(record["eventID"])
                            day["management"] += 1
    return day


def trail(name, bucket):
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringEquals": {"aws:SourceArn": arn}}},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control"}}}]}))
    trails.create_trail(Name=name, S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True)


def quiet(*buckets):
    """Waits until what the trails delivered does not change any more."""
    before = []

    def same():
        before.append([len(s3.list_objects_v2(Bucket=bucket).get("Contents", [])) for bucket in buckets])
        return len(before) > 15 and len({tuple(b) for b in before[-15:]}) == 1

    wait("the last delivery", same)


trail("first", "cost-first")
trail("second", "cost-second")
s3.create_bucket(Bucket="cost-things")
trails.put_event_selectors(TrailName="first", EventSelectors=[{
    "ReadWriteType": "All", "IncludeManagementEvents": True,
    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::cost-things/"]}]}])
code, text = cost("s3://cost-first")
check("an archive of nothing has no cost", code == 1 and "no log files" in text, text)
for name in ["first", "second"]:
    trails.start_logging(Name=name)
for number in range(20):
    s3.put_object(Bucket="cost-things", Key=str(number), Body=b"x")
    trails.describe_trails()
for name in ["first", "second"]:
    trails.stop_logging(Name=name)
quiet("cost-first", "cost-second")

want = counted("cost-first")
code, one = cost("s3://cost-first")
day = one["day"]
check("one trail has no copies", code == 0 and day["managementCopies"] == 0, one)
check("boto3 counts the same", (day["management"], sum(day["data"].values()), day["objects"], day["bytes"]) == (
    want["management"], want["data"], want["objects"], want["bytes"]), (want, day))
check("data events by service and type", day["data"] == {"s3.amazonaws.com AWS::S3::Object": want["data"]} and
      want["data"] >= 20, day)
check("it says that it is an estimate", one["note"].startswith("An estimate"), one)
check("nothing expires, and that is said", any("nothing expires" in flag for flag in one["flags"]), one)

want = counted("cost-first", "cost-second")
code, both = cost("s3://cost-first", "s3://cost-second")
check("a second copy is flagged", code == 2 and any("a second time" in flag for flag in both["flags"]), both)
check("and counted as boto3 counts it", both["day"]["managementCopies"] == want["copies"] >= 20, (want, both["day"]))
lines = {line["what"]: line["dollars"] for line in both["lines"]}
month = want["copies"] * 30.4 / 100_000 * 2
check("at the price of a second copy", abs(lines["second copies of management events"] - month) < 1e-9, lines)

s3.put_bucket_lifecycle_configuration(Bucket="cost-first", LifecycleConfiguration={"Rules": [{
    "ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "AWSLogs/", "ObjectSizeGreaterThan": 1}},
    "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], "Expiration": {"Days": 365}}]})
code, moved = cost("s3://cost-first")
classes = [line["what"] for line in moved["lines"] if line["what"].startswith("storage")]
check("the lifecycle is used", code == 0 and sorted(classes) == ["storage in GLACIER", "storage in STANDARD"], moved)
check("and it ends", not moved["flags"], moved["flags"])

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([os.environ["TRAILWARD_BINARY"], "-q", "archive", "fetch", "s3://cost-first", f"{folder}/mirror"],
                   check=False, capture_output=True)
    code, offline = cost(f"{folder}/mirror")
    check("a mirror on disk counts the same", code == 0 and offline["day"] == one["day"], (offline, one["day"]))
    code, table = cost("--print-prices")
    check("the table of prices can be had", code == 0 and "management_copy = 2.00" in table, table)
    with open(f"{folder}/prices.toml", "w") as file:
        file.write(table.replace("put = 0.005", "put = 5000.0"))
    code, dear = cost("s3://cost-first", "--prices", f"{folder}/prices.toml")
    check("and replaced", code == 0 and dear["lines"][0]["what"].startswith("putting") and dear["total"] > 1, dear)
    with open(f"{folder}/prices.toml", "w") as file:
        file.write(table.replace("version = 2", "version = 9"))
    code, text = cost("s3://cost-first", "--prices", f"{folder}/prices.toml")
    check("a table of another version is refused", code == 1 and "version is 9" in text, text)
code, text = cost("s3://cost-first", "--format", "table")
check("the table says so", code == 0 and "About $" in text and "An estimate" in text, text)
code, text = cost("s3://cost-first", "--at", "2020-01-01T00:00:00Z")
check("another day", code == 1 and "no log files" in text, text)
finish()
