"""Drives S3 with boto3, as its users do, and checks what comes back.

Uses AWS_ENDPOINT_URL and the usual AWS variables; the credentials are those of an account's root user or
administrator. Needs boto3 and nothing else. Prints one line for each check and exits 1 if any failed.
"""

import base64
import hashlib
import http.client
import io
import os
import sys
import traceback
import uuid
import zlib
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
MIB = 1 << 20

CHECKS = []


def check(function):
    """Registers a check: its name is the line that is printed."""
    CHECKS.append(function)
    return function


def client(**config):
    return boto3.client(
        "s3",
        region_name=REGION,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, **config),
    )


S3 = client()


def fails(code, status, call, **arguments):
    """The call must fail so; returns the parsed answer."""
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response
        assert got["Error"]["Code"] == code, f"{got['Error']} instead of {code}"
        assert got["ResponseMetadata"]["HTTPStatusCode"] == status, got["ResponseMetadata"]
        return got
    raise AssertionError(f"no {code}")


def new_bucket(versioned=False, **arguments):
    name = f"client-{uuid.uuid4().hex[:20]}"
    if REGION != "us-east-1":
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": REGION}
    S3.create_bucket(Bucket=name, **arguments)
    if versioned:
        S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def raw(method, path, body=b"", headers=None, payload=None, sign=True):
    """A request that boto3 would not send. `payload` is what `x-amz-content-sha256` says."""
    url = urlsplit(ENDPOINT)
    request = AWSRequest(method=method, url=ENDPOINT + path, data=body, headers=dict(headers or {}))
    if sign:
        credentials = botocore.session.get_session().get_credentials().get_frozen_credentials()

        class Auth(S3SigV4Auth):
            def payload(self, _request):
                return payload or hashlib.sha256(body).hexdigest()

            def _should_sha256_sign_payload(self, _request):
                return True

        Auth(credentials, "s3", REGION).add_auth(request)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    if url.scheme == "https":
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=30)
    sent = dict(request.headers.items())
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in sent.items():
        if name.lower() != "host":
            connection.putheader(name, value)
    if "content-length" not in {name.lower() for name in sent} and "transfer-encoding" not in {
        name.lower() for name in sent
    }:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


def code_of(content):
    return content.decode().split("<Code>")[1].split("</Code>")[0]


@check
def buckets_are_made_listed_and_deleted():
    name = new_bucket()
    listed = {bucket["Name"]: bucket for bucket in S3.list_buckets()["Buckets"]}
    assert listed[name]["BucketRegion"] == REGION
    head = S3.head_bucket(Bucket=name)
    assert head["BucketRegion"] == REGION
    location = S3.get_bucket_location(Bucket=name)["LocationConstraint"]
    assert location == (None if REGION == "us-east-1" else REGION)
    assert [b["Name"] for b in S3.list_buckets(Prefix=name)["Buckets"]] == [name]
    answer = S3.delete_bucket(Bucket=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    fails("404", 404, S3.head_bucket, Bucket=name)
    fails("NoSuchBucket", 404, S3.delete_bucket, Bucket=name)
    fails("NoSuchBucket", 404, S3.list_objects_v2, Bucket=name)
    fails("NoSuchBucket", 404, S3.put_object, Bucket=name, Key="k", Body=b"")


@check
def bucket_pages():
    names = sorted(new_bucket() for _ in range(3))
    seen, token = [], None
    while True:
        page = S3.list_buckets(MaxBuckets=2, Prefix="client-", **({"ContinuationToken": token} if token else {}))
        seen += [bucket["Name"] for bucket in page["Buckets"]]
        token = page.get("ContinuationToken")
        if not token:
            break
    assert set(names) <= set(seen) and seen == sorted(seen)


@check
def bucket_names_and_locations_are_checked():
    for name in ["ab", "Upper-Case", "under_score", "a..b", "192.168.1.1", "-dash", "x" * 64]:
        status, content, _ = raw("PUT", f"/{name}")
        assert (status, code_of(content)) == (400, "InvalidBucketName"), (name, content)
    nowhere = {"LocationConstraint": "mars-north-1"}
    name = f"client-{uuid.uuid4().hex}"
    fails("InvalidLocationConstraint", 400, S3.create_bucket, Bucket=name, CreateBucketConfiguration=nowhere)
    if REGION != "us-east-1":
        fails("IllegalLocationConstraintException", 400, S3.create_bucket, Bucket=name)


@check
def own_bucket_again():
    name = new_bucket()
    if REGION == "us-east-1":
        S3.create_bucket(Bucket=name)
    else:
        configuration = {"LocationConstraint": REGION}
        fails("BucketAlreadyOwnedByYou", 409, S3.create_bucket, Bucket=name, CreateBucketConfiguration=configuration)


@check
def bucket_with_objects_stays():
    name = new_bucket(versioned=True)
    S3.put_object(Bucket=name, Key="k", Body=b"1")
    error = fails("BucketNotEmpty", 409, S3.delete_bucket, Bucket=name)
    assert error["Error"]["BucketName"] == name
    S3.delete_object(Bucket=name, Key="k")
    fails("BucketNotEmpty", 409, S3.delete_bucket, Bucket=name)
    versions = S3.list_object_versions(Bucket=name)
    for entry in versions["Versions"] + versions["DeleteMarkers"]:
        S3.delete_object(Bucket=name, Key="k", VersionId=entry["VersionId"])
    S3.delete_bucket(Bucket=name)


@check
def configuration_is_kept():
    name = new_bucket()
    assert "Status" not in S3.get_bucket_versioning(Bucket=name)
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    assert S3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    assert S3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"

    block = S3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values()) and len(block) == 4
    S3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    block = S3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicAcls"] and not block["RestrictPublicBuckets"]
    S3.delete_public_access_block(Bucket=name)
    fails("NoSuchPublicAccessBlockConfiguration", 404, S3.get_public_access_block, Bucket=name)

    rules = S3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    S3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    rules = S3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    S3.delete_bucket_ownership_controls(Bucket=name)
    fails("OwnershipControlsNotFoundError", 404, S3.get_bucket_ownership_controls, Bucket=name)

    fails("NoSuchTagSet", 404, S3.get_bucket_tagging, Bucket=name)
    tags = [{"Key": "team", "Value": "säge"}, {"Key": "empty", "Value": ""}]
    S3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    assert S3.get_bucket_tagging(Bucket=name)["TagSet"] == tags
    S3.delete_bucket_tagging(Bucket=name)
    fails("NoSuchTagSet", 404, S3.get_bucket_tagging, Bucket=name)

    encryption = S3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    S3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=encryption)
    encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] = "aws:kms:dsse"
    fails(
        "NotImplemented", 501, S3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration=encryption
    )
    S3.delete_bucket_encryption(Bucket=name)

    acl = S3.get_bucket_acl(Bucket=name)
    assert acl["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]


@check
def ownership_at_creation():
    name = new_bucket(ObjectOwnership="ObjectWriter")
    rules = S3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "ObjectWriter"}]


@check
def policies_are_checked_and_kept():
    name = new_bucket()
    fails("NoSuchBucketPolicy", 404, S3.get_bucket_policy, Bucket=name)
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",'
        f'"Resource":"arn:aws:s3:::{name}/denied/*"}}]}}'
    )
    S3.put_bucket_policy(Bucket=name, Policy=policy)
    assert S3.get_bucket_policy(Bucket=name)["Policy"] == policy
    assert S3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"] is False
    error = fails("AccessDenied", 403, S3.put_object, Bucket=name, Key="denied/1", Body=b"")
    assert "explicit deny" in error["Error"]["Message"], error
    S3.put_object(Bucket=name, Key="allowed/1", Body=b"")
    fails("MalformedPolicy", 400, S3.put_bucket_policy, Bucket=name, Policy="no json")
    public = policy.replace("Deny", "Allow").replace("PutObject", "GetObject")
    fails("AccessDenied", 403, S3.put_bucket_policy, Bucket=name, Policy=public)
    S3.delete_bucket_policy(Bucket=name)
    S3.put_object(Bucket=name, Key="denied/1", Body=b"")


@check
def public_objects_can_be_read_without_credentials():
    name = new_bucket()
    S3.put_object(Bucket=name, Key="page", Body=b"hello")
    assert raw("GET", f"/{name}/page", sign=False)[0] == 403
    S3.delete_public_access_block(Bucket=name)
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",'
        f'"Resource":"arn:aws:s3:::{name}/*"}}]}}'
    )
    S3.put_bucket_policy(Bucket=name, Policy=policy)
    status, content, _ = raw("GET", f"/{name}/page", sign=False)
    assert (status, content) == (200, b"hello")
    status, content, _ = raw("GET", f"/{name}/page?response-content-type=text/html", sign=False)
    assert (status, code_of(content)) == (400, "InvalidRequest")
    assert raw("PUT", f"/{name}/page", sign=False)[0] == 403
    assert raw("GET", "/", sign=False)[0] in (403, 307)


@check
def what_is_absent_says_so():
    name = new_bucket()
    S3.put_object(Bucket=name, Key="k", Body=b"kept")
    calls = [
        (S3.get_bucket_accelerate_configuration, {}),
        (S3.get_bucket_website, {}),
        (S3.list_bucket_metrics_configurations, {}),
    ]
    for call, arguments in calls:
        fails("NotImplemented", 501, call, Bucket=name, **arguments)
    # Parameters that stand for whole operations must never be taken for another one.
    for method, path in [
        ("PUT", f"/{name}/k?renameObject"),
        ("PUT", f"/{name}/k?encryption"),
        ("PUT", f"/{name}/k?annotation"),
        ("DELETE", f"/{name}/k?annotation"),
        ("PUT", f"/{name}?abac"),
        ("GET", f"/{name}?abac"),
        ("DELETE", f"/{name}?metadataConfiguration"),
        ("POST", f"/{name}/k?select&select-type=2"),
    ]:
        status, content, _ = raw(method, path)
        assert (status, code_of(content)) == (501, "NotImplemented"), (path, content)
    assert S3.get_object(Bucket=name, Key="k")["Body"].read() == b"kept"
    for arguments in [
        {"ServerSideEncryption": "aws:kms:dsse"},
    ]:
        fails("NotImplemented", 501, S3.put_object, Bucket=name, Key="k", Body=b"x", **arguments)
    until = datetime.now(timezone.utc) + timedelta(days=1)
    fails(
        "InvalidRequest", 400, S3.put_object, Bucket=name, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=until, ChecksumAlgorithm="SHA256",
    )
    assert S3.get_object(Bucket=name, Key="k")["Body"].read() == b"kept"


@check
def objects_come_back_as_they_went():
    name = new_bucket()
    put = S3.put_object(
        Bucket=name, Key="k", Body=b"hello", ContentType="text/plain; charset=utf-8", CacheControl="no-store",
        ContentDisposition='attachment; filename="a.txt"', ContentEncoding="gzip", ContentLanguage="de",
        Expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc), Metadata={"one": "1", "two": "zwei"},
        StorageClass="STANDARD_IA", Tagging="a=1&b=%C3%A4", WebsiteRedirectLocation="/elsewhere",
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ServerSideEncryption"] == "AES256"
    assert "VersionId" not in put
    for got in [S3.get_object(Bucket=name, Key="k"), S3.head_object(Bucket=name, Key="k")]:
        assert got["ContentLength"] == 5
        assert got["ContentType"] == "text/plain; charset=utf-8"
        assert got["CacheControl"] == "no-store"
        assert got["ContentDisposition"] == 'attachment; filename="a.txt"'
        assert got["ContentEncoding"] == "gzip"
        assert got["ContentLanguage"] == "de"
        assert got["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"
        assert got["Metadata"] == {"one": "1", "two": "zwei"}
        assert got["StorageClass"] == "STANDARD_IA"
        assert got["ServerSideEncryption"] == "AES256"
        assert got["WebsiteRedirectLocation"] == "/elsewhere"
        assert got["ETag"] == put["ETag"]
        assert got["AcceptRanges"] == "bytes"
    tags = S3.get_object_tagging(Bucket=name, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "ä"}]
    assert S3.get_object(Bucket=name, Key="k")["TagCount"] == 2
    plain = S3.put_object(Bucket=name, Key="plain", Body=b"")
    assert plain["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'
    got = S3.get_object(Bucket=name, Key="plain")
    assert got["ContentType"] == "binary/octet-stream" and got["Body"].read() == b"" and "StorageClass" not in got


@check
def missing_objects():
    name = new_bucket()
    error = fails("NoSuchKey", 404, S3.get_object, Bucket=name, Key="nope")
    assert error["Error"]["Key"] == "nope"
    assert error["Error"]["Message"] == "The specified key does not exist."
    fails("404", 404, S3.head_object, Bucket=name, Key="nope")
    assert S3.delete_object(Bucket=name, Key="nope")["ResponseMetadata"]["HTTPStatusCode"] == 204


KEYS = [
    "plain", "a/b/c", "/leading", "double//slash", "a/../b", "..", ".", "a/./b", "trailing space ", " leading",
    "plus+plus", "percent%2Fpercent", "%", "quest?ion", "hash#tag", "amp&amp", "eq=al", "semi;colon", "quote\"'",
    "<xml>", "back\\slash", "tilde~", "star*", "paren(s)", "umläut", "日本語", "🙂", "new\nline", "tab\there", "a" * 1024,
    "ends/", "comma,colon:at@dollar$", "e\u0301 nfd", "\u00e9 nfc", "x\x01control",
]


@check
def keys_are_any_text():
    name = new_bucket(versioned=True)
    for key in KEYS:
        S3.put_object(Bucket=name, Key=key, Body=key.encode())
    for key in KEYS:
        got = S3.get_object(Bucket=name, Key=key)
        assert got["Body"].read() == key.encode(), repr(key)
        assert S3.head_object(Bucket=name, Key=key)["ContentLength"] == len(key.encode())
    # Byte order, which is not that of UTF-16.
    expected = sorted(KEYS, key=lambda key: key.encode())
    for method in ["list_objects_v2", "list_objects"]:
        pages = S3.get_paginator(method).paginate(Bucket=name, PaginationConfig={"PageSize": 4})
        listed = [entry["Key"] for page in pages for entry in page["Contents"]]
        assert listed == expected, (method, listed)
    pages = S3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": 4})
    assert [entry["Key"] for page in pages for entry in page["Versions"]] == expected
    for key in KEYS:
        S3.copy_object(Bucket=name, Key="copy/" + key[:1000], CopySource={"Bucket": name, "Key": key})
        assert S3.get_object(Bucket=name, Key="copy/" + key[:1000])["Body"].read() == key.encode(), repr(key)
    answer = S3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": key} for key in KEYS if key.isprintable()]})
    assert "Errors" not in answer, answer["Errors"]
    left = {entry["Key"] for entry in S3.list_objects_v2(Bucket=name)["Contents"] if entry["Key"] in KEYS}
    assert left == {key for key in KEYS if not key.isprintable()}


@check
def long_keys_are_refused():
    name = new_bucket()
    error = fails("KeyTooLongError", 400, S3.put_object, Bucket=name, Key="a" * 1025, Body=b"")
    assert error["Error"]["Message"] == "Your key is too long", error
    fails("KeyTooLongError", 400, S3.put_object, Bucket=name, Key="ä" * 513, Body=b"")
    S3.put_object(Bucket=name, Key="a" * 1024, Body=b"")
    # Before anything is deleted: such a key can name nothing, and no record could tell of it.
    fails("KeyTooLongError", 400, S3.delete_objects, Bucket=name,
          Delete={"Objects": [{"Key": "a" * 1024}, {"Key": "a" * 1025}]})
    S3.head_object(Bucket=name, Key="a" * 1024)


@check
def metadata_in_any_script():
    name = new_bucket()
    status, content, _ = raw("PUT", f"/{name}/k", headers={"x-amz-meta-name": "=?UTF-8?B?w6RhYg==?="})
    assert status == 200, content
    assert S3.head_object(Bucket=name, Key="k")["Metadata"]["name"].startswith("=?UTF-8?")
    fails("MetadataTooLarge", 400, S3.put_object, Bucket=name, Key="k", Metadata={"a": "x" * 2048})
    S3.put_object(Bucket=name, Key="k", Metadata={"a": "x" * 2047})


@check
def ranges():
    name = new_bucket()
    body = bytes(range(256)) * 1024
    S3.put_object(Bucket=name, Key="k", Body=body)
    for text, part, told in [
        ("bytes=0-0", body[:1], "bytes 0-0/262144"),
        ("bytes=1-", body[1:], "bytes 1-262143/262144"),
        ("bytes=-5", body[-5:], "bytes 262139-262143/262144"),
        ("bytes=65530-65600", body[65530:65601], "bytes 65530-65600/262144"),
        ("bytes=262143-9999999", body[-1:], "bytes 262143-262143/262144"),
    ]:
        got = S3.get_object(Bucket=name, Key="k", Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["ContentRange"] == told and got["Body"].read() == part, text
        head = S3.head_object(Bucket=name, Key="k", Range=text)
        assert head["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert head["ContentLength"] == len(part)
    for text in ["bytes=9-2", "lines=1-2", "bytes=0-1,5-6", "nonsense"]:
        got = S3.get_object(Bucket=name, Key="k", Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 200 and got["ContentLength"] == len(body)
    error = fails("InvalidRange", 416, S3.get_object, Bucket=name, Key="k", Range="bytes=262144-")
    assert error["Error"]["ActualObjectSize"] == "262144", error
    S3.put_object(Bucket=name, Key="empty", Body=b"")
    fails("InvalidRange", 416, S3.get_object, Bucket=name, Key="empty", Range="bytes=0-")


@check
def conditions():
    name = new_bucket()
    etag = S3.put_object(Bucket=name, Key="k", Body=b"1")["ETag"]
    now = datetime.now(timezone.utc)
    S3.get_object(Bucket=name, Key="k", IfMatch=etag)
    S3.get_object(Bucket=name, Key="k", IfMatch=etag.strip('"'))
    S3.get_object(Bucket=name, Key="k", IfMatch=f'"other", {etag}')
    S3.get_object(Bucket=name, Key="k", IfNoneMatch='"other"')
    S3.get_object(Bucket=name, Key="k", IfModifiedSince=now - timedelta(hours=1))
    S3.get_object(Bucket=name, Key="k", IfUnmodifiedSince=now + timedelta(hours=1))
    error = fails("PreconditionFailed", 412, S3.get_object, Bucket=name, Key="k", IfMatch='"other"')
    assert error["Error"]["Condition"] == "If-Match"
    fails("412", 412, S3.head_object, Bucket=name, Key="k", IfMatch='"other"')
    error = fails("304", 304, S3.get_object, Bucket=name, Key="k", IfNoneMatch=etag)
    assert error["ResponseMetadata"]["HTTPHeaders"]["etag"] == etag
    fails("304", 304, S3.head_object, Bucket=name, Key="k", IfModifiedSince=now + timedelta(hours=1))
    fails("PreconditionFailed", 412, S3.get_object, Bucket=name, Key="k", IfUnmodifiedSince=now - timedelta(hours=1))
    fails("PreconditionFailed", 412, S3.put_object, Bucket=name, Key="k", Body=b"2", IfNoneMatch="*")
    S3.put_object(Bucket=name, Key="new", Body=b"2", IfNoneMatch="*")
    S3.put_object(Bucket=name, Key="k", Body=b"2", IfMatch=etag)
    fails("PreconditionFailed", 412, S3.put_object, Bucket=name, Key="k", Body=b"3", IfMatch=etag)
    fails("NoSuchKey", 404, S3.put_object, Bucket=name, Key="nope", Body=b"3", IfMatch=etag)
    fails("PreconditionFailed", 412, S3.delete_object, Bucket=name, Key="k", IfMatch=etag)
    assert S3.get_object(Bucket=name, Key="k")["Body"].read() == b"2"


@check
def checksums_are_kept_and_checked():
    name = new_bucket()
    body = b"checked " * 1000
    values = {
        "CRC32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode(),
        "SHA1": base64.b64encode(hashlib.sha1(body).digest()).decode(),
        "SHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    for algorithm, value in values.items():
        field = f"Checksum{algorithm}"
        put = S3.put_object(Bucket=name, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
        assert put[field] == value and put["ChecksumType"] == "FULL_OBJECT", put
        S3.put_object(Bucket=name, Key=algorithm, Body=body, **{field: value})
        head = S3.head_object(Bucket=name, Key=algorithm, ChecksumMode="ENABLED")
        assert head[field] == value
        quiet = client(response_checksum_validation="when_required")
        assert field not in quiet.head_object(Bucket=name, Key=algorithm)
        assert field not in quiet.get_object(Bucket=name, Key=algorithm)
        wrong = base64.b64encode(bytes(len(base64.b64decode(value)))).decode()
        error = fails("BadDigest", 400, S3.put_object, Bucket=name, Key="bad", Body=body, **{field: wrong})
        assert algorithm in error["Error"]["Message"], error
        fails("InvalidRequest", 400, S3.put_object, Bucket=name, Key="bad", Body=body, **{field: "nonsense"})
    S3.put_object(Bucket=name, Key="md5", Body=body, ContentMD5=base64.b64encode(hashlib.md5(body).digest()).decode())
    wrong = base64.b64encode(bytes(16)).decode()
    fails("BadDigest", 400, S3.put_object, Bucket=name, Key="bad", Body=body, ContentMD5=wrong)
    fails("InvalidDigest", 400, S3.put_object, Bucket=name, Key="bad", Body=body, ContentMD5="nonsense")
    fails("404", 404, S3.head_object, Bucket=name, Key="bad")
    quiet = client(request_checksum_calculation="when_required")
    quiet.put_object(Bucket=name, Key="none", Body=body)
    assert "ChecksumCRC64NVME" in S3.head_object(Bucket=name, Key="none", ChecksumMode="ENABLED")


@check
def streams_without_a_known_end():
    name = new_bucket()

    class Stream(io.RawIOBase):
        """Neither seekable nor sized; boto3 sends it in chunks with a trailer where it can."""

        def __init__(self, size):
            self.left = size

        def readable(self):
            return True

        def readinto(self, buffer):
            size = min(len(buffer), self.left)
            buffer[:size] = b"s" * size
            self.left -= size
            return size

    S3.upload_fileobj(Stream(9 * MIB), name, "k")
    got = S3.get_object(Bucket=name, Key="k")["Body"].read()
    assert got == b"s" * (9 * MIB)


@check
def tags_of_objects():
    name = new_bucket(versioned=True)
    version = S3.put_object(Bucket=name, Key="k", Body=b"", Tagging="a=1")["VersionId"]
    assert S3.get_object_tagging(Bucket=name, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]
    put = S3.put_object_tagging(Bucket=name, Key="k", Tagging={"TagSet": [{"Key": "b", "Value": "2"}]})
    assert put["VersionId"] == version
    got = S3.get_object_tagging(Bucket=name, Key="k", VersionId=version)
    assert got["TagSet"] == [{"Key": "b", "Value": "2"}]
    assert S3.delete_object_tagging(Bucket=name, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert S3.get_object_tagging(Bucket=name, Key="k")["TagSet"] == []
    many = [{"Key": str(n), "Value": ""} for n in range(11)]
    fails("BadRequest", 400, S3.put_object_tagging, Bucket=name, Key="k", Tagging={"TagSet": many})
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    fails("InvalidTag", 400, S3.put_object_tagging, Bucket=name, Key="k", Tagging={"TagSet": twice})
    fails("NoSuchKey", 404, S3.get_object_tagging, Bucket=name, Key="nope")


@check
def acls_are_off():
    name = new_bucket()
    S3.put_object(Bucket=name, Key="k", Body=b"", ACL="bucket-owner-full-control")
    fails("AccessControlListNotSupported", 400, S3.put_object, Bucket=name, Key="k", Body=b"", ACL="public-read")
    fails("AccessControlListNotSupported", 400, S3.put_object, Bucket=name, Key="k", Body=b"", GrantRead="id=1")
    fails("AccessControlListNotSupported", 400, S3.put_bucket_acl, Bucket=name, ACL="public-read")
    fails("AccessControlListNotSupported", 400, S3.put_object_acl, Bucket=name, Key="k", ACL="public-read")
    acl = S3.get_object_acl(Bucket=name, Key="k")
    assert acl["Grants"][0]["Permission"] == "FULL_CONTROL"


@check
def presigned():
    name = new_bucket()
    presigner = client(signature_version="s3v4")
    url = urlsplit(presigner.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "a b/ü"}))
    status, content, _ = raw("PUT", f"{url.path}?{url.query}", b"signed elsewhere", sign=False)
    assert status == 200, content
    params = {
        "Bucket": name, "Key": "a b/ü", "ResponseContentType": "text/html",
        "ResponseContentDisposition": "attachment", "ResponseExpires": datetime(2030, 1, 1, tzinfo=timezone.utc),
    }
    url = urlsplit(presigner.generate_presigned_url("get_object", Params=params))
    status, content, headers = raw("GET", f"{url.path}?{url.query}", sign=False)
    assert (status, content) == (200, b"signed elsewhere"), content
    assert headers["content-type"] == "text/html" and headers["content-disposition"] == "attachment"
    assert headers["expires"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    tampered = url.query.replace("text%2Fhtml", "text%2Fplain")
    status, content, _ = raw("GET", f"{url.path}?{tampered}", sign=False)
    assert (status, code_of(content)) == (403, "SignatureDoesNotMatch")


@check
def expected_owners():
    name = new_bucket()
    account = boto3.client("sts", region_name=REGION).get_caller_identity()["Account"]
    S3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    fails("403", 403, S3.head_bucket, Bucket=name, ExpectedBucketOwner="000000000000")
    fails("AccessDenied", 403, S3.put_object, Bucket=name, Key="k", Body=b"", ExpectedBucketOwner="000000000000")


@check
def versions_and_markers():
    name = new_bucket(versioned=True)
    one = S3.put_object(Bucket=name, Key="k", Body=b"1")["VersionId"]
    two = S3.put_object(Bucket=name, Key="k", Body=b"2")["VersionId"]
    assert one != two
    assert S3.get_object(Bucket=name, Key="k")["VersionId"] == two
    assert S3.get_object(Bucket=name, Key="k", VersionId=one)["Body"].read() == b"1"
    deleted = S3.delete_object(Bucket=name, Key="k")
    assert deleted["DeleteMarker"] is True
    marker = deleted["VersionId"]
    error = fails("NoSuchKey", 404, S3.get_object, Bucket=name, Key="k")
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    error = fails("404", 404, S3.head_object, Bucket=name, Key="k")
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    error = fails("MethodNotAllowed", 405, S3.get_object, Bucket=name, Key="k", VersionId=marker)
    assert error["ResponseMetadata"]["HTTPHeaders"]["allow"] == "DELETE"
    listed = S3.list_object_versions(Bucket=name)
    assert [entry["VersionId"] for entry in listed["Versions"]] == [two, one]
    assert listed["DeleteMarkers"][0]["IsLatest"] and not listed["Versions"][0]["IsLatest"]
    assert listed["Versions"][0]["Owner"]["ID"] == S3.get_bucket_acl(Bucket=name)["Owner"]["ID"]
    gone = S3.delete_object(Bucket=name, Key="k", VersionId=marker)
    assert gone["DeleteMarker"] is True and gone["VersionId"] == marker
    assert S3.get_object(Bucket=name, Key="k")["Body"].read() == b"2"
    gone = S3.delete_object(Bucket=name, Key="k", VersionId=two)
    assert "DeleteMarker" not in gone
    assert S3.get_object(Bucket=name, Key="k")["VersionId"] == one
    fails("NoSuchVersion", 404, S3.get_object, Bucket=name, Key="k", VersionId=two)
    fails("InvalidArgument", 400, S3.get_object, Bucket=name, Key="k", VersionId="nonsense")
    status, content, _ = raw("PUT", f"/{name}/k?versionId={one}", b"no")
    assert (status, code_of(content)) == (400, "InvalidArgument"), content


@check
def suspended_versions():
    name = new_bucket()
    S3.put_object(Bucket=name, Key="k", Body=b"before")
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    kept = S3.put_object(Bucket=name, Key="k", Body=b"kept")["VersionId"]
    assert S3.get_object(Bucket=name, Key="k", VersionId="null")["Body"].read() == b"before"
    S3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    assert S3.put_object(Bucket=name, Key="k", Body=b"null again")["VersionId"] == "null"
    listed = [entry["VersionId"] for entry in S3.list_object_versions(Bucket=name)["Versions"]]
    assert listed == ["null", kept]
    assert S3.delete_object(Bucket=name, Key="k")["VersionId"] == "null"
    assert [e["VersionId"] for e in S3.list_object_versions(Bucket=name)["Versions"]] == [kept]


@check
def listings():
    name = new_bucket()
    keys = ["a", "b/1", "b/2", "b/c/3", "d e/ü", "e"]
    for key in keys:
        S3.put_object(Bucket=name, Key=key, Body=b"x")
    two = S3.list_objects_v2(Bucket=name)
    assert [entry["Key"] for entry in two["Contents"]] == keys and two["KeyCount"] == 6
    assert "Owner" not in two["Contents"][0]
    assert "Owner" in S3.list_objects_v2(Bucket=name, FetchOwner=True)["Contents"][0]
    assert "Owner" in S3.list_objects(Bucket=name)["Contents"][0]
    folded = S3.list_objects_v2(Bucket=name, Delimiter="/")
    assert [entry["Key"] for entry in folded["Contents"]] == ["a", "e"]
    assert [entry["Prefix"] for entry in folded["CommonPrefixes"]] == ["b/", "d e/"]
    assert folded["KeyCount"] == 4 and folded["Delimiter"] == "/"
    inside = S3.list_objects_v2(Bucket=name, Prefix="b/", Delimiter="/")
    assert [entry["Key"] for entry in inside["Contents"]] == ["b/1", "b/2"]
    assert [entry["Prefix"] for entry in inside["CommonPrefixes"]] == ["b/c/"]
    after = S3.list_objects_v2(Bucket=name, StartAfter="b/2")
    assert [entry["Key"] for entry in after["Contents"]] == keys[3:] and after["StartAfter"] == "b/2"
    seen, token = [], {}
    while True:
        page = S3.list_objects_v2(Bucket=name, MaxKeys=1, Delimiter="/", **token)
        seen += [e["Key"] for e in page.get("Contents", [])] + [e["Prefix"] for e in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert seen == ["a", "b/", "d e/", "e"], seen
    seen, marker = [], ""
    while True:
        page = S3.list_objects(Bucket=name, MaxKeys=2, Marker=marker, Delimiter="/")
        seen += [e["Key"] for e in page.get("Contents", [])] + [e["Prefix"] for e in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        marker = page["NextMarker"]
    assert sorted(seen) == ["a", "b/", "d e/", "e"], seen
    assert S3.list_objects(Bucket=name, MaxKeys=0)["IsTruncated"] is False
    fails("InvalidArgument", 400, S3.list_objects_v2, Bucket=name, ContinuationToken="nonsense?")
    fails("InvalidArgument", 400, S3.list_objects_v2, Bucket=name, MaxKeys=-1)
    status, content, _ = raw("GET", f"/{name}?list-type=2&max-keys=abc")
    assert (status, code_of(content)) == (400, "InvalidArgument")
    assert b"Provided max-keys not an integer or within integer range" in content
    # Names are encoded only for those who ask.
    _, content, _ = raw("GET", f"/{name}?list-type=2")
    assert "<Key>d e/ü</Key>".encode() in content and b"EncodingType" not in content
    _, content, _ = raw("GET", f"/{name}?list-type=2&encoding-type=url")
    assert b"<Key>d%20e/%C3%BC</Key>" in content and b"<EncodingType>url</EncodingType>" in content
    status, content, _ = raw("GET", f"/{name}?list-type=2&encoding-type=rot13")
    assert (status, code_of(content)) == (400, "InvalidArgument")


@check
def version_pages():
    name = new_bucket(versioned=True)
    for key in ["a", "a", "b", "c/1", "c/2"]:
        S3.put_object(Bucket=name, Key=key, Body=b"")
    S3.delete_object(Bucket=name, Key="b")
    seen, markers = [], {}
    while True:
        page = S3.list_object_versions(Bucket=name, MaxKeys=1, Delimiter="/", **markers)
        seen += [e["Key"] for e in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        seen += [e["Prefix"] for e in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"]}
        if "NextVersionIdMarker" in page:
            markers["VersionIdMarker"] = page["NextVersionIdMarker"]
    assert seen == ["a", "a", "b", "b", "c/"], seen


@check
def many_at_once():
    name = new_bucket(versioned=True)
    versions = [S3.put_object(Bucket=name, Key=f"k{n}", Body=b"")["VersionId"] for n in range(3)]
    answer = S3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "k0"}, {"Key": "none"}]})
    assert {entry["Key"] for entry in answer["Deleted"]} == {"k0", "none"}
    assert all(entry["DeleteMarker"] for entry in answer["Deleted"])
    one = {"Key": "k1", "VersionId": versions[1]}
    answer = S3.delete_objects(Bucket=name, Delete={"Objects": [one]})
    assert answer["Deleted"] == [one]
    answer = S3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "k2"}], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject*",'
        f'"Resource":"arn:aws:s3:::{name}/kept"}}]}}'
    )
    S3.put_bucket_policy(Bucket=name, Policy=policy)
    S3.put_object(Bucket=name, Key="kept", Body=b"")
    answer = S3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "kept"}, {"Key": "k2"}], "Quiet": True})
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    assert answer["Errors"][0]["Key"] == "kept"
    S3.delete_bucket_policy(Bucket=name)
    too_many = [{"Key": str(n)} for n in range(1001)]
    fails("MalformedXML", 400, S3.delete_objects, Bucket=name, Delete={"Objects": too_many})
    S3.delete_objects(Bucket=name, Delete={"Objects": too_many[:1000]})
    body = b"<Delete><Object><Key>kept</Key></Object></Delete>"
    status, content, _ = raw("POST", f"/{name}?delete", body)
    assert (status, code_of(content)) == (400, "InvalidRequest"), content
    status, content, _ = raw("POST", f"/{name}?delete", body, {"Content-MD5": base64.b64encode(bytes(16)).decode()})
    assert (status, code_of(content)) == (400, "BadDigest"), content
    S3.head_object(Bucket=name, Key="kept")


@check
def copies():
    name, other = new_bucket(versioned=True), new_bucket()
    first = S3.put_object(
        Bucket=name, Key="src +ü", Body=b"one", Metadata={"a": "1"}, ContentType="text/x", Tagging="t=1"
    )
    S3.put_object(Bucket=name, Key="src +ü", Body=b"two")
    source = {"Bucket": name, "Key": "src +ü"}
    old = dict(source, VersionId=first["VersionId"])
    copy = S3.copy_object(Bucket=other, Key="k", CopySource=old)
    assert copy["CopySourceVersionId"] == first["VersionId"] and "VersionId" not in copy
    assert copy["CopyObjectResult"]["ETag"] == first["ETag"]
    got = S3.get_object(Bucket=other, Key="k")
    assert got["Body"].read() == b"one" and got["Metadata"] == {"a": "1"} and got["ContentType"] == "text/x"
    assert S3.get_object_tagging(Bucket=other, Key="k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    S3.copy_object(
        Bucket=other, Key="k", CopySource=old, MetadataDirective="REPLACE", Metadata={"b": "2"},
        TaggingDirective="REPLACE", Tagging="u=2", StorageClass="GLACIER_IR",
    )
    got = S3.head_object(Bucket=other, Key="k")
    assert got["Metadata"] == {"b": "2"} and got["ContentType"] == "binary/octet-stream"
    assert got["StorageClass"] == "GLACIER_IR"
    assert S3.get_object_tagging(Bucket=other, Key="k")["TagSet"] == [{"Key": "u", "Value": "2"}]
    fails("InvalidRequest", 400, S3.copy_object, Bucket=other, Key="k", CopySource={"Bucket": other, "Key": "k"})
    S3.copy_object(
        Bucket=other, Key="k", CopySource={"Bucket": other, "Key": "k"}, MetadataDirective="REPLACE", Metadata={"c": "3"}
    )
    assert S3.head_object(Bucket=other, Key="k")["Metadata"] == {"c": "3"}
    fails("NoSuchKey", 404, S3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": name, "Key": "none"})
    fails("NoSuchBucket", 404, S3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": "none-" + name, "Key": "k"})
    fails("PreconditionFailed", 412, S3.copy_object, Bucket=other, Key="x", CopySource=source, CopySourceIfMatch='"no"')
    S3.copy_object(Bucket=other, Key="x", CopySource=source, CopySourceIfNoneMatch='"no"')
    etag = S3.head_object(Bucket=name, Key="src +ü")["ETag"]
    fails("PreconditionFailed", 412, S3.copy_object, Bucket=other, Key="x", CopySource=source, CopySourceIfNoneMatch=etag)
    copy = S3.copy_object(Bucket=name, Key="new", CopySource=source, ChecksumAlgorithm="SHA256")
    assert copy["VersionId"] and copy["CopyObjectResult"]["ChecksumSHA256"]
    for bad in ["nokey", "/", f"{name}/", "%zz/k"]:
        status, content, _ = raw("PUT", f"/{other}/x", headers={"x-amz-copy-source": bad})
        assert status == 400, (bad, content)
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObjectTagging",'
        f'"Resource":"arn:aws:s3:::{name}/*"}},{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",'
        f'"Resource":"arn:aws:s3:::{name}/secret"}}]}}'
    )
    S3.put_object(Bucket=name, Key="secret", Body=b"")
    S3.put_object(Bucket=name, Key="tagged", Body=b"", Tagging="t=1")
    S3.put_bucket_policy(Bucket=name, Policy=policy)
    fails("AccessDenied", 403, S3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": name, "Key": "secret"})
    fails("AccessDenied", 403, S3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": name, "Key": "tagged"})
    S3.delete_bucket_policy(Bucket=name)


@check
def uploads_in_parts():
    name = new_bucket(versioned=True)
    started = S3.create_multipart_upload(
        Bucket=name, Key="big", Metadata={"m": "1"}, ContentType="text/big", Tagging="t=1", ChecksumAlgorithm="SHA256"
    )
    assert started["ServerSideEncryption"] == "AES256" and started["ChecksumAlgorithm"] == "SHA256"
    upload = {"Bucket": name, "Key": "big", "UploadId": started["UploadId"]}
    bodies = [b"1" * (5 * MIB), b"2" * (5 * MIB), b"3"]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = S3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        assert part["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    listed = S3.list_parts(**upload)
    assert [part["Size"] for part in listed["Parts"]] == [len(body) for body in bodies]
    assert listed["StorageClass"] == "STANDARD" and listed["Initiator"]["ID"] and listed["Owner"]["ID"]
    page = S3.list_parts(**upload, MaxParts=2)
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 2
    assert [p["PartNumber"] for p in S3.list_parts(**upload, PartNumberMarker=2)["Parts"]] == [3]
    uploads = S3.list_multipart_uploads(Bucket=name)["Uploads"]
    assert [u["UploadId"] for u in uploads] == [started["UploadId"]] and uploads[0]["Key"] == "big"
    wrong = [dict(parts[0], ETag='"nope"')]
    fails("InvalidPart", 400, S3.complete_multipart_upload, **upload, MultipartUpload={"Parts": wrong})
    order = {"Parts": [parts[1], parts[0]]}
    fails("InvalidPartOrder", 400, S3.complete_multipart_upload, **upload, MultipartUpload=order)
    fails("MalformedXML", 400, S3.complete_multipart_upload, **upload, MultipartUpload={"Parts": []})
    done = S3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()
    assert done["ETag"] == f'"{digest}-3"' and done["VersionId"] and done["ChecksumSHA256"].endswith("-3")
    assert done["ServerSideEncryption"] == "AES256" and done["Key"] == "big" and done["Location"]
    again = S3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert again["VersionId"] == done["VersionId"]
    whole = b"".join(bodies)
    got = S3.get_object(Bucket=name, Key="big")
    assert got["Body"].read() == whole and got["Metadata"] == {"m": "1"} and got["ContentType"] == "text/big"
    got = S3.get_object(Bucket=name, Key="big", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    assert got["Body"].read() == b"1122"
    second = S3.get_object(Bucket=name, Key="big", PartNumber=2)
    assert second["PartsCount"] == 3 and second["Body"].read() == bodies[1]
    assert second["ResponseMetadata"]["HTTPStatusCode"] == 206
    fails("416", 416, S3.head_object, Bucket=name, Key="big", PartNumber=4)
    assert "Uploads" not in S3.list_multipart_uploads(Bucket=name)
    fails("NoSuchUpload", 404, S3.list_parts, **upload)
    fails("NoSuchUpload", 404, S3.upload_part, **upload, PartNumber=1, Body=b"")


@check
def parts_are_checked():
    name = new_bucket()
    upload = {"Bucket": name, "Key": "k", "UploadId": S3.create_multipart_upload(Bucket=name, Key="k")["UploadId"]}
    parts = [
        {"PartNumber": number, "ETag": S3.upload_part(**upload, PartNumber=number, Body=b"small")["ETag"]}
        for number in [1, 2]
    ]
    error = fails("EntityTooSmall", 400, S3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})
    assert error["Error"]["PartNumber"] == "1"
    for number in [0, 10001]:
        fails("InvalidArgument", 400, S3.upload_part, **upload, PartNumber=number, Body=b"")
    fails("BadDigest", 400, S3.upload_part, **upload, PartNumber=1, Body=b"x", ChecksumCRC32="AAAAAA==")
    assert S3.abort_multipart_upload(**upload)["ResponseMetadata"]["HTTPStatusCode"] == 204
    fails("NoSuchUpload", 404, S3.abort_multipart_upload, **upload)
    fails("NoSuchUpload", 404, S3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})


@check
def parts_are_copied():
    name = new_bucket()
    body = os.urandom(6 * MIB)
    S3.put_object(Bucket=name, Key="src", Body=body)
    upload = {"Bucket": name, "Key": "k", "UploadId": S3.create_multipart_upload(Bucket=name, Key="k")["UploadId"]}
    source = {"Bucket": name, "Key": "src"}
    one = S3.upload_part_copy(**upload, PartNumber=1, CopySource=source)["CopyPartResult"]["ETag"]
    ranged = S3.upload_part_copy(**upload, PartNumber=2, CopySource=source, CopySourceRange="bytes=1-9")
    fails(
        "InvalidArgument", 400, S3.upload_part_copy, **upload, PartNumber=2, CopySource=source,
        CopySourceRange=f"bytes=0-{6 * MIB}",
    )
    parts = [{"PartNumber": 1, "ETag": one}, {"PartNumber": 2, "ETag": ranged["CopyPartResult"]["ETag"]}]
    S3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert S3.get_object(Bucket=name, Key="k")["Body"].read() == body + body[1:10]


@check
def uploads_are_listed_in_pages():
    name = new_bucket()
    for key in ["a", "a", "b/1", "b/2", "c"]:
        S3.create_multipart_upload(Bucket=name, Key=key)
    seen, markers = [], {}
    while True:
        page = S3.list_multipart_uploads(Bucket=name, MaxUploads=1, Delimiter="/", **markers)
        seen += [u["Key"] for u in page.get("Uploads", [])] + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"]}
        if "NextUploadIdMarker" in page:
            markers["UploadIdMarker"] = page["NextUploadIdMarker"]
    assert seen == ["a", "a", "b/", "c"], seen


@check
def transfers_of_large_files():
    name = new_bucket()
    body = os.urandom(20 * MIB + 7)
    S3.upload_fileobj(io.BytesIO(body), name, "large")
    assert S3.head_object(Bucket=name, Key="large")["ETag"].endswith('-3"')
    back = io.BytesIO()
    S3.download_fileobj(name, "large", back)
    assert back.getvalue() == body
    S3.copy({"Bucket": name, "Key": "large"}, name, "copied")
    assert S3.get_object(Bucket=name, Key="copied")["Body"].read() == body


@check
def documents_are_checked():
    name = new_bucket()
    md5 = lambda body: {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    deep = b"<a>" * 10_000 + b"</a>" * 10_000
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + b"<VersioningConfiguration><Status>&b;</Status></VersioningConfiguration>"
    for body in [
        b"", b"no xml", b"<", b"<VersioningConfiguration>", b"<Other/>", deep, bomb, b"\xff\xfe",
        b"<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>",
        b"<VersioningConfiguration/>",
        b"<VersioningConfiguration>" + deep + b"</VersioningConfiguration>",
    ]:
        status, content, _ = raw("PUT", f"/{name}?versioning", body, md5(body))
        assert (status, code_of(content)) == (400, "MalformedXML"), (body[:60], content)
        assert b"not well-formed or did not validate" in content
    assert "Status" not in S3.get_bucket_versioning(Bucket=name)
    for body in [b"<Delete/>", b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>"]:
        status, content, _ = raw("POST", f"/{name}?delete", body, md5(body))
        assert (status, code_of(content)) == (400, "MalformedXML"), content
    huge = b"<Delete>" + b" " * (9 * MIB) + b"</Delete>"
    status, content, _ = raw("POST", f"/{name}?delete", huge, md5(huge))
    assert (status, code_of(content)) == (400, "MaxMessageLengthExceeded"), content


@check
def bodies_are_checked():
    name = new_bucket()
    status, content, _ = raw("PUT", f"/{name}/k", b"body", payload=hashlib.sha256(b"other").hexdigest())
    assert (status, code_of(content)) == (400, "XAmzContentSHA256Mismatch"), content
    status, content, _ = raw("PUT", f"/{name}?versioning", b"body", payload=hashlib.sha256(b"other").hexdigest())
    assert (status, code_of(content)) == (400, "XAmzContentSHA256Mismatch"), content
    fails("404", 404, S3.head_object, Bucket=name, Key="k")
    for body, length, expected in [
        (b"5\r\nhello\r\n0\r\n\r\n", "6", "IncompleteBody"),
        (b"5\r\nhello\r\n", "5", "IncompleteBody"),
        (b"zz\r\nhello\r\n0\r\n\r\n", "5", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "5", "BadDigest"),
        (b"5\r\nhello\r\n0\r\n\r\n", "5", "InvalidRequest"),
        (b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "5", "MalformedTrailerError"),
    ]:
        headers = {
            "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": length,
            "x-amz-trailer": "x-amz-checksum-crc32",
        }
        status, content, _ = raw("PUT", f"/{name}/k", body, headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        assert (status, code_of(content)) == (400, expected), (body, content)
    fails("404", 404, S3.head_object, Bucket=name, Key="k")
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    headers = {
        "Content-Encoding": "aws-chunked,gzip", "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    status, content, _ = raw("PUT", f"/{name}/k", body, headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert status == 200, content
    got = S3.get_object(Bucket=name, Key="k")
    assert got["ContentEncoding"] == "gzip" and got["ContentLength"] == 5


def main():
    failed = 0
    only = sys.argv[1:]
    for function in CHECKS:
        if only and function.__name__ not in only:
            continue
        try:
            function()
            print(f"ok     {function.__name__}")
        except Exception:  # every kind of failure is a failed check
            failed += 1
            print(f"FAILED {function.__name__}")
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    print(f"{len(CHECKS)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
