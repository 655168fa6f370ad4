"""`trailward canary`: a call in each Region is found where boto3 finds it; a stopped trail, a wrong prefix of rights and a
Region that is not recorded are said.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user.
"""

import gzip
import json
import os
import re
import signal
import subprocess
import urllib.request

import boto3
from botocore.config import Config

from checks import check, finish, wait

CONFIG = Config(s3={"addressing_style": "path"})
s3, iam, trails = boto3.client("s3", config=CONFIG), boto3.client("iam"), boto3.client("cloudtrail")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGIONS = ["eu-west-1", "us-east-1"]
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
BINARY = os.environ["TRAILWARD_BINARY"]


def bucket(name, trail):
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{trail}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}",
         "Condition": {"StringEquals": {"aws:SourceArn": arn}}},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*",
         "Condition": {"StringEquals": {"aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control"}}}]}))
    return arn


def canary(*arguments, **variables):
    done = subprocess.run([BINARY, "canary", *arguments], capture_output=True, text=True,
                          env=os.environ | variables, timeout=120, check=False)
    if done.returncode in (0, 2) and done.stdout.startswith("{\n"):
        return done.returncode, json.loads(done.stdout)
    return done.returncode, done.stdout + done.stderr


IN_BOTH = [argument for region in REGIONS for argument in ("--region", region)]
check("without a trail there is no answer", canary()[0] == 1)
TRAIL = bucket("canary-logs", "audit")
trails.create_trail(Name="audit", S3BucketName="canary-logs", S3KeyPrefix="in/here", IsMultiRegionTrail=True,
                    EnableLogFileValidation=True)
trails.start_logging(Name="audit")
code, report = canary("--trail", TRAIL, *IN_BOTH, "--poll", "200ms", "--timeout", "60s")
check("both calls arrive", code == 0 and report["arrived"], report)
check("in each Region", [r["region"] for r in report["regions"]] == REGIONS, report)
for seen in report["regions"]:
    region = seen["region"]
    body = gzip.decompress(s3.get_object(Bucket="canary-logs", Key=seen["log"]["key"])["Body"].read())
    held = [r for r in json.loads(body)["Records"] if seen["tag"] in r["userAgent"]]
    check(f"{region}: boto3 finds the call in the log file", [
        (r["eventName"], r["awsRegion"]) for r in held] == [("GetCallerIdentity", region)], held)
    digest = gzip.decompress(s3.get_object(Bucket="canary-logs", Key=seen["digest"]["key"])["Body"].read())
    named = [f["s3Object"] for f in json.loads(digest)["logFiles"]]
    check(f"{region}: boto3 finds the log file in the digest", seen["log"]["key"] in named, named)
    check(f"{region}: first the log file, then the digest", 0 < seen["log"]["seconds"] <= seen["digest"]["seconds"], seen)
check("tags differ", len({seen["tag"] for seen in report["regions"]}) == 2, report)
code, text = canary(*IN_BOTH, "--no-digest", "--poll", "200ms", "--timeout", "60s", "--format", "table")
check("the table says so, for the only trail", code == 0 and "2 of 2 calls arrived" in text, text)

# With the policy that --print-policy gives, and nothing else.
least = canary("--trail", TRAIL, "--print-policy")[1]
iam.create_user(UserName="canary")
iam.put_user_policy(UserName="canary", PolicyName="least", PolicyDocument=json.dumps(least))
pair = iam.create_access_key(UserName="canary")["AccessKey"]
AS = {"AWS_ACCESS_KEY_ID": pair["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": pair["SecretAccessKey"]}
code, report = canary("--trail", TRAIL, *IN_BOTH, "--poll", "200ms", "--timeout", "60s", **AS)
check("the printed policy is enough", code == 0 and report["arrived"], report)
short = [s for s in least["Statement"] if s["Sid"] != "Read"]
iam.put_user_policy(UserName="canary", PolicyName="least", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": short}))
code, report = canary("--trail", TRAIL, "--region", "us-east-1", "--poll", "200ms", "--timeout", "3s", **AS)
check("who may not read says so", code == 2 and "s3:GetObject" in report["regions"][0]["problem"], report)

# Again and again, with metrics.
loop = subprocess.Popen(
    [BINARY, "canary", "--trail", TRAIL, *IN_BOTH, "--no-digest", "--poll", "200ms", "--timeout", "60s", "--every", "1s",
     "--metrics", "127.0.0.1:0", "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
address = None
for line in loop.stderr:
    address = re.search(r"127\.0\.0\.1:\d+", line)
    if address:
        break
lines = [json.loads(loop.stdout.readline()) for _ in range(4)]
check("two rounds of two Regions", [line["region"] for line in lines] == REGIONS * 2 and all(
    line["arrived"] for line in lines), lines)
with urllib.request.urlopen(f"http://{address[0]}/metrics") as answer:
    text = answer.read().decode()
for wanted in ['trailward_canary_arrived{region="eu-west-1"} 1',
               'trailward_canary_latency_seconds{region="us-east-1",kind="log"}',
               "trailward_canary_rounds_total",
               'trailward_canary_last_arrival_timestamp_seconds{region="us-east-1"}']:
    check(f"metrics have {wanted}", wanted in text, text)
loop.send_signal(signal.SIGINT)
check("Ctrl-C ends it", loop.wait(30) == 0, loop.returncode)

# What does not arrive.
local = bucket("canary-local", "local")
trails.create_trail(Name="local", S3BucketName="canary-local", IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False,
                    EnableLogFileValidation=False)
code, text = canary("--trail", local)
check("a trail without digests is asked for none", code == 1 and "--no-digest" in text, text)
code, text = canary("--trail", local, "--no-digest", "--region", "eu-west-1")
check("a Region that the trail does not record", code == 1 and "eu-west-1" in text, text)
code, text = canary()
check("several trails", code == 1 and TRAIL in text and local in text, text)
code, report = canary("--trail", local, "--no-digest", "--poll", "200ms", "--timeout", "3s")
check("a trail that never started", code == 2 and "no log file holds it" in report["regions"][0]["problem"], report)
trails.stop_logging(Name="audit")
wait("the last delivery", lambda: trails.get_trail_status(Name="audit")["IsLogging"] is False)
code, report = canary("--trail", TRAIL, *IN_BOTH, "--poll", "200ms", "--timeout", "3s")
check("a stopped trail", code == 2 and not report["arrived"] and all(
    r["log"] is None and r["problem"] for r in report["regions"]), report)
code, text = canary("--trail", TRAIL, "--region", "us-east-1", "--poll", "200ms", "--timeout", "2s", "--format", "table")
check("and the table says so", code == 2 and "0 of 1 calls arrived" in text and "MISSING" in text, text)
code, text = canary("--trail", TRAIL.replace("audit", "none"))
check("a trail that is not there", code == 1 and "there is no trail" in text, text)
finish()
