"""TLS with a certificate of the service's own making: clients that trust it work, others refuse it."""

import os

import boto3
import botocore.exceptions
from checks import check, finish

check("the endpoint is https", os.environ["AWS_ENDPOINT_URL"].startswith("https://127.0.0.1:"))
bundle = os.environ["AWS_CA_BUNDLE"]
check("STS", boto3.client("sts", verify=bundle).get_caller_identity()["Arn"].endswith(":root"))
s3 = boto3.client("s3", verify=bundle)
s3.create_bucket(Bucket="over-tls")
# Over TLS, current clients send unsigned chunks with a checksum behind them.
s3.put_object(Bucket="over-tls", Key="k", Body=b"x" * 300_000)
check("a streamed upload", s3.get_object(Bucket="over-tls", Key="k")["Body"].read() == b"x" * 300_000)
s3.put_bucket_policy(Bucket="over-tls", Policy="""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",
    "Action":"s3:*","Resource":["arn:aws:s3:::over-tls","arn:aws:s3:::over-tls/*"],
    "Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}""")
check("aws:SecureTransport is true", s3.head_object(Bucket="over-tls", Key="k")["ContentLength"] == 300_000)
del os.environ["AWS_CA_BUNDLE"]
try:
    boto3.client("sts").get_caller_identity()
    check("who does not trust the certificate refuses it", False)
except botocore.exceptions.SSLError:
    check("who does not trust the certificate refuses it", True)
finish()
