"""`trailward plan --export cloudformation`, deployed on moto: what moto can make of it is as the control wants it, so that the
next plan does not speak of it any more, and `apply` makes the rest beside it.

moto knows 6 of the template's 12 types, and of a bucket only name and encryption. What is left of the plan is listed below, with
the reason, so that a newer moto that knows more is noticed.
"""

import json
import os
import subprocess

import boto3
import moto_with_cbor

REGION = "us-east-1"
os.environ |= {"AWS_ENDPOINT_URL": moto_with_cbor.start(), "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
               "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
os.environ.pop("AWS_CA_BUNDLE", None)
with open("control.toml", "w") as file:
    # moto speaks plain HTTP.
    file.write('[bucket.policy]\ndeny_insecure_transport = false\n[alarms]\nsubscribers = ["audit@example.com"]\n')


def run(command, code, *more):
    done = subprocess.run([os.environ["TRAILWARD_BINARY"], command, "--control", "control.toml", *more], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (command, done.returncode, done.stdout[-3000:], done.stderr)
    return done.stdout


def steps(code):
    plan = json.loads(run("plan", code))
    assert plan["unknown"] == plan["instructions"] == [], plan
    return {step["id"] for step in plan["steps"]}


MADE = {
    "AWS::KMS::Key": {"key.exists", "key.rotation"},
    "AWS::KMS::Alias": {"key.alias"},
    "AWS::S3::Bucket": {"bucket.exists", "bucket.encryption", "access-log.exists", "access-log.encryption"},
    "AWS::Logs::LogGroup": {"log-group.exists"},
    "AWS::IAM::Role": {"log-role.exists", "log-role.policy"},
    "AWS::SNS::Topic": {"topic.exists"},
}
# By the type that moto does not know, or knows a part of.
LEFT = {
    "AWS::S3::Bucket": {"bucket.versioning", "bucket.lock", "bucket.block", "bucket.ownership", "bucket.lifecycle",
                        "bucket.access-log", "access-log.block", "access-log.ownership"},
    "AWS::S3::BucketPolicy": {"bucket.policy", "access-log.policy"},
    "AWS::CloudTrail::Trail": {"trail.exists", "trail.selectors", "trail.logging"},
    "AWS::SNS::TopicPolicy": {"topic.policy"},
    "AWS::SNS::Subscription": {"topic.subscriber.audit@example.com"},
    "AWS::Logs::MetricFilter": "filter.",
    "AWS::CloudWatch::Alarm": "alarm.",
}

before = steps(2)
template = json.loads(run("plan", 2, "--export", "cloudformation"))
types = {resource["Type"] for resource in template["Resources"].values()}
assert types == MADE.keys() | LEFT.keys(), types
# moto takes a key's tags by the names of KMS's API, where CloudFormation has others, and documents as text.
key, role = (template["Resources"][name]["Properties"] for name in ("TrailKey", "TrailLogRole"))
assert key.pop("Tags") == [{"Key": "trailward:trail", "Value": "main"}]
key["KeyPolicy"] = json.dumps(key["KeyPolicy"])
for policy in role["Policies"]:
    policy["PolicyDocument"] = json.dumps(policy["PolicyDocument"])
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(StackName="trail", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
assert cloudformation.describe_stacks(StackName="trail")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

after = steps(2)
made = set.union(*MADE.values())
left = set.union(*(ids for ids in LEFT.values() if isinstance(ids, set)))
left |= {step for step in before if step.startswith(("filter.", "alarm."))}
assert before - after == made, (sorted(before - after ^ made))
# A bucket that was made without versions needs a step for them; one that is made with the lock has them.
assert after == left, sorted(after ^ left)
print(f"{len(before)} steps before, {len(after)} after the stack")

run("apply", 0, "--yes")
assert steps(0) == set()
# What is there would have to be imported.
run("plan", 1, "--export", "cloudformation")
