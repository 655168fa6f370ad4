"""Drives what S3 has around objects with boto3, as its users do: attributes, access control lists, Block Public Access of
bucket and account, cross-origin rules, browser forms, request payment, conditions.

Uses AWS_ENDPOINT_URL and the usual AWS variables of an account's root user; OTHER_KEY_ID and OTHER_SECRET are the root
key of another account, OTHER_ACCOUNT its id. Prints one line for each check and exits 1 if any failed.
"""

import base64
import hashlib
import http.client
import json
import os
import socket
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from checks import check, finish, refused

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
OFF = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], False)
# boto3 signs forms with version 2 unless it is told otherwise.
S3 = boto3.client("s3", config=Config(signature_version="s3v4"))
NOBODY = boto3.client("s3", config=Config(signature_version=UNSIGNED))
OTHER = boto3.client(
    "s3", aws_access_key_id=os.environ["OTHER_KEY_ID"], aws_secret_access_key=os.environ["OTHER_SECRET"],
    config=Config(signature_version="s3v4"),
)
# boto3 calls S3 Control as ACCOUNT.ENDPOINT, whatever the endpoint is; an address has no names below it.
by_name = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: by_name(
    "127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *rest, **more
)
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
ME = S3.list_buckets()["Owner"]["ID"]
THEM = OTHER.list_buckets()["Owner"]["ID"]


def bucket(ownership=None, block=None, **arguments):
    name = f"surface-{uuid.uuid4().hex[:16]}"
    if ownership:
        arguments["ObjectOwnership"] = ownership
    S3.create_bucket(Bucket=name, **arguments)
    if block is not None:
        S3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={**OFF, **block})
    return name


def raw(method, path, body=b"", headers=None, sign=True, host=None):
    """A request that boto3 would not send: status, headers, body."""
    request = AWSRequest(method=method, url=ENDPOINT + path, data=body, headers=dict(headers or {}))
    if host:
        request.headers["host"] = host
    if sign:
        credentials = botocore.session.get_session().get_credentials().get_frozen_credentials()
        S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    prepared = request.prepare()
    connection = http.client.HTTPConnection(urlsplit(ENDPOINT).netloc)
    connection.request(method, path, body, dict(prepared.headers.items()))
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()


def attributes():
    name = bucket()
    S3.put_object(Bucket=name, Key="k", Body=b"hello", ChecksumAlgorithm="SHA256", StorageClass="STANDARD_IA")
    names = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    got = S3.get_object_attributes(Bucket=name, Key="k", ObjectAttributes=names)
    sha256 = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    check("attributes: checksum", got["Checksum"]["ChecksumSHA256"] == sha256, got)
    check("attributes: size and class", (got["ObjectSize"], got["StorageClass"]) == (5, "STANDARD_IA"), got)
    check("attributes: no parts of what was put whole", "ObjectParts" not in got, got)
    got = S3.get_object_attributes(Bucket=name, Key="k", ObjectAttributes=["ObjectSize"])
    check("attributes: only what was asked for", "Checksum" not in got and "ETag" not in got, got)
    upload = S3.create_multipart_upload(Bucket=name, Key="m", ChecksumAlgorithm="CRC32")["UploadId"]
    parts = []
    for number, body in ((1, b"a" * (5 << 20)), (2, b"b")):
        part = S3.upload_part(
            Bucket=name, Key="m", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32"
        )
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    S3.complete_multipart_upload(Bucket=name, Key="m", UploadId=upload, MultipartUpload={"Parts": parts})
    got = S3.get_object_attributes(Bucket=name, Key="m", ObjectAttributes=names, MaxParts=1)["ObjectParts"]
    check("attributes: a page of parts", got["IsTruncated"] and got["NextPartNumberMarker"] == 1, got)
    check("attributes: its size", got["Parts"][0]["Size"] == 5 << 20 and got["TotalPartsCount"] == 2, got)
    refused(
        "attributes: no such key", "NoSuchKey", S3.get_object_attributes, status=404,
        Bucket=name, Key="x", ObjectAttributes=names,
    )
    refused(
        "attributes: no such attribute", "InvalidArgument", S3.get_object_attributes, status=400,
        Bucket=name, Key="k", ObjectAttributes=["Colour"],
    )
    refused(
        "attributes: strangers", "AccessDenied", OTHER.get_object_attributes, status=403,
        Bucket=name, Key="k", ObjectAttributes=names,
    )


def lists():
    name = bucket()
    for what, call, more in (
        ("bucket", S3.put_bucket_acl, {}),
        ("object", S3.put_object, {"Key": "k"}),
        ("upload", S3.create_multipart_upload, {"Key": "k"}),
    ):
        for acl in ("public-read", "authenticated-read"):
            refused(
                f"lists are off: {acl} {what}", "AccessControlListNotSupported", call,
                message="The bucket does not allow ACLs", status=400, Bucket=name, ACL=acl, **more,
            )
    S3.put_object(Bucket=name, Key="k", Body=b"", ACL="bucket-owner-full-control")
    S3.put_object(Bucket=name, Key="k", Body=b"", GrantFullControl=f'id="{ME}"')
    check("lists are off: full control of the owner in any words", True)
    refused(
        "lists are off: another's full control", "AccessControlListNotSupported", S3.put_object,
        Bucket=name, Key="k", GrantFullControl=f'id="{THEM}"',
    )
    refused(
        "a list at creation needs an ownership that has lists", "InvalidBucketAclWithObjectOwnership",
        S3.create_bucket, status=400, Bucket=f"surface-{uuid.uuid4().hex[:16]}", ACL="log-delivery-write",
    )

    name = bucket("ObjectWriter", OFF)
    S3.put_object(Bucket=name, Key="private", Body=b"1")
    S3.put_object(Bucket=name, Key="public", Body=b"2", ACL="public-read")
    S3.put_object(Bucket=name, Key="theirs", Body=b"3", GrantRead=f'id="{THEM}"')
    S3.put_object(Bucket=name, Key="known", Body=b"4", ACL="authenticated-read")
    read = lambda client, key: client.get_object(Bucket=name, Key=key)["Body"].read()
    check("anybody reads a public object", read(NOBODY, "public") == b"2")
    check("whoever was granted it reads an object", read(OTHER, "theirs") == b"3")
    check("whoever has an account reads one for them", read(OTHER, "known") == b"4")
    refused("nobody else reads it", "AccessDenied", NOBODY.get_object, status=403, Bucket=name, Key="known")
    refused("nor what was granted another", "AccessDenied", NOBODY.get_object, Bucket=name, Key="theirs")
    refused("nor what is private", "AccessDenied", OTHER.get_object, Bucket=name, Key="private")
    refused("reading is not writing the list", "AccessDenied", OTHER.put_object_acl, Bucket=name, Key="theirs", ACL="public-read")
    refused("nor reading it", "AccessDenied", OTHER.get_object_acl, Bucket=name, Key="theirs")
    refused("nor listing the bucket", "AccessDenied", OTHER.list_objects_v2, Bucket=name)
    got = S3.get_object_acl(Bucket=name, Key="public")
    check(
        "a canned list is shown spelled out",
        {(g["Grantee"].get("URI") or g["Grantee"]["ID"], g["Permission"]) for g in got["Grants"]}
        == {(ME, "FULL_CONTROL"), (ALL_USERS, "READ")}, got,
    )
    S3.put_bucket_policy(Bucket=name, Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/public"}],
    }))
    refused("a policy's denial stands against a list", "AccessDenied", NOBODY.get_object, Bucket=name, Key="public")
    S3.delete_bucket_policy(Bucket=name)

    S3.put_bucket_acl(
        Bucket=name,
        AccessControlPolicy={
            "Owner": {"ID": ME},
            "Grants": [
                {"Grantee": {"Type": "CanonicalUser", "ID": ME}, "Permission": "FULL_CONTROL"},
                {"Grantee": {"Type": "CanonicalUser", "ID": THEM}, "Permission": "WRITE"},
                {"Grantee": {"Type": "CanonicalUser", "ID": THEM}, "Permission": "READ"},
            ],
        },
    )
    check("a list may let another account list", OTHER.list_objects_v2(Bucket=name)["KeyCount"] == 4)
    OTHER.put_object(Bucket=name, Key="written", Body=b"5")
    got = S3.list_objects_v2(Bucket=name, FetchOwner=True, Prefix="written")["Contents"][0]
    check("and write objects, which it then owns", got["Owner"]["ID"] == THEM, got)
    refused("the bucket's owner may not read them", "AccessDenied", S3.get_object, Bucket=name, Key="written")
    OTHER.put_object(Bucket=name, Key="shared", Body=b"6", ACL="bucket-owner-full-control")
    check("unless the writer says so", read(S3, "shared") == b"6")
    S3.delete_object(Bucket=name, Key="written")
    check("but may delete them", True)
    refused("an unknown account", "InvalidArgument", S3.put_bucket_acl, status=400, Bucket=name, GrantRead='id="abc"')
    refused("an unknown group", "InvalidArgument", S3.put_bucket_acl, status=400, Bucket=name, GrantRead='uri="http://x"')
    refused("an e-mail address", "MethodNotAllowed", S3.put_bucket_acl, status=405, Bucket=name, GrantRead='emailAddress="a@b.c"')
    refused("an unknown canned list", "InvalidArgument", S3.put_object, status=400, Bucket=name, Key="k", ACL="everybody")
    refused(
        "two ways at once", "InvalidRequest", S3.put_bucket_acl, status=400,
        Bucket=name, ACL="private", GrantRead=f'id="{THEM}"',
    )
    refused(
        "another owner", "AccessDenied", S3.put_bucket_acl, status=403, Bucket=name,
        AccessControlPolicy={"Owner": {"ID": THEM}, "Grants": []},
    )
    refused(
        "switching lists off while the bucket's grants something", "InvalidBucketAclWithObjectOwnership",
        S3.put_bucket_ownership_controls, status=400, Bucket=name,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )
    S3.put_bucket_acl(Bucket=name, ACL="private")
    S3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    refused("with lists off, none counts", "AccessDenied", NOBODY.get_object, Bucket=name, Key="public")
    owners = [entry["Owner"]["ID"] for entry in S3.list_objects_v2(Bucket=name, FetchOwner=True)["Contents"]]
    check("and the bucket's owner owns everything", read(S3, "shared") == b"6" and set(owners) == {ME}, owners)

    name = bucket("BucketOwnerPreferred", OFF)
    S3.put_bucket_policy(Bucket=name, Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": os.environ["OTHER_ACCOUNT"]}, "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        }],
    }))
    refused("a policy may demand a list", "AccessDenied", OTHER.put_object, Bucket=name, Key="k", Body=b"")
    OTHER.put_object(Bucket=name, Key="k", Body=b"7", ACL="bucket-owner-full-control")
    got = S3.get_object_acl(Bucket=name, Key="k")
    check("with which the bucket's owner owns the object", got["Owner"]["ID"] == ME, got)


def permissions():
    """What lists need beside the permission to write."""
    iam = boto3.client("iam")
    iam.create_user(UserName="writer")
    allowed = ["s3:PutObject", "s3:CreateBucket"]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    iam.put_user_policy(UserName="writer", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    writer = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    name = bucket("ObjectWriter", OFF)
    writer.put_object(Bucket=name, Key="k", Body=b"")
    writer.put_object(Bucket=name, Key="k", Body=b"", ACL="bucket-owner-full-control")
    refused("writing is not writing the list", "AccessDenied", writer.put_object, status=403, Bucket=name, Key="k", Body=b"", ACL="public-read")
    refused("nor spelled out", "AccessDenied", writer.put_object, Bucket=name, Key="k", Body=b"", GrantRead=f'id="{THEM}"')
    refused("nor of an upload", "AccessDenied", writer.create_multipart_upload, Bucket=name, Key="k", ACL="public-read")
    new = lambda: f"surface-{uuid.uuid4().hex[:16]}"
    writer.create_bucket(Bucket=new())
    writer.create_bucket(Bucket=new(), ACL="private")
    refused("making a bucket is not choosing who owns", "AccessDenied", writer.create_bucket, status=403, Bucket=new(), ObjectOwnership="ObjectWriter")
    refused("nor its list", "AccessDenied", writer.create_bucket, status=403, Bucket=new(), ACL="log-delivery-write")


def public_access():
    name = bucket("ObjectWriter", OFF)
    S3.put_object(Bucket=name, Key="k", Body=b"1", ACL="public-read")
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/open/*"}],
    })
    S3.put_object(Bucket=name, Key="open/k", Body=b"2")
    path, header = "/v20180820/configuration/publicAccessBlock", {"x-amz-account-id": ACCOUNT}

    def account(**switches):
        document = "".join(f"<{k}>{str(v).lower()}</{k}>" for k, v in {**OFF, **switches}.items())
        root = "PublicAccessBlockConfiguration"
        status, _, body = raw("PUT", path, f"<{root}>{document}</{root}>".encode(), header)
        assert status == 201, body

    def bucket_block(**switches):
        S3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={**OFF, **switches})

    status, _, body = raw("GET", path, headers=header)
    check("the account blocks nothing at first", status == 404 and "<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration" in body, body)
    status, _, body = raw("GET", path, headers={"x-amz-account-id": os.environ["OTHER_ACCOUNT"]})
    check("another account's settings are its own", status == 403, body)
    status, _, body = raw("GET", path, headers=header, sign=False)
    check("nobody reads them unsigned", status == 403, body)
    status, _, body = raw("GET", path, host=f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com")
    check("the host may name the account", status == 404 and "NoSuchPublicAccess" in body, body)
    for level, block in (("bucket", bucket_block), ("account", account)):
        block(BlockPublicAcls=True)
        refused(f"{level}: a public list of an object", "AccessDenied", S3.put_object, status=403, Bucket=name, Key="x", ACL="public-read")
        refused(f"{level}: of an object that is there", "AccessDenied", S3.put_object_acl, Bucket=name, Key="k", ACL="public-read")
        refused(f"{level}: of the bucket", "AccessDenied", S3.put_bucket_acl, Bucket=name, ACL="public-read-write")
        refused(f"{level}: of an upload", "AccessDenied", S3.create_multipart_upload, Bucket=name, Key="x", ACL="authenticated-read")
        S3.put_object(Bucket=name, Key="x", Body=b"", ACL="private")
        check(f"{level}: what was public before stays so", NOBODY.get_object(Bucket=name, Key="k")["Body"].read() == b"1")
        block(IgnorePublicAcls=True)
        refused(f"{level}: public lists do not count", "AccessDenied", NOBODY.get_object, Bucket=name, Key="k")
        refused(f"{level}: for those with an account either", "AccessDenied", OTHER.get_object, Bucket=name, Key="k")
        S3.put_object(Bucket=name, Key="y", Body=b"", ACL="public-read")
        check(f"{level}: but may be put", True)
        block(BlockPublicPolicy=True)
        refused(f"{level}: a public policy", "AccessDenied", S3.put_bucket_policy, status=403, Bucket=name, Policy=policy)
        block()
        S3.put_bucket_policy(Bucket=name, Policy=policy)
        check(f"{level}: a public policy lets everybody in", NOBODY.get_object(Bucket=name, Key="open/k")["Body"].read() == b"2")
        block(RestrictPublicBuckets=True)
        refused(f"{level}: and nobody once that is restricted", "AccessDenied", NOBODY.get_object, Bucket=name, Key="open/k")
        refused(f"{level}: nor another account", "AccessDenied", OTHER.get_object, Bucket=name, Key="open/k")
        block()
        S3.delete_bucket_policy(Bucket=name)
    control = boto3.client("s3control")
    call = {"AccountId": ACCOUNT}
    switches = {**OFF, "BlockPublicPolicy": True}
    control.put_public_access_block(**call, PublicAccessBlockConfiguration=switches)
    got = control.get_public_access_block(**call)["PublicAccessBlockConfiguration"]
    check("boto3 sets and reads the account's settings", got == switches, got)
    control.delete_public_access_block(**call)
    refused("and removes them", "NoSuchPublicAccessBlockConfiguration", control.get_public_access_block, status=404, **call)
    refused("but not another's", "AccessDenied", control.get_public_access_block, status=403, AccountId=os.environ["OTHER_ACCOUNT"])
    account(BlockPublicAcls=True)
    status, _, body = raw("GET", path, headers=header)
    check("the account's settings are shown", "<BlockPublicAcls>true" in body and "<IgnorePublicAcls>false" in body, body)
    refused(
        "a bucket made with a public list", "AccessDenied", S3.create_bucket, status=403,
        Bucket=f"surface-{uuid.uuid4().hex[:16]}", ACL="public-read", ObjectOwnership="ObjectWriter",
    )
    status, _, body = raw("PUT", path, b"<Public", header)
    check("a broken document", status == 400 and "MalformedXML" in body, body)
    status, _, body = raw("DELETE", path, headers=header)
    check("the account's settings may go", status == 204, body)
    S3.put_object(Bucket=name, Key="z", Body=b"", ACL="public-read")
    check("and then block nothing", True)


def cross_origin():
    name = bucket()
    origin = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
    status, _, body = raw("OPTIONS", f"/{name}/k", headers=origin, sign=False)
    check("no rules, no preflight", status == 403 and "CORS is not enabled for this bucket" in body, body)
    S3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [
        {
            "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 600,
        },
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]},
    ]})
    got = S3.get_bucket_cors(Bucket=name)["CORSRules"]
    check("rules come back", got[0]["MaxAgeSeconds"] == 600 and got[1]["AllowedOrigins"] == ["*"], got)
    headers = {**origin, "Access-Control-Request-Headers": "X-Amz-Date, x-amz-acl"}
    status, got, body = raw("OPTIONS", f"/{name}/k", headers=headers, sign=False)
    check(
        "a preflight that a rule allows",
        status == 200 and got["access-control-allow-origin"] == "https://app.example.com"
        and got["access-control-allow-methods"] == "GET, PUT" and got["access-control-max-age"] == "600"
        and got["access-control-allow-headers"] == "x-amz-date, x-amz-acl" and "Origin" in got["vary"], (got, body),
    )
    for what, change in (
        ("origin", {"Origin": "https://example.org"}),
        ("header", {"Access-Control-Request-Headers": "authorization"}),
        ("method", {"Access-Control-Request-Method": "DELETE"}),
    ):
        status, _, body = raw("OPTIONS", f"/{name}/k", headers={**headers, **change}, sign=False)
        check(f"a preflight for another {what}", status == 403 and "AccessForbidden" in body, body)
    status, _, body = raw("OPTIONS", f"/{name}/k", headers={"Access-Control-Request-Method": "PUT"}, sign=False)
    check("a preflight without an origin", status == 400 and "BadRequest" in body, body)
    status, _, body = raw("OPTIONS", f"/{name}/k", headers={"Origin": "https://app.example.com"}, sign=False)
    check("a preflight without a method", status == 400 and "BadRequest" in body, body)
    S3.put_object(Bucket=name, Key="k", Body=b"")
    _, got, _ = raw("GET", f"/{name}/k", headers={"Origin": "https://app.example.com"})
    check("answers say who may see them", got.get("access-control-allow-origin") == "https://app.example.com", got)
    check("and what", got.get("access-control-expose-headers") == "ETag", got)
    _, got, _ = raw("GET", f"/{name}/k", headers={"Origin": "https://elsewhere.org"})
    check("everybody, where the rule says so", got.get("access-control-allow-origin") == "*", got)
    _, got, _ = raw("GET", f"/{name}/k")
    check("nothing without an origin", "access-control-allow-origin" not in got, got)
    for what, rule in (
        ("a method S3 has not", {"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}),
        ("two wildcards", {"AllowedOrigins": ["*.*"], "AllowedMethods": ["GET"]}),
        ("a wildcard to expose", {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["x-*"]}),
    ):
        refused(f"a rule with {what}", "InvalidRequest", S3.put_bucket_cors, status=400, Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    S3.delete_bucket_cors(Bucket=name)
    refused("rules that are gone", "NoSuchCORSConfiguration", S3.get_bucket_cors, status=404, Bucket=name)
    refused("strangers' rules", "AccessDenied", OTHER.get_bucket_cors, status=403, Bucket=name)


def post(name, fields, content=b"content", file_name="a.txt", order=None):
    boundary = "----a-boundary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    if file_name is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\nContent-Type: text/plain\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return raw("POST", f"/{name}", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, sign=False)


def forms():
    name = bucket()

    def signed(key="up/${filename}", fields=None, conditions=None, expires=600, client=S3):
        return client.generate_presigned_post(name, key, fields or {}, conditions or [], expires)["fields"]

    status, got, body = post(name, signed())
    check("a form is 204 and says where", status == 204 and got["location"].endswith(f"/{name}/up/a.txt"), (status, body))
    check("its file is there", S3.get_object(Bucket=name, Key="up/a.txt")["Body"].read() == b"content")
    tricky = b"\r\n--not the boundary\r\n------a-boundar\r\n" * 9000
    post(name, signed(), tricky)
    check("byte for byte", S3.get_object(Bucket=name, Key="up/a.txt")["Body"].read() == tricky)
    post(name, signed(), b"", "empty")
    check("also an empty one", S3.head_object(Bucket=name, Key="up/empty")["ContentLength"] == 0)
    more = {"Content-Type": "text/css", "x-amz-meta-colour": "blue", "x-amz-storage-class": "STANDARD_IA", "success_action_status": "201",
            "tagging": "<Tagging><TagSet><Tag><Key>a b</Key><Value>c/d</Value></Tag></TagSet></Tagging>"}
    status, _, body = post(name, signed("full", more, [{k: v} for k, v in more.items()]))
    check("201 has a document", status == 201 and "<Key>full</Key>" in body and "<PostResponse>" in body, (status, body))
    got = S3.head_object(Bucket=name, Key="full")
    check("its fields are the object's", (got["ContentType"], got["Metadata"], got["StorageClass"]) == ("text/css", {"colour": "blue"}, "STANDARD_IA"), got)
    check("and its tags", S3.get_object_tagging(Bucket=name, Key="full")["TagSet"] == [{"Key": "a b", "Value": "c/d"}])
    there = {"success_action_redirect": "https://example.com/done?x=1"}
    status, got, body = post(name, signed("r", there, [there]))
    query = parse_qs(urlsplit(got.get("location", "")).query)
    check("a redirect says what was put", status == 303 and query["bucket"] == [name] and query["key"] == ["r"] and query["x"] == ["1"], (status, got))

    def is_refused(what, answer, wanted, code, message=None):
        status, _, body = answer
        held = status == wanted and f"<Code>{code}</Code>" in body and (message or "") in body
        check(f"form: {what}", held, (status, body))

    is_refused("expired", post(name, signed(expires=-1)), 403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    is_refused("another key", post(name, {**signed("fixed"), "key": "other"}), 403, "AccessDenied", "Policy Condition failed")
    is_refused("another bucket", post(bucket(), signed("fixed")), 403, "AccessDenied", "Policy Condition failed")
    is_refused("a field more", post(name, {**signed("fixed"), "acl": "private"}), 403, "AccessDenied", "Extra input fields: acl")
    check("form: a field to be ignored", post(name, {**signed("fixed"), "x-ignore-me": "1"})[0] == 204)
    length = [["content-length-range", 3, 9]]
    is_refused("too long", post(name, signed("l", None, length), b"x" * 10), 400, "EntityTooLarge", "<MaxSizeAllowed>9<")
    is_refused("too short", post(name, signed("l", None, length), b"xx"), 400, "EntityTooSmall", "<MinSizeAllowed>3<")
    refused("form: and then nothing is there", "404", S3.head_object, Bucket=name, Key="l")
    check("form: just right", post(name, signed("l", None, length), b"x" * 9)[0] == 204)
    start = [["starts-with", "$Content-Type", "image/"]]
    is_refused("starts with something else", post(name, signed("s", {"Content-Type": "text/css"}, start)), 403, "AccessDenied", "starts-with")
    check("form: starts with it", post(name, signed("s", {"Content-Type": "image/png"}, start))[0] == 204)
    is_refused("signature altered", post(name, {**signed("k"), "x-amz-signature": "0" * 64}), 403, "SignatureDoesNotMatch")
    loose = json.loads(base64.b64decode(signed("k")["policy"]))
    loose["conditions"] = [["starts-with", "$key", ""]]
    is_refused("policy altered", post(name, {**signed("k"), "policy": base64.b64encode(json.dumps(loose).encode()).decode()}), 403, "SignatureDoesNotMatch")
    is_refused("policy that is none", post(name, {"key": "k", "policy": "e30="}), 400, "InvalidPolicyDocument", "Policy missing expiration")
    is_refused("no key", post(name, {k: v for k, v in signed("k").items() if k != "key"}), 400, "InvalidArgument", "field named &apos;key&apos;")
    is_refused("no file", post(name, signed("k"), file_name=None), 400, "InvalidArgument", "exactly one file upload")
    is_refused("no policy", post(name, {k: v for k, v in signed("k").items() if k != "policy"}), 400, "InvalidArgument", "field named &apos;policy&apos;")
    is_refused("nobody's", post(name, {"key": "k"}), 403, "AccessDenied")
    is_refused("a stranger's", post(name, signed("k", client=OTHER)), 403, "AccessDenied")
    is_refused("much before the file", post(name, {**signed("k"), "x-ignore-me": "x" * 21000}), 400, "MaxPostPreDataLengthExceededError")
    status, _, body = raw("POST", f"/{name}", b"nothing", {"Content-Type": "multipart/form-data; boundary=b"}, sign=False)
    is_refused("not well-formed", (status, None, body), 400, "MalformedPOSTRequest")
    S3.put_bucket_policy(Bucket=name, Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*", "Condition": {"StringEquals": {"s3:authType": "POST"}}}],
    }))
    is_refused("where a policy refuses forms", post(name, signed("k")), 403, "AccessDenied")


def payment():
    name = bucket(block={"BlockPublicPolicy": False})
    check("the owner pays at first", S3.get_bucket_request_payment(Bucket=name)["Payer"] == "BucketOwner")
    S3.put_object(Bucket=name, Key="k", Body=b"1")
    S3.put_bucket_policy(Bucket=name, Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": os.environ["OTHER_ACCOUNT"]}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{name}/*"}],
    }))
    OTHER.get_object(Bucket=name, Key="k")
    S3.put_bucket_request_payment(Bucket=name, RequestPaymentConfiguration={"Payer": "Requester"})
    check("then the requester", S3.get_bucket_request_payment(Bucket=name)["Payer"] == "Requester")
    refused("who must know it", "AccessDenied", OTHER.get_object, status=403, Bucket=name, Key="k")
    got = OTHER.get_object(Bucket=name, Key="k", RequestPayer="requester")
    check("and say so", got["Body"].read() == b"1" and got["RequestCharged"] == "requester", got)
    check("the owner need not", S3.get_object(Bucket=name, Key="k")["Body"].read() == b"1")
    refused("payer unknown", "MalformedXML", S3.put_bucket_request_payment, status=400, Bucket=name, RequestPaymentConfiguration={"Payer": "Nobody"})
    refused("a stranger", "AccessDenied", OTHER.put_bucket_request_payment, Bucket=name, RequestPaymentConfiguration={"Payer": "BucketOwner"})


def conditions():
    name = bucket()
    etag = S3.put_object(Bucket=name, Key="k", Body=b"1")["ETag"]
    refused("put, if there is none", "PreconditionFailed", S3.put_object, status=412, Bucket=name, Key="k", IfNoneMatch="*")
    refused("put, if it is another", "PreconditionFailed", S3.put_object, status=412, Bucket=name, Key="k", IfMatch='"0"')
    refused("put, if it is one that is not there", "NoSuchKey", S3.put_object, status=404, Bucket=name, Key="x", IfMatch=etag)
    S3.put_object(Bucket=name, Key="k", Body=b"1", IfMatch=etag)
    refused("delete, if it is another", "PreconditionFailed", S3.delete_object, status=412, Bucket=name, Key="k", IfMatch='"0"')
    got = S3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "k", "ETag": '"0"'}, {"Key": "k2"}]})
    check("delete many, if it is another", got["Errors"][0]["Code"] == "PreconditionFailed" and len(got["Deleted"]) == 1, got)
    S3.delete_object(Bucket=name, Key="k", IfMatch=etag)
    refused("it is gone", "404", S3.head_object, Bucket=name, Key="k")
    refused(
        "retention passed over where there is none", "InvalidArgument", S3.delete_object, status=400,
        message="x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        Bucket=name, Key="k", BypassGovernanceRetention=True,
    )
    refused(
        "of many", "InvalidArgument", S3.delete_objects, status=400,
        Bucket=name, Delete={"Objects": [{"Key": "k"}]}, BypassGovernanceRetention=True,
    )
    rule = {"ID": "soon", "Status": "Enabled", "Filter": {"Prefix": "log/"}, "Expiration": {"Days": 1}}
    S3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    for what, got in (
        ("put", S3.put_object(Bucket=name, Key="log/a", Body=b"")),
        ("head", S3.head_object(Bucket=name, Key="log/a")),
        ("get", S3.get_object(Bucket=name, Key="log/a")),
        ("copy", S3.copy_object(Bucket=name, Key="log/b", CopySource=f"{name}/log/a")),
    ):
        check(f"{what} says when it expires", 'rule-id="soon"' in got.get("Expiration", ""), got)
    check("only what a rule is about", "Expiration" not in S3.put_object(Bucket=name, Key="x", Body=b""))

    name = bucket()
    S3.put_object(Bucket=name, Key="k", Body=b"before")
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    first = S3.put_object(Bucket=name, Key="k", Body=b"one")["VersionId"]
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    check("suspended, a put is version null", S3.put_object(Bucket=name, Key="k", Body=b"null")["VersionId"] == "null")
    listed = [(v["VersionId"], v["IsLatest"]) for v in S3.list_object_versions(Bucket=name)["Versions"]]
    check("in place of the one before", listed == [("null", True), (first, False)], listed)
    got = S3.delete_object(Bucket=name, Key="k")
    check("a delete is a marker null", got["DeleteMarker"] and got["VersionId"] == "null", got)
    got = S3.list_object_versions(Bucket=name)
    check("in its place", [v["VersionId"] for v in got["Versions"]] == [first] and got["DeleteMarkers"][0]["IsLatest"], got)
    S3.delete_object(Bucket=name, Key="k", VersionId="null")
    check("and gone, what was below is there", S3.get_object(Bucket=name, Key="k")["Body"].read() == b"one")


def absent():
    name = bucket()
    for call in ("website", "accelerate_configuration"):
        refused(f"{call} is not done", "NotImplemented", getattr(S3, f"get_bucket_{call}"), status=501, Bucket=name)
    for call in ("inventory", "analytics", "metrics", "intelligent_tiering"):
        refused(f"{call} is not done", "NotImplemented", getattr(S3, f"list_bucket_{call}_configurations"), status=501, Bucket=name)


if __name__ == "__main__":
    for part in (attributes, lists, permissions, public_access, cross_origin, forms, payment, conditions, absent):
        part()
    finish()
