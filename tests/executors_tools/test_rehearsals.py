"""Changes that their own tool can rehearse, and those that must not be tried."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.executors.conformance import FakeAttempt
from runbook_lang.executors.psql import PsqlExecutor
from runbook_lang.surfaces import aws, doctl, psql, redis_cli


def words(surface: Any, command: str) -> list[str] | None:
    found = surface.rehearsal(surface.request({"command": command.split()}))
    return None if found is None else list(found.argv[1:])


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("apps update a1 --spec f.yml --wait", "apps propose --spec f.yml --app a1 -o json"),
        ("apps create --spec=f.yml", "apps propose --spec f.yml -o json"),
        ("apps update a1 --spec -", None),
        ("apps restart a1", None),
        ("apps delete a1", None),
    ],
)
def test_doctl_proposes(command: str, wanted: str | None) -> None:
    assert words(doctl.SURFACE, command) == (wanted.split() if wanted else None)


@pytest.mark.parametrize(("command", "flag"), [("s3 rm s3://b/k", "--dryrun"), ("ec2 start-instances --instance-ids i", "--dry-run")])
def test_aws_has_its_own(command: str, flag: str) -> None:
    assert flag in (words(aws.SURFACE, command) or [])


@pytest.mark.parametrize("command", ["s3 ls", "s3 mb s3://b", "s3api put-object --bucket b --key k", "ec2 describe-instances"])
def test_aws_has_none(command: str) -> None:
    assert words(aws.SURFACE, command) is None


def test_redis_has_none() -> None:
    assert words(redis_cli.SURFACE, "SET a 1") is None


@pytest.mark.parametrize(
    "sql",
    [
        "select pg_terminate_backend(1)", "insert into t values (nextval('s'))", "update t set a = f(b)", "call p()", "do $$ begin end $$", "vacuum t",
        "copy t to '/tmp/x'", "select dblink_exec('x')", "create subscription s connection 'x' publication p", "create extension x", "alter system set a = 1",
        "with x as (select f()) insert into t select * from x", "notify x", "select 1", "create table t as select f()",
    ],
)  # fmt: skip
def test_sql_whose_effect_may_outlast_a_rollback_is_not_rehearsed(sql: str) -> None:
    assert psql.SURFACE.rehearsal(psql.SURFACE.request({"sql": sql})) is None


REHEARSED = [
    "insert into rehearsed (id) values (2) returning id", "delete from rehearsed", "drop table rehearsed", "truncate rehearsed",
    "alter table rehearsed add column note text", "create table other (id int primary key, up int references rehearsed (id))",
    "update rehearsed set id = 3; insert into rehearsed values (1)",
]  # fmt: skip


@pytest.mark.lab
def test_sql_is_rolled_back(postgres: Any) -> None:
    postgres.admin("create table if not exists rehearsed (id int primary key)")
    postgres.admin("truncate rehearsed; insert into rehearsed values (1)")
    where = {"host": "localhost", "port": postgres.port, "user": "app", "password": "s3cr:et\\pa'ss", "database": "postgres"}
    postgres.admin("alter table rehearsed owner to app; grant create on schema public to app")
    for sql in REHEARSED:
        request = psql.SURFACE.rehearsal(psql.SURFACE.request({"sql": sql, **where}))
        assert request is not None, sql
        outcome = PsqlExecutor().run(FakeAttempt(request))
        assert outcome.ok, outcome.message
        assert postgres.admin("select array_agg(id) from rehearsed") == "{1}"
    bad = psql.SURFACE.rehearsal(psql.SURFACE.request({"sql": "insert into rehearsed values (1)", **where}))
    assert bad is not None
    outcome = PsqlExecutor().run(FakeAttempt(bad))
    assert (outcome.ok, outcome.applied) == (False, "no")
    assert "23505" in outcome.message
