"""3,872 real CloudTrail log files through the AWS CLI: uploaded, listed, read back, deleted."""

import hashlib
import pathlib
import subprocess

import boto3
from checks import check, finish

tree = pathlib.Path(__file__).resolve().parents[2].parent / "shared/data/cloudtrail/sans504-s3-ransomware"
s3 = boto3.client("s3")
s3.create_bucket(Bucket="archive")


def aws(*arguments):
    return subprocess.run(["aws", *arguments], capture_output=True, text=True, check=False)


local = {str(p.relative_to(tree)): p for p in tree.rglob("*.gz")}
result = aws("s3", "cp", "--recursive", "--only-show-errors", "--exclude", "*", "--include", "*.gz", str(tree), "s3://archive/")
check("aws s3 cp", result.returncode == 0, result.stderr[:2000])

listed = {}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="archive"):
    for entry in page["Contents"]:
        listed[entry["Key"]] = entry
check("ListObjectsV2 lists each once", listed.keys() == local.keys(), len(listed))
check("in order", list(listed) == sorted(listed))
first = [e["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket="archive") for e in page["Contents"]]
check("ListObjects lists the same", first == list(listed))
check("sizes and entity tags", all(
    listed[k]["Size"] == p.stat().st_size and listed[k]["ETag"] == f'"{hashlib.md5(p.read_bytes()).hexdigest()}"'
    for k, p in local.items()))

regions = s3.list_objects_v2(Bucket="archive", Prefix="AWSLogs/342082656213/CloudTrail/", Delimiter="/")
names = [p["Prefix"].split("/")[-2] for p in regions["CommonPrefixes"]]
check("13 Regions by delimiter", len(names) == 13 and names == sorted(names) and "Contents" not in regions, names)
days = s3.list_objects_v2(Bucket="archive", Prefix="AWSLogs/342082656213/CloudTrail/us-west-1/2021/", Delimiter="/", MaxKeys=1)
check("a page of one common prefix", days["IsTruncated"] and len(days["CommonPrefixes"]) == 1, days)

result = aws("s3", "sync", "--only-show-errors", "s3://archive/AWSLogs", "back")
check("aws s3 sync", result.returncode == 0, result.stderr[:2000])
back = pathlib.Path("back")
check("the same bytes come back", all(
    (back / k.removeprefix("AWSLogs/")).read_bytes() == p.read_bytes() for k, p in local.items()))

result = aws("s3", "rm", "--recursive", "--only-show-errors", "s3://archive/")
check("aws s3 rm", result.returncode == 0 and s3.list_objects_v2(Bucket="archive")["KeyCount"] == 0, result.stderr[:2000])
check("aws s3 rb", aws("s3", "rb", "s3://archive").returncode == 0)

finish()
