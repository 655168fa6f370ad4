"""`trailward check --all-accounts` of an organization, against `trailward serve`: time and calls.

    BINARY=target/release/trailward python bench/check_organization.py [ACCOUNTS]

needs boto3. Makes an organization of ACCOUNTS (default 200) accounts on an empty data directory with the 17 default
Regions, applies the control to its management account, and checks every account: with the trail running, which shows in
every Region, and with it stopped, so that every Region of every account is asked for trails of its own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

BINARY = os.path.abspath(os.environ["BINARY"])
ACCOUNTS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
CONTROL = """
[trail]
organization = true
[guard_policies]
enabled = true
[bucket.policy]
deny_insecure_transport = false
[log_group]
enabled = false
[alarms]
enabled = false
"""


def calls():
    text = urllib.request.urlopen("http://127.0.0.1:4799/metrics").read().decode()
    found = re.findall(r'^trailward_requests_total\{[^}]*source="([a-z0-9.]+)"[^}]*\} (\d+)', text, re.M)
    count = {}
    for source, number in found:
        count[source] = count.get(source, 0) + int(number)
    return count


def measure(what, run, control):
    before, started = calls(), time.time()
    done = subprocess.run([*run, "check", "--all-accounts", "--control", control, "--format", "json"], capture_output=True,
                          text=True)
    seconds = time.time() - started
    assert done.returncode in (0, 2), done.stderr
    made = {source: number - before.get(source, 0) for source, number in calls().items()}
    accounts = json.loads(done.stdout)["accounts"]
    unread = [a["account"] for a in accounts if "unreadable" in a]
    unrecorded = [a for a in accounts for f in a["findings"] if f["id"] == "events.writes" and f["verdict"] == "fail"]
    print(f"{what}: {len(accounts)} accounts, {len(unread)} unreadable, {len(unrecorded)} unrecorded, in {seconds:.1f} s; "
          f"{sum(made.values())} calls:")
    for source, number in sorted(made.items(), key=lambda item: -item[1]):
        if number:
            print(f"  {number:6} {source}")


with tempfile.TemporaryDirectory() as folder:
    data = f"{folder}/data"
    server = subprocess.Popen([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:4798", "--admin", "127.0.0.1:4799",
                               "--no-default-trail"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen("http://127.0.0.1:4799/readyz")
                break
            except OSError:
                time.sleep(0.1)
        exports = subprocess.run([BINARY, "env", "--data", data], capture_output=True, text=True, check=True).stdout
        for name, value in re.findall(r"^export (\w+)='?([^'\n]*)'?$", exports, re.M):
            os.environ[name] = value
        # The root user takes no roles, on AWS neither.
        iam = boto3.client("iam")
        iam.create_user(UserName="admin")
        iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        os.environ |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        org = boto3.client("organizations")
        org.create_organization(FeatureSet="ALL")
        for number in range(ACCOUNTS - 1):
            org.create_account(AccountName=f"a{number}", Email=f"a{number}@example.com")
        while len([a for p in org.get_paginator("list_accounts").paginate() for a in p["Accounts"]]) < ACCOUNTS:
            time.sleep(0.5)
        with open(f"{folder}/control.toml", "w") as file:
            file.write(CONTROL)
        run = [BINARY, "--quiet"]
        applied = subprocess.run([*run, "apply", "--yes", "--control", f"{folder}/control.toml", "--state", f"{folder}/state"],
                                 capture_output=True, text=True)
        assert applied.returncode in (0, 2), applied.stderr
        measure("running", run, f"{folder}/control.toml")
        boto3.client("cloudtrail").stop_logging(Name="main")
        measure("stopped", run, f"{folder}/control.toml")
    finally:
        server.terminate()
        server.wait()
