"""SNS topics with boto3 and the AWS CLI, an HTTP endpoint that subscribes to them, S3's events and CloudTrail's notices.

openssl judges the signatures."""

import base64
import json
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from checks import check, finish, refused, wait

sns, s3, iam, trail = (boto3.client(name) for name in ("sns", "s3", "iam", "cloudtrail"))
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
OWNER = s3.list_buckets()["Owner"]["ID"]
REGION = sns.meta.region_name


class Endpoint(BaseHTTPRequestHandler):
    """Keeps what it gets; answers as `answers` says, then 200."""

    got, answers = [], {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        Endpoint.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        queue = Endpoint.answers.get(self.path, [])
        self.send_response(queue.pop(0) if queue else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}"


def got(path, kind=None):
    all_ = [(headers, body) for at, headers, body in list(Endpoint.got) if at == path]
    return [(h, b) for h, b in all_ if kind is None or h["x-amz-sns-message-type"] == kind]


def envelope(path, kind, number=0):
    wait(f"a {kind} at {path}", lambda: len(got(path, kind)) > number)
    return json.loads(got(path, kind)[number][1])


def openssl_accepts(message):
    """Verifies as SNS's developer guide says, with nothing but the message and what it points to."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    with tempfile.TemporaryDirectory() as folder:
        pem = urllib.request.urlopen(message["SigningCertURL"]).read()
        for name, content in (("cert", pem), ("text", text.encode()), ("sig", base64.b64decode(message["Signature"]))):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(content)
        key = subprocess.run(["openssl", "x509", "-in", f"{folder}/cert", "-pubkey", "-noout"], check=True, capture_output=True)
        with open(f"{folder}/key", "wb") as file:
            file.write(key.stdout)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", f"{folder}/key", "-signature", f"{folder}/sig",
                               f"{folder}/text"], capture_output=True)
        return done.returncode == 0


def visit(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# Topics.
topic = sns.create_topic(Name="audit", Tags=[{"Key": "team", "Value": "security"}])["TopicArn"]
check("a topic has an ARN", topic == f"arn:aws:sns:{REGION}:{ACCOUNT}:audit", topic)
check("creating twice finds it", sns.create_topic(Name="audit")["TopicArn"] == topic)
refused("with other attributes it does not", "InvalidParameter", sns.create_topic, Name="audit", status=400,
        Attributes={"DisplayName": "other"})
for name in ("", "a b", "x" * 257):
    refused(f"{name[:5]!r} is no name", "InvalidParameter", sns.create_topic, Name=name, status=400)
refused("FIFO topics are absent", "NotImplemented", sns.create_topic, Name="a.fifo", Attributes={"FifoTopic": "true"})
sns.set_topic_attributes(TopicArn=topic, AttributeName="HTTPSuccessFeedbackSampleRate", AttributeValue="0")
refused("delivery logs are absent", "NotImplemented", sns.set_topic_attributes, TopicArn=topic, AttributeName="HTTPSuccessFeedbackSampleRate", AttributeValue="10")
refused("so is encryption", "NotImplemented", sns.set_topic_attributes, TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/x")
check("it is listed", topic in [t["TopicArn"] for t in sns.list_topics()["Topics"]])
for n in range(105):
    sns.create_topic(Name=f"many-{n:03}")
pages = [p["Topics"] for p in sns.get_paginator("list_topics").paginate()]
check("a hundred a page", [len(p) for p in pages] == [100, 6] and len({t["TopicArn"] for p in pages for t in p}) == 106, [len(p) for p in pages])
refused("a made-up page", "InvalidParameter", sns.list_topics, NextToken="!!!")
sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="The trail")
sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(
    {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 3, "numNoDelayRetries": 1,
                                            "numMinDelayRetries": 0, "numMaxDelayRetries": 0, "backoffFunction": "linear"}}}))
attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
check("attributes", (attributes["DisplayName"], attributes["Owner"], attributes["SubscriptionsConfirmed"]) == ("The trail", ACCOUNT, "0"), attributes)
check("effective policy", json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3)
for name, value in (("Nothing", "x"), ("DisplayName", "x" * 101), ("DeliveryPolicy", "{"), ("Policy", "{}"),
                    ("Policy", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": topic}]}))):
    refused(f"attribute {name}={value[:10]}", "InvalidParameter", sns.set_topic_attributes, TopicArn=topic, status=400,
            AttributeName=name, AttributeValue=value)
refused("SHA-1 signatures are absent", "NotImplemented", sns.set_topic_attributes, TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="1")
check("tags", sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "team", "Value": "security"}])
sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "stage", "Value": "prod"}])
sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
check("tags change", sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "stage", "Value": "prod"}])
nowhere = topic.replace("audit", "nowhere")
refused("tags of nothing", "ResourceNotFound", sns.list_tags_for_resource, ResourceArn=nowhere, status=404)
for call in (sns.get_topic_attributes, sns.list_subscriptions_by_topic):
    refused("a topic that is not there", "NotFound", call, TopicArn=nowhere, status=404, message="Topic does not exist")
refused("no ARN of a topic", "InvalidParameter", sns.get_topic_attributes, TopicArn="audit", message="Invalid parameter: TopicArn")
refused("another Region's topic", "InvalidParameter", boto3.client("sns", region_name="eu-west-1").get_topic_attributes, TopicArn=topic)

# Who may: root of the account, a user with a policy; not one without.
iam.create_user(UserName="nobody")
key = iam.create_access_key(UserName="nobody")["AccessKey"]
nobody = boto3.client("sns", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
for call, more in ((nobody.publish, {"Message": "x"}), (nobody.get_topic_attributes, {}), (nobody.delete_topic, {}),
                   (nobody.subscribe, {"Protocol": "http", "Endpoint": URL}), (nobody.add_permission, {"Label": "x", "AWSAccountId": [ACCOUNT], "ActionName": ["Publish"]})):
    refused(f"a user without a policy: {call.__name__}", "AuthorizationError", call, TopicArn=topic, status=403, **more)
sns.add_permission(TopicArn=topic, Label="user", AWSAccountId=[ACCOUNT], ActionName=["Publish"])
refused("a label twice", "InvalidParameter", sns.add_permission, TopicArn=topic, Label="user", AWSAccountId=[ACCOUNT], ActionName=["Publish"])
refused("no such action", "InvalidParameter", sns.add_permission, TopicArn=topic, Label="other", AWSAccountId=[ACCOUNT], ActionName=["Nothing"])
policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
check("the policy grew", [s["Sid"] for s in policy["Statement"]] == ["__default_statement_ID", "user"], policy)
sns.remove_permission(TopicArn=topic, Label="user")
refused("no such label", "NotFound", sns.remove_permission, TopicArn=topic, Label="user", status=404)

# Subscribing: nothing but the question arrives until the endpoint says yes.
for protocol, endpoint in (("http", "https://x"), ("https", URL), ("http", "http://user:secret@host/"), ("fax", "1")):
    refused(f"no endpoint: {protocol} {endpoint[:12]}", "InvalidParameter", sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
refused("queues are absent", "NotImplemented", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:1:q", status=501)
answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{URL}/one")["SubscriptionArn"]
check("it waits", answer == "pending confirmation", answer)
sns.publish(TopicArn=topic, Message="too early")
question = envelope("/one", "SubscriptionConfirmation")
check("openssl accepts the question", openssl_accepts(question))
listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
check("listed as pending", [s["SubscriptionArn"] for s in listed] == ["PendingConfirmation"], listed)
refused("a made-up token", "InvalidParameter", sns.confirm_subscription, TopicArn=topic, Token="x" * 128)
status, body = visit(question["SubscribeURL"].replace(question["Token"], "0" * 128))
check("a made-up link", status == 400 and "InvalidParameter" in body, (status, body))
status, body = visit(question["SubscribeURL"])
check("the link confirms", status == 200 and "<SubscriptionArn>" in body, (status, body))
status, body = visit(question["SubscribeURL"])
check("once", status == 400, (status, body))
one = sns.list_subscriptions()["Subscriptions"][0]
check("listed", (one["TopicArn"], one["Protocol"], one["Endpoint"], one["Owner"]) == (topic, "http", f"{URL}/one", ACCOUNT), one)

# Publishing.
said = sns.publish(TopicArn=topic, Subject="Hello", Message="tab\tquote\" ü\n", MessageAttributes={
    "size": {"DataType": "Number", "StringValue": "3"}, "raw": {"DataType": "Binary", "BinaryValue": b"\0\1"}})["MessageId"]
notice = envelope("/one", "Notification")
check("what was said", (notice["MessageId"], notice["Subject"], notice["Message"]) == (said, "Hello", "tab\tquote\" ü\n"), notice)
check("nothing came before the yes", len(got("/one", "Notification")) == 1)
check("attributes", notice["MessageAttributes"] == {"size": {"Type": "Number", "Value": "3"}, "raw": {"Type": "Binary", "Value": "AAE="}}, notice)
check("openssl accepts it", openssl_accepts(notice))
check("and not another", not openssl_accepts({**notice, "Message": "forged"}))
headers = got("/one", "Notification")[0][0]
check("headers", (headers["x-amz-sns-topic-arn"], headers["x-amz-sns-message-id"], headers["x-amz-sns-subscription-arn"]) == (topic, said, one["SubscriptionArn"]), headers)
check("another certificate is not there", visit(notice["SigningCertURL"][:-8] + "0000.pem")[0] == 404)
sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "for all", "http": "for http"}))
check("said by protocol", envelope("/one", "Notification", 1)["Message"] == "for http")
for name, arguments in (("empty", {"Message": ""}), ("too long", {"Message": "x" * 262145}), ("subject", {"Message": "x", "Subject": "a\nb"}),
                        ("structure", {"Message": "x", "MessageStructure": "json"}), ("no default", {"Message": "{\"http\":\"x\"}", "MessageStructure": "json"})):
    refused(f"message refused: {name}", "InvalidParameter", sns.publish, TopicArn=topic, status=400, **arguments)
refused("attribute refused", "ParameterValueInvalid", sns.publish, TopicArn=topic, Message="x", MessageAttributes={"a": {"DataType": "Number", "StringValue": "one"}})
refused("nowhere", "NotFound", sns.publish, TopicArn=nowhere, Message="x", status=404)
batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "first"}, {"Id": "b", "Message": "", "Subject": "x"}])
check("a batch in parts", [s["Id"] for s in batch["Successful"]] == ["a"] and [(f["Id"], f["Code"], f["SenderFault"]) for f in batch["Failed"]] == [("b", "InvalidParameter", True)], batch)
refused("ids twice", "BatchEntryIdsNotDistinct", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}] * 2)
refused("eleven", "TooManyEntriesInBatchRequest", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(n), "Message": "x"} for n in range(11)])
refused("bad id", "InvalidBatchEntryId", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a b", "Message": "x"}])
refused("too much", "BatchRequestTooLong", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(n), "Message": "x" * 200000} for n in range(2)])

# Trying again: 500 twice, then yes; 404 is final; raw messages.
raw = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{URL}/raw?x=1", ReturnSubscriptionArn=True,
                    Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
sns.confirm_subscription(TopicArn=topic, Token=envelope("/raw?x=1", "SubscriptionConfirmation")["Token"], AuthenticateOnUnsubscribe="true")
about = sns.get_subscription_attributes(SubscriptionArn=raw)["Attributes"]
check("about a subscription", (about["RawMessageDelivery"], about["PendingConfirmation"], about["ConfirmationWasAuthenticated"]) == ("true", "false", "true"), about)
Endpoint.answers["/raw?x=1"] = [500, 503]
Endpoint.answers["/one"] = [404]
before = len(got("/one", "Notification"))
sns.publish(TopicArn=topic, Message="{\"raw\": true}")
wait("three attempts", lambda: len(got("/raw?x=1", "Notification")) == 3)
attempts = got("/raw?x=1", "Notification")
check("the same each time, as it was said", {body for _, body in attempts} == {"{\"raw\": true}"} and len({h["x-amz-sns-message-id"] for h, _ in attempts}) == 1)
sns.publish(TopicArn=topic, Message="next")
wait("the next", lambda: len(got("/raw?x=1", "Notification")) == 4 and len(got("/one", "Notification")) == before + 2)
time.sleep(1.5)
check("no is no", len(got("/one", "Notification")) == before + 2, len(got("/one", "Notification")))
refused("subscribed otherwise", "InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="http", Endpoint=f"{URL}/raw?x=1", Attributes={"RawMessageDelivery": "false"})
for name, value, code in (("FilterPolicy", "{\"a\": [\"b\"]}", "NotImplemented"), ("RedrivePolicy", "{\"deadLetterTargetArn\": \"x\"}", "NotImplemented"), ("Nothing", "x", "InvalidParameter"), ("RawMessageDelivery", "maybe", "InvalidParameter")):
    refused(f"subscription attribute {name}", code, sns.set_subscription_attributes, SubscriptionArn=raw, AttributeName=name, AttributeValue=value)

# Ending: by the link in a message, unless it was confirmed otherwise; the endpoint can take it back.
status, body = visit(notice["UnsubscribeURL"].replace(one["SubscriptionArn"], raw))
check("this link does not end that one", status == 403 and "AuthorizationError" in body, (status, body))
check("the link ends it", visit(notice["UnsubscribeURL"])[0] == 200)
farewell = envelope("/one", "UnsubscribeConfirmation")
check("openssl accepts the farewell", openssl_accepts(farewell))
check("it is gone", [s["SubscriptionArn"] for s in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]] == [raw])
check("it comes back", visit(farewell["SubscribeURL"])[0] == 200 and len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 2)
sns.unsubscribe(SubscriptionArn=raw)
refused("gone", "NotFound", sns.get_subscription_attributes, SubscriptionArn=raw, status=404)

# The network: what only this machine can reach is not asked, unless the operator allows it; this test's 127.0.0.0/8 is allowed.
for url in ("http://169.254.169.254/latest/meta-data", "http://10.255.255.1/", "http://[::1]:9/"):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)

# S3's events.
s3.create_bucket(Bucket="events")
s3.put_bucket_versioning(Bucket="events", VersioningConfiguration={"Status": "Enabled"})
check("no notifications at first", "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="events"))
wanted = {"TopicConfigurations": [{"Id": "all", "TopicArn": topic, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"],
                                   "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "logs/"}]}}}]}
put = s3.put_bucket_notification_configuration


def no(name, code="InvalidArgument", **change):
    one_ = {**wanted["TopicConfigurations"][0], **change}
    refused(f"notification refused: {name}", code, put, Bucket="events", NotificationConfiguration={"TopicConfigurations": [one_]}, status=400)


no("the policy does not let S3 in")
try:
    put(Bucket="events", NotificationConfiguration=wanted)
except s3.exceptions.ClientError as error:
    said = error.response["Error"]
    check("AWS's words", (said["Message"], said.get("ArgumentName1"), said.get("ArgumentValue1")) == (
        "Unable to validate the following destination configurations", topic,
        "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"), said)
no("no such topic", TopicArn=nowhere)
no("no ARN", TopicArn="audit")
no("another Region", TopicArn=topic.replace(REGION, "eu-west-1"))
no("no such event", Events=["s3:Nothing:*"])
no("no such rule", Filter={"Key": {"FilterRules": [{"Name": "middle", "Value": "x"}]}})
no("two prefixes", Filter={"Key": {"FilterRules": [{"Name": "prefix", "Value": "x"}, {"Name": "prefix", "Value": "y"}]}})
refused("queues are absent", "NotImplemented", put, Bucket="events", status=501, NotificationConfiguration={
    "QueueConfigurations": [{"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "Events": ["s3:ObjectCreated:*"]}]})
policy["Statement"] = [
    {"Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish", "Resource": topic,
     "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::events"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    {"Sid": "AWSCloudTrailSNSPolicy20131101", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "SNS:Publish",
     "Resource": topic, "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/noticed"}}}]
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
refused("overlapping", "InvalidArgument", put, Bucket="events", NotificationConfiguration={"TopicConfigurations": [
    wanted["TopicConfigurations"][0], {"Id": "more", "TopicArn": topic, "Events": ["s3:ObjectCreated:Put"]}]})
refused("a user may not", "AccessDenied", boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]).put_bucket_notification_configuration,
        Bucket="events", NotificationConfiguration=wanted, status=403)


def messages():
    texts = [json.loads(body)["Message"] for _, body in got("/one", "Notification")]
    return [json.loads(text) for text in texts if text.startswith('{"R') or text.startswith('{"s3B') or '"s3:TestEvent"' in text]


def records():
    return [r for m in messages() for r in m.get("Records", [])]


put(Bucket="events", NotificationConfiguration=wanted)
check("kept", s3.get_bucket_notification_configuration(Bucket="events")["TopicConfigurations"] == wanted["TopicConfigurations"],
      s3.get_bucket_notification_configuration(Bucket="events"))
wait("the test event", lambda: any(m.get("Event") == "s3:TestEvent" for m in messages()))
test = next(m for m in messages() if m.get("Event") == "s3:TestEvent")
check("the test event", (test["Service"], test["Bucket"]) == ("Amazon S3", "events"), test)
version = s3.put_object(Bucket="events", Key="logs/a b+ü.gz", Body=b"12345")
s3.put_object(Bucket="events", Key="other/a", Body=b"1")
s3.copy_object(Bucket="events", Key="logs/copy", CopySource={"Bucket": "events", "Key": "other/a"})
upload = s3.create_multipart_upload(Bucket="events", Key="logs/parts")["UploadId"]
part = s3.upload_part(Bucket="events", Key="logs/parts", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
s3.complete_multipart_upload(Bucket="events", Key="logs/parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
s3.put_object_tagging(Bucket="events", Key="logs/copy", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
s3.delete_object_tagging(Bucket="events", Key="logs/copy")
marker = s3.delete_object(Bucket="events", Key="logs/copy")
s3.delete_objects(Bucket="events", Delete={"Objects": [{"Key": "logs/a b+ü.gz", "VersionId": version["VersionId"]}]})
names = ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload", "ObjectTagging:Put", "ObjectTagging:Delete",
         "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"]
wait("all events", lambda: len(records()) >= len(names))
check("each change once", sorted(r["eventName"] for r in records()) == sorted(names), [r["eventName"] for r in records()])
first = next(r for r in records() if r["eventName"] == "ObjectCreated:Put")
about = first["s3"]
check("about the object", (about["object"]["key"], about["object"]["size"], about["object"]["eTag"], about["object"]["versionId"]) == (
    "logs/a+b%2B%C3%BC.gz", 5, version["ETag"].strip('"'), version["VersionId"]), about)
check("about the bucket", (about["bucket"]["name"], about["bucket"]["ownerIdentity"]["principalId"], about["configurationId"]) == ("events", OWNER, "all"), about)
check("who and where", (first["userIdentity"]["principalId"], first["requestParameters"]["sourceIPAddress"], first["awsRegion"]) == (f"AWS:{ACCOUNT}", "127.0.0.1", REGION), first)
check("the request", first["responseElements"]["x-amz-request-id"] == version["ResponseMetadata"]["RequestId"], first)
removed = next(r for r in records() if r["eventName"] == "ObjectRemoved:DeleteMarkerCreated")
check("the marker", removed["s3"]["object"]["versionId"] == marker["VersionId"], removed)
check("events of a key are in order", first["s3"]["object"]["sequencer"] < next(r for r in records() if r["eventName"] == "ObjectRemoved:Delete")["s3"]["object"]["sequencer"])
put(Bucket="events", NotificationConfiguration={})
check("taken away", "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="events"))

# CloudTrail's notices.
s3.create_bucket(Bucket="noticed")
s3.put_bucket_policy(Bucket="noticed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::noticed"},
    {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::noticed/AWSLogs/*"}]}))
refused("a trail whose topic refuses", "InsufficientSnsTopicPolicyException", trail.create_trail, Name="refused", S3BucketName="noticed", SnsTopicName="audit",
        message="SNS Topic does not exist or the topic policy is incorrect!")
refused("a trail without such a topic", "InsufficientSnsTopicPolicyException", trail.create_trail, Name="noticed", S3BucketName="noticed", SnsTopicName="nowhere")
refused("no name", "InvalidSnsTopicNameException", trail.create_trail, Name="noticed", S3BucketName="noticed", SnsTopicName="a b")
made = trail.create_trail(Name="noticed", S3BucketName="noticed", SnsTopicName="audit")
check("the trail says its topic", (made["SnsTopicName"], made["SnsTopicARN"]) == ("audit", topic), made)
wait("the validation message", lambda: any("CloudTrail validation message." == json.loads(b)["Message"] for _, b in got("/one", "Notification")))
trail.start_logging(Name="noticed")
sns.list_topics()


def notices():
    return [m for m in messages() if "s3Bucket" in m]


wait("a notice", lambda: len(notices()) > 0)
there = [o["Key"] for o in s3.list_objects_v2(Bucket="noticed")["Contents"]]
check("the file is there", notices()[0]["s3Bucket"] == "noticed" and notices()[0]["s3ObjectKey"][0] in there, notices()[0])
check("the status says so", "LatestNotificationTime" in trail.get_trail_status(Name="noticed") and "LatestNotificationError" not in trail.get_trail_status(Name="noticed"))
policy["Statement"].pop()
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
wait("the refusal in the status", lambda: trail.get_trail_status(Name="noticed").get("LatestNotificationError") == "AuthorizationError")
check("deliveries go on", trail.get_trail_status(Name="noticed").get("LatestDeliveryError") is None)
trail.update_trail(Name="noticed", SnsTopicName="")
check("the topic is taken away", "SnsTopicARN" not in trail.get_trail(Name="noticed")["Trail"])

# Its end, and the CLI.
cli = subprocess.run(["aws", "sns", "publish", "--topic-arn", topic, "--message", "from the CLI"], capture_output=True, text=True)
check("the AWS CLI publishes", cli.returncode == 0 and "MessageId" in cli.stdout, cli.stderr)
wait("it arrives", lambda: any("from the CLI" in body for _, body in got("/one", "Notification")))
sns.delete_topic(TopicArn=topic)
sns.delete_topic(TopicArn=topic)
refused("it is gone", "NotFound", sns.publish, TopicArn=topic, Message="x")
check("with its subscriptions", all(s["TopicArn"] != topic for s in sns.list_subscriptions()["Subscriptions"]))
finish()
