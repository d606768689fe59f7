"""What the surfaces say of a command without running it: effects, findings, result types, secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_lang.expr.types import INT, ListType, RecordType, Type
from runbook_lang.expr.values import Unknown
from runbook_lang.surfaces.aws import AwsSurface
from runbook_lang.surfaces.kinds import ArgumentError
from runbook_lang.surfaces.psql import PsqlSurface
from runbook_lang.surfaces.registry import surface

Judge = Callable[[str, str], Any]

EFFECTS = [
    # executor, command, effect, repeatable
    ("doctl", "apps list", "read", True),
    ("doctl", "apps ls", "read", True),
    ("doctl", "a lsd ${app}", "read", True),
    ("doctl", "-o json apps get ${app}", "read", True),
    ("doctl", "apps logs ${app} --type run --tail 100", "read", True),
    ("doctl", "apps propose --spec f.yml --app ${app}", "read", True),
    ("doctl", "apps spec get ${app} --deployment d", "read", True),
    ("doctl", "databases backups ${db}", "read", True),
    ("doctl", "apps create-deployment ${app} --wait", "change", False),
    ("doctl", "apps update ${app} --spec f.yml", "change", True),
    ("doctl", "compute cdn flush ${cdn} --files '*'", "change", True),
    ("doctl", "databases fork new --restore-from-cluster-id ${db}", "change", False),
    ("doctl", "apps delete ${app}", "destroy", False),
    ("doctl", "registry repository delete-tag repo tag", "destroy", False),
    ("doctl", "databases replica promote ${db} r", "destroy", False),
    ("doctl", "compute droplet list", "change", False),
    ("doctl", "kubernetes cluster list", "change", False),
    ("doctl", "apps delete --help", "read", True),
    ("redis-cli", "GET a", "read", True),
    ("redis-cli", "get ${key}", "read", True),
    ("redis-cli", "PING", "read", True),
    ("redis-cli", "INFO memory", "read", True),
    ("redis-cli", "CONFIG GET maxmemory", "read", True),
    ("redis-cli", "CONFIG SET maxmemory 1gb", "change", True),
    ("redis-cli", "SET a 1 EX 60", "change", True),
    ("redis-cli", "SET a 1 NX", "change", False),
    ("redis-cli", "INCR a", "change", False),
    ("redis-cli", "SORT a", "read", True),
    ("redis-cli", "SORT a STORE b", "change", False),
    ("redis-cli", "SORT a ${words}", "change", False),
    ("redis-cli", "SORT ${words}", "change", False),
    ("redis-cli", "SORT list:${id}", "read", True),
    ("redis-cli", "BITFIELD a GET u8 0", "read", True),
    ("redis-cli", "BITFIELD a SET u8 0 1", "change", False),
    ("redis-cli", "EVAL 'return 1' 0", "change", False),
    ("redis-cli", "PUBLISH c m", "change", False),
    ("redis-cli", "DEL a", "destroy", False),
    ("redis-cli", "FLUSHALL", "destroy", False),
    ("redis-cli", "SHUTDOWN NOSAVE", "destroy", False),
    ("redis-cli", "XGROUP DESTROY s g", "destroy", False),
    ("redis-cli", "${command} a", "change", False),
    ("redis-cli", "CONFIG ${what} maxmemory", "change", False),
    ("redis-cli", "JSON.GET a", "change", False),
    ("aws", "s3 ls s3://b/p", "read", True),
    ("aws", "--profile p s3 ls", "read", True),
    ("aws", "s3 cp a.txt s3://b/", "change", True),
    ("aws", "s3 cp s3://b/a .", "change", True),
    ("aws", "s3 cp a s3://b --dryrun", "read", True),
    ("aws", "s3 sync . s3://b", "change", True),
    ("aws", "s3 sync . s3://b --delete", "destroy", False),
    ("aws", "s3 sync . s3://b --del", "destroy", False),
    ("aws", "s3 sync . s3://b --dryr", "change", True),
    ("aws", "s3 mv s3://b/a s3://b/c", "change", False),
    ("aws", "--prof ls s3 rm s3://b/a", "destroy", False),
    ("aws", "--no-v s3 ls", "read", True),
    ("aws", "s3 rm s3://b/a", "destroy", False),
    ("aws", "s3 rb s3://b", "destroy", False),
    ("aws", "s3 presign s3://b/a", "read", True),
    ("aws", "s3api head-object --bucket b --key k", "read", True),
    ("aws", "s3api put-object --bucket b --key k --body f", "change", True),
    ("aws", "s3api get-object --bucket b --key k out", "change", True),
    ("aws", "s3api create-session --bucket b", "change", False),
    ("aws", "s3api delete-object --bucket b --key k", "destroy", False),
    ("aws", "sts get-caller-identity", "read", True),
    ("aws", "ec2 describe-instances", "read", True),
    ("aws", "ec2 terminate-instances --instance-ids i", "destroy", False),
    ("aws", "ec2 start-instances --instance-ids i", "change", False),
    ("aws", "ec2 start-instances --instance-ids i --dry-run", "read", True),
    ("aws", "ec2 start-instances --instance-ids i --dry-run --no-dry-r", "change", False),
    ("aws", "ec2 start-instances --instance-ids i --dry", "change", False),
    ("aws", "ec2 wait instance-running", "read", True),
    ("aws", "dynamodb scan --table-name t", "read", True),
    ("aws", "${service} list-things", "change", False),
    ("aws", "s3 ${verb} s3://b", "change", False),
]


@pytest.mark.parametrize(("executor", "command", "effect", "repeatable"), EFFECTS)
def test_effects_of_commands(judge: Judge, executor: str, command: str, effect: str, repeatable: bool) -> None:
    facts = judge(executor, command).facts
    assert (facts.effect, facts.repeatable) == (effect, repeatable), facts.why
    assert facts.why


@pytest.mark.parametrize(
    ("executor", "words", "effect"),
    [
        ("redis-cli", ["SORT", "a"], "read"),
        ("redis-cli", ["SORT", "a", "STORE", "b"], "change"),
        ("redis-cli", ["FLUSHDB"], "destroy"),
        ("aws", ["s3", "sync", "a", "s3://b"], "change"),
        ("aws", ["s3", "sync", "a", "s3://b", "--delete"], "destroy"),
        ("doctl", ["apps", "list"], "read"),
        ("doctl", ["apps", "update", "x", "--spec", "y"], "change"),
        ("doctl", ["apps", "delete", "x"], "destroy"),
        ("shell", ["date", "-u"], "read"),
        ("shell", ["date", "-s", "now"], "change"),
        ("shell", ["redis-cli", "FLUSHDB"], "destroy"),
        ("shell", ["sh", "-c", "doctl apps delete x"], "destroy"),
        ("shell", ["redis-cli", Unknown("command")], "change"),
    ],
)
def test_effects_of_words_that_were_filled_in(executor: str, words: list[str | Unknown], effect: str) -> None:
    known = surface(executor)
    assert known is not None
    assert known.effect(known.request({"command": words})) == effect


@pytest.mark.parametrize(
    ("executor", "args"),
    [
        *(("redis-cli", {"command": ["PING"], "tls": True, name: ""}) for name in ("host", "port", "user", "db", "cacert", "key")),
        *(("psql", {"sql": "select 1", name: ""}) for name in PsqlSurface.args if name != "sql"),
        *(("aws", {"command": ["s3", "ls"], name: ""}) for name in AwsSurface.args if name != "command"),
        *(("doctl", {"command": ["apps", "list"], name: ""}) for name in ("token", "api_url", "context")),
        ("shell", {"command": ["ls"], "cwd": ""}),
        ("http", {"get": "http://localhost", "ca": ""}),
        ("http", {"get": "http://localhost", "proxy": ""}),
        ("tls", {"address": "localhost", "ca": ""}),
        ("tls", {"address": "localhost", "server_name": ""}),
        ("notify", {"message": "x", "to": ""}),
        ("notify", {"message": "x", "to": []}),
    ],
)
def test_an_empty_value_is_not_taken_for_the_default(executor: str, args: dict[str, Any]) -> None:
    known = surface(executor)
    assert known is not None
    with pytest.raises(ArgumentError):
        known.request(args)


FINDINGS = [
    # executor, YAML, the findings as `code word`
    ("doctl", "apps list", []),
    ("doctl", "apps logs ${app} --type RUN", ["RB564 RUN"]),
    ("doctl", "apps logs ${app} --type=RUN", ["RB564 RUN"]),
    ("doctl", "apps logs ${app} --type ${kind}", []),
    ("doctl", "apps logs ${app} --type run --follow", ["RB568 --follow"]),
    ("doctl", "apps list-deployments ${app} --format ID,Cause,Phase,Progress --no-header", []),
    ("doctl", "apps create-deployment ${app} --deployment-id ${d}", ["RB562 --deployment-id"]),
    ("doctl", "apps get ${app} --format ActiveDeployment.Phase,ID", ["RB563 ActiveDeployment.Phase"]),
    ("doctl", "apps get ${app} --format Spec.Envs", ["RB563 Spec.Envs"]),
    ("doctl", "apps get ${app} --format id", ["RB563 id"]),
    ("doctl", "databases get ${db} --format Status", []),
    ("doctl", "databases backups list ${db}", ["RB565 ${db}"]),
    ("doctl", "databases frobnicate", ["RB560 frobnicate"]),
    ("doctl", "apps rollback ${app}", ["RB560 rollback"]),
    ("doctl", "apps", ["RB560 apps"]),
    ("doctl", "apps update ${app}", ["RB565 apps update ${app}"]),
    ("doctl", "apps restart", ["RB565 apps restart"]),
    ("doctl", "apps list -o json --format ID", ["RB566 ID"]),
    ("doctl", "apps list -t abc", ["RB567 -t"]),
    ("doctl", "apps list --http-retry-max 0 --trace", []),
    ("doctl", "compute cdn list", []),
    ("redis-cli", "-h h --tls -a pw PING", ["RB580 -h", "RB567 -a"]),
    ("redis-cli", "GTE a", ["RB581 GTE"]),
    ("redis-cli", "CONFIG FETCH a", ["RB581 FETCH"]),
    ("redis-cli", "FT.SEARCH i q", ["RB569 FT.SEARCH"]),
    ("redis-cli", "SET a", ["RB582 SET"]),
    ("redis-cli", "GET a b", ["RB582 b"]),
    ("redis-cli", "CONFIG", ["RB582 CONFIG"]),
    ("redis-cli", "MONITOR", ["RB583 MONITOR"]),
    ("aws", "aws s3 ls", ["RB590 aws"]),
    ("aws", "s3", ["RB590 s3"]),
    ("aws", "s3 ${verb} s3://b", ["RB569 ${verb}"]),
    ("aws", "--region ${r} s3 ls", []),
    ("aws", "s3 list s3://b", ["RB591 list"]),
    ("aws", "s3 ls s3://b --output json", ["RB592 s3 ls s3://b --output json"]),
    ("psql", "{sql: select 1, sslmode: full}", ["RB577 full"]),
    ("psql", "'select * from t where id = :id'", ["RB572 :id"]),
    ("psql", "select 1 \\g |rm", ["RB571 \\g |rm"]),
    ("psql", "begin; select 1; commit", ["RB574 begin", "RB574 commit"]),
    ("psql", "copy t from program 'x'", ["RB573 copy t from program 'x'"]),
    ("psql", "delete from t", ["RB575 delete from t"]),
    ("psql", "select ${a}, 'x", ["RB570 'x"]),
    ("psql", "select 1E'x'", ["RB570 1E'x'"]),
    ("psql", "insert into t values (${a}, ${b}); vacuum t", ["RB576 vacuum t"]),
]


@pytest.mark.parametrize(("executor", "text", "found"), FINDINGS)
def test_findings_and_their_places(judge: Judge, executor: str, text: str, found: list[str]) -> None:
    assert judge(executor, text).found == found


@pytest.mark.parametrize(
    ("command", "help"),
    [
        ("apps rollback x", "/v2/apps/ID/rollback"),
        ("apps create-deployment x --deployment-id y", "/v2/apps/ID/rollback"),
        ("databases backups list x", "databases backups ID"),
        ("apps get x --format Spec.Envs", "JSON"),
        ("apps get x --format id", "'ID'"),
        ("apps logs x --type RUN", "lower case: run"),
        ("databases replicas", "'replica'"),
    ],
)
def test_findings_say_what_to_do(judge: Judge, command: str, help: str) -> None:
    assert any(help in text for text in judge("doctl", command).helps)


def field(facts: Any, *path: str) -> Type | None:
    found: Any = facts.result
    for name in path:
        if name == "[]":
            assert isinstance(found, ListType)
            found = found.elem
        else:
            assert isinstance(found, RecordType)
            found = found.fields.get(name)
    return found


def test_result_types_of_doctl(judge: Judge) -> None:
    deployments = judge("doctl", "apps list-deployments x").facts
    assert field(deployments, "json", "[]", "progress", "success_steps") == INT
    progress = field(deployments, "json", "[]", "progress")
    assert isinstance(progress, RecordType)
    assert "success_steps" in progress.optional
    assert str(field(judge("doctl", "apps list").facts, "json", "[]")) == "app"
    assert str(field(judge("doctl", "databases get x").facts, "json", "[]")) == "database cluster"
    for text in ("apps logs x --type run", "apps get x --format ID", "apps list -o text", "apps spec get x"):
        assert "json" not in judge("doctl", text).facts.result.fields, text
    assert "json" in judge("doctl", "apps spec get x --format json").facts.result.fields


SECRETS = [
    ("doctl", "databases get x", "json[].connection.password"),
    ("doctl", "databases list", "json[].connection.uri"),
    ("doctl", "databases get x", "stdout"),
    ("doctl", "databases get x --format URI", "stdout"),
    ("doctl", "databases list --no-header", "lines"),
    ("doctl", "databases user list x", "json[].password"),
    ("doctl", "registry docker-config", "stdout"),
    ("redis-cli", "CONFIG GET requirepass", "value"),
    ("redis-cli", "CONFIG GET '*'", "value"),
    ("redis-cli", "CONFIG GET ${what}", "value"),
    ("redis-cli", "ACL GETUSER default", "value"),
    ("aws", "secretsmanager get-secret-value --secret-id x", "json.SecretString"),
    ("aws", "ecr get-login-password", "stdout"),
    ("aws", "s3 presign s3://b/k", "stdout"),
]


@pytest.mark.parametrize(("executor", "command", "secret"), SECRETS)
def test_secret_fields(judge: Judge, executor: str, command: str, secret: str) -> None:
    assert secret in judge(executor, command).facts.taint


@pytest.mark.parametrize(
    ("executor", "command"),
    [("doctl", "databases get x --format Status,ID"), ("doctl", "apps list"), ("redis-cli", "CONFIG GET maxmemory"), ("aws", "s3 ls")],
)
def test_nothing_secret(judge: Judge, executor: str, command: str) -> None:
    assert judge(executor, command).facts.taint == ()


def test_columns_of_plain_sql_are_a_type(judge: Judge) -> None:
    row = field(judge("psql", "select version, t.success, count(*) as n from t where v = ${v}").facts, "rows", "[]")
    assert isinstance(row, RecordType)
    assert list(row.fields) == ["version", "success", "n"]
    assert not row.open
    for text in ("select * from t", "select a + 1 from t", "select 1 as a union select 2 as b"):
        found = field(judge("psql", text).facts, "rows", "[]")
        assert not isinstance(found, RecordType) or list(found.fields) == ["a"]


def test_a_change_inside_with_has_no_count(judge: Judge) -> None:
    assert "affected" in judge("psql", "insert into t values (1)").facts.result.fields
    assert "affected" not in judge("psql", "with d as (insert into t values (1) returning a) select a from d").facts.result.fields


def test_targets(judge: Judge) -> None:
    assert judge("doctl", "apps restart ${app}").facts.targets == ("apps ${app}",)
    assert judge("redis-cli", "{command: GET k, host: r.example.com}").facts.targets == ("redis r.example.com", "key k")
    assert judge("psql", "{sql: select 1, host: d.example.com, database: shop}").facts.targets == ("host d.example.com", "database shop")
