"""`trailward apply`, `check` and `plan` through a proxy that throttles as AWS's services do: every third call, and they do and
find the same; every call of one service, and what that service was asked is unknown, with action and reason; every call
of all, and the command cannot run. Calls are counted, so that none is tried without end.
"""

import collections
import http.client
import json
import os
import re
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BINARY = os.environ["TRAILWARD_BINARY"]
BEHIND = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
# So that the tool's own number of attempts counts.
os.environ.pop("AWS_MAX_ATTEMPTS")
ATTEMPTS = 8
# No command may take longer, however often it is refused.
BOUND = 240


class Throttle:
    """Which calls are refused."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rule = lambda number, service: False
        self.start()

    def start(self, rule=None):
        with self.lock:
            self.rule = rule or (lambda number, service: False)
            self.calls, self.refused, self.number = collections.Counter(), collections.Counter(), 0

    def refuses(self, service, what):
        with self.lock:
            self.number += 1
            self.calls[service, what] += 1
            refused = self.rule(self.number, service)
            self.refused[service, what] += refused
            return refused


THROTTLE = Throttle()


def answer(service):
    """How that service says so: status, type, body."""
    if service == "s3":
        return 503, "application/xml", "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    if service in ("iam", "sns", "sts"):
        return 400, "text/xml", ("<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message>"
                                 "</Error><RequestId>r</RequestId></ErrorResponse>")
    return 400, "application/x-amz-json-1.1", '{"__type":"ThrottlingException","message":"Rate exceeded"}'


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers["Authorization"]).group(1)
        action = re.search(rb"(?:^|&)Action=(\w+)", body)
        what = self.headers.get("X-Amz-Target") or (action.group(1).decode() if action else f"{self.command} {self.path}")
        if THROTTLE.refuses(service, what):
            status, kind, text = answer(service)
            return self.reply(status, {"Content-Type": kind}, text.encode())
        # The signature covers the host's name, so that it goes through as it is.
        connection = http.client.HTTPConnection(BEHIND)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        self.reply(response.status, dict(response.getheaders()), content)
        connection.close()

    def reply(self, status, headers, content):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

    def log_message(self, *_):
        pass


proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
proxy.daemon_threads = True
threading.Thread(target=proxy.serve_forever, daemon=True).start()
os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{proxy.server_port}"

with open("control.toml", "w") as file:
    # The proxy speaks plain HTTP, and the service has no log groups.
    file.write("[bucket.policy]\ndeny_insecure_transport = false\n[log_group]\nenabled = false\n[alarms]\nenabled = false\n")


def run(command, code, *more):
    done = subprocess.run([BINARY, command, "--control", "control.toml", *more], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=BOUND)
    assert done.returncode == code, (command, done.returncode, done.stdout[-3000:], done.stderr)
    return done


def check(code):
    """The report without its moment."""
    report = json.loads(run("check", code).stdout)
    report.pop("at")
    return report


def bounded(most):
    """No call was made more often than attempts allow, `most` times over."""
    asked = {call: THROTTLE.calls[call] for call in THROTTLE.refused if THROTTLE.refused[call]}
    assert asked and all(number <= most * ATTEMPTS for number in asked.values()), asked


third = lambda number, service: number % 3 == 0

# An account with nothing in it.
empty = check(2)
often = max(THROTTLE.calls.values())
THROTTLE.start(third)
assert check(2) == empty
assert sum(THROTTLE.refused.values()) >= 3, THROTTLE.refused
bounded(often)

# Everything is made through it, each thing once.
first = json.loads(run("plan", 2).stdout)
THROTTLE.start(third)
run("apply", 0, "--yes")
assert sum(THROTTLE.refused.values()) >= 20, THROTTLE.refused
made = {what: THROTTLE.calls[call] - THROTTLE.refused[call] for call in THROTTLE.calls for what in [call[1]]}
assert made["TrentService.CreateKey"] == 1 and sum("CreateTrail" in what for what in made) == 1, made
THROTTLE.start()
assert json.loads(run("plan", 0).stdout)["steps"] == [] and len(first["steps"]) >= 10
calm = check(2)
THROTTLE.start(third)
assert check(2) == calm and json.loads(run("plan", 0).stdout)["steps"] == []
refused = {service for (service, _), number in THROTTLE.refused.items() if number}
assert len(refused) >= 3, refused
print(f"every third call: {sum(THROTTLE.refused.values())} refused of {sum(THROTTLE.calls.values())}, of {sorted(refused)}")

# The usual variable shortens the waiting.
os.environ["AWS_MAX_ATTEMPTS"] = "3"
ATTEMPTS = 3

# One service answers nothing else: unknown, with the action and the reason. What other services say stays known.
before = {finding["id"]: finding["verdict"] for finding in calm["findings"]}
for service, area, reason in (("s3", "bucket.", "SlowDown"), ("cloudtrail", "trail.", "Throttling"), ("kms", "key.", "Throttling"),
                              ("iam", "account.", "Throttling")):
    THROTTLE.start()
    check(2)
    often = max(THROTTLE.calls.values())
    THROTTLE.start(lambda number, asked, service=service: asked == service)
    found = {finding["id"]: finding for finding in check(2)["findings"]}
    mine = {name: f for name, f in found.items() if name.startswith(area) and before[name] != "not-applicable"}
    assert mine and all(f["verdict"] in ("unknown", "not-applicable") for f in mine.values()), mine
    assert any(f["verdict"] == "unknown" for f in mine.values()), mine
    for name, finding in found.items():
        if finding["verdict"] == "unknown":
            assert reason in finding["evidence"] and finding["needs"].startswith(f"{service}:"), (name, finding)
    bounded(often)
    # What only a check asks is nothing to plan for.
    unknown = json.loads(run("plan", 0 if service == "iam" else 2).stdout)["unknown"]
    assert (unknown or service == "iam") and all(u["action"].startswith(f"{service}:") and reason in u["problem"] for u in unknown), unknown
    print(f"{service} throttled: {sum(f['verdict'] == 'unknown' for f in found.values())} unknown")

# All do: it cannot run, and says why.
THROTTLE.start(lambda number, service: True)
done = run("check", 1)
assert "sts:GetCallerIdentity" in done.stderr and "Throttling" in done.stderr and not done.stdout, done
assert 1 < sum(THROTTLE.calls.values()) <= ATTEMPTS, THROTTLE.calls

# Refused half-way, an apply says what it could not do, and the next one goes on from there.
with open("control.toml", "w") as file:
    file.write('[trail]\nname = "second"\n[key]\nalias = "alias/second"\n[bucket]\nname = "second-{account}"\n[bucket.access_log]\n'
               'bucket = "second-{account}-access"\n[bucket.policy]\ndeny_insecure_transport = false\n[log_group]\nenabled = false\n'
               "[alarms]\nenabled = false\n")
for calls in (60, 90):
    THROTTLE.start(lambda number, service, calls=calls: number > calls)
    done = run("apply", 1, "--yes")
    assert "SlowDown" in done.stderr or "Throttling" in done.stderr, done
    print(f"after {calls} calls: {done.stderr.strip().splitlines()[-1]}")
THROTTLE.start()
run("apply", 0, "--yes")
assert json.loads(run("plan", 0).stdout)["steps"] == []
