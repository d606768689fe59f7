"""A manual typed in as it stands gets the findings that are due, at their lines, and no other."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from runbook_lang.api.load import load
from tests.contracts.tree import ROOT

HERE = Path(__file__).parent
SEED = Path(os.environ.get("RUNBOOK_SEED_MANUAL", ROOT.parent / "shared" / "seed" / "RUNBOOK.md"))
MARK = re.compile(r"#!((?: RB\d{3})+)\s*$")


def found(path: Path) -> list[tuple[int, str]]:
    return sorted((item.span.line if item.span else 0, item.code) for item in load(str(path)).problems.sorted())


def wanted(text: str) -> list[tuple[int, str]]:
    return sorted(
        (line, code) for line, text in enumerate(text.splitlines(), 1) if (match := MARK.search(text)) for code in match[1].split()
    )


def test_the_manual_as_it_stands() -> None:
    path = HERE / "manual.yml"
    assert found(path) == wanted(path.read_text(encoding="utf-8"))


def test_the_manual_put_right() -> None:
    """The same intents in forms that work: nothing is found."""
    assert found(HERE / "manual_right.yml") == []


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("doctl: apps logs ${app_id} --type BUILD", 39, "--type of `doctl apps logs` can't be 'BUILD'"),
        ("doctl: apps get ${app_id} --format Domains", 40, "`doctl apps get` has no column 'Domains'"),
        ("doctl: apps create-deployment ${app_id} --deployment-id", 45, "`doctl apps create-deployment` has no option --deployment-id"),
    ],
)
def test_a_finding_points_at_the_word(line: str, column: int, message: str) -> None:
    path = HERE / "manual.yml"
    number = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if line in text)
    items = [item for item in load(str(path)).problems.sorted() if item.span and item.span.line == number]
    assert [(item.span.column, item.message) for item in items if item.span] == [(column, message)]
    assert all(item.help for item in items)


# What is wrong with each distinct command of the manual, as it behaves in doctl 1.166, psql and redis-cli; nothing with all others.
WRONG = {
    "doctl apps logs ${app_id} --type RUN --follow": ["RB564", "RB568"],
    "doctl apps logs ${app_id} --type RUN --tail 100": ["RB564"],
    "doctl apps logs ${app_id} --type BUILD": ["RB564"],
    "doctl apps create-deployment ${app_id} --deployment-id ${previous.deployment_id}": ["RB562"],
    "doctl databases backups list ${cluster}": ["RB565"],
    "doctl apps get ${app_id} --format ActiveDeployment.Phase,ActiveDeployment.Progress": ["RB563", "RB563"],
    "doctl apps get ${app_id} --format Spec.Envs | grep POSTGRES": ["RB563"],
    "doctl apps get ${app_id} --format Spec.Envs | grep REDIS_SSL_ENABLED": ["RB563"],
    "doctl apps get ${app_id} --format Domains": ["RB563"],
    "doctl apps get ${app_id} --format Spec.Name,ActiveDeployment.Phase,ActiveDeployment.Progress": ["RB563", "RB563"],
    "doctl apps get ${app_id} --format Spec.Services[0].InstanceCount,Spec.Services[0].InstanceSizeSlug": ["RB563", "RB563"],
    'psql "postgresql://${postgres_user}:${postgres_password}@${postgres_host}:${postgres_port}/${postgres_db}?sslmode=require" -c "SELECT 1"': [
        "RB567"
    ],
    "redis-cli -h ${redis_host} -p ${redis_port} --tls -a ${redis_password} PING": ["RB567"],
}


def commands() -> list[tuple[int, int, str]]:
    """(first line, last line, command) of each step, scripts with their variables filled in."""
    tree = yaml.compose((HERE / "manual.yml").read_text(encoding="utf-8"))
    steps = next(value for key, value in tree.value if key.value == "steps").value
    found = []
    for step in steps:
        keys = {key.value: value for key, value in step.value}
        kind = next(name for name in ("doctl", "psql", "aws", "shell", "set") if name in keys)
        node = keys[kind]
        if kind == "set":
            text = "PREVIOUS_DEPLOYMENT_ID=${previous_deployment}"
        elif isinstance(node, yaml.ScalarNode):
            text = node.value if kind in ("shell", "psql") else f"{kind} {node.value}"
        else:
            argv = next(value for key, value in node.value if key.value == "argv")
            text = argv.value[-1].value.replace('"$APP_ID"', "${app_id}")
        found.append((step.start_mark.line + 1, step.end_mark.line, text))
    return found


def test_each_command_has_its_findings_and_no_other() -> None:
    items = found(HERE / "manual.yml")
    for first, last, text in commands():
        assert [code for line, code in items if first <= line <= last] == WRONG.get(text, []), text
    assert set(WRONG) <= {text for _, _, text in commands()}


def test_all_commands_of_the_manual_are_there() -> None:
    """45 commands: 40 lines of them, four further programs in pipes, and one variable that is set."""
    texts = [text for _, _, text in commands()]
    assert (len(texts), sum(text.count(" | ") for text in texts)) == (41, 4)
    assert Counter(text.split()[0] for text in texts) == {
        "doctl": 26, "curl": 2, "psql": 3, "redis-cli": 1, "aws": 2, "openssl": 1, "DELETE": 1,
        "./scripts/production-health-check.sh": 3, "./backend/scripts/flyway-migrate.sh": 1, "PREVIOUS_DEPLOYMENT_ID=${previous_deployment}": 1,
    }  # fmt: skip


NAMES = {"<DB_CLUSTER_ID>": "${cluster}", "$PREVIOUS_DEPLOYMENT_ID": "${previous.deployment_id}", "$STORAGE_S3_BUCKET": "${bucket}"}
NAMES |= {"<deployment-activo-anterior>": "${previous_deployment}"}
_INLINE = re.compile(r"`((?:doctl|DELETE|\./)[^`]* [^`]*)`")


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="the manual is kept outside of the repository")
def test_the_commands_are_those_of_the_original() -> None:
    assert sorted(typed_in(SEED.read_text(encoding="utf-8"))) == sorted(text for _, _, text in commands())


def typed_in(text: str) -> list[str]:
    """The commands of blocks of bash and those inside of sentences, with the names that the transcription gives."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.strip().startswith("```"):
            inside = line.strip() == "```bash"
        elif inside and line.strip() and not line.strip().startswith("#"):
            lines.append(re.sub(r"\s+# .*", "", line.strip()))
        elif not inside:
            lines += _INLINE.findall(line)
    for old, new in NAMES.items():
        lines = [line.replace(old, new) for line in lines]
    return [re.sub(r"<([A-Z_]+)>|\$([A-Z][A-Z0-9_]*)", lambda match: "${" + (match[1] or match[2]).lower() + "}", line) for line in lines]
