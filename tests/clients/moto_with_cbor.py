"""moto behind a proxy that speaks CloudWatch's CBOR protocol, which AWS's Rust SDK chooses and moto 5.2.5 does not know,
and that has an Event history.

Everything else goes through as it comes.
"""

import atexit
import http.client
import json
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.exceptions import ClientError

OPERATION = "/service/GraniteServiceVersion20100801/operation/"


def decode(data, at=0):
    """One CBOR value (RFC 8949), and where the next begins."""
    major, small, at = data[at] >> 5, data[at] & 31, at + 1
    if major == 7 and small in (20, 21, 22):
        return {20: False, 21: True, 22: None}[small], at
    if major == 7:
        size, form = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}[small]
        return struct.unpack(form, data[at:at + size])[0], at + size
    if small == 31:
        items = []
        while data[at] != 0xFF:
            item, at = decode(data, at)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at + 1
    if small < 24:
        n = small
    else:
        size = 1 << (small - 24)
        n, at = int.from_bytes(data[at:at + size], "big"), at + size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        raw = data[at:at + n]
        return (raw if major == 2 else raw.decode()), at + n
    if major == 6:
        return decode(data, at)
    items = []
    for _ in range(n * (2 if major == 5 else 1)):
        item, at = decode(data, at)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at


def head(major, n):
    for small, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << (8 * size):
            return bytes([major << 5 | small]) + n.to_bytes(size, "big")


def encode(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    # A moment.
    return b"\xc1" + encode(value.timestamp())


# What LookupEvents answers, which moto does not know: tests put events here.
EVENTS = []


def start():
    """Starts both; the URL."""
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    moto = next((line.split()[-1] for line in server.stderr if "Running on" in line), None)
    assert moto, "moto did not start"
    # Nobody else reads what it logs, and a full pipe would stop it.
    threading.Thread(target=server.stderr.read, daemon=True).start()
    cloudwatch = boto3.client("cloudwatch", endpoint_url=moto, region_name="us-east-1",
                              aws_access_key_id="testing", aws_secret_access_key="testing")

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, headers, body):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = dict((n.lower(), v) for n, v in headers).get("content-length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("x-amz-target", "").endswith(".LookupEvents"):
                wanted = json.loads(body)["LookupAttributes"][0]["AttributeValue"]
                found = json.dumps({"Events": [e for e in EVENTS if e["EventName"] == wanted]})
                return self.answer(200, [("Content-Type", "application/x-amz-json-1.1")], found.encode())
            if self.path.startswith(OPERATION):
                return self.cbor(self.path[len(OPERATION):], body)
            there = http.client.HTTPConnection(moto.split("//")[1].strip("/"))
            there.request(self.command, self.path, body, dict(self.headers.items()))
            response = there.getresponse()
            # moto names this answer's root otherwise than AWS does, which stricter clients than botocore refuse.
            text = response.read().replace(b"GetBucketVersioningResponse", b"VersioningConfiguration")
            self.answer(response.status, response.getheaders(), text)

        def cbor(self, operation, body):
            kind = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
            call = {"DescribeAlarms": cloudwatch.describe_alarms, "PutMetricAlarm": cloudwatch.put_metric_alarm}[operation]
            try:
                output = call(**decode(body)[0])
            except ClientError as error:
                return self.answer(400, kind, encode({"__type": error.response["Error"]["Code"], "message": str(error)}))
            output.pop("ResponseMetadata", None)
            self.answer(200, kind, encode(output))

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{proxy.server_address[1]}"
