"""What a new user has after the first start: a protected bucket and a trail that is already logging."""

import gzip
import json
import subprocess

import boto3
from checks import check, finish, refused, wait

ACCOUNT = "111122223333"
trails = boto3.client("cloudtrail")
s3 = boto3.client("s3")

trail = trails.describe_trails()["trailList"][0]
bucket = trail["S3BucketName"]
check("the trail", trail["Name"] == "management-events" and trail["IsMultiRegionTrail"] and
      trail["LogFileValidationEnabled"], trail)
check("it is logging", trails.get_trail_status(Name="management-events")["IsLogging"])
check("the bucket is versioned", s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled")
check("the bucket is closed to the public", s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] ==
      {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})
check("its policy is not public", s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False)

boto3.client("iam").create_user(UserName="alice")


def logs(part):
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [o["Key"] for o in found if part in o["Key"]]


wait("a log file", lambda: logs("/CloudTrail/us-east-1/"))
wait("a digest", lambda: logs("/CloudTrail-Digest/us-east-1/"))
names = []
for key in logs("/CloudTrail/us-east-1/"):
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    names += [r["eventName"] for r in json.loads(gzip.decompress(body))["Records"]]
wait("CreateUser to be delivered", lambda: "CreateUser" in names or "CreateUser" in [
    r["eventName"] for key in logs("/CloudTrail/us-east-1/")
    for r in json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))["Records"]])

# Nobody deletes, not even root; nobody writes but the trail.
key = logs("/CloudTrail/us-east-1/")[0]
version = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"][0]["VersionId"]
refused("root may not delete a log file", "AccessDenied", s3.delete_object, Bucket=bucket, Key=key)
refused("nor a version of it", "AccessDenied", s3.delete_object, Bucket=bucket, Key=key, VersionId=version)
refused("nor the bucket", "BucketNotEmpty", s3.delete_bucket, Bucket=bucket)
result = subprocess.run(["aws", "s3", "rm", "--recursive", f"s3://{bucket}"], capture_output=True, text=True, check=False)
check("aws s3 rm fails", result.returncode != 0 and "AccessDenied" in result.stdout + result.stderr, result)

finish()
