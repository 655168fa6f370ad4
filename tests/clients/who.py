"""`trailward who` against AWS's own client: an account with many escape routes, each of which is listed with its path and
then taken with boto3; what is not listed is tried and refused; after hardening nobody is left but root and the
management account.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user. OTHER_KEY_ID and
OTHER_SECRET are those of the root user of a second account.
"""

import json
import os
import subprocess
import tempfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import check, finish

ACCOUNT, OTHER, REGION, BUCKET = "111122223333", "444455556666", "us-east-1", "who-logs"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
FILE = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/01/02/{ACCOUNT}_CloudTrail_{REGION}_20260102T0000Z_aaaaaaaaaaaaaaaa.json.gz"
CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
THEIRS = {"aws_access_key_id": os.environ["OTHER_KEY_ID"], "aws_secret_access_key": os.environ["OTHER_SECRET"]}


def client(service, **credentials):
    return boto3.client(service, config=CONFIG, **credentials)


s3, iam, kms, trails = client("s3"), client("iam"), client("kms"), client("cloudtrail")


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, **more):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more)


KEYS = {}


def user(name, *statements):
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    pair = iam.create_access_key(UserName=name)["AccessKey"]
    KEYS[name] = {"aws_access_key_id": pair["AccessKeyId"], "aws_secret_access_key": pair["SecretAccessKey"]}
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def role(name, trust, *statements):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return arn


def session(credentials, name, account=ACCOUNT, **more):
    arn = f"arn:aws:iam::{account}:role/{name}"
    made = client("sts", **credentials).assume_role(RoleArn=arn, RoleSessionName="session", **more)["Credentials"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"]}


def who(*arguments, **variables):
    command = [os.environ["TRAILWARD_BINARY"], "who", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, check=False)
    if done.returncode not in (0, 2):
        return done.returncode, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{\n") else done.stdout


def environment(credentials):
    return {"AWS_ACCESS_KEY_ID": credentials["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": credentials["aws_secret_access_key"],
            "AWS_SESSION_TOKEN": credentials.get("aws_session_token", "")}


# ------------------------------------------------------------------------------------------------ the account
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
DELIVERY = [
    {"Sid": "Acl", "Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetBucketAcl",
     "Resource": f"arn:aws:s3:::{BUCKET}", "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}},
    {"Sid": "Write", "Effect": "Allow", "Principal": SERVICE, "Action": "s3:PutObject",
     "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
     "Condition": {"StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}}},
]
ENCRYPT = [
    {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
     "Resource": "*"},
    {"Sid": "Trail", "Effect": "Allow", "Principal": SERVICE, "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
     "Resource": "*", "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}}},
]
s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
RULE = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}}
s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=RULE)

user("alice", allow(["cloudtrail:StopLogging", "cloudtrail:PutEventSelectors"], TRAIL))
user("bob")
iam.create_group(GroupName="ops")
iam.put_group_policy(GroupName="ops", PolicyName="ops", PolicyDocument=document(
    allow(["s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"], f"arn:aws:s3:::{BUCKET}")))
iam.add_user_to_group(GroupName="ops", UserName="bob")
carol = user("carol", allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/deploy"))
role("deploy", trusting({"AWS": carol}), allow("cloudtrail:*"))
dave = user("dave")
first = role("first", trusting({"AWS": dave}), allow("sts:AssumeRole"))
role("second", trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:PutEncryptionConfiguration"))
role("partner", trusting({"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "a-secret"}}),
     allow("cloudtrail:UpdateTrail"))
their_iam = client("iam", **THEIRS)
their_iam.create_user(UserName="eve")
their_iam.put_user_policy(UserName="eve", PolicyName="own", PolicyDocument=document(allow("*")))
pair = their_iam.create_access_key(UserName="eve")["AccessKey"]
EVE = {"aws_access_key_id": pair["AccessKeyId"], "aws_secret_access_key": pair["SecretAccessKey"]}
frank = user("frank")
user("grace", allow("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/harmless"))
harmless = iam.create_policy(PolicyName="harmless", PolicyDocument=document(allow("s3:ListAllMyBuckets")))["Policy"]["Arn"]
iam.attach_user_policy(UserName="grace", PolicyArn=harmless)
# A version of before: whoever may set the default has what it allows.
rolled = iam.create_policy(PolicyName="rolled", PolicyDocument=document(allow("cloudtrail:StopLogging", TRAIL)))["Policy"]["Arn"]
iam.create_policy_version(PolicyArn=rolled, PolicyDocument=document(allow("s3:ListAllMyBuckets")), SetAsDefault=True)
user("victor", allow("iam:SetDefaultPolicyVersion", rolled))
iam.attach_user_policy(UserName="victor", PolicyArn=rolled)
user("wendy", allow("iam:SetDefaultPolicyVersion", rolled))
user("trent", allow("iam:SetDefaultPolicyVersion", rolled.replace("rolled", "other")))
iam.attach_user_policy(UserName="trent", PolicyArn=rolled)
# The same of a boundary.
fence = iam.create_policy(PolicyName="fence", PolicyDocument=document(allow("*")))["Policy"]["Arn"]
iam.create_policy_version(PolicyArn=fence, PolicyDocument=document(allow("iam:SetDefaultPolicyVersion")), SetAsDefault=True)
user("ursula", allow(["cloudtrail:DeleteTrail", "iam:SetDefaultPolicyVersion"]))
iam.put_user_permissions_boundary(UserName="ursula", PermissionsBoundary=fence)
user("heidi", allow("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/machine"))
role("machine", trusting({"Service": "ec2.amazonaws.com"}), allow(["kms:DisableKey", "cloudtrail:DeleteTrail"]))
user("ivan", allow(["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"]))
mallory = user("mallory")
archive = role("archive", trusting({"AWS": mallory}), allow("s3:*"))
user("nina", allow("s3:*"), {"Effect": "Deny", "Action": ["s3:PutBucket*", "s3:DeleteBucket*", "s3:Put*Configuration"],
                             "Resource": "*"})
user("oscar", allow("cloudtrail:StopLogging", TRAIL, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
user("peggy", allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
     allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "arn:aws:lambda:*:*:function:dev-*"))
role("function", trusting({"Service": "lambda.amazonaws.com"}), allow("cloudtrail:PutEventSelectors"))
bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(allow("s3:ListAllMyBuckets")))["Policy"]["Arn"]
user("quentin", allow(["cloudtrail:StopLogging", "iam:ListUsers"]))
iam.put_user_permissions_boundary(UserName="quentin", PermissionsBoundary=bound)
user("reader", allow(["s3:Get*", "cloudtrail:Get*", "cloudtrail:Describe*", "iam:Get*", "kms:Describe*"]))

key = kms.create_key(Policy=document(*ENCRYPT, {
    "Sid": "Frank", "Effect": "Allow", "Principal": {"AWS": frank},
    "Action": ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:CreateGrant"], "Resource": "*"}))["KeyMetadata"]["Arn"]
kms.create_grant(KeyId=key, GranteePrincipal=archive, Operations=["Decrypt"])
ESCAPE = {"Sid": "Escape", "Effect": "Deny", "Principal": "*",
          "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
          "Resource": f"arn:aws:s3:::{BUCKET}/*",
          "Condition": {"ArnNotLike": {"aws:PrincipalArn": [archive, f"arn:aws:iam::{ACCOUNT}:user/ivan"]}}}
OUTSIDE = {"Sid": "Outside", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:user/eve"},
           "Action": ["s3:PutObject", "s3:PutBucketPolicy"],
           "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
POLICY = document(*DELIVERY, OUTSIDE, ESCAPE)
s3.put_bucket_policy(Bucket=BUCKET, Policy=POLICY)
trails.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=key, EnableLogFileValidation=True, IsMultiRegionTrail=True)
trails.start_logging(Name="audit")

# ------------------------------------------------------------------------------------------------ what is said
if "WHO_SNAPSHOT" in os.environ:
    who("--trail", TRAIL, "--save-snapshot", os.environ["WHO_SNAPSHOT"])
code, report = who("--trail", TRAIL)
assert code == 2, report
assert who()[1] == report, "the only trail is found without its name"
said = {}
for found in report["findings"]:
    said.setdefault(found["principal"]["name"], {})[found["way"]] = found


def path(name, way):
    found = said.get(name, {}).get(way)
    return found and [step["does"] for step in found["path"]]


for name, way, want in [
    ("user/alice", "stop-logging", []),
    ("user/bob", "lifecycle", []),
    ("user/carol", "delete-trail", ["assumes role/deploy"]),
    ("user/dave", "bucket-encryption", ["assumes role/first", "assumes role/second"]),
    (f"account {OTHER}", "update-trail", ["assumes role/partner"]),
    ("user/eve", "replace-bucket-policy", []),
    ("user/frank", "delete-key", []),
    ("user/grace", "delete-trail", ["gives itself any permission (a new version of its policy harmless)"]),
    ("user/victor", "stop-logging", ["makes version v1 of policy rolled the default, which binds itself"]),
    ("user/ursula", "delete-trail", ["makes version v1 of policy fence the default, which binds itself"]),
    ("user/heidi", "disable-key", ["rewrites the trust policy of role/machine and assumes it"]),
    ("user/ivan", "bypass-governance", []),
    ("user/mallory", "bypass-governance", ["assumes role/archive"]),
    ("user/frank", "key-grants", []),
    ("user/oscar", "stop-logging", []),
    ("user/peggy", "event-selectors", ["runs something of its own as role/function (lambda.amazonaws.com)"]),
    ("root", "replace-bucket-policy", []),
]:
    check(f"{name}: {way}", path(name, way) == want, path(name, way))
for name in ["user/quentin", "user/reader", "user/trent", "user/wendy"]:
    check(f"{name} has no way", name not in said, said.get(name))
check("nobody deletes a version without a bypass", "bypass-governance" not in said.get("user/nina", {}), said.get("user/nina"))
oscar = said["user/oscar"]["stop-logging"]
check("a place is a condition", oscar["certainty"] == "possible" and "10.0.0.0/8" in oscar["conditions"][0], oscar)
partner = said[f"account {OTHER}"]["update-trail"]
check("a secret is a condition", "sts:ExternalId" in partner["conditions"][0], partner)
because = said["user/bob"]["lifecycle"]["because"]
check("the statement is named", because == [{"policy": "inline policy ops of group/ops", "statement": 0}], because)
check("a grant to decrypt is no way", "key-grants" not in said["role/archive"], said["role/archive"])
check("root is expected", said["root"]["stop-logging"]["principal"].get("expected"), said["root"]["stop-logging"])
check("nothing is unknown", report["unknown"] == [], report["unknown"])
check("locked versions cannot be suspended", "suspend-versioning" in [c["way"] for c in report["closed"]], report["closed"])

# ------------------------------------------------------------------------------------------------ what is true
selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
put = {"Bucket": BUCKET, "Key": FILE, "Body": b"forged"}


def version():
    """A version as the trail would leave it, under the bucket's default retention."""
    return s3.put_object(**put)["VersionId"]


def undo_disable():
    kms.enable_key(KeyId=key)


def undo_deletion():
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


def undo_trail():
    trails.create_trail(Name="audit", S3BucketName=BUCKET, KmsKeyId=key, EnableLogFileValidation=True,
                        IsMultiRegionTrail=True)
    trails.start_logging(Name="audit")


def current(service, credentials):
    return client(service, **credentials)


RETENTION = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 9000}}]}
SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
OWNED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
nothing = lambda: None
put_back = lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=POLICY)
# Way: what to do as somebody, and how root undoes it.
TRIES = {
    "stop-logging": (lambda c: current("cloudtrail", c).stop_logging(Name=TRAIL),
                     lambda: trails.start_logging(Name="audit")),
    "delete-trail": (lambda c: current("cloudtrail", c).delete_trail(Name=TRAIL), undo_trail),
    "update-trail": (lambda c: current("cloudtrail", c).update_trail(Name=TRAIL, EnableLogFileValidation=True), nothing),
    "event-selectors": (lambda c: current("cloudtrail", c).put_event_selectors(
        TrailName=TRAIL, EventSelectors=selectors), nothing),
    "replace-bucket-policy": (lambda c: current("s3", c).put_bucket_policy(Bucket=BUCKET, Policy=POLICY), put_back),
    "delete-bucket-policy": (lambda c: current("s3", c).delete_bucket_policy(Bucket=BUCKET), put_back),
    "lifecycle": (lambda c: current("s3", c).put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration=RETENTION), lambda: s3.delete_bucket_lifecycle(Bucket=BUCKET)),
    "bucket-encryption": (lambda c: current("s3", c).put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration=SSE), nothing),
    "lock-configuration": (lambda c: current("s3", c).put_object_lock_configuration(
        Bucket=BUCKET, ObjectLockConfiguration=RULE), nothing),
    "public-access-block": (lambda c: current("s3", c).put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration=BLOCK), nothing),
    "ownership-controls": (lambda c: current("s3", c).put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls=OWNED), nothing),
    "bucket-logging": (lambda c: current("s3", c).put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={}), nothing),
    "hide-objects": (lambda c: current("s3", c).delete_object(Bucket=BUCKET, Key=FILE), nothing),
    "overwrite-objects": (lambda c: current("s3", c).put_object(**put), nothing),
    "bypass-governance": (lambda c: current("s3", c).delete_object(
        Bucket=BUCKET, Key=FILE, VersionId=version(), BypassGovernanceRetention=True), nothing),
    "disable-key": (lambda c: current("kms", c).disable_key(KeyId=key), undo_disable),
    "delete-key": (lambda c: current("kms", c).schedule_key_deletion(KeyId=key, PendingWindowInDays=7), undo_deletion),
    "key-policy": (lambda c: current("kms", c).put_key_policy(
        KeyId=key, PolicyName="default", Policy=kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]), nothing),
    "key-grants": (lambda c: current("kms", c).create_grant(
        KeyId=key, GranteePrincipal=archive, Operations=["Decrypt"]), nothing),
}
DENIED = {"AccessDenied", "AccessDeniedException"}


def happens(way, credentials):
    act, undo = TRIES[way]
    try:
        act(credentials)
    except ClientError as error:
        assert error.response["Error"]["Code"] in DENIED, (way, error)
        return False
    undo()
    return True


# Whoever is said to have a way itself, has it; whoever is not, is refused.
callers = {f"user/{name}": credentials for name, credentials in KEYS.items()} | {
    "user/eve": EVE,
    "role/deploy": session(KEYS["carol"], "deploy"),
    "role/first": session(KEYS["dave"], "first"),
    "role/second": session(session(KEYS["dave"], "first"), "second"),
    "role/archive": session(KEYS["mallory"], "archive"),
    "role/partner": session(EVE, "partner", ExternalId="a-secret"),
}
tried = wrong = 0
for name, credentials in callers.items():
    for way in TRIES:
        found = said.get(name, {}).get(way)
        direct = bool(found and not found["path"] and found["certainty"] == "certain")
        really = happens(way, credentials)
        tried += 1
        if really != direct:
            wrong += 1
            check(f"{name} {'can' if really else 'cannot'} {way}", False, found)
check(f"{tried} tries agree with what is said", wrong == 0, wrong)

# The longer paths, walked.
walks = {
    "user/carol": ("delete-trail", callers["role/deploy"]),
    "user/dave": ("bucket-encryption", callers["role/second"]),
    f"account {OTHER}": ("update-trail", callers["role/partner"]),
    "user/mallory": ("bypass-governance", callers["role/archive"]),
}
for name, (way, credentials) in walks.items():
    check(f"{name} walks its path to {way}", path(name, way) and happens(way, credentials))
client("iam", **KEYS["grace"]).create_policy_version(
    PolicyArn=harmless, PolicyDocument=document(allow("*")), SetAsDefault=True)
check("user/grace walks its path to delete-trail", happens("delete-trail", KEYS["grace"]))
iam.set_default_policy_version(PolicyArn=harmless, VersionId="v1")
iam.delete_policy_version(PolicyArn=harmless, VersionId="v2")
for name, way, arn in (("victor", "stop-logging", rolled), ("ursula", "delete-trail", fence)):
    client("iam", **KEYS[name]).set_default_policy_version(PolicyArn=arn, VersionId="v1")
    check(f"user/{name} walks its path to {way}", happens(way, KEYS[name]))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
client("iam", **KEYS["heidi"]).update_assume_role_policy(
    RoleName="machine", PolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/heidi"}))
check("user/heidi walks its path to disable-key", happens("disable-key", session(KEYS["heidi"], "machine")))
iam.update_assume_role_policy(RoleName="machine", PolicyDocument=trusting({"Service": "ec2.amazonaws.com"}))

# ------------------------------------------------------------------------------------------------ how it is said
again = who("--trail", TRAIL)[1]
check("the same account gives the same answer", again == report)
with tempfile.TemporaryDirectory() as folder:
    kept = f"{folder}/snapshot.json"
    who("--trail", TRAIL, "--save-snapshot", kept)
    offline = who("--from-snapshot", kept, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    check("a kept snapshot gives the same answer without AWS", offline == (2, report))
    with open(kept) as file:
        text = file.read()
    secrets = [credentials["aws_secret_access_key"] for credentials in KEYS.values()]
    check("no secret is kept", not any(secret in text for secret in secrets))
    for name in ["graph.svg", "graph.html"]:
        code, _ = who("--from-snapshot", kept, "--graph", f"{folder}/{name}")
        with open(f"{folder}/{name}") as file:
            drawn = file.read()
        check(f"{name} is drawn", code == 2 and "<svg" in drawn and "user/heidi" in drawn)
    if "WHO_KEEP" in os.environ:
        subprocess.run(["cp", "-r", folder, os.environ["WHO_KEEP"]], check=True)
    for form, mark in [("table", "user/heidi"), ("md", "## user/heidi"), ("html", "<h1>Who can"), ("jsonl", '"type":"summary"')]:
        code, text = who("--from-snapshot", kept, "--format", form)
        check(f"{form} says it", code == 2 and mark in text, text[:300])
    code, text = who("--from-snapshot", kept, "--graph", f"{folder}/graph.png")
    check("a drawing is SVG or HTML", code == 1 and ".svg" in text, text)
expected = who("--expect", "user/*", "--expect", "role/*", "--expect", OTHER)
check("whoever is expected alarms nobody", expected[0] == 0, expected)

# With the policy that --print-policy gives, and nothing else; and with less.
least = who("--print-policy")[1]
user("auditor", *least["Statement"])
seen = who("--trail", TRAIL, **environment(KEYS["auditor"]))
check("the printed policy is enough", seen[1]["findings"] == report["findings"] and not seen[1]["unknown"], seen[1]["unknown"])
lists = [a for a in least["Statement"][0]["Action"] if a != "iam:GetAccountAuthorizationDetails"]
user("lister", allow(lists))
iam.delete_user_policy(UserName="auditor", PolicyName="own")
seen = who("--trail", TRAIL, **environment(KEYS["lister"]))
check("lists say the same", seen[1]["findings"] == report["findings"] and not seen[1]["unknown"], seen[1]["unknown"])
without = [a for a in lists if not a.startswith(("iam:", "s3:GetBucketPolicy", "kms:GetKey"))]
user("half", allow(without))
code, half = who("--trail", TRAIL, **environment(KEYS["half"]))
missing = {u["action"] for u in half["unknown"]}
check("what could not be read is said", code == 2 and missing == {
    "iam:GetAccountAuthorizationDetails", "s3:GetBucketPolicy", "kms:GetKeyPolicy"}, half["unknown"])
user("nobody")
code, text = who("--trail", TRAIL, **environment(KEYS["nobody"]))
check("without the trail there is no answer", code == 1 and "cloudtrail:GetTrail" in text, text)
code, text = who("--trail", TRAIL.replace("audit", "other"))
check("a trail that is not there", code == 1 and "there is no trail" in text, text)

# ------------------------------------------------------------------------------------------------ hardening
org = client("organizations", **THEIRS)
org.create_organization(FeatureSet="ALL")
shake = org.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": ACCOUNT})["Handshake"]["Id"]
client("organizations").accept_handshake(HandshakeId=shake)
root_id = org.list_roots()["Roots"][0]["Id"]
org.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
code, blind = who("--trail", TRAIL)
check("a member may not read control policies", any(
    "control policies" in u["what"] for u in blind["unknown"]), blind["unknown"])
caveat = next(f for f in blind["findings"] if f["principal"]["name"] == "user/alice")
check("and so nothing is certain", caveat["certainty"] == "possible" and "control policy" in caveat["conditions"][0], caveat)
their_iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/auditor"}))
their_iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=json.dumps(least))
reader = f"arn:aws:iam::{OTHER}:role/reader"
whole = who("--read-as", reader, "--print-policy")[1]
iam.put_user_policy(UserName="auditor", PolicyName="own", PolicyDocument=json.dumps(whole))
as_auditor = environment(KEYS["auditor"])
code, both = who("--trail", TRAIL, "--read-as", reader, **as_auditor)
check("a role in the management account can", both["accounts"] == [ACCOUNT, OTHER] and not both["unknown"], both["unknown"])

ways = sorted({action for found in both["findings"] for action in found["actions"]})
guard = {"Effect": "Deny", "Action": ways + ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], "Resource": "*"}
scp = org.create_policy(Name="guard", Description="-", Type="SERVICE_CONTROL_POLICY", Content=document(guard))
org.attach_policy(PolicyId=scp["Policy"]["PolicySummary"]["Id"], TargetId=ACCOUNT)
code, held = who("--trail", TRAIL, "--read-as", reader, **as_auditor)
left = {f["principal"]["name"] for f in held["findings"] if not f["principal"].get("expected")}
check("control policies bind the account, not those outside it", left == {"user/eve"}, left)
for name in ["alice", "bob", "frank", "ivan"]:
    check(f"{name} is refused now", not any(happens(way, KEYS[name]) for way in TRIES))
their_iam.delete_user_policy(UserName="eve", PolicyName="own")
code, held = who("--trail", TRAIL, "--read-as", reader, **as_auditor)
left = {(f["principal"]["kind"], f["principal"]["account"]) for f in held["findings"]}
check("nobody is left but root and the management account", (code, left) == (0, {("root", OTHER)}), (code, left))
code, text = who("--trail", TRAIL, "--read-as", reader, "--format", "table", **as_auditor)
check("and the table says so", code == 0 and "Nobody but those who are expected to" in text, text)
with tempfile.NamedTemporaryFile("w", suffix=".toml") as control:
    control.write('[trail]\nname = "audit"\n')
    control.flush()
    command = [os.environ["TRAILWARD_BINARY"], "check", "--control", control.name]
    same = subprocess.run([*command, "--who", "--read-as", reader, "--format", "table"], capture_output=True, text=True,
                          env={**os.environ, **as_auditor})
    check("check --who says the same", (same.returncode, same.stdout) == (0, text), same)
    lost = subprocess.run([*command, "--read-as", reader], capture_output=True, text=True)
    check("without --who that is refused", lost.returncode == 1 and "go with --who" in lost.stderr, lost)

finish()
