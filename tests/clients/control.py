"""`trailward plan`, `apply`, `check` and `drift` on an account that boto3 weakens: every single weakening is found by the
right item and healed, what others put there stays, and an apply that is killed after any step goes on from there.

Runs over TLS, so that the policy may deny everything else.
"""

import json
import os
import subprocess
import sys
import time

from xml.etree import ElementTree

import boto3
import ocsf_emitter
from botocore.exceptions import ClientError
from ocsf_emitter._models import ComplianceFinding

ACCOUNT, REGION = "111122223333", "us-east-1"
BUCKET, LOG = f"trail-logs-{ACCOUNT}", f"trail-logs-{ACCOUNT}-access"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
BINARY = os.environ["TRAILWARD_BINARY"]
if bundle := os.environ.get("AWS_CA_BUNDLE"):
    os.environ["SSL_CERT_FILE"] = bundle
CONTROL = """
[log_group]
enabled = false
[alarms]
enabled = false
[notifications]
enabled = true
[account]
block_public_access = true
[[data_trails]]
name = "payroll"
s3_buckets = ["payroll", "salaries"]
lambda = true
"""
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:trail-files-main"
# The service's account begins with a key of its root user's, and without a device.
MUTES = "".join(f'[[mute]]\nid = "account.{item}"\nreason = "the test runs as the root user"\nexpires = "2100-01-01"\n'
                for item in ("root-keys", "root-mfa"))

s3, cloudtrail, kms, iam, sns = (boto3.client(name) for name in ("s3", "cloudtrail", "kms", "iam", "sns"))


def s3_control():
    """S3 Control without the account's number before the endpoint's name, which has no such names."""
    client = boto3.client("s3control")
    client.meta.events.register("before-sign.s3-control", lambda request, **_: setattr(
        request, "url", request.url.replace(f"//{ACCOUNT}.", "//")))
    return client


account = s3_control()


# None of these may be in anything that is printed or written.
SECRETS = {os.environ["AWS_SECRET_ACCESS_KEY"]}


def run(*arguments, code=None, environment=None):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env=os.environ | (environment or {}))
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS), arguments
    assert code is None or done.returncode == code, (arguments, done.returncode, done.stdout[-3000:], done.stderr)
    return done


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


CONTROL_FILE, MUTES_FILE = write("control.toml", CONTROL), write("mutes.toml", MUTES)


def plan(code, *more, **rest):
    return json.loads(run("plan", "--control", CONTROL_FILE, *more, code=code, **rest).stdout)


def check(code, *more, **rest):
    done = run("check", "--control", CONTROL_FILE, "--mutes", MUTES_FILE, *more, **rest)
    assert done.returncode in (0, 2), done
    report = json.loads(done.stdout)
    found = {f["id"]: f for f in report["findings"] if f["verdict"] in ("fail", "unknown") and "muted" not in f}
    assert done.returncode == code, {name: f["evidence"] for name, f in found.items()}
    return found


def clean():
    """Waits until what was delivered last went well again, and nothing else is found."""
    deadline = time.time() + 60
    while True:
        done = run("check", "--control", CONTROL_FILE, "--mutes", MUTES_FILE)
        if done.returncode == 0:
            return
        assert time.time() < deadline, [f for f in json.loads(done.stdout)["findings"] if f["verdict"] == "fail"]
        time.sleep(0.5)


def apply(code=0, *more, **rest):
    return run("apply", "--control", CONTROL_FILE, "--yes", *more, code=code, **rest)


def permit(name, policy):
    """Gives a user that policy alone."""
    for old in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=old["PolicyArn"])
    new = iam.create_policy(PolicyName=f"{name}-{time.time_ns()}", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=new)


def user(name, policy):
    """Environment of a user with that policy alone."""
    iam.create_user(UserName=name)
    permit(name, policy)
    pair = iam.create_access_key(UserName=name)["AccessKey"]
    SECRETS.add(pair["SecretAccessKey"])
    return {"AWS_ACCESS_KEY_ID": pair["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": pair["SecretAccessKey"]}


# An empty account: what has to be done, and that everything that can be wrong is.
first = plan(2, "--out", "plan.json")
assert all(step["reason"] and step["undo"] and step["calls"] for step in first["steps"]), first
assert not first["instructions"] and not first["unknown"], first
found = check(2)
assert {"trail.exists", "bucket.exists", "key.exists", "access-log.exists", "events.writes"} <= found.keys(), found.keys()
assert all(f["verdict"] == "fail" for f in found.values()), found
assert all("step" in f for f in found.values()), [n for n, f in found.items() if "step" not in f]

# Nobody is asked where nobody can be, and nothing is done then.
refused = run("apply", "plan.json", code=1)
assert "--yes" in refused.stderr, refused
assert plan(2) == first

# A changed plan file is no plan.
with open("plan.json") as file:
    text = file.read()
run("apply", write("forged.json", text.replace("DeleteObjectVersion", "GetObject")), "--yes", code=1)

# Killed after each step in turn, as a user with exactly the policy that is printed for it.
applier = user("applier", run("apply", "--control", CONTROL_FILE, "--print-policy", code=0).stdout)
kills = 0
while True:
    process = subprocess.Popen([BINARY, "apply", "--control", CONTROL_FILE, "--yes"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=os.environ | applier)
    for line in process.stdout:
        if " done  " in line:
            process.kill()
            kills += 1
            break
    process.stdout.read()
    error = process.stderr.read()
    if process.wait() == 0:
        break
    assert process.returncode == -9, (process.returncode, error)
    assert kills < 60, "it does not converge"
assert kills >= 10, kills
print(f"killed {kills} times")
assert len(kms.list_keys()["Keys"]) == 1, "an interrupted apply left a key behind"

assert plan(0) == {"steps": [], "instructions": [], "kept": [], "unknown": []}
assert check(0) == {}
assert run("apply", "plan.json", "--yes", code=1).stderr.count("/bucket/"), "a stale plan is refused with what changed"
KEY = kms.describe_key(KeyId="alias/trail-main")["KeyMetadata"]["Arn"]

# What others put there, which every healing has to leave alone.
FOREIGN = {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
           "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
RULE = {"ID": "foreign", "Status": "Enabled", "Filter": {"And": {"Prefix": "x/", "ObjectSizeGreaterThan": 5,
        "Tags": [{"Key": "a", "Value": "b"}]}}, "Transitions": [{"Days": 400, "StorageClass": "GLACIER_IR"}]}


def policy_of(bucket):
    return json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])


def put_policy(change, bucket=BUCKET):
    document = policy_of(bucket)
    document["Statement"] = change(document["Statement"])
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def put_key_policy(change):
    document = json.loads(kms.get_key_policy(KeyId=KEY, PolicyName="default")["Policy"])
    document["Statement"] = change(document["Statement"])
    kms.put_key_policy(KeyId=KEY, PolicyName="default", Policy=json.dumps(document))


def rules():
    return s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]


def put_rules(change):
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": change(rules())})


def without(sid):
    return lambda all: [s for s in all if not s["Sid"].startswith(sid)]


def changed(sid, **changes):
    return lambda all: [s | changes if s["Sid"].startswith(sid) else s for s in all]


def ours(**changes):
    return lambda all: [r | changes if r["ID"] == "trail-log-files" else r for r in all]


def selectors(**changes):
    cloudtrail.put_event_selectors(TrailName="main", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{BUCKET}/"]}]} | changes])


def advanced(*fields):
    data = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]
    management = [{"Field": "eventCategory", "Equals": ["Management"]}, *fields]
    cloudtrail.put_event_selectors(TrailName="main", AdvancedEventSelectors=[
        {"FieldSelectors": management}, {"FieldSelectors": data}])


def block(bucket=BUCKET, **changes):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={
        name: True for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")} | changes)


def lock(**rule):
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"} | rule)


def retention(mode, days):
    lock(Rule={"DefaultRetention": {"Mode": mode, "Days": days}})


def encrypt(bucket, algorithm, **key):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm} | key}]})


def decoy():
    s3.create_bucket(Bucket="decoy")
    s3.put_bucket_policy(Bucket="decoy", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:*",
         "Resource": ["arn:aws:s3:::decoy", "arn:aws:s3:::decoy/*"]}]}))
    cloudtrail.update_trail(Name="main", S3BucketName="decoy")


def update(**changes):
    return lambda: cloudtrail.update_trail(Name="main", **changes)


def prefix():
    put_policy(lambda all: all + [FOREIGN | {"Sid": "Elsewhere", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                                             "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/x/*",
                                             "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}}])
    cloudtrail.update_trail(Name="main", S3KeyPrefix="x")


def logging(bucket, prefix):
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": prefix}})


def other_topic():
    """The trail tells another topic, which lets every trail in."""
    arn = sns.create_topic(Name="other")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "SNS:Publish",
                 "Resource": arn}
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy",
                             AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    cloudtrail.update_trail(Name="main", SnsTopicName="other")


def topic_policy(change):
    document = json.loads(sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"])
    document["Statement"] = change(document["Statement"])
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=json.dumps(document))


def account_block(**changes):
    on = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    account.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=on | changes)


def payroll(*resources, **changes):
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": [
        {"Type": kind, "Values": values} for kind, values in resources]}
    cloudtrail.put_event_selectors(TrailName="payroll", EventSelectors=[selector | changes])


OBJECTS = ("AWS::S3::Object", ["arn:aws:s3:::payroll/", "arn:aws:s3:::salaries/"])
FUNCTIONS = ("AWS::Lambda::Function", ["arn:aws:lambda"])

# Each weakens one thing; the item that has to find it.
WEAKENINGS = [
    ("trail stopped", "trail.logging", lambda: cloudtrail.stop_logging(Name="main")),
    ("one Region", "trail.multi-region", update(IsMultiRegionTrail=False)),
    ("no global events", "trail.global-events", update(IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False)),
    ("no digests", "trail.validation", update(EnableLogFileValidation=False)),
    ("no key in the trail", "trail.encrypted", update(KmsKeyId="")),
    ("another bucket", "trail.bucket", decoy),
    ("another prefix", "trail.prefix", prefix),
    ("reads alone", "events.writes", lambda: selectors(ReadWriteType="ReadOnly")),
    ("writes alone", "events.reads", lambda: selectors(ReadWriteType="WriteOnly")),
    ("no management events", "events.writes", lambda: selectors(IncludeManagementEvents=False)),
    ("no events of KMS", "events.writes", lambda: selectors(ExcludeManagementEventSources=["kms.amazonaws.com"])),
    ("no data events", "events.objects", lambda: selectors(DataResources=[])),
    ("data events of another bucket", "events.objects",
     lambda: selectors(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::decoy/"]}])),
    ("advanced, reads alone", "events.writes", lambda: advanced({"Field": "readOnly", "Equals": ["true"]})),
    ("key disabled", "key.enabled", lambda: kms.disable_key(KeyId=KEY)),
    ("key to be deleted", "key.enabled", lambda: kms.schedule_key_deletion(KeyId=KEY, PendingWindowInDays=7)),
    ("no rotation", "key.rotation", lambda: kms.disable_key_rotation(KeyId=KEY)),
    ("key without its alias", "key.exists", lambda: kms.delete_alias(AliasName="alias/trail-main")),
    ("key shuts CloudTrail out", "key.admits", lambda: put_key_policy(without("TrailEncrypt"))),
    ("key not described", "key.admits", lambda: put_key_policy(without("TrailDescribe"))),
    ("key for any trail", "key.bound", lambda: put_key_policy(changed("TrailEncrypt", Condition={}))),
    ("public ACLs", "bucket.block", lambda: block(BlockPublicAcls=False)),
    ("public ACLs count", "bucket.block", lambda: block(IgnorePublicAcls=False)),
    ("public policies", "bucket.block", lambda: block(BlockPublicPolicy=False)),
    ("public policies count", "bucket.block", lambda: block(RestrictPublicBuckets=False)),
    ("no public access block", "bucket.block", lambda: s3.delete_public_access_block(Bucket=BUCKET)),
    ("ACLs on", "bucket.ownership", lambda: s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})),
    ("no ownership", "bucket.ownership", lambda: s3.delete_bucket_ownership_controls(Bucket=BUCKET)),
    ("no default retention", "bucket.lock", lock),
    ("a shorter retention", "bucket.lock-days", lambda: retention("COMPLIANCE", 364)),
    ("a governance lock", "bucket.lock-mode", lambda: retention("GOVERNANCE", 365)),
    ("no key by default", "bucket.encryption", lambda: s3.delete_bucket_encryption(Bucket=BUCKET)),
    ("S3's key by default", "bucket.encryption", lambda: encrypt(BUCKET, "aws:kms")),
    ("no policy", "bucket.deletes", lambda: s3.delete_bucket_policy(Bucket=BUCKET)),
    ("CloudTrail may not write", "bucket.admits", lambda: put_policy(without("TrailWrite"))),
    ("CloudTrail may not look", "bucket.admits", lambda: put_policy(without("TrailAclCheck"))),
    ("another account's folder", "bucket.admits",
     lambda: put_policy(changed("TrailWrite", Resource=f"arn:aws:s3:::{BUCKET}/AWSLogs/444455556666/*"))),
    ("any trail may write", "bucket.bound", lambda: put_policy(changed("TrailWrite", Condition={}))),
    ("any trail may look", "bucket.bound", lambda: put_policy(changed("TrailAclCheck", Condition={}))),
    ("no TLS", "bucket.transport", lambda: put_policy(without("DenyInsecureTransport"))),
    ("TLS for writing alone", "bucket.transport", lambda: put_policy(changed("DenyInsecureTransport", Action="s3:PutObject"))),
    ("deletes allowed", "bucket.deletes", lambda: put_policy(without("DenyDeletingLogs"))),
    ("versions may be deleted", "bucket.deletes",
     lambda: put_policy(changed("DenyDeletingLogs", Action=["s3:DeleteObject", "s3:DeleteBucket"]))),
    ("one role escapes", "bucket.escape", lambda: put_policy(changed("DenyDeletingLogs", Condition={
        "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/ops"}}))),
    ("no lifecycle", "bucket.lifecycle", lambda: s3.delete_bucket_lifecycle(Bucket=BUCKET)),
    ("lifecycle off", "bucket.lifecycle", lambda: put_rules(ours(Status="Disabled"))),
    ("files expire", "bucket.lifecycle-early", lambda: put_rules(ours(Expiration={"Days": 370}, Transitions=[
        {"Days": 30, "StorageClass": "STANDARD_IA"}], NoncurrentVersionExpiration={"NoncurrentDays": 90}))),
    ("deleted files go early", "bucket.lifecycle-early",
     lambda: put_rules(ours(NoncurrentVersionExpiration={"NoncurrentDays": 90}))),
    ("no access log", "bucket.access-log", lambda: s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})),
    ("access log elsewhere", "bucket.access-log", lambda: logging(LOG, "elsewhere/")),
    ("access log's bucket open", "access-log.block", lambda: block(LOG, BlockPublicPolicy=False)),
    ("access log's ACLs on", "access-log.ownership", lambda: s3.put_bucket_ownership_controls(
        Bucket=LOG, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})),
    ("access log under a key", "access-log.encryption", lambda: encrypt(LOG, "aws:kms", KMSMasterKeyID=KEY)),
    ("access log refused", "access-log.policy", lambda: put_policy(without("S3ServerAccessLogs"), LOG)),
    ("access log of any bucket", "access-log.policy", lambda: put_policy(changed("S3ServerAccessLogs", Condition={}), LOG)),
    ("access log without a policy", "access-log.policy", lambda: s3.delete_bucket_policy(Bucket=LOG)),
    ("trail deleted", "trail.exists", lambda: cloudtrail.delete_trail(Name="main")),
    ("another topic", "trail.topic", other_topic),
    ("trail may not publish", "notices.topic", lambda: topic_policy(without("TrailNotices"))),
    ("any trail may publish", "notices.topic", lambda: topic_policy(changed("TrailNotices", Condition={}))),
    ("topic deleted", "notices.topic", lambda: sns.delete_topic(TopicArn=TOPIC)),
    ("account may be public", "account.block", lambda: account.delete_public_access_block(AccountId=ACCOUNT)),
    ("public policies in the account", "account.block", lambda: account_block(BlockPublicPolicy=False)),
    ("data trail deleted", "data-trails.exist", lambda: cloudtrail.delete_trail(Name="payroll")),
    ("data trail stopped", "data-trails.logging", lambda: cloudtrail.stop_logging(Name="payroll")),
    ("data trail without digests", "data-trails.settings",
     lambda: cloudtrail.update_trail(Name="payroll", EnableLogFileValidation=False)),
    ("data trail of one Region", "data-trails.settings",
     lambda: cloudtrail.update_trail(Name="payroll", IsMultiRegionTrail=False)),
    ("data trail without the key", "data-trails.settings", lambda: cloudtrail.update_trail(Name="payroll", KmsKeyId="")),
    ("data trail of one bucket", "data-trails.events",
     lambda: payroll(("AWS::S3::Object", ["arn:aws:s3:::payroll/"]), FUNCTIONS)),
    ("data trail without functions", "data-trails.events", lambda: payroll(OBJECTS)),
    ("data trail of writes", "data-trails.events", lambda: payroll(OBJECTS, FUNCTIONS, ReadWriteType="WriteOnly")),
    ("data trail may not write", "bucket.admits", lambda: put_policy(without("TrailWritepayroll"))),
    ("data trail may not encrypt", "key.admits", lambda: put_key_policy(
        changed("TrailEncrypt", Condition={"StringEquals": {"aws:SourceArn": TRAIL}}))),
]

def undo(told):
    """Does what the notes of an apply say, once for each kind of step, with the AWS CLI: the change is gone again."""
    lines, before = told.splitlines(), len(UNDONE)
    for line, note in zip(lines, lines[1:]):
        step, command = line.split(" done  ")[-1].split()[0] if " done  " in line else "", note.partition("undo: ")[2]
        if not step or step in UNDONE or not command.startswith("aws ") or "; " in command or " (" in command:
            continue
        # The CLI puts the account's number before the endpoint's name, which here is an address.
        if command.startswith("aws s3control "):
            continue
        UNDONE.add(step)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        assert done.returncode == 0, (step, command, done.stderr)
        assert step in {s["id"] for s in plan(2)["steps"]}, (step, command)
    return len(UNDONE) > before


UNDONE = set()
put_policy(lambda all: [FOREIGN, *all])
put_rules(lambda all: [RULE, *all])
assert plan(0)["steps"] == [], "what others put there is no deviation"
assert len(WEAKENINGS) >= 40
for name, item, weaken in WEAKENINGS:
    try:
        weaken()
    except ClientError as error:
        sys.exit(f"{name}: {error}")
    found = check(2)
    assert item in found and found[item]["verdict"] == "fail", (name, {i: f["evidence"] for i, f in found.items()})
    assert "step" in found[item], (name, found[item])
    healed = apply()
    assert "undo: " in healed.stdout, (name, healed.stdout)
    if undo(healed.stdout):
        apply()
    if name not in ("no policy", "no lifecycle"):
        assert FOREIGN in policy_of(BUCKET)["Statement"], (name, policy_of(BUCKET))
        assert any(r["ID"] == "foreign" and r["Filter"] == RULE["Filter"] and r["Transitions"] == RULE["Transitions"]
                   for r in rules()), (name, rules())
    else:
        put_policy(lambda all: [FOREIGN, *[s for s in all if s != FOREIGN]])
        put_rules(lambda all: [RULE, *[r for r in all if r["ID"] != "foreign"]])
    print(f"{item:<26} {name}")
clean()
assert plan(0)["steps"] == []
assert len(UNDONE) >= 20, UNDONE
print(f"{len(WEAKENINGS)} weakenings found and healed, {len(UNDONE)} kinds of steps taken back")

# Faults of others' making: found, and told, but not for `apply` to remove.
put_rules(lambda all: [*all, {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""},
                              "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}])
assert "bucket.lifecycle-early" in check(2)
assert "tidy" in plan(2)["instructions"][0]["what"]
apply(2)
put_rules(lambda all: [r for r in all if r["ID"] != "tidy"])
put_policy(lambda all: [*all, {"Sid": "Network", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                               "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}])
assert "Network" in plan(2)["instructions"][0]["what"] and "bucket.admits" in check(2)
put_policy(without("Network"))
put_key_policy(lambda all: [*all, {"Sid": "Slip", "Effect": "Deny", "Principal": "*", "Resource": "*",
                                   "Action": ["kms:DeleteKey", "kms:DisableKeys", "kms:Encrypt*", "kms:Frob*"]}])
told = check(2)["policies.actions"]["evidence"]
assert all(part in told for part in ("kms:ScheduleKeyDeletion", "kms:DisableKey is the nearest", "kms:Frob*, which matches no action")), told
assert "kms:Encrypt" not in told, told
put_key_policy(without("Slip"))

# A trail in each Region records as much as one of every Region; where one does not, its Region is told.
# The service has this Region, and no third.
OTHER = boto3.client("cloudtrail", region_name="eu-west-1")
each = [{"Sid": f"Each{action[3:]}", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action,
         "Resource": f"arn:aws:s3:::{BUCKET}{path}", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
        for action, path in (("s3:GetBucketAcl", ""), ("s3:PutObject", f"/AWSLogs/{ACCOUNT}/*"))]
put_policy(lambda all: [*all, *each])
OTHER.create_trail(Name="main", S3BucketName=BUCKET)
OTHER.start_logging(Name="main")
update(IsMultiRegionTrail=False)()
found = check(2)
assert "trail.multi-region" in found and not {"events.writes", "events.reads"} & found.keys(), found.keys()
assert [s["id"] for s in plan(2)["steps"]] == ["trail.settings"], "that one has the same name, and is another"
OTHER.stop_logging(Name="main")
found = check(2)
assert found["events.writes"]["evidence"].endswith(" in eu-west-1") and "events.reads" in found, found
OTHER.delete_trail(Name="main")
assert check(2)["events.writes"]["evidence"].endswith(" in eu-west-1")
put_policy(without("Each"))
apply()
clean()

# A second copy of management events is told, and taken away where that is asked for.
payroll(OBJECTS, FUNCTIONS, IncludeManagementEvents=True)
assert "data-trails.copies" in check(2)
kept = plan(0)
assert not kept["steps"] and "second copy" in kept["kept"][0], kept
apply(0, "--allow-weaken")
assert not cloudtrail.get_event_selectors(TrailName="payroll")["EventSelectors"][0]["IncludeManagementEvents"]
clean()

# Nothing gets less unless that is asked for.
CONTROL_FILE = write("less.toml", CONTROL + "[bucket.lock]\ndays = 30\n[trail]\nvalidation = false\n")
less = plan(0)
assert not less["steps"] and len(less["kept"]) == 3, less
weaker = plan(2, "--allow-weaken", "--out", "weaker.json")
assert {s["id"] for s in weaker["steps"]} == {"bucket.lock", "trail.settings", "data-trail.payroll.settings"} and all(s["weakens"] for s in weaker["steps"])
assert "--allow-weaken" in run("apply", "weaker.json", "--yes", code=1).stderr
run("apply", "weaker.json", "--yes", "--allow-weaken", code=0)
assert s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"] == 30
CONTROL_FILE = "control.toml"
apply()
clean()

# What is not known is not clean, and the missing permission is named.
reader = user("reader", run("check", "--control", CONTROL_FILE, "--print-policy", code=0).stdout)
assert check(0, environment=reader) == {} and plan(0, environment=reader)["unknown"] == []
apply(0, environment=reader)
least = json.loads(run("check", "--control", CONTROL_FILE, "--print-policy", code=0).stdout)
for statement in least["Statement"]:
    statement["Action"] = [a for a in statement["Action"] if a != "s3:GetBucketVersioning"]
permit("reader", json.dumps(least))
found = check(2, environment=reader)
assert found["bucket.versioning"]["needs"] == "s3:GetBucketVersioning", found
assert all(f["verdict"] == "unknown" for f in found.values()), found
assert plan(2, environment=reader)["unknown"][0]["action"] == "s3:GetBucketVersioning"

# Mutes end.
write("mutes.toml", MUTES.replace("2100-01-01", "2020-01-01"))
assert {"account.root-keys", "account.root-mfa"} == check(2).keys()
write("mutes.toml", MUTES)

# Every format.
for form, begins in (("table", "account"), ("md", "# Trail"), ("html", "<!DOCTYPE html>"), ("sarif", "{"), ("junit", "<?xml"), ("ocsf", "[")):
    told = run("check", "--control", CONTROL_FILE, "--mutes", MUTES_FILE, "--format", form, code=0).stdout
    assert told.startswith(begins), told[:200]

# Those that others read, on an account with findings, by judges of others: OCSF's schema as generated models.
cloudtrail.stop_logging(Name="main")
least["Statement"] = [s for s in least["Statement"] if s["Sid"] != "ReadKeys"]
permit("reader", json.dumps(least))


def told(form):
    return run("check", "--control", CONTROL_FILE, "--mutes", MUTES_FILE, "--format", form, code=2, environment=reader).stdout


findings = json.loads(told("ocsf"))
assert {f["compliance"]["status"] for f in findings} == {"Pass", "Fail", "Unknown", "Not Applicable"}
for finding in findings:
    ocsf_emitter.validate(ComplianceFinding.model_validate(finding))
try:
    ocsf_emitter.validate(ComplianceFinding.model_validate(findings[0] | {"class_uid": 2004}))
    sys.exit("the judge of OCSF lets everything through")
except (ValueError, ocsf_emitter.InvalidFindingError):
    pass
suite = ElementTree.fromstring(told("junit")).find("testsuite")
for attribute, path in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error"), ("skipped", "testcase/skipped")):
    assert int(suite.get(attribute)) == len(suite.findall(path)) > 0, attribute
sarif = json.loads(told("sarif"))["runs"][0]
rules = sarif["tool"]["driver"]["rules"]
assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in sarif["results"]) and any("suppressions" in r for r in sarif["results"])
cloudtrail.start_logging(Name="main")

# Drift: what changed since the last apply, and by whom, from the trail's own log files: there is no Event history here. Read
# with exactly the policy that is printed for it.
apply()
assert json.loads(run("drift", code=0).stdout)["drift"] == []
mallory = user("mallory", json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:*", "cloudtrail:*"], "Resource": "*"}]}))
session = boto3.Session(mallory["AWS_ACCESS_KEY_ID"], mallory["AWS_SECRET_ACCESS_KEY"])
tracer = user("tracer", run("drift", "--print-policy", code=0).stdout)


def traced(*more, code=2):
    return {d["path"]: d for d in json.loads(run("drift", *more, code=code, environment=tracer).stdout)["drift"]}


s3, real = session.client("s3"), s3
block(RestrictPublicBuckets=False)
s3 = real
cloudtrail.stop_logging(Name="payroll")
blocked, stopped = "/bucket/block/value/RestrictPublicBuckets", f"/trails/value/payroll@{REGION}/status/value/logging"
deadline = time.time() + 60
while True:
    drift = traced()
    assert drift.keys() == {blocked, stopped}, drift
    if all(d["who"]["is"] == "known" for d in drift.values()):
        break
    assert all("LookupEvents" in d["who"].get("problem", "LookupEvents") for d in drift.values()), drift
    assert time.time() < deadline, drift
    time.sleep(0.5)
assert drift[blocked]["before"] is True and drift[stopped]["after"] is False, drift
assert drift[blocked]["who"]["by"].endswith("user/mallory") and drift[stopped]["who"]["by"].endswith(":root"), drift
assert drift[blocked]["who"]["foundIn"].startswith(f"s3://{BUCKET}/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/"), drift
with_uri = run("drift", "--format", "table", code=2).stdout
assert "user/mallory" in with_uri and "PutBucketPublicAccessBlock" in with_uri, with_uri
# Another archive, and none.
assert all(d["who"]["is"] == "unknown" for d in traced("--archive", ".").values())
assert all("nowhere" in d["who"]["problem"] for d in traced("--archive", "nowhere").values())
# Without one of its permissions that part is not known, and so not clean; the rest is told.
least = json.loads(run("drift", "--print-policy", code=0).stdout)
for statement in least["Statement"]:
    statement["Action"] = [a for a in statement["Action"] if a != "s3:GetBucketPublicAccessBlock"]
permit("tracer", json.dumps(least))
blind = traced()
assert stopped in blind, blind
assert blind["/bucket/block"]["unknown"] and blind["/bucket/block"]["after"]["value"]["action"] == "s3:GetBucketPublicAccessBlock", blind
apply()
run("drift", code=0)
run("drift", "--state", "nowhere.json", code=1)

# What it costs: the control's key, what the log files of the last day tell, and a second paid copy of management events, with
# exactly the policy that is printed for it.
accountant = user("accountant", run("check", "--cost", "--control", CONTROL_FILE, "--print-policy", code=0).stdout)


def cost(command, code):
    done = run(command, "--control", CONTROL_FILE, "--cost", *(["--mutes", MUTES_FILE] if command == "check" else []), code=code,
               environment=accountant)
    return json.loads(done.stdout)["cost"]


told_by = {command: cost(command, 0) for command in ("plan", "check")}
for estimate in told_by.values():
    lines = {line["what"]: line["dollars"] for line in estimate["lines"]}
    assert lines["the KMS key"] == 1 and lines["storage in STANDARD"] > 0, estimate
    assert estimate["day"]["management"] > 500 and estimate["day"]["unpacked"] > estimate["day"]["bytes"], estimate
    assert abs(estimate["total"] - sum(lines.values())) < 1e-9 and "estimate" in estimate["note"].lower(), estimate
    assert not any("recorded by" in flag for flag in estimate["flags"]), estimate
payroll(OBJECTS, FUNCTIONS, IncludeManagementEvents=True)
assert any(f"{TRAIL} and by" in flag and "a month" in flag for flag in cost("check", 2)["flags"])
apply(0, "--allow-weaken")
assert "About $" in run("plan", "--control", CONTROL_FILE, "--cost", "--format", "table", code=0).stdout
run("check", "--control", CONTROL_FILE, "--cost", "--format", "sarif", code=1)

# No secret is in a file, nor among the most that can be logged.
for name in os.listdir("."):
    if os.path.isfile(name):
        with open(name, errors="replace") as file:
            text = file.read()
        assert not any(secret in text for secret in SECRETS), name
loud = run("-vv", "check", "--control", CONTROL_FILE, "--mutes", MUTES_FILE, code=0, environment={"RUST_LOG": "trace"} | accountant)
assert len(loud.stderr) > 10_000, "nothing was logged"

# The trail itself gone.
cloudtrail.delete_trail(Name="main")
found = check(2)
assert found["trail.exists"]["step"] == "trail.exists", found
assert [s["id"] for s in plan(2)["steps"]] == ["trail.exists", "trail.selectors", "trail.logging"]
apply()
assert plan(0)["steps"] == []

# The copy: its bucket, key and role are there, and `apply` sets up what copies; log files arrive there.
copy_key = kms.create_key()["KeyMetadata"]["Arn"]
s3.create_bucket(Bucket="copies", ObjectLockEnabledForBucket=True)
s3.put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Enabled"})
iam.create_role(RoleName="copier", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
explained = run("control", "explain", "bucket.replication.role", code=0).stdout
actions = [word.strip(",;.") for word in explained.split() if word.startswith(("s3:", "kms:"))]
assert len(actions) == 11, actions
iam.put_role_policy(RoleName="copier", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
CONTROL_FILE = write("copied.toml", CONTROL + f'[bucket.replication]\nenabled = true\nbucket = "copies"\nkey = "{copy_key}"\n'
                     f'role = "arn:aws:iam::{ACCOUNT}:role/copier"\n')
assert [s["id"] for s in plan(2)["steps"]] == ["bucket.replication"]
assert check(2)["bucket.replication"]["step"] == "bucket.replication"
permit("applier", run("apply", "--control", CONTROL_FILE, "--print-policy", code=0).stdout)
apply(0, environment=applier)
assert plan(0)["steps"] == []
deadline = time.time() + 60
while not any("/CloudTrail/" in o["Key"] for o in s3.list_objects_v2(Bucket="copies").get("Contents", [])):
    assert time.time() < deadline, "no log file was copied"
    time.sleep(0.5)
copied = s3.list_objects_v2(Bucket="copies")["Contents"][0]["Key"]
assert s3.head_object(Bucket="copies", Key=copied)["SSEKMSKeyId"] == copy_key
clean()
s3.delete_bucket_replication(Bucket=BUCKET)
assert "bucket.replication" in check(2)
apply()
# Rules of others stay, and so it is somebody else's to add one.
there = s3.get_bucket_replication(Bucket=BUCKET)["ReplicationConfiguration"]
s3.create_bucket(Bucket="others", ObjectLockEnabledForBucket=True)
s3.put_bucket_versioning(Bucket="others", VersioningConfiguration={"Status": "Enabled"})
there["Rules"][0]["Destination"]["Bucket"] = "arn:aws:s3:::others"
s3.put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration=there)
told = plan(2)
assert told["steps"] == [] and "copied to arn:aws:s3:::others already" in told["instructions"][0]["why"], told
s3.delete_bucket_replication(Bucket=BUCKET)

# The plan as a script of AWS CLI commands does the same.
CONTROL_FILE = write("second.toml", CONTROL + '[trail]\nname = "second"\n[bucket]\nname = "second-{account}"\n'
                     '[bucket.access_log]\nbucket = "second-{account}-access"\n')
script = run("plan", "--control", CONTROL_FILE, "--export", "aws-cli", code=2).stdout
done = subprocess.run(["sh"], input=script, capture_output=True, text=True)
assert done.returncode == 0, (done.stdout, done.stderr)
assert plan(0)["steps"] == []
print("the exported script does what apply does")
