"""`trailward plan`, `apply`, `check` and `drift` against moto, which also has CloudWatch Logs, CloudWatch and SNS: every
weakening of those is found by the right item and healed.
"""

import json
import os
import subprocess
import time

import boto3
import moto_with_cbor

REGION, ACCOUNT = "us-east-1", "123456789012"
BINARY = os.environ["TRAILWARD_BINARY"]
os.environ |= {"AWS_ENDPOINT_URL": moto_with_cbor.start(), "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
               "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
os.environ.pop("AWS_CA_BUNDLE", None)

s3, cloudtrail, kms, iam, logs, cloudwatch, sns = (
    boto3.client(name) for name in ("s3", "cloudtrail", "kms", "iam", "logs", "cloudwatch", "sns"))

# moto speaks plain HTTP.
CONTROL = """
[bucket.policy]
deny_insecure_transport = false
[events]
insights = ["call-rate", "error-rate"]
[alarms]
subscribers = ["audit@example.com"]
[notifications]
enabled = true
[[data_trails]]
name = "data-2"
s3 = "all"
"""
MUTES = '[[mute]]\nid = "account.root-mfa"\nreason = "moto has no root user"\nexpires = "2100-01-01"\n'


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


write("control.toml", CONTROL)
write("mutes.toml", MUTES)


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def plan(code):
    done = run("plan", "--control", "control.toml")
    assert done.returncode == code, (done.returncode, done.stdout[-3000:], done.stderr)
    return json.loads(done.stdout)


def check(code):
    done = run("check", "--control", "control.toml", "--mutes", "mutes.toml")
    assert done.returncode in (0, 2), done
    found = {f["id"]: f for f in json.loads(done.stdout)["findings"]
             if f["verdict"] in ("fail", "unknown") and "muted" not in f}
    assert done.returncode == code, {name: f["evidence"] for name, f in found.items()}
    return found


def apply():
    done = run("apply", "--control", "control.toml", "--yes")
    assert done.returncode == 0, (done.returncode, done.stdout[-3000:], done.stderr)


assert len(plan(2)["steps"]) > 50
assert {"trail.exists", "log-group.exists", "alarms.topic", "alarms.root-usage"} <= check(2).keys()

# The control as a CloudFormation template, judged by AWS's own linter; one that is wrong is not let through.
template = run("plan", "--control", "control.toml", "--export", "cloudformation").stdout
for text, wrong in ((template, 0), (template.replace('"IsLogging"', '"IsLoging"'), 2)):
    write("template.json", text)
    judged = subprocess.run(["cfn-lint", "template.json"], capture_output=True, text=True)
    assert judged.returncode & 2 == wrong, judged.stdout
write("copied.toml", CONTROL + f'''[bucket.replication]
enabled = true
bucket = "copy"
account = "444455556666"
role = "arn:aws:iam::{ACCOUNT}:role/copier"
key = "arn:aws:kms:eu-west-1:444455556666:key/5be8f5b7-6a48-41d7-b3cb-4b2b8e1b9a39"
''')
template = run("plan", "--control", "copied.toml", "--export", "cloudformation").stdout
assert "trail-copy" in template
write("template.json", template)
judged = subprocess.run(["cfn-lint", "template.json"], capture_output=True, text=True)
assert judged.returncode & 2 == 0, judged.stdout

apply()
assert plan(0) == {"steps": [], "instructions": [], "kept": [], "unknown": []}
assert check(2).keys() == {"trail.validated"}
def event(name, **record):
    now = time.time()
    record |= {"eventName": name, "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "eventID": "x",
               "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory"}}
    moto_with_cbor.EVENTS.append({"EventId": f"id-{len(moto_with_cbor.EVENTS)}", "EventName": name, "EventTime": now,
                                  "Username": "mallory", "CloudTrailEvent": json.dumps(record)})


GROUP, ROLE = "CloudTrail/main", "CloudTrailLogs-main"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:trail-alarms"


def alarm(name, **changes):
    there = cloudwatch.describe_alarms(AlarmNames=[f"TrailAlarms-{name}"])["MetricAlarms"][0]
    kept = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold",
            "ComparisonOperator", "ActionsEnabled", "AlarmActions")
    cloudwatch.put_metric_alarm(**({key: there[key] for key in kept} | changes))


def pattern(name, text):
    there = logs.describe_metric_filters(logGroupName=GROUP, filterNamePrefix=name)["metricFilters"][0]
    logs.put_metric_filter(logGroupName=GROUP, filterName=name, filterPattern=text,
                           metricTransformations=there["metricTransformations"])


def trust(principal, **more):
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more]}))


def unnamed():
    """The group and its role would do, but the trail does not name them: the evidence says so."""
    cloudtrail.update_trail(Name="main", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    told = check(2)["trail.log-group"]["evidence"]
    assert "names neither" in told and "update-trail alone" in told, told


WEAKENINGS = [
    ("log group deleted", "log-group.exists", lambda: logs.delete_log_group(logGroupName=GROUP)),
    ("a shorter retention", "log-group.retention", lambda: logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)),
    ("role's policy deleted", "log-group.role-policy",
     lambda: iam.delete_role_policy(RoleName=ROLE, PolicyName="write-events")),
    ("role's policy empty", "log-group.role-policy", lambda: iam.put_role_policy(
        RoleName=ROLE, PolicyName="write-events", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "logs:*", "Resource": "*"}]}))),
    ("role for one trail, which CloudTrail does not say", "log-group.role", lambda: trust(
        {"Service": "cloudtrail.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceArn": TRAIL}})),
    ("role for somebody else, too", "log-group.role", lambda: trust(
        {"Service": "cloudtrail.amazonaws.com", "AWS": "*"})),
    ("trail without its log group", "trail.log-group", unnamed),
    ("filter deleted", "alarms.root-usage", lambda: logs.delete_metric_filter(logGroupName=GROUP, filterName="root-usage")),
    ("filter that never matches", "alarms.trail-changes", lambda: pattern("trail-changes", "{ $.eventName = Nothing }")),
    ("alarm deleted", "alarms.key-deletion", lambda: cloudwatch.delete_alarms(AlarmNames=["TrailAlarms-key-deletion"])),
    ("alarm's actions off", "alarms.bucket-policy",
     lambda: cloudwatch.disable_alarm_actions(AlarmNames=["TrailAlarms-bucket-policy"])),
    ("alarm without actions", "alarms.iam-changes", lambda: alarm("iam-changes", AlarmActions=[])),
    ("alarm's threshold", "alarms.vpcs", lambda: alarm("vpcs", Threshold=1000.0)),
    ("alarm's period", "alarms.gateways", lambda: alarm("gateways", Period=86400)),
    ("alarm's comparison", "alarms.network-acls", lambda: alarm("network-acls", ComparisonOperator="LessThanThreshold")),
    ("alarm of another metric", "alarms.route-tables", lambda: alarm("route-tables", MetricName="other")),
    ("topic deleted", "alarms.topic", lambda: sns.delete_topic(TopicArn=TOPIC)),
    ("topic shuts alarms out", "alarms.topic", lambda: sns.set_topic_attributes(
        TopicArn=TOPIC, AttributeName="Policy", AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": []}))),
    ("nobody hears", "alarms.subscribers", lambda: [
        sns.unsubscribe(SubscriptionArn=s["SubscriptionArn"])
        for s in sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]]),
    ("topic of log files deleted", "notices.topic",
     lambda: sns.delete_topic(TopicArn=TOPIC.replace("trail-alarms", "trail-files-main"))),
    ("data trail deleted", "data-trails.exist", lambda: cloudtrail.delete_trail(Name="data-2")),
    ("data trail of reads", "data-trails.events", lambda: cloudtrail.put_event_selectors(
        TrailName="data-2", EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])),
    # Insights cannot be weakened here: moto only ever adds selectors.
    ("versions suspended", "bucket.versioning", lambda: s3.put_bucket_versioning(
        Bucket=f"trail-logs-{ACCOUNT}", VersioningConfiguration={"Status": "Suspended"})),
    ("trail stopped", "trail.logging", lambda: cloudtrail.stop_logging(Name="main")),
]
event("ListPublicKeys")
assert check(0) == {}
for name, item, weaken in WEAKENINGS:
    weaken()
    found = check(2)
    assert item in found and found[item]["verdict"] == "fail", (name, {i: f["evidence"] for i, f in found.items()})
    apply()
    print(f"{item:<26} {name}")
assert check(0) == {} and plan(0)["steps"] == []
print(f"{len(WEAKENINGS)} weakenings found and healed")

# Drift, with who did it: the last event that succeeded and mentions the thing.
cloudtrail.stop_logging(Name="main")
s3.put_bucket_versioning(Bucket=f"trail-logs-{ACCOUNT}", VersioningConfiguration={"Status": "Suspended"})
event("StopLogging", requestParameters={"name": "other"})
event("StopLogging", requestParameters={"name": "main"}, errorCode="AccessDenied")
done = run("drift")
drift = {d["path"]: d for d in json.loads(done.stdout)["drift"]}
assert done.returncode == 2 and all(d["who"]["is"] == "not-found" for d in drift.values()), drift
event("StopLogging", requestParameters={"name": "main"})
drift = {d["path"]: d for d in json.loads(run("drift").stdout)["drift"]}
stopped = drift[f"/trails/value/main@{REGION}/status/value/logging"]["who"]
assert stopped["by"].endswith("user/mallory") and stopped["event"] == "StopLogging", stopped
assert "mallory" in run("drift", "--format", "table").stdout
