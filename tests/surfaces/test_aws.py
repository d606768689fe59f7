"""Commands of aws: options, arguments, results; from the files of the package and from an installed botocore."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from runbook_lang.expr.types import INT, STRING, ListType, RecordType
from runbook_lang.surfaces import aws_model
from runbook_lang.surfaces.aws_model import find_model, find_service, kebab

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
        "ListDBThings": {"output": {"shape": "Out"}},
        "GetFile": {"output": {"shape": "File"}},
        "Ping": {},
    },
    "shapes": {
        "Out": {"type": "structure", "members": {"Things": {"shape": "Things"}, "Count": {"shape": "Int"}, "Ratio": {"shape": "Float"}}},
        "Things": {"type": "list", "member": {"shape": "Thing"}},
        "Thing": {"type": "structure", "members": {"Name": {"shape": "Str"}, "Parent": {"shape": "Thing"}, "Tags": {"shape": "Tags"}}},
        "Tags": {"type": "map", "key": {"shape": "Str"}, "value": {"shape": "Str"}},
        "File": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "Blob"}, "Type": {"shape": "Str"}}},
        "Int": {"type": "integer"},
        "Float": {"type": "float"},
        "Str": {"type": "string"},
        "Blob": {"type": "blob"},
    },
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with models where botocore has them."""
    for version, model in (("2015-01-01", "{"), ("2020-01-01", json.dumps(MODEL))):
        folder = tmp_path / "botocore" / "data" / "things" / version
        folder.mkdir(parents=True)
        with gzip.open(folder / "service-2.json.gz", "wt") as file:
            file.write(model)
    monkeypatch.syspath_prepend(tmp_path)
    aws_model._installed.cache_clear()
    yield tmp_path
    aws_model._installed.cache_clear()


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


def test_an_operation_that_a_model_lacks_is_unchecked(site: Path, found: Callable[[str], list[str]]) -> None:
    assert found("aws: things list-db-things --anything x") == []
    assert found("aws: things pong") == ["RB569 pong"]


def test_a_model_that_cannot_be_read_is_as_good_as_none(site: Path) -> None:
    (site / "botocore" / "data" / "things" / "2020-01-01" / "service-2.json.gz").write_bytes(b"no gzip")
    assert find_service("things") is None
    assert find_service("../things") is None


def test_operations_are_named_as_botocore_names_them() -> None:
    botocore = pytest.importorskip("botocore", reason="its rule is the one to keep to")
    for name in ("ListDBThings", "DescribeDBInstances", "GetMFADevice", "ListSAMLProviders", "CreateVPCs", "UploadServerCertificate", "GetOpenIDConnectProvider", "PutBucketACLs", "S3Get2Things", "ListObjectsV2"):  # fmt: skip
        assert kebab(name) == botocore.xform_name(name, "-"), name
