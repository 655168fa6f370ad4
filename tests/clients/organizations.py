"""AWS Organizations with boto3 and the AWS CLI: the tree, control policies that bind, and a trail of the organization
whose part of each account the stock `aws cloudtrail validate-logs` accepts.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of the root user of the account that becomes
the management account. MEMBER_KEY and MEMBER_SECRET are those of the root user of a second account.
"""

import gzip
import json
import os
import subprocess
import time

import boto3
from botocore.exceptions import ClientError

from checks import check, finish, refused, wait

MEMBER = {
    "aws_access_key_id": os.environ["MEMBER_KEY"],
    "aws_secret_access_key": os.environ["MEMBER_SECRET"],
}
org = boto3.client("organizations")
theirs = boto3.client("organizations", **MEMBER)
iam = boto3.client("iam")
s3 = boto3.client("s3")
their_s3 = boto3.client("s3", **MEMBER)
trails = boto3.client("cloudtrail")
their_trails = boto3.client("cloudtrail", **MEMBER)
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
OTHER = boto3.client("sts", **MEMBER).get_caller_identity()["Account"]
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/org"
SCP = "SERVICE_CONTROL_POLICY"


def cli(*arguments):
    return subprocess.run(["aws", *arguments], capture_output=True, text=True, check=False, timeout=120)


refused("there is no organization", "AWSOrganizationsNotInUseException", org.describe_organization)
made = org.create_organization(FeatureSet="ALL")["Organization"]
ID = made["Id"]
done = cli("organizations", "describe-organization", "--query", "Organization.Id", "--output", "text")
check("the AWS CLI tells the organization's id", done.stdout.strip() == ID and done.returncode == 0, done)
refused("there is one already", "AlreadyInOrganizationException", org.create_organization)
ROOT = org.list_roots()["Roots"][0]["Id"]

# An invited account, a created one, and where they are.
invited = org.invite_account_to_organization(Target={"Type": "EMAIL", "Id": "member@example.com"}, Notes="Come in.")
shown = theirs.list_handshakes_for_account()["Handshakes"]
check("the invited account finds it", [h["Id"] for h in shown] == [invited["Handshake"]["Id"]], shown)
accepted = theirs.accept_handshake(HandshakeId=shown[0]["Id"])["Handshake"]
check("and accepts", accepted["State"] == "ACCEPTED", accepted)
status = org.create_account(Email="logs@example.com", AccountName="logs")["CreateAccountStatus"]
wait("the account", lambda: org.describe_create_account_status(
    CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["State"] == "SUCCEEDED")
LOGS = org.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
accounts = [a["Id"] for page in org.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})
            for a in page["Accounts"]]
check("all are listed, page by page", sorted(accounts) == sorted([ACCOUNT, OTHER, LOGS]), accounts)
unit = org.create_organizational_unit(ParentId=ROOT, Name="workloads")["OrganizationalUnit"]["Id"]
org.move_account(AccountId=OTHER, SourceParentId=ROOT, DestinationParentId=unit)
check("the account is there", org.list_parents(ChildId=OTHER)["Parents"][0]["Id"] == unit)
org.tag_resource(ResourceId=unit, Tags=[{"Key": "team", "Value": "blue"}])
check("tags stay", org.list_tags_for_resource(ResourceId=unit)["Tags"] == [{"Key": "team", "Value": "blue"}])
check("a member sees the organization", theirs.describe_organization()["Organization"]["Id"] == ID)
refused("and not its accounts", "AccessDeniedException", theirs.list_accounts)

# The created account is administered through its role, by users, not by root.
iam.create_user(UserName="admin")
iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
key = iam.create_access_key(UserName="admin")["AccessKey"]
admin = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
session = boto3.client("sts", **admin).assume_role(
    RoleArn=f"arn:aws:iam::{LOGS}:role/OrganizationAccountAccessRole", RoleSessionName="admin")["Credentials"]
inside = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"],
          "aws_session_token": session["SessionToken"]}
check("the management account gets in", boto3.client("sts", **inside).get_caller_identity()["Account"] == LOGS)
archive = boto3.client("s3", **inside)

# A trail of the organization, into a bucket of the logs account: the guides' statements.
archive.create_bucket(Bucket="org-logs")


def statement(sid, action, resource, **more):
    condition = {"StringEquals": {"aws:SourceArn": ARN, **more}}
    return {"Sid": sid, "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action,
            "Resource": resource, "Condition": condition}


full = {"s3:x-amz-acl": "bucket-owner-full-control"}
check_acl = statement("AWSCloudTrailAclCheck20150319", "s3:GetBucketAcl", "arn:aws:s3:::org-logs")
own = statement("AWSCloudTrailWrite20150319", "s3:PutObject", f"arn:aws:s3:::org-logs/AWSLogs/{ACCOUNT}/*", **full)
whole = statement("AWSCloudTrailOrganizationWrite20150319", "s3:PutObject", f"arn:aws:s3:::org-logs/AWSLogs/{ID}/*", **full)


def put_policy(*statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    archive.put_bucket_policy(Bucket="org-logs", Policy=document)


wanted = {"Name": "org", "S3BucketName": "org-logs", "IsOrganizationTrail": True, "IsMultiRegionTrail": True,
          "EnableLogFileValidation": True}
put_policy(check_acl, own)
refused("CloudTrail has no access yet", "CloudTrailAccessNotEnabledException", trails.create_trail, **wanted)
done = cli("organizations", "enable-aws-service-access", "--service-principal", "cloudtrail.amazonaws.com")
check("the AWS CLI gives it", done.returncode == 0, done)
refused("the organization's folder is missing", "InsufficientS3BucketPolicyException", trails.create_trail, **wanted)
put_policy(check_acl, own, whole)
refused("members make none", "NotOrganizationMasterAccountException", their_trails.create_trail, **wanted)
done = cli("cloudtrail", "create-trail", "--name", "org", "--s3-bucket-name", "org-logs", "--is-organization-trail",
           "--is-multi-region-trail", "--enable-log-file-validation", "--query", "TrailARN", "--output", "text")
check("the AWS CLI makes it", done.stdout.strip() == ARN, done)
trails.start_logging(Name="org")
seen = their_trails.describe_trails()["trailList"]
check("members see it", [(t["TrailARN"], t["IsOrganizationTrail"]) for t in seen] == [(ARN, True)], seen)
for name, call, arguments in [
    ("stop", their_trails.stop_logging, {"Name": ARN}), ("delete", their_trails.delete_trail, {"Name": ARN}),
    ("update", their_trails.update_trail, {"Name": ARN, "EnableLogFileValidation": False}),
]:
    refused(f"and do not {name} it", "NotOrganizationMasterAccountException", call, **arguments)

# Control policies bind the member, its root user included, and not the management account.
org.enable_policy_type(RootId=ROOT, PolicyType=SCP)
guard = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "ProtectTrail", "Effect": "Deny",
    "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"],
    "Resource": "*"}, {"Sid": "Stay", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]})
policy = org.create_policy(Content=guard, Description="", Name="guard", Type=SCP)["Policy"]["PolicySummary"]["Id"]
org.attach_policy(PolicyId=policy, TargetId=ROOT)
their_s3.create_bucket(Bucket="their-logs")
their_arn = f"arn:aws:cloudtrail:us-east-1:{OTHER}:trail/own"
their_s3.put_bucket_policy(Bucket="their-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:*",
    "Resource": ["arn:aws:s3:::their-logs", "arn:aws:s3:::their-logs/*"],
    "Condition": {"StringEquals": {"aws:SourceArn": their_arn, "aws:SourceOrgID": ID}}}]}))
their_trails.create_trail(Name="own", S3BucketName="their-logs")
their_trails.start_logging(Name="own")
try:
    their_trails.stop_logging(Name="own")
    check("the member's root cannot stop it", False)
except ClientError as error:
    message = error.response["Error"]["Message"]
    check("the member's root cannot stop it", message.endswith("with an explicit deny in a service control policy"), message)
refused("nor leave", "AccessDeniedException", theirs.leave_organization)
refused("the last policy stays", "ConstraintViolationException", org.detach_policy, PolicyId="p-FullAWSAccess", TargetId=unit)

# Everybody's records arrive, each under its account.
for n in range(6):
    iam.create_user(UserName=f"user-{n}")
    boto3.client("iam", **MEMBER).create_user(UserName=f"theirs-{n}")
    boto3.client("iam", **inside).create_user(UserName=f"logs-{n}")
    time.sleep(0.7)


def keys(part):
    found = []
    for page in archive.get_paginator("list_objects_v2").paginate(Bucket="org-logs"):
        found += [o["Key"] for o in page.get("Contents", []) if part in o["Key"]]
    return found


for account in [ACCOUNT, OTHER, LOGS]:
    wait(f"digests of {account}", lambda: len(keys(f"AWSLogs/{ID}/{account}/CloudTrail-Digest/us-east-1")) >= 4)
check("nothing lies beside", all(k.startswith(f"AWSLogs/{ID}/") for k in keys("")), keys(""))


def records(account):
    found = []
    for key in keys(f"AWSLogs/{ID}/{account}/CloudTrail/"):
        file = json.loads(gzip.decompress(archive.get_object(Bucket="org-logs", Key=key)["Body"].read()))
        found += file["Records"]
    return found


for account, name in [(ACCOUNT, "user-5"), (OTHER, "theirs-5"), (LOGS, "logs-5")]:
    wait(f"the last record of {account}", lambda: name in json.dumps(records(account)))
    others = {r["recipientAccountId"] for r in records(account)} - {account}
    check(f"only its own records under {account}", not others, others)
tried = [r for r in records(OTHER) if r["eventName"] == "StopLogging" and r.get("errorCode") == "AccessDenied"]
check("the attempt is in the organization's trail", tried and tried[0]["userIdentity"]["type"] == "Root", tried)


def validate(account, credentials=None):
    environment = {**os.environ, **(credentials or {})}
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    arguments = ["aws", "cloudtrail", "validate-logs", "--trail-arn", ARN, "--start-time", start, "--verbose"]
    account_of = ["--account-id", account] if account else []
    return subprocess.run(arguments + account_of, capture_output=True, text=True, check=False, env=environment)


# The logs account reads the archive; what validate-logs asks besides, every account of the organization may ask.
reader = {"AWS_ACCESS_KEY_ID": session["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
          "AWS_SESSION_TOKEN": session["SessionToken"]}
for account in [ACCOUNT, OTHER, LOGS]:
    result = validate(account, reader)
    held = result.returncode == 0 and "digest files valid" in result.stdout and "log files valid" in result.stdout
    held = held and f"AWSLogs/{ID}/{account}/CloudTrail-Digest" in result.stdout and "INVALID" not in result.stdout
    check(f"validate-logs accepts the part of {account}", held, result.stdout + result.stderr)
check("and demands an account", validate(None, reader).returncode != 0)
# As a delegated administrator, the logs account reads the organization and works on its trails.
trails.register_organization_delegated_admin(MemberAccountId=LOGS)
delegate = boto3.client("cloudtrail", **inside)
delegate.add_tags(ResourceId=ARN, TagsList=[{"Key": "by", "Value": "delegate"}])
tags = trails.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"]
check("a delegated administrator changes the trail", tags == [{"Key": "by", "Value": "delegate"}], tags)
refused("though the policies bind it too", "AccessDeniedException", delegate.stop_logging, Name=ARN)
# The project's own command proves all accounts at once, from the trail's ARN alone.
done = subprocess.run([os.environ["TRAILWARD"], "validate", "--trail-arn", ARN, "--since", "1h", "--format", "json"],
                      capture_output=True, text=True, check=False, env={**os.environ, **reader})
check("trailward validate finds every account", all(a in done.stdout for a in [ACCOUNT, OTHER, LOGS]), done)
check("and nothing altered", '"altered"' not in done.stdout and done.returncode in (0, 2), done)

# Who leaves is recorded no more, and its chain is closed.
org.detach_policy(PolicyId=policy, TargetId=ROOT)
theirs.leave_organization()
refused("and sees the trail no more", "AccessDeniedException", their_trails.get_trail, Name=ARN)
wait("the departure in the trail", lambda: "LeaveOrganization" in json.dumps(
    [r for r in records(OTHER) if not r.get("errorCode")]))
boto3.client("iam", **MEMBER).create_user(UserName="after")
iam.create_user(UserName="mark")
wait("what came after it", lambda: "mark" in json.dumps(records(ACCOUNT)))
check("is without who left", "after" not in json.dumps([r["requestParameters"] for r in records(OTHER)]))
wait("the last digest of who left", lambda: all(
    k in json.dumps([json.loads(gzip.decompress(archive.get_object(Bucket="org-logs", Key=d)["Body"].read()))["logFiles"]
                     for d in keys(f"{ID}/{OTHER}/CloudTrail-Digest/us-east-1")])
    for k in keys(f"{ID}/{OTHER}/CloudTrail/us-east-1")))
result = validate(OTHER, reader)
check("validate-logs accepts what is left", result.returncode == 0 and "INVALID" not in result.stdout, result)

# A closed account.
refused("a delegated administrator stays", "ConstraintViolationException", org.close_account, AccountId=LOGS)
trails.deregister_organization_delegated_admin(DelegatedAdminAccountId=LOGS)
refused("and without that changes nothing", "NotOrganizationMasterAccountException", delegate.stop_logging, Name=ARN)
org.close_account(AccountId=LOGS)
refused("nobody acts in a closed account", "InvalidClientTokenId", boto3.client("sts", **inside).get_caller_identity)
check("it is suspended", org.describe_account(AccountId=LOGS)["Account"]["Status"] == "SUSPENDED")
refused("with members there is no end", "OrganizationNotEmptyException", org.delete_organization)
finish()
