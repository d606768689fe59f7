"""What is found in commands, at which words; and what must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook_lang.expr.types import STRING
from runbook_lang.expr.values import Unknown
from runbook_lang.surfaces.doctl import SURFACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runbook_lang.api.load import Loaded

    Found = Callable[[str], list[str]]

DOCTL = [
    ("apps get-deployment ${app}", ["RB565 apps get-deployment ${app}"]),
    ("apps get-deployment ${many}", []),
    ("apps get-deployment ${app} ${db}", []),
    ("apps lists", ["RB560 lists"]),
    ("dtabases list", ["RB560 dtabases"]),
    ("compute droplet list", ["RB569 droplet"]),
    ("account get", ["RB569 account"]),
    ("${app} list", ["RB569 ${app}"]),
    ("apps ${app}", ["RB569 ${app}"]),
    ("apps logs ${app} --tail ten", ["RB564 ten"]),
    ("apps logs ${app} --tail", ["RB565 --tail"]),
    ("apps logs ${app} --tail ${n}", []),
    ("apps logs ${app} --type=RUN", ["RB564 RUN"]),
    ("apps logs ${app} --type=${db} -n=${n}", ["RB562 -n=${n}"]),
    ("apps logs ${app} ${db} --type=${db}", []),
    ("apps logs ${app} -f", ["RB568 -f"]),
    ("apps logs ${app} --follow=false", []),
    ("apps logs ${app} --follow\n    timeout: 1m", []),
    ("apps list -o yaml", ["RB564 yaml"]),
    ("apps list -ojson", []),
    ("apps list --format ID,Nmae", ["RB563 Nmae"]),
    ("apps list -o json --format ID", ["RB566 ID"]),
    ("apps list extra", ["RB565 extra"]),
    ("apps create-deployment ${app} --deployment-id ${db}", ["RB562 --deployment-id"]),
    ("apps create-deployment ${app} --deployment-id=${db}", ["RB562 --deployment-id=${db}"]),
    ("apps list --access-token ${db}", ["RB567 --access-token"]),
    ("databases get ${db} -o json", ["RB598 -o"]),
    ("databases get ${db}", []),
    ("registry repository list", ["RB561 registry"]),
    ("registry repository list-v2", []),
    ("apps --help", []),
    ("apps create --help", []),
    ("version", []),
    ("balance get", ["RB569 balance"]),
]


@pytest.mark.parametrize(("command", "wanted"), DOCTL)
def test_doctl(found: Found, command: str, wanted: list[str]) -> None:
    assert found(f"doctl: {command}") == wanted


REDIS = [
    ("SET ${app}", ["RB582 SET"]),
    ("SET ${many}", []),
    ("${app} x", ["RB569 ${app}"]),
    ("CONFIG ${app} x", ["RB569 ${app}"]),
    ("CONFIG GET maxmemory", []),
    ("JSON.GET k", ["RB569 JSON.GET"]),
    ("GTE k", ["RB581 GTE"]),
    ("KEYS user:*", ["RB584 KEYS"]),
    ("FLUSHALL", ["RB584 FLUSHALL"]),
    ("FLUSHDB", ["RB584 FLUSHDB"]),
    ("DEBUG SLEEP 1", ["RB584 DEBUG"]),
    ("HMSET k a b", ["RB561 HMSET"]),
    ("-a pw PING", ["RB580 -a", "RB567 -a"]),
    ("FROBNICATE k", ["RB581 FROBNICATE"]),
    ("AUTH user pw", ["RB567 pw"]),
    ("HELLO 3 AUTH user pw", ["RB567 pw"]),
    ("CONFIG SET maxmemory 1 requirepass pw", ["RB567 pw"]),
    ("ACL SETUSER x on '>pw'", ["RB567 '>pw'"]),
    ("MIGRATE h 1 k 0 1 AUTH pw", ["RB567 pw"]),
    ("MONITOR", ["RB583 MONITOR"]),
    ("MONITOR\n    timeout: 10s", []),
]


@pytest.mark.parametrize(("command", "wanted"), REDIS)
def test_redis(found: Found, command: str, wanted: list[str]) -> None:
    assert found(f"redis-cli: {command}") == wanted


SQL = [
    ("delete from t", ["RB575 delete from t"]),
    ("update t set a = 1", ["RB575 update t set a = 1"]),
    ("delete from t where id = ${n}", []),
    ("\\\\dt", ["RB571 \\dt"]),
    ("copy t to program 'x'", ["RB573 copy t to program 'x'"]),
    ("select 1; commit", ["RB574 commit"]),
]


@pytest.mark.parametrize(("sql", "wanted"), SQL)
def test_sql(found: Found, sql: str, wanted: list[str]) -> None:
    assert found(f'psql: "{sql}"'.replace("\\\\", "\\\\")) == [item.replace("\\dt", "\\\\dt") for item in wanted]


SHELL = [
    ("redis-cli -h ${host} --tls -a ${password} PING", ["RB567 -a"]),
    ("redis-cli --pass x GET a", ["RB567 --pass"]),
    ("redis-cli -u redis://u:${password}@h GET a", ["RB567 -u"]),
    ("redis-cli -h ${host} GET a b", ["RB582 b"]),
    ("redis-cli --no-such GET a", ["RB562 --no-such"]),
    ("/usr/bin/redis-cli -n 1 GET a", []),
    ("doctl apps logs ${app} --type RUN", ["RB564 RUN"]),
    ("doctl apps logs ${app} --type run --follow", ["RB568 --follow"]),
    ("timeout 30 doctl apps logs ${app} --type run --follow", []),
    ("doctl apps logs ${app} --type run --follow\n    timeout: 1m", []),
    ("env A=1 doctl apps lists", ["RB560 lists"]),
    ("doctl databases get ${db}", ["RB598 doctl"]),
    ("doctl databases get ${db} --format Status", []),
    ("doctl apps list -t x", ["RB567 -t"]),
    ('psql "postgresql://u:${password}@${host}/d" -c "select 1"', ['RB567 "postgresql://u:${password}@${host}/d"']),
    ("psql postgresql://u@${host}/d", []),
    ('psql "host=x password=y"', ['RB567 "host=x password=y"']),
    ("psql -Atqc 'select 1'", []),
    ("psql --no-such", ["RB562 --no-such"]),
    ("psql -p five", ["RB564 five"]),
    ("psql a b c", ["RB565 c"]),
    ('psql -c "delete from t"', ['RB575 "delete from t"']),
    ("aws s3 list s3://b", ["RB591 list"]),
    ("aws s3 ls --recusive", ["RB562 --recusive"]),
    ("aws s3 ls s3://a s3://b", ["RB565 s3://b"]),
    ("aws s3 ls", []),
    ("aws s3 cp a", ["RB565 cp"]),
    ("aws s3 cp --exclude '*' --include x s3://b/k ./f --sse --acl private", []),
    ("aws s3 sync . s3://b --delete --size-only --dryrun", []),
    ("aws s3 presign s3://b/k --expires-in soon", ["RB598 aws", "RB564 soon"]),
    ("aws s3api head-object --bucket b", ["RB565 head-object"]),
    ("aws logs tail group", ["RB569 tail"]),
    ("aws secretsmanager create-secret --name x --secret-string ${app}", ["RB567 --secret-string"]),
    ("aws secretsmanager create-secret --name x --secret-string file://s", []),
    ("aws secretsmanager get-secret-value --secret-id x", ["RB598 aws"]),
    ("curl -u me:${password} https://x", ["RB567 me:${password}"]),
    ("curl -u ${app} https://x", []),
    ("curl https://me:pw@x/", ["RB567 https://me:pw@x/"]),
    ("curl -H 'Accept: text/plain' https://x", []),
    ("curl -H 'Authorization: Bearer ${password}' https://x", ["RB567 'Authorization: Bearer ${password}'", "RB236 ${password}"]),
    ("ls doctl", []),
    ("[sh, -c, 'doctl apps lists | head; redis-cli -a $P PING']", ["RB560 lists", "RB567 -a"]),
    ("[bash, -ec, 'A=1 doctl apps get x --format \"Nope\" > f']", ['RB563 "Nope"']),
    ("[sh, -c, 'if doctl apps list; then psql \"$URL\"; fi']", []),
    ("[sh, -c, 'echo doctl apps lists']", []),
    ("[sh, -c, 'doctl $(cat f) list # doctl nope']", ["RB569 $(cat f)"]),
    ('[sh, -c, "doctl apps logs $A --type \'RUN"]', ["RB564 'RUN"]),
]


@pytest.mark.parametrize(("command", "wanted"), SHELL)
def test_programs_that_are_known_in_shell_steps(found: Found, command: str, wanted: list[str]) -> None:
    step = f"shell: {command}" if command.startswith("[") else f"shell: >-\n      {command}"
    assert found(step) == wanted


EFFECTS = [
    ("shell: doctl apps list", "read"),
    ("shell: doctl apps delete ${app}", "destroy"),
    ("shell: sudo doctl apps list", "change"),
    ("shell: sudo doctl apps delete x", "destroy"),
    ("shell: ./doctl apps list", "change"),
    ("shell: {command: doctl apps list, env: {PATH: /tmp}}", "change"),
    ("shell: redis-cli GET a", "read"),
    ("shell: aws s3 rm s3://b/k", "destroy"),
    ("shell: psql -c 'drop table t'", "destroy"),
    ("shell: psql -c 'select 1'", "change"),
    ("shell: [sh, -c, 'doctl apps list | tee f']", "change"),
    ("shell: [sh, -c, 'cd x && doctl apps delete y']", "destroy"),
    ("shell: curl https://x", "change"),
]


@pytest.mark.parametrize(("step", "effect"), EFFECTS)
def test_effects_of_known_programs(loaded: Callable[[str], Loaded], step: str, effect: str) -> None:
    program = loaded(f"{step}\n    because: it is meant").program
    assert program is not None
    assert getattr(program.root.body[0], "effect", None) == effect


def test_the_output_of_a_shell_step_that_prints_passwords_is_a_secret(loaded: Callable[[str], Loaded]) -> None:
    program = loaded("shell: doctl databases get ${db} -o json").program
    assert program is not None
    assert "stdout" in getattr(program.root.body[0], "taint", ())


TYPES = [
    ("doctl: apps list-deployments ${app}", 'result.json[0].phaze == "ACTIVE"', ["RB214 .phaze"]),
    ("doctl: apps list-deployments ${app}", "result.json.phase == 'x'", None),
    ("doctl: databases backups ${db}", 'result.json[0].size_gigabytes == "big"', None),
    ("psql: select version, success from t", "result.rows[0].verzion == '1'", None),
    ("psql: select version, success from t", "result.rows[0].success == true", []),
    ("psql: select count(*) from t", 'result.rows[0].count == "3"', None),
    ("psql: select count(*) from t", "result.rows[0].cuont == 3", None),
    ("psql: select id::int from t", 'result.rows[0].id == "3"', None),
    ("psql: select id::int from t", "has(result.rows[0].id) && result.rows[0].id > 3", []),
    ("psql: select max(id) from t", "result.rows[0].max == null", []),
    ("psql: select version, success from t", "result.rows.version == '1'", None),
    ("redis-cli: DBSIZE", 'result.value == "1"', None),
    ("redis-cli: HGETALL k", "result.value[0] == 'x'", None),
    ("redis-cli: HGETALL k", "result.value.field == 'x'", []),
    ("redis-cli: LRANGE k 0 -1", "result.value.field == 'x'", None),
    ("redis-cli: GET k", "result.value == null || result.value == 'x'", []),
    ("redis-cli: GET k", "result.valeu == 'x'", None),
    ("aws: s3api head-object --bucket b --key k", 'result.json.ContentLength > "0"', None),
    ("aws: s3api head-object --bucket b --key k", "result.json.ContentLenght > 0", None),
    ("aws: ec2 describe-instances", "result.json.Reservations.Instances.size() > 0", None),
    ("doctl: apps get ${app}", 'result.json[0].spec[0] == "x"', None),
]


@pytest.mark.parametrize(("step", "expect", "wanted"), TYPES)
def test_results_have_types(found: Found, step: str, expect: str, wanted: list[str] | None) -> None:
    """A field that isn't there, a number compared with a text, an index into an object; None: some error."""
    items = found(f"{step}\n    expect: {expect}")
    assert items if wanted is None else len(items) == len(wanted)


def test_an_unchecked_command_fails_a_strict_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from runbook_lang.cli.main import main

    path = tmp_path / "r.yml"
    path.write_text("runbook: r\ninputs: {verb: string}\nsteps:\n  - doctl: apps ${verb} x\n")
    assert main(["check", str(path)]) == 0
    assert "RB569" in capsys.readouterr().out
    assert main(["check", "--strict", str(path)]) == 2


@pytest.mark.parametrize("value", ["ID", "ID,Cause"])
def test_an_option_with_an_unknown_value_is_the_same_option_in_a_plan(value: str) -> None:
    """A plan shows the words of the run, with holes: nothing is added to one of them only."""
    run = SURFACE.request({"command": ["apps", "list", f"--format={value}"]})
    plan = SURFACE.request({"command": ["apps", "list", Unknown("--format=⟨columns⟩", STRING)]})
    assert len(plan.argv) == len(run.argv)
    assert plan.data == run.data
