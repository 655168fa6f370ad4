"""What the client scripts share: counting what held."""

import sys
import time

from botocore.exceptions import ClientError

failures = 0


def check(name, held, detail=""):
    """Prints one line; counts what did not hold."""
    global failures
    print(("ok   " if held else "FAIL ") + name + ("" if held else f": {detail}"))
    failures += not held


def refused(name, code, call, message=None, status=None, **arguments):
    """Expects the call to be refused with `code`."""
    try:
        answer = call(**arguments)
        check(name, False, f"accepted: {answer}")
    except ClientError as error:
        got = error.response["Error"]
        held = got["Code"] == code and (message is None or got.get("Message") == message)
        held = held and status in (None, error.response["ResponseMetadata"]["HTTPStatusCode"])
        check(name, held, error.response)


def wait(what, ready, seconds=40):
    """Waits until `ready()` is true."""
    deadline = time.time() + seconds
    while not ready():
        if time.time() > deadline:
            print(f"FAIL waited too long for {what}")
            sys.exit(1)
        time.sleep(0.2)


def finish():
    """Ends the script; call it last."""
    sys.exit(1 if failures else 0)
