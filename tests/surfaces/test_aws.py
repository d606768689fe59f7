"""Commands of aws: options, arguments, results; from the files of the package and from an installed botocore."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from runbook_lang.expr.types import INT, STRING, ListType, RecordType
from runbook_lang.surfaces import aws_installed
from runbook_lang.surfaces.aws_installed import kebab
from runbook_lang.surfaces.aws_model import find_model, find_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMANDS = [
    ("s3api head-object --bucket ${app} --key ${db}", []),
    ("s3api head-object --bucket ${app}", ["RB565 head-object"]),
    ("s3api head-object ${many}", []),
    ("s3api head-object ${app}", ["RB565 head-object", "RB565 ${app}"]),
    ("s3api get-object --bucket=${app} --key=${db} out.txt", []),
    ("s3api get-object --bucket ${app} --key ${db}", ["RB565 get-object"]),
    ("s3api get-objects --bucket ${app}", ["RB591 get-objects"]),
    ("ec2 describe-instances --instance-ids i-1 i-2 --max-items five", ["RB564 five"]),
    ("ec2 describe-instances --instance-ids i-1 --regoin x", ["RB562 --regoin"]),
    ("ec2 describe-instances --region x --no-paginate --query Reservations", []),
    ("ec2 start-instances --instance-ids i-1 --dry-run", []),
    ("ec2 start-instances --cli-input-json file://x", []),
    ("ec2 wait instance-running --instance-ids i-1", []),
    ("sts get-caller-identity", []),
    ("sts get-caller-identity extra", ["RB565 extra"]),
    ("sts get-caller-identity --region", ["RB565 --region"]),
    ("rds describe-db-instances --db-instance-identifier ${db}", []),
    ("rds describe-db-instances --db-instance-identifier", ["RB565 --db-instance-identifier"]),
    ("cloudwatch get-metric-statistics help", []),
    ("no-such-service list-things", ["RB569 no-such-service"]),
    ("configure list", []),
    ("${app} list", ["RB569 ${app}"]),
    ("s3 ${app} x", ["RB569 ${app}"]),
]


@pytest.mark.parametrize(("command", "wanted"), COMMANDS)
def test_findings(found: Callable[[str], list[str]], command: str, wanted: list[str]) -> None:
    assert found(f"aws: {command}") == wanted


@pytest.mark.parametrize(
    ("command", "expect", "good"),
    [
        ("s3api head-object --bucket b --key k", "result.json.ContentLength > 0", True),
        ("s3api head-object --bucket b --key k", "result.json.ContentLenght > 0", False),
        ("s3api head-object --bucket b --key k", "result.json.ContentLength == 'x'", False),
        ("ec2 describe-instances", "result.json.Reservations.all(r, r.Instances.all(i, i.State.Name == 'running'))", True),
        ("ec2 describe-instances", "result.json.Reservations.Instances == 1", False),
        ("ec2 describe-instances --query Reservations[0]", "result.json.anything == 1", True),
        ("sts get-caller-identity", "result.json.Account == '1'", True),
        ("rds describe-db-instances", "result.json.DBInstances[0].DBInstanceStatus == 'available'", True),
    ],
)
def test_results_have_types(found: Callable[[str], list[str]], command: str, expect: str, good: bool) -> None:
    assert (found(f'aws: {command}\n    expect: "{expect}"') == []) == good


MODEL = {
    "operations": {
        "ListDBThings": {"input": {"shape": "In"}, "output": {"shape": "Out"}},
        "GetFile": {"output": {"shape": "File"}},
        "Ping": {},
    },
    "shapes": {
        "In": {
            "type": "structure",
            "required": ["Kind", "Token", "Deep"],
            "members": {
                "Kind": {"shape": "Kind"},
                "Token": {"shape": "Str", "idempotencyToken": True},
                "Deep": {"shape": "Bool"},
                "Most": {"shape": "Int"},
                "Names": {"shape": "Names"},
                "Guard": {"shape": "Flag"},
            },
        },
        "Kind": {"type": "string", "enum": ["big", "small"]},
        "Names": {"type": "list", "member": {"shape": "Str"}},
        "Flag": {"type": "structure", "members": {"Value": {"shape": "Bool"}}},
        "Bool": {"type": "boolean"},
        "Out": {"type": "structure", "members": {"Things": {"shape": "Things"}, "Count": {"shape": "Int"}, "Ratio": {"shape": "Float"}}},
        "Things": {"type": "list", "member": {"shape": "Thing"}},
        "Thing": {"type": "structure", "members": {"Name": {"shape": "Str"}, "Parent": {"shape": "Thing"}, "Tags": {"shape": "Tags"}}},
        "Tags": {"type": "map", "key": {"shape": "Str"}, "value": {"shape": "Str"}},
        "File": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "Blob"}, "Type": {"shape": "Str"}}},
        "Int": {"type": "integer"},
        "Float": {"type": "float"},
        "Str": {"type": "string"},
        "Blob": {"type": "blob", "streaming": True},
    },
}
WAITERS = {"waiters": {"ThingsThere": {"operation": "ListDBThings"}}}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with models where botocore has them."""
    for version, model in (("2015-01-01", "{"), ("2020-01-01", json.dumps(MODEL))):
        folder = tmp_path / "botocore" / "data" / "things" / version
        folder.mkdir(parents=True)
        with gzip.open(folder / "service-2.json.gz", "wt") as file:
            file.write(model)
        (folder / "waiters-2.json").write_text(json.dumps(WAITERS))
    monkeypatch.syspath_prepend(tmp_path)
    aws_installed.installed.cache_clear()
    yield tmp_path
    aws_installed.installed.cache_clear()


def test_results_of_other_services_come_from_an_installed_botocore(site: Path) -> None:
    service = find_service("things")
    assert service is not None
    assert not service.exact
    model = find_model(service, "list-db-things")
    assert model is not None
    assert isinstance(model.result, RecordType)
    assert model.result.fields["Count"] == INT
    things = model.result.fields["Things"]
    assert isinstance(things, ListType)
    assert isinstance(things.elem, RecordType)
    assert str(things.elem.fields["Parent"]) == "dyn"
    assert things.elem.fields["Name"] == STRING
    file = find_model(service, "get-file")
    assert file is not None
    assert file.result == RecordType("get-file result", {"Type": STRING}, frozenset({"Type"}))
    ping = find_model(service, "ping")
    assert ping is not None
    assert ping.result is None
    assert find_model(service, "pong") is None


INSTALLED = [
    ("list-db-things --kind big --deep", []),
    ("list-db-things --kind=${app} --no-deep --token t --most 5 --names a b --guard --max-items 3", []),
    ("list-db-things --kind big --deep --no-guard --guard Value=true", []),
    ("list-db-things --cli-input-json file://in.json", []),
    ("list-db-things", ["RB565 list-db-things"]),
    ("list-db-things --kind big --deep --anything x", ["RB562 --anything"]),
    ("list-db-things --kind huge --deep --most many", ["RB564 huge", "RB564 many"]),
    ("list-db-things --kind big --deep --names", ["RB565 --names"]),
    ("get-file out.txt", []),
    ("get-file", ["RB565 get-file"]),
    ("wait things-there --kind big --deep", []),
    ("wait things-there --deep", ["RB565 things-there"]),
    ("wait thing-there --deep", ["RB591 thing-there"]),
    ("list-db-thing", ["RB591 list-db-thing"]),
    ("pong-pong", ["RB569 pong-pong"]),
]


@pytest.mark.parametrize(("command", "wanted"), INSTALLED)
def test_commands_of_other_services_are_checked_by_an_installed_model(
    site: Path, found: Callable[[str], list[str]], command: str, wanted: list[str]
) -> None:
    """What is near a name of the model is meant for it; what isn't may be of a newer tool."""
    assert found(f"aws: things {command}") == wanted


def test_the_models_that_the_tool_brings_come_first(site: Path, found: Callable[[str], list[str]]) -> None:
    folder = site / "awscli" / "botocore" / "data" / "things" / "2021-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps({"operations": {"Newer": {}}, "shapes": {}}))
    assert found("aws: things newer") == []
    assert found("aws: things get-file out.txt") == ["RB569 get-file"]


def test_what_the_package_lacks_an_installed_model_may_have(site: Path, found: Callable[[str], list[str]]) -> None:
    assert found("aws: sts list-db-things --kind big --deep") == ["RB591 list-db-things"]
    assert found("aws: sts get-caller-identity --bold x") == ["RB562 --bold"]
    folder = site / "awscli" / "botocore" / "data" / "sts" / "2031-01-01"
    folder.mkdir(parents=True)
    bold = {"type": "structure", "members": {"Bold": {"shape": "Str"}}}
    model = {**MODEL, "operations": {**MODEL["operations"], "GetCallerIdentity": {"input": {"shape": "Bold"}}}, "shapes": {**MODEL["shapes"], "Bold": bold}}  # fmt: skip
    (folder / "service-2.json").write_text(json.dumps(model))
    aws_installed.installed.cache_clear()
    assert found("aws: sts list-db-things --kind big --deep") == []
    assert found("aws: sts get-caller-identity --bold x") == []


def test_operations_that_the_command_line_shapes_itself_are_known(site: Path, found: Callable[[str], list[str]]) -> None:
    """Where it renames an option or takes a file, the models don't tell its options."""
    folder = site / "awscli" / "botocore" / "data" / "lambda" / "2031-01-01"
    folder.mkdir(parents=True)
    operations = dict.fromkeys(("PublishVersion", "ListVersions"), MODEL["operations"]["ListDBThings"])
    (folder / "service-2.json").write_text(json.dumps({**MODEL, "operations": operations}))
    aws_installed.installed.cache_clear()
    assert found("aws: lambda list-versions --other x") == ["RB565 list-versions", "RB562 --other"]
    assert found("aws: lambda publish-version --other x") == []


def test_a_model_that_cannot_be_read_is_as_good_as_none(site: Path) -> None:
    (site / "botocore" / "data" / "things" / "2020-01-01" / "service-2.json.gz").write_bytes(b"no gzip")
    assert find_service("things") is None
    assert find_service("../things") is None


def test_operations_are_named_as_botocore_names_them() -> None:
    botocore = pytest.importorskip("botocore", reason="its rule is the one to keep to")
    for name in ("ListDBThings", "DescribeDBInstances", "GetMFADevice", "ListSAMLProviders", "CreateVPCs", "UploadServerCertificate", "GetOpenIDConnectProvider", "PutBucketACLs", "S3Get2Things", "ListObjectsV2"):  # fmt: skip
        assert kebab(name) == botocore.xform_name(name, "-"), name
