"""Many commands: those that are right pass without a finding, those that are wrong are found at their word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.load import load
from runbook_lang.surfaces.aws_model import find_service
from tests.surfaces.conftest import INPUTS

if TYPE_CHECKING:
    from collections.abc import Callable

    Found = Callable[[str], list[str]]

RIGHT = [line for line in (Path(__file__).parent / "right_commands.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]


@pytest.mark.parametrize("tool", ["doctl", "psql", "redis-cli", "aws", "shell"])
def test_a_right_command_gets_no_finding(tool: str, tmp_path: Path) -> None:
    commands = [line for line in RIGHT if line.partition(": ")[0] == tool]
    assert len(commands) > 30
    # A limit, for what never ends by itself; a reason, for what destroys.
    steps = [f"  - {tool}: {json.dumps(line.partition(': ')[2], ensure_ascii=False)}\n    timeout: 1m\n" for line in commands]
    path = tmp_path / "right.yml"
    path.write_text(f"runbook: right\ninputs: {INPUTS}\nsteps:\n{''.join(steps)}", encoding="utf-8")
    # Without awscli or botocore nothing is known of some services, and that is said.
    ignored = {"RB426"} if find_service("lambda") else {"RB426", "RB569"}
    found = [item for item in load(str(path)).problems.sorted() if item.code not in ignored]
    assert [f"{item.code} {commands[(item.span.line - 4) // 2]}: {item.message}" for item in found if item.span] == []


WRONG = [
    ("doctl: doctl apps list", ["RB560 doctl"]),
    ("doctl: apps spec get ${app} --format xml", ["RB564 xml"]),
    ("doctl: databases list --format Name,URI", ["RB598 Name,URI"]),
    ("doctl: databases user list ${db} --format Name,Password", ["RB598 Name,Password"]),
    ("redis-cli: redis-cli PING", ["RB581 redis-cli"]),
    ("shell: redis-cli -x GET a b", ["RB582 b"]),
    ("shell: [bash, -c, 'x=$(doctl apps frob); echo $x']", ["RB560 frob"]),
    ("shell: [bash, -c, 'echo $(doctl apps list --format Foo | head -n $((1+1)))']", ["RB563 Foo"]),
    ("shell: [bash, -c, 'echo `doctl apps frob`']", ["RB560 frob"]),
    ("psql: SELCT 1", ["RB578 SELCT"]),
    ("psql: SELECT (1", ["RB578 SELECT (1"]),
    ("psql: SELECT 1)", ["RB578 )"]),
    ("psql: SELECT :one", ["RB572 :one"]),
    ("aws: s3 cp a b", ["RB564 b"]),
    ("aws: s3 rm k", ["RB564 k"]),
    ("aws: s3 cp a s3://b --acl publik", ["RB564 publik"]),
    ("aws: s3 cp a s3://b --sse=AES", ["RB564 AES"]),
    ("aws: s3api put-bucket-acl --bucket b --acl publik", ["RB564 publik"]),
    ("aws: s3api put-bucket-acl --bucket b --acl Private", ["RB564 Private"]),
    ("aws: s3api list-buckets --output jsn", ["RB564 jsn"]),
    ("aws: ec2 describe-instances --color sometimes", ["RB564 sometimes"]),
    ("aws: s3api head-object --buck b --key k", ["RB562 --buck"]),
    ("aws: s3api head-object --bucket b --key k --regoin x", ["RB562 --regoin"]),
    ("aws: s3api wait object-exist --bucket b --key k", ["RB591 object-exist"]),
    ("aws: s3api wait object-exists --bucket b", ["RB565 object-exists"]),
    ("aws: s3api wait", ["RB591 wait"]),
    ("aws: s3api wait ${app}", ["RB569 ${app}"]),
    ("aws: ec2 create-network-acl-entry --network-acl-id a --rule-number 1 --protocol 6 --rule-action allow", ["RB565 create-network-acl-entry"]),
    ("aws: ecc describe-instances", ["RB591 ecc"]),
    ("aws: configure set aws_secret_access_key ${app}", ["RB567 ${app}"]),
    ("aws: configure set default.aws_session_token x", ["RB567 x"]),
]  # fmt: skip


@pytest.mark.parametrize(("step", "wanted"), WRONG)
def test_a_wrong_command_is_found_at_its_word(found: Found, step: str, wanted: list[str]) -> None:
    assert found(step) == wanted


def test_a_list_of_a_service_only_warns_except_where_nothing_but_capitals_differs(tmp_path: Path) -> None:
    """The service may know more values than the list; what the program itself refuses is an error."""
    path = tmp_path / "r.yml"
    for command, severity, help in (
        ("s3api put-bucket-acl --bucket b --acl publik", "warning", "One of: private, public-read, public-read-write, authenticated-read."),
        ("s3api put-bucket-acl --bucket b --acl Private", "error", "Write it private."),
        ("s3 cp a s3://b --storage-class standard", "error", "Write it STANDARD."),
        ("ec2 run-instances --instance-type t9.huge", "", ""),
    ):
        path.write_text(f"runbook: r\nsteps:\n  - aws: {command}\n", encoding="utf-8")
        items = load(str(path)).problems.sorted()
        assert [(item.severity, item.help) for item in items] == ([(severity, help)] if severity else [])
