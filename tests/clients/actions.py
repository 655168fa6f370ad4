"""The lists of actions that `check` judges policies by, against two judges: cfn-lint's list, which comes from AWS's own
policy generator, and botocore's operations, each of which has to be an action or to be said to be none.
"""

import importlib.resources
import json
import pathlib
import re

import botocore.session

FOLDER = pathlib.Path(__file__).parents[2] / "crates/trailward-guard/src/check/actions"
# What cfn-lint's list does not have yet: actions of an API that is younger than the list.
YOUNGER = {"kms": {"Decapsulate", "Encapsulate"}}
# Services of botocore with operations under the actions' prefix.
MODELS = {"s3": ("s3", "s3control")}

ours = {file.stem: file.read_text().split() for file in sorted(FOLDER.glob("*.txt"))}
assert ours.keys() == {"cloudtrail", "cloudwatch", "iam", "kms", "logs", "organizations", "s3", "sns", "sts"}, ours.keys()
slips = set(re.findall(r'^    \("([^"]+)", "', (FOLDER / "slips.rs").read_text(), re.M))
unlisted = set(re.search(r"const UNLISTED.*?\[\n(.*?)\];", (FOLDER / "mod.rs").read_text(), re.S).group(1).replace('"', "")
               .replace(",", "").split())
assert len(slips) > 60 and len(unlisted) > 5, (slips, unlisted)

theirs = json.loads(importlib.resources.files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text())
session = botocore.session.get_session()
for service, names in ours.items():
    lower = {name.lower() for name in names}
    known = set(theirs[service]["Actions"])
    missing, more = known - lower, lower - known
    assert not missing, f"{service}: we do not know {sorted(missing)}"
    assert more == {name.lower() for name in YOUNGER.get(service, ())}, f"{service}: nobody else knows {sorted(more)}"

    spelled = {name.lower(): name for name in names}
    operations = 0
    for model in MODELS.get(service, (service,)):
        for operation in session.get_service_model(model).operation_names:
            operations += 1
            action = f"{service}:{operation}"
            told = [operation.lower() in lower, action in slips, action in unlisted]
            assert sum(told) == 1, f"{action} is {told} an action, a slip, unlisted"
            # Of S3's names, the reference writes two in its own way.
            same = spelled.get(operation.lower(), operation) == operation
            assert same or operation in ("GetBucketCors", "PutBucketCors"), (operation, spelled[operation.lower()])
    print(f"{service:<14} {len(names)} actions, {operations} operations")
