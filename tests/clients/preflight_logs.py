"""`trailward preflight` for a trail with a log group, on moto: broken roles are read as they are, inline and managed policies
and boundary, the statement in the way is named, and with the patches nothing is left to say.
"""

import json
import os
import subprocess
import tempfile

import boto3
import moto_with_cbor

REGION, ACCOUNT, BUCKET, GROUP = "us-east-1", "123456789012", "preflight-logs", "trail-events"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
os.environ |= {"AWS_ENDPOINT_URL": moto_with_cbor.start(), "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
               "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
os.environ.pop("AWS_CA_BUNDLE", None)
TRUST, LOGS = "InvalidCloudWatchLogsRoleArnException", "InvalidCloudWatchLogsLogGroupArnException"

s3, cloudtrail, iam, logs = (boto3.client(name) for name in ("s3", "cloudtrail", "iam", "logs"))


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def run(*arguments):
    command = [os.environ["TRAILWARD_BINARY"], "preflight", "--bucket", BUCKET, "--trail", TRAIL, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def preflight(*arguments):
    done = run(*arguments)
    assert done.returncode in (0, 2), done.stderr
    return done.returncode, json.loads(done.stdout)


SERVICE = {"Service": "cloudtrail.amazonaws.com"}
TAKE = {"Effect": "Allow", "Principal": SERVICE, "Action": "sts:AssumeRole"}
STREAMS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:log-stream:{ACCOUNT}_CloudTrail_{REGION}*"
WRITE = {"Sid": "Write", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": [STREAMS]}
NAMED = ("--log-group", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*",
         "--log-role", f"arn:aws:iam::{ACCOUNT}:role/service-role/trail-logs")

source = {"StringEquals": {"aws:SourceArn": TRAIL}}
s3.create_bucket(Bucket=BUCKET)
s3.put_bucket_policy(Bucket=BUCKET, Policy=document(
    {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}", "Condition": source},
    {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
     "Condition": {"StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}}}))
assert preflight() == (0, {"findings": [], "patches": []})

# Neither the group nor the role is there, and one without the other is no question.
code, report = preflight(*NAMED)
assert code == 2 and [f["refusal"] for f in report["findings"]] == [LOGS, TRUST], report
assert run(*NAMED[:2]).returncode != 0 and "--log-role" in run(*NAMED[:2]).stderr
for wrong in (f"arn:aws:logs:{REGION}:{ACCOUNT}:stream:x", f"arn:aws:logs::{ACCOUNT}:log-group:x", "trail-events",
              f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:log-stream:x"):
    refused = run("--log-group", wrong, *NAMED[2:])
    assert refused.returncode == 1 and "log group" in refused.stderr and not refused.stdout, refused
assert run(*NAMED[:2], "--log-role", f"arn:aws:iam::{ACCOUNT}:user/x").returncode == 1

logs.create_log_group(logGroupName=f"{GROUP}-2")
assert "no log group" in preflight(*NAMED)[1]["findings"][0]["because"], "a longer name is another group"
logs.create_log_group(logGroupName=GROUP)
code, report = preflight(NAMED[0], NAMED[1].removesuffix(":*"), *NAMED[2:])
assert code == 2 and ":*" in report["findings"][0]["because"] and report["findings"][0]["refusal"] == LOGS, report

# Name, trust policy, inline policies, managed ones, refusals.
READS = {"Effect": "Allow", "Action": "logs:Describe*", "Resource": "*"}
CASES = [
    ("trust of another service", TAKE | {"Principal": {"Service": "logs.amazonaws.com"}}, {"write": [WRITE]}, {}, {TRUST}),
    ("trust for one trail", TAKE | {"Condition": source}, {"write": [WRITE]}, {}, {TRUST}),
    ("no policy", TAKE, {}, {}, {LOGS}),
    ("a managed policy that reads", TAKE, {}, {"reads": [READS]}, {LOGS}),
    ("the group without its streams", TAKE, {"other": [READS], "write": [WRITE | {"Resource": STREAMS.split(":log-stream")[0]}]}, {}, {LOGS}),
    ("one action is missing", TAKE, {"write": [WRITE | {"Action": "logs:PutLogEvents"}]}, {"reads": [READS]}, {LOGS}),
    ("everything at once", TAKE | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, {}, {}, {TRUST, LOGS}),
]
for name, trust, inline, managed, refusals in CASES:
    iam.create_role(RoleName="trail-logs", Path="/service-role/", AssumeRolePolicyDocument=document(trust))
    for policy, statements in inline.items():
        iam.put_role_policy(RoleName="trail-logs", PolicyName=policy, PolicyDocument=document(*statements))
    arns = [iam.create_policy(PolicyName=policy, PolicyDocument=document(*statements))["Policy"]["Arn"]
            for policy, statements in managed.items()]
    for arn in arns:
        iam.attach_role_policy(RoleName="trail-logs", PolicyArn=arn)
    code, report = preflight(*NAMED)
    assert code == 2 and {f["refusal"] for f in report["findings"]} == refusals, (name, report)
    if arns and not inline:
        assert report["findings"][0]["place"]["policy"] == arns[0], (name, report)
    with tempfile.TemporaryDirectory() as folder:
        table = run(*NAMED, "--format", "table", "--patch-dir", folder).stdout
        commands = [line.strip() for line in table.splitlines() if line.startswith("  aws ")]
        assert len(commands) == len(report["patches"]) == len(refusals), (name, table)
        for command in commands:
            done = subprocess.run(command, shell=True, capture_output=True, text=True)
            assert done.returncode == 0, (name, command, done.stderr)
    assert preflight(*NAMED) == (0, {"findings": [], "patches": []}), name
    assert inline.keys() <= set(iam.list_role_policies(RoleName="trail-logs")["PolicyNames"]), name
    for arn in arns:
        iam.detach_role_policy(RoleName="trail-logs", PolicyArn=arn)
        iam.delete_policy(PolicyArn=arn)
    for policy in iam.list_role_policies(RoleName="trail-logs")["PolicyNames"]:
        iam.delete_role_policy(RoleName="trail-logs", PolicyName=policy)
    iam.delete_role(RoleName="trail-logs")
    print(f"{name}: {len(commands)} patches")

# A managed policy lets it through, and a boundary does not; nor does a role of that name under another path.
iam.create_role(RoleName="trail-logs", Path="/service-role/", AssumeRolePolicyDocument=document(TAKE))
write = iam.create_policy(PolicyName="writes", PolicyDocument=document(WRITE))["Policy"]["Arn"]
iam.attach_role_policy(RoleName="trail-logs", PolicyArn=write)
assert preflight(*NAMED) == (0, {"findings": [], "patches": []})
assert "there is no role" in preflight(*NAMED[:3], NAMED[3].replace("service-role/", ""))[1]["findings"][0]["because"]
bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(READS))["Policy"]["Arn"]
iam.put_role_permissions_boundary(RoleName="trail-logs", PermissionsBoundary=bound)
code, report = preflight(*NAMED)
assert code == 2 and report["findings"][0]["place"]["policy"] == bound and not report["patches"], report
iam.delete_role_permissions_boundary(RoleName="trail-logs")

# What a trail that there is names is judged without being named again.
cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, CloudWatchLogsLogGroupArn=NAMED[1], CloudWatchLogsRoleArn=NAMED[3])
assert preflight("--no-validation")[0] == 0
iam.update_assume_role_policy(RoleName="trail-logs", PolicyDocument=document(TAKE | {"Condition": source}))
code, report = preflight("--no-validation")
assert code == 2 and report["findings"][0]["refusal"] == TRUST, report

# Files, with nobody to ask.
with tempfile.TemporaryDirectory() as folder:
    for file, text in (("bucket.json", s3.get_bucket_policy(Bucket=BUCKET)["Policy"]), ("trust.json", document(TAKE)),
                       ("write.json", document(WRITE)), ("reads.json", document(READS))):
        with open(f"{folder}/{file}", "w") as opened:
            opened.write(text)
    os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"

    def files(policy):
        return preflight("--bucket-policy", f"{folder}/bucket.json", *NAMED, "--log-role-trust", f"{folder}/trust.json",
                         "--log-role-policy", f"{folder}/{policy}.json")

    assert files("write") == (0, {"findings": [], "patches": []})
    code, report = files("reads")
    assert code == 2 and report["findings"][0]["place"]["policy"] == "reads" and report["patches"][0]["name"] == "reads", report

least = {s["Sid"]: s for s in preflight(*NAMED, "--print-policy")[1]["Statement"]}
assert least["LogGroup"]["Action"] == "logs:DescribeLogGroups" and least["LogRole"]["Resource"] == NAMED[3], least
assert least["LogRolePolicies"]["Action"] == ["iam:GetPolicy", "iam:GetPolicyVersion"], least
