"""CloudTrail through boto3: what works, and what must be refused with which code."""

import json

import boto3
from botocore.config import Config
from checks import check, finish, refused


def policy(bucket, trail_arn, prefix=""):
    service = {"Service": "cloudtrail.amazonaws.com"}
    write = {
        "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": trail_arn}
    }
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl",
             "Resource": f"arn:aws:s3:::{bucket}",
             "Condition": {"StringEquals": {"aws:SourceArn": trail_arn}}},
            {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
             "Resource": f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/111122223333/*", "Condition": write},
        ],
    })


def arn(name, region="us-east-1"):
    return f"arn:aws:cloudtrail:{region}:111122223333:trail/{name}"


s3 = boto3.client("s3")
# What the client would refuse by itself must reach the service.
UNCHECKED = Config(parameter_validation=False)
trails = boto3.client("cloudtrail", config=UNCHECKED)
west = boto3.client("cloudtrail", region_name="eu-west-1", config=UNCHECKED)

s3.create_bucket(Bucket="trail-logs")

# Names, in AWS's words.
for name, message in [
    ("ab", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters."),
    ("-abc", "Trail name must starts with a letter or number."),
    ("abc-", "Trail name must ends with a letter or number."),
    ("a b c", "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)."),
]:
    refused(f"CreateTrail {name!r}", "InvalidTrailNameException", trails.create_trail, message,
            Name=name, S3BucketName="trail-logs")

refused("CreateTrail without bucket", "S3BucketDoesNotExistException", trails.create_trail,
        "S3 bucket nowhere-at-all does not exist!", Name="main", S3BucketName="nowhere-at-all")
refused("CreateTrail with a bad bucket name", "InvalidS3BucketNameException", trails.create_trail,
        Name="main", S3BucketName="No_Bucket")
refused("CreateTrail without a policy", "InsufficientS3BucketPolicyException", trails.create_trail,
        "Incorrect S3 bucket policy is detected for bucket: trail-logs", Name="main", S3BucketName="trail-logs")
s3.put_bucket_policy(Bucket="trail-logs", Policy=policy("trail-logs", arn("another")))
refused("CreateTrail with another trail's policy", "InsufficientS3BucketPolicyException", trails.create_trail,
        Name="main", S3BucketName="trail-logs")
s3.put_bucket_policy(Bucket="trail-logs", Policy=policy("trail-logs", arn("main")))
refused("CreateTrail with a prefix the policy does not have", "InsufficientS3BucketPolicyException",
        trails.create_trail, Name="main", S3BucketName="trail-logs", S3KeyPrefix="elsewhere")
refused("CreateTrail multi-Region without global events", "InvalidParameterCombinationException",
        trails.create_trail, "Multi-Region trail must include global service events.",
        Name="main", S3BucketName="trail-logs", IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False)
refused("CreateTrail with a prefix too long", "InvalidS3PrefixException", trails.create_trail,
        Name="main", S3BucketName="trail-logs", S3KeyPrefix="x" * 201)
refused("CreateTrail with a key nobody has", "KmsKeyNotFoundException", trails.create_trail,
        Name="main", S3BucketName="trail-logs", KmsKeyId="alias/none")
refused("CreateTrail with a group and no role", "InvalidCloudWatchLogsLogGroupArnException", trails.create_trail,
        "You must specify a role ARN as well as a log group.", Name="main", S3BucketName="trail-logs",
        CloudWatchLogsLogGroupArn="arn:aws:logs:us-east-1:111122223333:log-group:x:*")

made = trails.create_trail(Name="main", S3BucketName="trail-logs", IsMultiRegionTrail=True,
                           EnableLogFileValidation=True, TagsList=[{"Key": "team", "Value": "security"}])
check("CreateTrail", made["TrailARN"] == arn("main") and made["LogFileValidationEnabled"] and
      made["IncludeGlobalServiceEvents"] and "HomeRegion" not in made, made)
refused("CreateTrail twice", "TrailAlreadyExistsException", trails.create_trail,
        Name="main", S3BucketName="trail-logs")

trail = trails.get_trail(Name="main")["Trail"]
check("GetTrail", trail["HomeRegion"] == "us-east-1" and trail["IsMultiRegionTrail"] and
      not trail["HasCustomEventSelectors"], trail)
check("GetTrail elsewhere by ARN", west.get_trail(Name=arn("main"))["Trail"]["TrailARN"] == arn("main"))
refused("GetTrail elsewhere by name", "TrailNotFoundException", west.get_trail,
        "Unknown trail: main for the user: 111122223333", Name="main")
refused("GetTrail of nothing", "TrailNotFoundException", trails.get_trail, Name="nothing")
refused("GetTrail of no ARN", "CloudTrailARNInvalidException", trails.get_trail, Name="arn:aws:s3:::x")
check("DescribeTrails shows shadow trails", len(west.describe_trails()["trailList"]) == 1)
check("DescribeTrails without shadow trails", west.describe_trails(includeShadowTrails=False)["trailList"] == [])
check("DescribeTrails leaves out unknown names",
      trails.describe_trails(trailNameList=["main", "nothing"])["trailList"][0]["Name"] == "main")
check("ListTrails", west.list_trails()["Trails"] ==
      [{"TrailARN": arn("main"), "Name": "main", "HomeRegion": "us-east-1"}])

status = trails.get_trail_status(Name="main")
check("a new trail does not log", status["IsLogging"] is False and "StartLoggingTime" not in status, status)
for call in ["start_logging", "stop_logging", "delete_trail", "update_trail"]:
    refused(f"{call} away from home", "InvalidHomeRegionException", getattr(west, call), Name=arn("main"))
refused("StartLogging of nothing", "TrailNotFoundException", trails.start_logging, Name="nothing")
trails.start_logging(Name="main")
status = west.get_trail_status(Name=arn("main"))
check("StartLogging", status["IsLogging"] and "StartLoggingTime" in status and
      status["TimeLoggingStarted"] != "" and status["TimeLoggingStopped"] == "", status)
trails.stop_logging(Name=arn("main"))
status = trails.get_trail_status(Name="main")
check("StopLogging", not status["IsLogging"] and "StopLoggingTime" in status, status)

# Selectors.
shown = trails.get_event_selectors(TrailName="main")
check("GetEventSelectors by default", shown["EventSelectors"] == [
    {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [],
     "ExcludeManagementEventSources": []}], shown)
basic = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True,
          "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::trail-logs/"]},
                            {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}],
          "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
answer = trails.put_event_selectors(TrailName="main", EventSelectors=basic)
check("PutEventSelectors", answer["EventSelectors"] == basic and answer["TrailARN"] == arn("main"), answer)
check("HasCustomEventSelectors", trails.get_trail(Name="main")["Trail"]["HasCustomEventSelectors"])
advanced = [{"Name": "deletes", "FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    {"Field": "eventName", "StartsWith": ["Delete"]}]}]
answer = trails.put_event_selectors(TrailName="main", AdvancedEventSelectors=advanced)
check("advanced selectors replace basic ones",
      answer["AdvancedEventSelectors"] == advanced and
      "EventSelectors" not in trails.get_event_selectors(TrailName="main"), answer)
bad = "InvalidEventSelectorsException"
refused("six selectors", bad, trails.put_event_selectors, TrailName="main", EventSelectors=[{}] * 6)
refused("both kinds", bad, trails.put_event_selectors, TrailName="main", EventSelectors=basic,
        AdvancedEventSelectors=advanced)
refused("a bucket without slash", bad, trails.put_event_selectors, TrailName="main", EventSelectors=[
    {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::trail-logs"]}]}])
refused("an unknown type", bad, trails.put_event_selectors, TrailName="main", EventSelectors=[
    {"DataResources": [{"Type": "AWS::SQS::Queue", "Values": ["arn:aws:sqs"]}]}])
refused("251 values", bad, trails.put_event_selectors, TrailName="main", EventSelectors=[
    {"DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::trail-logs/{n}" for n in range(251)]}]}])
refused("data without a type", bad, trails.put_event_selectors, TrailName="main", AdvancedEventSelectors=[
    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}])
refused("selectors of nothing", "TrailNotFoundException", trails.put_event_selectors, TrailName="nothing",
        EventSelectors=basic)

# Tags.
trails.add_tags(ResourceId=arn("main"), TagsList=[{"Key": "stage", "Value": "prod"}, {"Key": "team", "Value": "audit"}])
tags = trails.list_tags(ResourceIdList=[arn("main")])["ResourceTagList"][0]["TagsList"]
check("AddTags", tags == [{"Key": "team", "Value": "audit"}, {"Key": "stage", "Value": "prod"}], tags)
trails.remove_tags(ResourceId=arn("main"), TagsList=[{"Key": "team"}])
tags = trails.list_tags(ResourceIdList=[arn("main")])["ResourceTagList"][0]["TagsList"]
check("RemoveTags", [t["Key"] for t in tags] == ["stage"], tags)
refused("51 tags", "TagsLimitExceededException", trails.add_tags, ResourceId=arn("main"),
        TagsList=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
refused("a reserved tag", "InvalidTagParameterException", trails.add_tags, ResourceId=arn("main"),
        TagsList=[{"Key": "aws:x", "Value": ""}])
refused("tags of nothing", "ResourceNotFoundException", trails.add_tags, ResourceId=arn("nothing"),
        TagsList=[{"Key": "k", "Value": ""}])
refused("tags of a name", "CloudTrailARNInvalidException", trails.add_tags, ResourceId="main",
        TagsList=[{"Key": "k", "Value": ""}])

# Limits and the rest.
updated = trails.update_trail(Name="main", EnableLogFileValidation=False, IncludeGlobalServiceEvents=True)
check("UpdateTrail", updated["LogFileValidationEnabled"] is False and updated["IsMultiRegionTrail"], updated)
refused("UpdateTrail to a missing bucket", "S3BucketDoesNotExistException", trails.update_trail,
        Name="main", S3BucketName="nowhere-at-all")
for n in range(2, 6):
    s3.put_bucket_policy(Bucket="trail-logs", Policy=policy("trail-logs", arn(f"trail-{n}")))
    trails.create_trail(Name=f"trail-{n}", S3BucketName="trail-logs")
s3.put_bucket_policy(Bucket="trail-logs", Policy=policy("trail-logs", arn("trail-6")))
refused("a sixth trail", "MaximumNumberOfTrailsExceededException", trails.create_trail,
        "User: 111122223333 already has 5 trails in us-east-1.", Name="trail-6", S3BucketName="trail-logs")
s3.put_bucket_policy(Bucket="trail-logs", Policy=policy("trail-logs", arn("west", "eu-west-1")))
check("a trail elsewhere", west.create_trail(Name="west", S3BucketName="trail-logs")["TrailARN"] == arn("west", "eu-west-1"))
check("ListPublicKeys", trails.list_public_keys()["PublicKeyList"] == [])
refused("ListPublicKeys backwards", "InvalidTimeRangeException", trails.list_public_keys, StartTime=2000, EndTime=1000)
trails.delete_trail(Name="trail-5")
refused("DeleteTrail twice", "TrailNotFoundException", trails.delete_trail, Name="trail-5")
refused("what is not there", "NotImplemented", trails.lookup_events)
refused("what is not there, either", "NotImplemented", trails.list_event_data_stores)

finish()
