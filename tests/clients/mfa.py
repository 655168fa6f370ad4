"""MFA with boto3 and the AWS CLI: virtual devices, sessions that passed MFA, and MFA delete with root's own device.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user, whose device's
serial number and seed are in ROOT_MFA_SERIAL and ROOT_MFA_SEED.
"""

import base64
import hmac
import json
import os
import struct
import subprocess
import time
import uuid
import zlib

import boto3
from botocore.config import Config

from checks import check, finish, refused

CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
S3 = boto3.client("s3", config=CONFIG)
IAM = boto3.client("iam")
STS = boto3.client("sts")
ACCOUNT = STS.get_caller_identity()["Account"]


class Device:
    """Shows codes as a phone does, and never one twice: as the service takes them."""

    def __init__(self, seed, used=0):
        self.seed = base64.b32decode(seed + "=" * (-len(seed) % 8))
        self.used = used

    def code(self, step):
        tag = hmac.new(self.seed, struct.pack(">q", step), "sha1").digest()
        at = tag[19] & 15
        return f"{(struct.unpack('>I', tag[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"

    def fresh(self):
        step = max(self.used + 1, int(time.time()) // 30 - 1)
        while int(time.time()) // 30 + 1 < step:
            time.sleep(0.2)
        self.used = step
        return self.code(step)

    def two(self):
        now = int(time.time()) // 30
        self.used = now - 1
        return {"AuthenticationCode1": self.code(now - 2), "AuthenticationCode2": self.code(now - 1)}


def client_of(service, credentials):
    return boto3.client(
        service, config=CONFIG, aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials.get("SessionToken"),
    )


def check_png(picture):
    check("the picture is a PNG", picture.startswith(b"\x89PNG\r\n\x1a\n"))
    at, pixels, size = 8, b"", 0
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at:at + 8])
        content = picture[at + 8:at + 8 + length]
        (crc,) = struct.unpack(">I", picture[at + 8 + length:at + 12 + length])
        check(f"{kind.decode()} has its checksum", crc == zlib.crc32(kind + content))
        if kind == b"IHDR":
            size = struct.unpack(">I", content[:4])[0]
        pixels += content if kind == b"IDAT" else b""
        at += 12 + length
    rows = zlib.decompress(pixels)
    width = 1 + (size + 7) // 8
    check("and has all its rows", len(rows) == size * width, (len(rows), size))
    # A QR code has a dark ring of seven modules in three corners, inside a white margin of four.
    dot = lambda x, y: rows[y * width + 1 + x // 8] >> (7 - x % 8) & 1
    corner = [dot((4 + module) * 4, 16) for module in range(7)]
    check("with a QR code's corner", corner == [0] * 7 and dot(0, 0) == 1, corner)


# A user's device.
IAM.create_user(UserName="ada")
key = IAM.create_access_key(UserName="ada")["AccessKey"]
mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
statements = [
    {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": mfa},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
]
policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
IAM.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=policy)
made = IAM.create_virtual_mfa_device(VirtualMFADeviceName="ada-phone")["VirtualMFADevice"]
serial = made["SerialNumber"]
check("the serial number is an ARN", serial == f"arn:aws:iam::{ACCOUNT}:mfa/ada-phone", serial)
seed = made["Base32StringSeed"].decode()
check("the seed is 64 letters", len(seed) == 64, len(seed))
check_png(made["QRCodePNG"])
phone = Device(seed)
refused(
    "wrong codes enable nothing", "InvalidAuthenticationCode", IAM.enable_mfa_device, status=403, UserName="ada",
    SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000001",
)
IAM.enable_mfa_device(UserName="ada", SerialNumber=serial, **phone.two())
devices = IAM.list_mfa_devices(UserName="ada")["MFADevices"]
check("the device is hers", [device["SerialNumber"] for device in devices] == [serial], devices)
virtual = IAM.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
owners = {device["SerialNumber"]: device["User"]["Arn"] for device in virtual}
check("all devices and their users are listed", owners[serial].endswith(":user/ada"), owners)
check("root's among them", f"arn:aws:iam::{ACCOUNT}:root" in owners.values(), owners)
check("one device", IAM.get_mfa_device(UserName="ada", SerialNumber=serial)["SerialNumber"] == serial)

refused("a key alone has no MFA", "AccessDenied", client_of("iam", key).list_users)
sts = client_of("sts", key)
wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
refused(
    "a wrong code", "AccessDenied", sts.get_session_token, wrong, 403, SerialNumber=serial, TokenCode="000000"
)
code = phone.fresh()
session = sts.get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
client_of("iam", session).list_users()
refused("a code twice", "AccessDenied", sts.get_session_token, wrong, 403, SerialNumber=serial, TokenCode=code)
trust = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ada"}, "Action": "sts:AssumeRole",
        "Condition": mfa,
    },
}
role = IAM.create_role(RoleName="ops", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
assume = {"RoleArn": role, "RoleSessionName": "work"}
refused("the role demands MFA", "AccessDenied", sts.assume_role, status=403, **assume)
sts.assume_role(SerialNumber=serial, TokenCode=phone.fresh(), **assume)

# MFA delete, with root's own device.
root_serial, root = os.environ["ROOT_MFA_SERIAL"], Device(os.environ["ROOT_MFA_SEED"])
name = f"mfa-{uuid.uuid4().hex[:12]}"
S3.create_bucket(Bucket=name)
on = {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Enabled"}}
must = "Mfa Authentication must be used for this request"
refused("MFA delete needs MFA", "AccessDenied", S3.put_bucket_versioning, must, 403, **on)
refused(
    "and a right code", "AccessDenied", S3.put_bucket_versioning, status=403, MFA=f"{root_serial} 000000", **on
)
S3.put_bucket_versioning(MFA=f"{root_serial} {root.fresh()}", **on)
state = S3.get_bucket_versioning(Bucket=name)
check("it is on", (state["Status"], state["MFADelete"]) == ("Enabled", "Enabled"), state)
put = S3.put_object(Bucket=name, Key="k", Body=b"x")
version = {"Bucket": name, "Key": "k", "VersionId": put["VersionId"]}
refused("root without a code", "AccessDenied", S3.delete_object, must, 403, **version)
IAM.create_user(UserName="thief")
IAM.attach_user_policy(UserName="thief", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
thief = client_of("s3", IAM.create_access_key(UserName="thief")["AccessKey"])
refused("an administrator's key", "AccessDenied", thief.delete_object, must, 403, **version)
refused(
    "with whatever code", "AccessDenied", thief.delete_object,
    "This operation may only be performed by the bucket owner", 403, MFA=f"{root_serial} 123456", **version,
)
refused(
    "suspending versioning", "AccessDenied", thief.put_bucket_versioning, must, 403, Bucket=name,
    VersioningConfiguration={"Status": "Suspended"},
)
objects = {"Objects": [{"Key": "k", "VersionId": put["VersionId"]}]}
refused("many at once", "AccessDenied", thief.delete_objects, must, 403, Bucket=name, Delete=objects)
thief.delete_object(Bucket=name, Key="k")
check("a marker hides, and nothing is lost", S3.get_object(**version)["Body"].read() == b"x")
command = [
    "aws", "s3api", "delete-object", "--bucket", name, "--key", "k", "--version-id", put["VersionId"],
    "--mfa", f"{root_serial} {root.fresh()}",
]
done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
check("root with its device, by the AWS CLI", done.returncode == 0, done.stdout + done.stderr)
refused("it is gone", "NoSuchVersion", S3.get_object, **version)
off = {"Status": "Enabled", "MFADelete": "Disabled"}
S3.put_bucket_versioning(Bucket=name, VersioningConfiguration=off, MFA=f"{root_serial} {root.fresh()}")
check("it is off again", S3.get_bucket_versioning(Bucket=name)["MFADelete"] == "Disabled")

# Taking the device away.
refused("it is in use", "DeleteConflict", IAM.delete_virtual_mfa_device, status=409, SerialNumber=serial)
IAM.deactivate_mfa_device(UserName="ada", SerialNumber=serial)
IAM.delete_virtual_mfa_device(SerialNumber=serial)
finish()
