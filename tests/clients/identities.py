"""IAM and STS through boto3: identities, policies in force, sessions, and what must be refused."""

import csv
import json
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from checks import check, finish, refused

ACCOUNT = "111122223333"
iam = boto3.client("iam")
sts = boto3.client("sts")
# What the client would refuse by itself must reach the service.
UNCHECKED = Config(parameter_validation=False)


def session(key):
    """A client factory with a user's key or with temporary credentials."""
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"))


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


root = sts.get_caller_identity()
check("root", root["Arn"] == f"arn:aws:iam::{ACCOUNT}:root" and root["Account"] == ACCOUNT, root)

user = iam.create_user(UserName="alice", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
check("CreateUser", user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/alice" and user["UserId"].startswith("AIDA"), user)
refused("CreateUser twice", "EntityAlreadyExists", iam.create_user, "User with name alice already exists.", 409,
        UserName="alice")
refused("CreateUser in other letters", "EntityAlreadyExists", iam.create_user, UserName="ALICE")
refused("CreateUser with a bad name", "ValidationError", iam.create_user, UserName="a b")
refused("GetUser of nobody", "NoSuchEntity", iam.get_user, "The user with name nobody cannot be found.", 404,
        UserName="nobody")
check("ListUserTags", iam.list_user_tags(UserName="alice")["Tags"] == [{"Key": "team", "Value": "blue"}])

key = iam.create_access_key(UserName="alice")["AccessKey"]
alice = session(key)
who = alice.client("sts").get_caller_identity()
check("a user's key", who["UserId"] == user["UserId"] and who["Arn"] == user["Arn"], who)
refused("a user without policies", "AccessDenied", alice.client("iam").list_users, status=403)
refused("a user without policies, JSON", "AccessDeniedException", alice.client("cloudtrail").describe_trails, status=400)
refused("a user without policies, S3", "AccessDenied", alice.client("s3").list_buckets, status=403)
try:
    alice.client("iam").list_users()
except Exception as error:
    check("who may not do what, and why",
          f"User: arn:aws:iam::{ACCOUNT}:user/staff/alice is not authorized to perform: iam:ListUsers on resource:"
          in str(error) and "because no identity-based policy allows the iam:ListUsers action" in str(error), error)

# Inline, managed, group policies; an explicit deny wins.
iam.put_user_policy(UserName="alice", PolicyName="list", PolicyDocument=document(allow("iam:List*")))
check("an inline policy", alice.client("iam").list_users()["Users"][0]["UserName"] == "alice")
check("GetUserPolicy", iam.get_user_policy(UserName="alice", PolicyName="list")["PolicyDocument"]["Statement"][0]["Action"] == "iam:List*")
refused("a malformed policy", "MalformedPolicyDocument", iam.put_user_policy, status=400, UserName="alice",
        PolicyName="bad", PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}')
iam.create_group(GroupName="auditors")
iam.attach_group_policy(GroupName="auditors", PolicyArn="arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess")
iam.add_user_to_group(GroupName="auditors", UserName="alice")
check("a group's policy", alice.client("cloudtrail").describe_trails()["trailList"] == [])
refused("read-only means read-only", "AccessDeniedException", alice.client("cloudtrail").start_logging, Name="x-y-z")
made = iam.create_policy(PolicyName="no-lists", PolicyDocument=document({"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}))["Policy"]
iam.attach_user_policy(UserName="alice", PolicyArn=made["Arn"])
refused("an explicit deny wins", "AccessDenied", alice.client("iam").list_users)
version = iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=document(allow("s3:ListAllMyBuckets")), SetAsDefault=True)
check("a new default version", version["PolicyVersion"]["VersionId"] == "v2" and len(alice.client("iam").list_users()["Users"]) == 1)
check("ListPolicyVersions", [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"]] == ["v2", "v1"])
refused("deleting the default version", "DeleteConflict", iam.delete_policy_version, PolicyArn=made["Arn"], VersionId="v2")
refused("deleting an attached policy", "DeleteConflict", iam.delete_policy, status=409, PolicyArn=made["Arn"])
iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
refused("a boundary bounds", "AccessDenied", alice.client("iam").list_users)
iam.delete_user_permissions_boundary(UserName="alice")

# Roles.
trust = document({"Effect": "Allow", "Principal": {"AWS": user["Arn"]}, "Action": "sts:AssumeRole",
                  "Condition": {"StringEquals": {"sts:ExternalId": "secret-handshake"}}})
role = iam.create_role(RoleName="reader", Path="/ops/", AssumeRolePolicyDocument=trust, MaxSessionDuration=7200)["Role"]
iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
assume = alice.client("sts", config=UNCHECKED).assume_role
refused("the trust policy's condition", "AccessDenied", assume, RoleArn=role["Arn"], RoleSessionName="work")
refused("a role that is not there", "AccessDenied", assume, RoleArn=role["Arn"] + "x", RoleSessionName="work")
refused("root may not assume roles", "AccessDenied", sts.assume_role, "Roles may not be assumed by root accounts.",
        RoleArn=role["Arn"], RoleSessionName="work")
right = {"RoleArn": role["Arn"], "RoleSessionName": "work", "ExternalId": "secret-handshake"}
refused("too long", "ValidationError", assume, **right, DurationSeconds=7201)
refused("too short", "ValidationError", assume, **right, DurationSeconds=899)
refused("a bad session name", "ValidationError", assume, **{**right, "RoleSessionName": "a b"})
answer = assume(**right, DurationSeconds=7200)
check("AssumeRole", answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/work" and
      answer["Credentials"]["AccessKeyId"].startswith("ASIA"), answer["AssumedRoleUser"])
reader = session(answer["Credentials"])
check("a session's identity", reader.client("sts").get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"])
check("a session's permissions", reader.client("iam").get_role(RoleName="reader")["Role"]["Path"] == "/ops/")
refused("a session's limits", "AccessDenied", reader.client("iam").create_user, UserName="mallory")
narrow = session(assume(**right, Policy=document(allow("iam:GetUser")))["Credentials"])
check("a session policy allows", narrow.client("iam").get_user(UserName="alice")["User"]["UserName"] == "alice")
refused("a session policy narrows", "AccessDenied", narrow.client("iam").get_role, RoleName="reader")
bent = dict(answer["Credentials"])
bent["SessionToken"] = bent["SessionToken"][:-8] + "AAAAAAA="
refused("a bent session token", "InvalidClientTokenId", session(bent).client("sts").get_caller_identity)
bent["SessionToken"] = narrow.get_credentials().token
refused("another session's token", "InvalidClientTokenId", session(bent).client("sts").get_caller_identity)
refused("a session without its token", "InvalidClientTokenId",
        boto3.Session(bent["AccessKeyId"], bent["SecretAccessKey"]).client("sts").get_caller_identity)

# GetSessionToken.
temporary = session(alice.client("sts").get_session_token()["Credentials"])
check("GetSessionToken", temporary.client("sts").get_caller_identity()["Arn"] == user["Arn"])
refused("GetSessionToken cannot be chained", "AccessDenied", temporary.client("sts").get_session_token)
refused("GetSessionToken cannot call IAM", "InvalidClientTokenId", temporary.client("iam").list_users)
refused("GetSessionToken for too long", "ValidationError", alice.client("sts", config=UNCHECKED).get_session_token, DurationSeconds=129601)

# Session tags, source identity, federated users.
iam.create_user(UserName="carol")
iam.put_user_policy(UserName="carol", PolicyName="sts", PolicyDocument=document(allow(["sts:*", "s3:ListAllMyBuckets", "cloudtrail:*"])))
carol_key = iam.create_access_key(UserName="carol")["AccessKey"]
carol = session(carol_key).client("sts", config=UNCHECKED)
trusted = lambda *actions: document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": list(actions)})
blue_only = document(allow("sts:*"), allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}}))
arns = {}
for name, trust in {"first": trusted("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
                    "second": trusted("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
                    "closed": trusted("sts:AssumeRole")}.items():
    arns[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=[{"Key": "Team", "Value": "red"}])["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="blue", PolicyDocument=blue_only)
first = {"RoleArn": arns["first"], "RoleSessionName": "work"}
team = [{"Key": "Team", "Value": "blue"}]
untagged = session(carol.assume_role(**first)["Credentials"])
refused("the role's own tag", "AccessDenied", untagged.client("iam").list_users)
answer = carol.assume_role(**first, Tags=team, TransitiveTagKeys=["Team"], SourceIdentity="carol.c")
check("tags and a source identity", answer["PackedPolicySize"] > 0 and answer["SourceIdentity"] == "carol.c", answer)
tagged = session(answer["Credentials"])
check("a session tag goes before the role's", len(tagged.client("iam").list_users()["Users"]) == 2)
next_one = tagged.client("sts").assume_role(RoleArn=arns["second"], RoleSessionName="next")
check("what travels through a chain", next_one["SourceIdentity"] == "carol.c" and
      len(session(next_one["Credentials"]).client("iam").list_users()["Users"]) == 2, next_one)
refused("another source identity in a chain", "ValidationError", tagged.client("sts").assume_role, status=400,
        message="The source identity is already set for this assume role session",
        RoleArn=arns["second"], RoleSessionName="next", SourceIdentity="mallory")
refused("a transitive tag cannot be overridden", "InvalidParameterValue", tagged.client("sts").assume_role, status=400,
        RoleArn=arns["second"], RoleSessionName="next", Tags=[{"Key": "team", "Value": "red"}])
refused("a chain into a role that wants no tags", "AccessDenied", tagged.client("sts").assume_role, status=403,
        RoleArn=arns["closed"], RoleSessionName="next")
closed = {"RoleArn": arns["closed"], "RoleSessionName": "work"}
refused("tags the trust policy does not allow", "AccessDenied", carol.assume_role, status=403, **closed, Tags=team)
refused("a source identity it does not allow", "AccessDenied", carol.assume_role, status=403, **closed, SourceIdentity="carol.c")
refused("51 tags", "ValidationError", carol.assume_role, **first, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(51)])
refused("one key twice", "InvalidParameterValue", carol.assume_role, **first, Tags=[*team, {"Key": "team", "Value": "x"}])
refused("too much of them", "PackedPolicyTooLarge", carol.assume_role, status=400, **first,
        Tags=[{"Key": f"k{n}", "Value": "x" * 256} for n in range(50)])
for name in arns:
    iam.delete_role_policy(RoleName=name, PolicyName="blue")
    iam.delete_role(RoleName=name)
federate = carol.get_federation_token
answer = federate(Name="visitor", Policy=document(allow(["s3:ListAllMyBuckets", "iam:*", "kms:ListKeys"])))
check("GetFederationToken", answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:visitor",
      "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/visitor"}, answer["FederatedUser"])
visitor = session(answer["Credentials"])
check("a federated user", visitor.client("sts").get_caller_identity()["Arn"] == answer["FederatedUser"]["Arn"])
check("what both policies allow", visitor.client("s3").list_buckets()["Buckets"] == [])
refused("what only the user may", "AccessDeniedException", visitor.client("cloudtrail").describe_trails)
refused("what only the session policy allows", "AccessDeniedException", visitor.client("kms").list_keys)
refused("federated users cannot call IAM", "InvalidClientTokenId", visitor.client("iam").list_users, status=403)
refused("nor make more sessions", "AccessDenied", visitor.client("sts").get_federation_token, status=403, Name="again")
refused("nor others", "AccessDenied", visitor.client("sts").get_session_token, status=403)
refused("without a policy they may nothing", "AccessDenied", session(federate(Name="visitor")["Credentials"]).client("s3").list_buckets)
refused("a federated user's name", "ValidationError", federate, status=400, Name="v")
refused("for too long", "ValidationError", federate, Name="visitor", DurationSeconds=129601)
refused("with a malformed policy", "MalformedPolicyDocument", federate, Name="visitor", Policy="{}")
check("GetAccessKeyInfo", sts.get_access_key_info(AccessKeyId=carol_key["AccessKeyId"])["Account"] == ACCOUNT)
refused("GetAccessKeyInfo of no key", "ValidationError", sts.get_access_key_info, AccessKeyId="AKIANOBODYNOBODY0000")
iam.delete_access_key(UserName="carol", AccessKeyId=carol_key["AccessKeyId"])
iam.delete_user_policy(UserName="carol", PolicyName="sts")
iam.delete_user(UserName="carol")
refused("a federated user ends with its user", "InvalidClientTokenId", visitor.client("sts").get_caller_identity)

# Account settings: alias, passwords, instance profiles, the service-linked role, reports.
iam_raw = boto3.client("iam", config=UNCHECKED)
check("no alias", iam.list_account_aliases()["AccountAliases"] == [])
iam.create_account_alias(AccountAlias="acme-old")
iam.create_account_alias(AccountAlias="acme-audit")
check("one alias", iam.list_account_aliases()["AccountAliases"] == ["acme-audit"])
refused("the same alias again", "EntityAlreadyExists", iam.create_account_alias, status=409, AccountAlias="acme-audit")
refused("a bad alias", "ValidationError", iam_raw.create_account_alias, AccountAlias="Acme")
refused("somebody else's alias", "NoSuchEntity", iam.delete_account_alias, status=404, AccountAlias="acme-old")
iam.delete_account_alias(AccountAlias="acme-audit")

refused("no password policy", "NoSuchEntity", iam.get_account_password_policy, status=404,
        message=f"The Password Policy with domain name {ACCOUNT} cannot be found.")
iam.update_account_password_policy(MinimumPasswordLength=10, RequireSymbols=True, AllowUsersToChangePassword=True, MaxPasswordAge=90)
policy = iam.get_account_password_policy()["PasswordPolicy"]
check("a password policy", policy == {"MinimumPasswordLength": 10, "RequireSymbols": True, "RequireNumbers": False,
      "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": True,
      "ExpirePasswords": True, "MaxPasswordAge": 90, "HardExpiry": False}, policy)
refused("a password policy out of bounds", "ValidationError", iam_raw.update_account_password_policy, MinimumPasswordLength=5)
refused("a weak password", "PasswordPolicyViolation", iam.create_login_profile, status=400, UserName="alice", Password="short")
profile = iam.create_login_profile(UserName="alice", Password="First-Word-1", PasswordResetRequired=True)["LoginProfile"]
check("CreateLoginProfile", profile["UserName"] == "alice" and profile["PasswordResetRequired"], profile)
refused("a second password", "EntityAlreadyExists", iam.create_login_profile, status=409, UserName="alice", Password="First-Word-1")
refused("a wrong old password", "AccessDenied", alice.client("iam").change_password, OldPassword="wrong", NewPassword="Other-Word-2")
alice.client("iam").change_password(OldPassword="First-Word-1", NewPassword="Other-Word-2")
check("GetLoginProfile", iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False)
refused("root's password", "InvalidUserType", iam.change_password, status=400, OldPassword="a", NewPassword="Other-Word-2")
refused("DeleteUser with a password", "DeleteConflict", iam.delete_user, status=409, UserName="alice",
        message="Cannot delete entity, must delete login profile first.")

profile = iam.create_instance_profile(InstanceProfileName="web", Tags=[{"Key": "team", "Value": "blue"}])["InstanceProfile"]
check("CreateInstanceProfile", profile["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/web" and profile["Roles"] == [] and
      profile["InstanceProfileId"].startswith("AIPA"), profile)
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="reader")
profile = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
check("GetInstanceProfile", profile["Roles"][0]["RoleName"] == "reader" and profile["Tags"] == [{"Key": "team", "Value": "blue"}], profile)
check("ListInstanceProfilesForRole", iam.list_instance_profiles_for_role(RoleName="reader")["InstanceProfiles"][0]["InstanceProfileName"] == "web")
check("ListInstanceProfiles", len(iam.list_instance_profiles()["InstanceProfiles"]) == 1)
refused("two roles in a profile", "LimitExceeded", iam.add_role_to_instance_profile, status=409, InstanceProfileName="web", RoleName="reader")
refused("a profile with a role", "DeleteConflict", iam.delete_instance_profile, status=409, InstanceProfileName="web")
details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
check("profiles in the details", [d["InstanceProfileList"][0]["InstanceProfileName"] for d in details if d["RoleName"] == "reader"] == ["web"], details)
iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "stage", "Value": "dev"}])
iam.untag_instance_profile(InstanceProfileName="web", TagKeys=["team"])
check("ListInstanceProfileTags", iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"] == [{"Key": "stage", "Value": "dev"}])

linked = iam.create_service_linked_role(AWSServiceName="cloudtrail.amazonaws.com")["Role"]
check("CreateServiceLinkedRole", linked["Arn"].endswith(":role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail") and
      linked["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "cloudtrail.amazonaws.com"}, linked)
check("its policy", iam.list_attached_role_policies(RoleName=linked["RoleName"])["AttachedPolicies"][0]["PolicyArn"] ==
      "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy")
refused("it is there already", "InvalidInput", iam.create_service_linked_role, status=400, AWSServiceName="cloudtrail.amazonaws.com")
for name, call, members in [("DeleteRole", iam.delete_role, {}),
                            ("AttachRolePolicy", iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
                            ("UpdateAssumeRolePolicy", iam.update_assume_role_policy, {"PolicyDocument": trusted("sts:AssumeRole")})]:
    refused(f"{name} of a service's role", "UnmodifiableEntity", call, status=400, RoleName=linked["RoleName"], **members,
            message="Cannot perform the operation on the protected role 'AWSServiceRoleForCloudTrail' - this role is only modifiable by AWS")

summary = iam.get_account_summary()["SummaryMap"]
check("GetAccountSummary", summary["Users"] == 1 and summary["Roles"] == 2 and summary["InstanceProfiles"] == 1 and
      summary["Policies"] == 1 and summary["Groups"] == 1 and summary["AccountAccessKeysPresent"] == 1, summary)
refused("no report yet", "ReportNotPresent", iam.get_credential_report, status=410)
check("GenerateCredentialReport", iam.generate_credential_report()["State"] == "COMPLETE")
report = iam.get_credential_report()
rows = list(csv.DictReader(report["Content"].decode().splitlines()))
check("GetCredentialReport", report["ReportFormat"] == "text/csv" and [row["user"] for row in rows] == ["<root_account>", "alice"] and
      rows[1]["password_enabled"] == "true" and rows[1]["access_key_1_active"] == "true" and rows[1]["mfa_active"] == "false", rows)
iam.delete_login_profile(UserName="alice")
refused("no password any more", "NoSuchEntity", iam.get_login_profile, status=404, UserName="alice")
iam.delete_account_password_policy()
iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="reader")
iam.delete_instance_profile(InstanceProfileName="web")
task = iam.delete_service_linked_role(RoleName=linked["RoleName"])["DeletionTaskId"]
check("a service's role is gone", iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED")
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
iam.tag_mfa_device(SerialNumber=device, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "stage", "Value": "dev"}])
iam.untag_mfa_device(SerialNumber=device, TagKeys=["stage"])
check("ListMFADeviceTags", iam.list_mfa_device_tags(SerialNumber=device)["Tags"] == [{"Key": "team", "Value": "blue"}])
iam.delete_virtual_mfa_device(SerialNumber=device)

# Keys come and go.
second = iam.create_access_key(UserName="alice")["AccessKey"]
refused("a third key", "LimitExceeded", iam.create_access_key, status=409, UserName="alice")
iam.update_access_key(UserName="alice", AccessKeyId=second["AccessKeyId"], Status="Inactive")
refused("an inactive key", "InvalidClientTokenId", session(second).client("sts").get_caller_identity)
used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
check("GetAccessKeyLastUsed", used["UserName"] == "alice" and used["AccessKeyLastUsed"]["ServiceName"] in ("sts", "iam"), used)
refused("DeleteUser with keys", "DeleteConflict", iam.delete_user, status=409, UserName="alice")
details = iam.get_account_authorization_details()
check("GetAccountAuthorizationDetails", details["UserDetailList"][0]["GroupList"] == ["auditors"] and
      details["RoleDetailList"][0]["RoleName"] == "reader", details)
iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
refused("a deleted key", "InvalidClientTokenId", alice.client("sts").get_caller_identity)
iam.delete_access_key(UserName="alice", AccessKeyId=second["AccessKeyId"])
iam.detach_user_policy(UserName="alice", PolicyArn=made["Arn"])
iam.delete_user_policy(UserName="alice", PolicyName="list")
refused("DeleteUser in a group", "DeleteConflict", iam.delete_user, UserName="alice")
refused("DeleteGroup with members", "DeleteConflict", iam.delete_group, GroupName="auditors")
iam.remove_user_from_group(GroupName="auditors", UserName="alice")
iam.delete_user(UserName="alice")
refused("a role with policies", "DeleteConflict", iam.delete_role, RoleName="reader")
iam.detach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
iam.delete_role(RoleName="reader")
refused("a session ends with its role", "InvalidClientTokenId", reader.client("sts").get_caller_identity)
check("nobody is left", iam.list_users()["Users"] == [] and iam.list_roles()["Roles"] == [])

# Presigned calls, for those who hand a proof of identity to somebody else.
for method in ["GET", "POST"]:
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
    request = urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)
    check(f"presigned, {method}", f"arn:aws:iam::{ACCOUNT}:root" in urllib.request.urlopen(request).read().decode())
    try:
        urllib.request.urlopen(urllib.request.Request(url.replace("Expires=60", "Expires=61"), method=method, data=request.data))
        check(f"presigned and changed, {method}", False)
    except urllib.error.HTTPError as error:
        check(f"presigned and changed, {method}", error.code == 403 and b"SignatureDoesNotMatch" in error.read())

finish()
