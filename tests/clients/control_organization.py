"""`trailward plan`, `apply` and `check` for an organization: its trail, the service control policy that guards it, and
what a member account sees, where an organization's trail must give no false alarms.

MEMBER_KEY and MEMBER_SECRET are those of the root user of a second account.
"""

import json
import os
import subprocess

import boto3

ACCOUNT, MEMBER = "111122223333", "444455556666"
BINARY = os.environ["TRAILWARD_BINARY"]
KEYS = {"AWS_ACCESS_KEY_ID": os.environ["MEMBER_KEY"], "AWS_SECRET_ACCESS_KEY": os.environ["MEMBER_SECRET"]}
theirs = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
org, cloudtrail, s3 = (boto3.client(name) for name in ("organizations", "cloudtrail", "s3"))
BUCKET = f"trail-logs-{ACCOUNT}"
CONTROL = """
[trail]
organization = true
[guard_policies]
enabled = true
[bucket.policy]
deny_insecure_transport = false
[log_group]
enabled = false
[alarms]
enabled = false
"""
MUTES = "".join(f'[[mute]]\nid = "{item}"\nreason = "a test"\nexpires = "2100-01-01"\n'
                for item in ("account.root-keys", "account.root-mfa", "organization.bucket-apart"))


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


write("control.toml", CONTROL)
write("mutes.toml", MUTES)


def run(code, *arguments, environment=None):
    done = subprocess.run([BINARY, *arguments, "--control", "control.toml"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=os.environ | (environment or {}))
    assert code is None or done.returncode == code, (arguments, done.returncode, done.stdout[-3000:], done.stderr)
    return done


def plan(code, **rest):
    return json.loads(run(code, "plan", **rest).stdout)


def check(code, **rest):
    done = run(None, "check", "--mutes", "mutes.toml", **rest)
    found = {f["id"]: f for f in json.loads(done.stdout)["findings"]
             if f["verdict"] in ("fail", "unknown") and "muted" not in f}
    assert done.returncode == code, {name: f["evidence"] for name, f in found.items()}
    return found


# Outside of an organization, making one is somebody else's decision.
assert plan(2)["instructions"][0]["id"] == "organization.exists"
org.create_organization(FeatureSet="ALL")
invited = org.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": MEMBER})["Handshake"]["Id"]
boto3.client("organizations", **theirs).accept_handshake(HandshakeId=invited)
ROOT = org.list_roots()["Roots"][0]["Id"]

first = [step["id"] for step in plan(2)["steps"]]
assert first[0] == "organization.trust" and first[-2:] == ["guard-policy.exists", "guard-policy.attached"], first
run(0, "apply", "--yes")
assert plan(0)["steps"] == [] and check(0) == {}
assert cloudtrail.get_trail(Name="main")["Trail"]["IsOrganizationTrail"]
POLICY = next(p["Id"] for p in org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"] if p["Name"] == "guard-trail-main")

# What a member sees: the trail is another account's, the bucket is judged there, and nothing of it is an alarm.
assert check(0, environment=KEYS) == {}
report = json.loads(run(0, "check", "--mutes", "mutes.toml", environment=KEYS).stdout)
verdicts = {f["id"]: f["verdict"] for f in report["findings"]}
assert report["trail"] == f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main", report["trail"]
assert verdicts["events.writes"] == verdicts["trail.logging"] == "pass" and verdicts["bucket.lock"] == "not-applicable"

assert [i["id"] for i in plan(2, environment=KEYS)["instructions"]] == ["trail.elsewhere"]

# The whole organization, as a role of each member. A role that cannot be taken is no clean account.
everyone = json.loads(run(2, "check", "--mutes", "mutes.toml", "--all-accounts", "--role", "auditor").stdout)
assert [a["account"] for a in everyone["accounts"]] == [ACCOUNT, MEMBER] and everyone["clean"] == 1, everyone
assert "role/auditor cannot be taken" in everyone["accounts"][1]["unreadable"], everyone["accounts"][1]
iam = boto3.client("iam", **theirs)
iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}))
iam.put_role_policy(RoleName="auditor", PolicyName="least",
                    PolicyDocument=run(0, "check", "--print-policy", environment=KEYS).stdout)
own = boto3.client("iam")
own.create_user(UserName="auditor")
own.put_user_policy(UserName="auditor", PolicyName="least", PolicyDocument=run(
    0, "check", "--all-accounts", "--role", "auditor", "--print-policy").stdout)
pair = own.create_access_key(UserName="auditor")["AccessKey"]
auditor = {"AWS_ACCESS_KEY_ID": pair["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": pair["SecretAccessKey"]}
everyone = json.loads(run(0, "check", "--mutes", "mutes.toml", "--all-accounts", "--role", "auditor", environment=auditor).stdout)
assert everyone["clean"] == 2, everyone
assert "2 of 2 accounts are clean" in run(0, "check", "--mutes", "mutes.toml", "--all-accounts", "--role", "auditor",
                                          "--format", "table", environment=auditor).stdout


def guard(change):
    content = json.loads(org.describe_policy(PolicyId=POLICY)["Policy"]["Content"])
    content["Statement"] = change(content["Statement"])
    org.update_policy(PolicyId=POLICY, Content=json.dumps(content))


def fewer(*actions):
    return lambda all: [s | {"Action": [a for a in s["Action"] if a not in actions]} if s["Sid"] == "GuardArchive" else s
                        for s in all]


def policy(change):
    document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    document["Statement"] = [s for s in document["Statement"] if change(s)]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))


WEAKENINGS = [
    ("guard detached", "organization.guard", lambda: org.detach_policy(PolicyId=POLICY, TargetId=ROOT)),
    ("guard forgets lifecycle", "organization.guard-whole", lambda: guard(fewer("s3:PutLifecycleConfiguration"))),
    ("guard forgets the lock", "organization.guard-whole",
     lambda: guard(fewer("s3:PutBucketObjectLockConfiguration", "s3:PutObjectRetention"))),
    ("guard forgets the key", "organization.guard-whole", lambda: guard(lambda all: [s for s in all if s["Sid"] != "GuardKey"])),
    ("guard forgets trails", "organization.guard-whole", lambda: guard(lambda all: [s for s in all if s["Sid"] != "GuardTrails"])),
    ("control policies off", "organization.guard",
     lambda: org.disable_policy_type(RootId=ROOT, PolicyType="SERVICE_CONTROL_POLICY")),
    ("members shut out of the bucket", "bucket.admits", lambda: policy(lambda s: "Organization" not in s["Sid"])),
    ("one account's trail", "trail.organization", lambda: cloudtrail.update_trail(Name="main", IsOrganizationTrail=False)),
    ("trail stopped", "trail.logging", lambda: cloudtrail.stop_logging(Name="main")),
]
for name, item, weaken in WEAKENINGS:
    weaken()
    found = check(2)
    assert item in found and "step" in found[item], (name, {i: f["evidence"] for i, f in found.items()})
    run(0, "apply", "--yes")
    print(f"{item:<26} {name}")
assert plan(0)["steps"] == []

# A bucket of another account: commands for there, no call from here.
write("control.toml", CONTROL.replace("[bucket.policy]", f'[bucket]\nname = "abroad"\naccount = "{MEMBER}"\n[bucket.policy]'))
abroad = plan(2)
assert not [s["id"] for s in abroad["steps"] if s["id"].startswith(("bucket.", "access-log."))], abroad["steps"]
commands = {i["id"]: i["commands"] for i in abroad["instructions"]}
assert "put-bucket-policy" in commands["bucket.policy"][0] and ROOT not in str(commands), commands

# A delegated administrator sets the trail up from its own account: the bucket and the key are its own, the trail is the
# management account's, and nobody but that may guard it. The guard binds the administrator, too, and is off here.
org.detach_policy(PolicyId=POLICY, TargetId=ROOT)
cloudtrail.delete_trail(Name="main")
write("control.toml", CONTROL.replace("[guard_policies]\nenabled = true\n", "[notifications]\nenabled = true\n"))
assert "trust" not in str(plan(2, environment=KEYS)["steps"][0]["id"])
refused = run(1, "apply", "--yes", environment=KEYS)
assert "NotOrganizationMasterAccountException" in refused.stderr or "AccessDenied" in refused.stderr, refused
org.register_delegated_administrator(AccountId=MEMBER, ServicePrincipal="cloudtrail.amazonaws.com")
member = {name: boto3.client(name, **theirs) for name in ("cloudtrail", "s3", "iam")}
applier = member["iam"].create_user(UserName="applier")["User"]["UserName"]
least = member["iam"].create_policy(PolicyName="least", PolicyDocument=run(
    0, "apply", "--print-policy", environment=KEYS).stdout)["Policy"]["Arn"]
member["iam"].attach_user_policy(UserName=applier, PolicyArn=least)
pair = member["iam"].create_access_key(UserName=applier)["AccessKey"]
administrator = {"AWS_ACCESS_KEY_ID": pair["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": pair["SecretAccessKey"]}
run(0, "apply", "--yes", environment=administrator)
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
trail = member["cloudtrail"].get_trail(Name=TRAIL)["Trail"]
assert trail["S3BucketName"] == f"trail-logs-{MEMBER}" and trail["IsOrganizationTrail"] and trail["TrailARN"] == TRAIL, trail
assert trail["SnsTopicARN"].startswith(f"arn:aws:sns:us-east-1:{MEMBER}:"), trail
assert plan(0, environment=KEYS) == {"steps": [], "instructions": [], "kept": [], "unknown": []}
assert check(0, environment=administrator) == {}
report = json.loads(run(0, "check", "--mutes", "mutes.toml", environment=KEYS).stdout)
verdicts = {f["id"]: f["verdict"] for f in report["findings"]}
assert report["trail"] == TRAIL and verdicts["bucket.lock"] == verdicts["key.admits"] == verdicts["trail.bucket"] == "pass", verdicts


def theirs_policy(sid):
    document = json.loads(member["s3"].get_bucket_policy(Bucket=f"trail-logs-{MEMBER}")["Policy"])
    document["Statement"] = [s for s in document["Statement"] if not s["Sid"].startswith(sid)]
    member["s3"].put_bucket_policy(Bucket=f"trail-logs-{MEMBER}", Policy=json.dumps(document))


def elsewhere():
    """To the management account's bucket, which its own trail was made for."""
    cloudtrail.update_trail(Name="main", S3BucketName=BUCKET)


WEAKENINGS = [
    ("trail stopped", "trail.logging", lambda: cloudtrail.stop_logging(Name="main")),
    ("no digests", "trail.validation", lambda: cloudtrail.update_trail(Name="main", EnableLogFileValidation=False)),
    ("no events", "events.writes", lambda: cloudtrail.put_event_selectors(TrailName="main", EventSelectors=[
        {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}])),
    ("another bucket", "trail.bucket", elsewhere),
    ("members shut out of the bucket", "bucket.admits", lambda: theirs_policy("TrailOrganizationWrite")),
    ("the management account shut out", "bucket.admits", lambda: theirs_policy("TrailWrite")),
]
for name, item, weaken in WEAKENINGS:
    weaken()
    found = check(2, environment=KEYS)
    assert item in found and "step" in found[item], (name, {i: f["evidence"] for i, f in found.items()})
    run(0, "apply", "--yes", environment=administrator)
    assert plan(0, environment=KEYS)["steps"] == [], name
    print(f"{item:<26} {name}, healed by the delegated administrator")
# Turned into the management account's own, it is out of sight: found, but not for a delegated administrator to heal.
cloudtrail.update_trail(Name="main", IsOrganizationTrail=False)
assert {"trail.exists", "trail.logging"} <= check(2, environment=KEYS).keys()
assert "TrailAlreadyExistsException" in run(1, "apply", "--yes", environment=administrator).stderr
cloudtrail.update_trail(Name="main", IsOrganizationTrail=True)
assert plan(0, environment=KEYS)["steps"] == []
org.deregister_delegated_administrator(AccountId=MEMBER, ServicePrincipal="cloudtrail.amazonaws.com")
assert [i["id"] for i in plan(2, environment=KEYS)["instructions"]] == ["trail.elsewhere"]
