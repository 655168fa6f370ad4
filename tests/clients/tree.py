"""Sends a tree of 1,000 files with odd names and sizes into a bucket and back, with a client that is named.

`python tree.py aws|s3cmd|rclone|restic` needs that client on PATH, boto3, AWS_ENDPOINT_URL and the usual AWS variables.
What comes back must be what was sent: the same paths, the same bytes. Exits 1 if anything differs.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
import unicodedata
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import boto3
from checks import check, finish, refused

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
KEY, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
HOST = urlsplit(ENDPOINT).netloc
FILES = 1000
MIB = 1 << 20
S3 = boto3.client("s3")

# File names that some client, signature or listing has mistaken for something else.
NAMES = [
    "plain.txt", "with space", " leading space", "trailing space ", "two  spaces", "plus+plus", "a+b c%20d", "100%",
    "%2F", "%25%", "%zz", "%E4", "quote'single", 'quote"double', "back`tick", "back\\slash", "semi;colon", "col:on",
    "comma,comma", "equals=sign", "am&persand", "&amp;", "<tag>", "]]>", "que?stion", "hash#tag", "at@sign", "dollar$sign",
    "star*", "exclaim!", "(parens)", "[brackets]", "{braces}", "pi|pe", "caret^", "tilde~", "~", "-", "--dashes", "_",
    ".hidden", "..two-dots", "...", ".a.b.c.", "trailing.", "ünïcödé", unicodedata.normalize("NFD", "ünïcödé-nfd"),
    "日本語", "файл", "עברית", "ไทย", "emoji-😀🎉", "\u00a0nbsp", "zero\u200bwidth", "\ufeffbom", "\U0001f468\u200d\U0001f469",
    "ﬁ-ligature", "İi", "ß", "\uffef", "acl", "?acl", "versions", "uploads=1", "policy", "null", "index.html", "a.tar.gz",
    "x" * 240, "日" * 80, "CON", "nul.txt", "same", "Same", "SAME",
]
# So are these of directories.
FOLDERS = [
    "", "a", "a b", "a+b", "a%b", ".dot", "ünï", "日本", "deep/er/and/deep/er", "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200,
    "#", "'", "&", "trailing /", "_$folder$", "..x",
]
# Bytes around the borders of blocks, frames and parts.
SIZES = [0, 1, 2, 15, 16, 17, 255, 1000, 4095, 4096, 4097, 65535, 65536, 65537, 131072, 262145]
BIG = [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 6 * MIB, 11 * MIB + 7]


def make(root):
    """Makes the tree, the same every time."""
    chance = random.Random(4700)
    paths = []
    for folder in FOLDERS:
        paths += [os.path.join(folder, name) for name in NAMES]
    chance.shuffle(paths)
    for number, path in enumerate(paths[:FILES]):
        whole = os.path.join(root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        # Most are small, as in life; each size comes.
        size = BIG[number] if number < len(BIG) else SIZES[number % len(SIZES)]
        with open(whole, "wb") as file:
            file.write(chance.randbytes(size))
    assert len(paths) >= FILES, len(paths)


def contents(root):
    """Path below `root` → SHA-256."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as file:
                found[os.path.relpath(whole, root)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def same(name, wanted, got):
    missing = sorted(set(wanted) - set(got))
    extra = sorted(set(got) - set(wanted))
    other = sorted(path for path in wanted if path in got and wanted[path] != got[path])
    check(name, not (missing or extra or other), {"missing": missing[:9], "extra": extra[:9], "other": other[:9]})


def run(*command, environment=None, expect=0):
    """Runs a client; returns what it said."""
    done = subprocess.run(command, capture_output=True, env={**os.environ, **(environment or {})})
    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    if expect is not None and done.returncode != expect:
        check(" ".join(command[:4]), False, f"exit {done.returncode}: {said[-4000:]}")
        finish()
    return done.returncode, said


def in_bucket(bucket):
    """Key → size, by boto3."""
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}


def sizes(root):
    return {path: os.path.getsize(os.path.join(root, path)) for path in contents(root)}


def change(root):
    """What a second run must notice: one file changed, one gone, one new."""
    with open(os.path.join(root, "changed later"), "wb") as file:
        file.write(b"first")
    return os.path.join(root, "changed later")


def round_trip(up, down, again):
    """Up, compare, change, up with deletion, down, compare."""
    os.makedirs("sent")
    make("sent")
    gone, late = os.path.join("sent", "gone later"), change("sent")
    with open(gone, "wb") as file:
        file.write(b"gone soon")
    wanted = sizes("sent")
    up("sent")
    got = in_bucket("tree")
    same("every file is an object with its size", wanted, got)
    os.remove(gone)
    with open(late, "wb") as file:
        file.write(b"second, longer")
    # Clients compare with the object's time, which has no fractions of a second.
    os.utime(late, (time.time() - 60,) * 2)
    again("sent")
    wanted = contents("sent")
    check("a deletion and a change arrive", "gone later" not in in_bucket("tree"))
    os.makedirs("back")
    down("back")
    same("what comes back is what was sent", wanted, contents("back"))


def aws():
    with open("aws.config", "w") as file:
        file.write("[default]\ns3 =\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n")
    environment = {"AWS_CONFIG_FILE": os.path.abspath("aws.config")}

    def sync(*arguments):
        run("aws", "s3", "sync", "--only-show-errors", *arguments, environment=environment)

    round_trip(
        lambda root: sync(root, "s3://tree"),
        lambda root: sync("s3://tree", root),
        lambda root: sync("--delete", root, "s3://tree"),
    )
    _, said = run("aws", "s3", "sync", "--dryrun", "sent", "s3://tree", environment=environment)
    check("a sync after the sync has nothing to do", not said.strip(), said[:2000])
    S3.create_bucket(Bucket="copy")
    sync("s3://tree", "s3://copy")
    same("a sync between buckets copies everything", in_bucket("tree"), in_bucket("copy"))


def s3cmd():
    common = [
        "s3cmd", "--config", "s3cmd.config", "--host", HOST, "--host-bucket", HOST, "--no-ssl", "--access_key", KEY,
        "--secret_key", SECRET, "--no-progress", "--quiet", "--multipart-chunk-size-mb", "5",
    ]
    open("s3cmd.config", "w").close()

    def sync(*arguments):
        run(*common, "sync", *arguments)

    round_trip(
        lambda root: sync(f"{root}/", "s3://tree/"),
        lambda root: sync("s3://tree/", f"{root}/"),
        lambda root: sync("--delete-removed", f"{root}/", "s3://tree/"),
    )
    _, said = run(*common, "info", "s3://tree")
    check("s3cmd describes the bucket", "Location" in said or not said, said)
    run(*common, "put", "sent/changed later", "s3://tree/put by itself")
    # Without --acl-private it would set the copy's access control list, which such a bucket has not.
    run(*common, "cp", "--acl-private", "s3://tree/put by itself", "s3://tree/copied + moved")
    run(*common, "mv", "--acl-private", "s3://tree/copied + moved", "s3://tree/copied%2Bmoved")
    got = in_bucket("tree")
    check("s3cmd copies and moves", "copied%2Bmoved" in got and "copied + moved" not in got)
    run(*common, "del", "--recursive", "--force", "s3://tree")
    check("s3cmd empties the bucket", not in_bucket("tree"))


def rclone():
    environment = {
        "RCLONE_CONFIG": os.path.abspath("rclone.config"),
        "RCLONE_CONFIG_TW_TYPE": "s3",
        "RCLONE_CONFIG_TW_PROVIDER": "Other",
        "RCLONE_CONFIG_TW_ENDPOINT": ENDPOINT,
        "RCLONE_CONFIG_TW_ACCESS_KEY_ID": KEY,
        "RCLONE_CONFIG_TW_SECRET_ACCESS_KEY": SECRET,
        "RCLONE_CONFIG_TW_REGION": "us-east-1",
        "RCLONE_CONFIG_TW_FORCE_PATH_STYLE": "true",
        # The list it sends otherwise, `private`, is refused where lists are off, as on AWS.
        "RCLONE_CONFIG_TW_ACL": "bucket-owner-full-control",
        "RCLONE_CONFIG_TW_UPLOAD_CUTOFF": "5Mi",
        "RCLONE_CONFIG_TW_CHUNK_SIZE": "5Mi",
        # Names are sent as they are.
        "RCLONE_CONFIG_TW_ENCODING": "Slash,InvalidUtf8",
        "RCLONE_LOCAL_ENCODING": "Slash",
    }
    open("rclone.config", "w").close()

    def call(*arguments):
        run("rclone", *arguments, "--retries", "1", environment=environment)

    round_trip(
        lambda root: call("sync", root, "tw:tree"),
        lambda root: call("sync", "tw:tree", root),
        lambda root: call("sync", root, "tw:tree"),
    )
    call("check", "--download", "sent", "tw:tree")
    check("rclone finds no difference, byte by byte", True)
    S3.create_bucket(Bucket="copy")
    call("sync", "tw:tree", "tw:copy")
    same("rclone copies between buckets", in_bucket("tree"), in_bucket("copy"))
    call("purge", "tw:copy")
    _, said = run("rclone", "lsd", "tw:", environment=environment)
    check("rclone purges a bucket", "copy" not in said and "tree" in said, said)


def restic_on(bucket, environment, *arguments, expect=0):
    repository = f"s3:{ENDPOINT}/{bucket}/repo"
    return run("restic", "--no-cache", "-r", repository, *arguments, environment=environment, expect=expect)


def restic():
    environment = {"RESTIC_PASSWORD": "of the test"}
    os.makedirs("sent")
    make("sent")
    wanted = contents("sent")
    restic_on("tree", environment, "init")
    restic_on("tree", environment, "backup", "sent")
    restic_on("tree", environment, "check", "--read-data")
    check("restic reads back every byte", True)
    restic_on("tree", environment, "restore", "latest", "--target", "back")
    same("what restic restores is what it backed up", wanted, contents("back/sent"))
    restic_on("tree", environment, "forget", "--keep-last", "1", "--prune")
    for mode in ("GOVERNANCE", "COMPLIANCE"):
        restic_locked(mode, environment, wanted)


def versions(bucket):
    pages = S3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return {(v["Key"], v["VersionId"]) for page in pages for v in page.get("Versions", [])}


def restic_locked(mode, environment, wanted):
    """What restic deletes from a bucket with default retention is hidden, not destroyed."""
    bucket = f"locked-{mode.lower()}"
    S3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    S3.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": mode, "Days": 1}},
        },
    )
    restic_on(bucket, environment, "init")
    restic_on(bucket, environment, "backup", "sent")
    kept = versions(bucket)
    before = datetime.now(timezone.utc)
    _, said = restic_on(bucket, environment, "snapshots", "--json")
    (snapshot,) = json.loads(said)
    # A thief, or a mistake: everything is forgotten and pruned.
    os.makedirs("small", exist_ok=True)
    with open("small/one", "wb") as file:
        file.write(b"one")
    restic_on(bucket, environment, "forget", snapshot["id"], "--prune")
    _, said = restic_on(bucket, environment, "snapshots", "--json")
    check(f"{mode}: restic believes that it is all gone", not json.loads(said), said)
    check(f"{mode}: every version is still there", kept <= versions(bucket), sorted(kept - versions(bucket))[:9])
    for key, version in sorted(kept)[:5]:
        refused(
            f"{mode}: a version cannot be deleted", "AccessDenied", S3.delete_object, status=403,
            Bucket=bucket, Key=key, VersionId=version,
        )
    if mode == "COMPLIANCE":
        key, version = min(kept)
        refused(
            f"{mode}: not with the bypass either", "AccessDenied", S3.delete_object, status=403,
            Bucket=bucket, Key=key, VersionId=version, BypassGovernanceRetention=True,
        )
    # Undone: what lies on top of the versions of then is taken away.
    pages = S3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    markers = [marker for page in pages for marker in page.get("DeleteMarkers", [])]
    # What restic locks with while it works was meant to go.
    for marker in [m for m in markers if not m["Key"].startswith("repo/locks/")]:
        S3.delete_object(Bucket=bucket, Key=marker["Key"], VersionId=marker["VersionId"])
    shutil.rmtree("back", ignore_errors=True)
    restic_on(bucket, environment, "restore", snapshot["id"], "--target", "back")
    same(f"{mode}: restic restores it all again", wanted, contents("back/sent"))
    check(f"{mode}: it was done within the retention", datetime.now(timezone.utc) - before < timedelta(days=1))


if __name__ == "__main__":
    S3.create_bucket(Bucket="tree")
    {"aws": aws, "s3cmd": s3cmd, "rclone": rclone, "restic": restic}[sys.argv[1]]()
    finish()
