"""Where secrets go, and whether they may: by executor, from the request and the environment."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.adapters.destinations import allows, destinations
from runbook_lang.expr.values import SecretRef
from runbook_lang.surfaces import registry
from runbook_lang.surfaces.sql_text import SqlValue

KEY = SecretRef("key")


def servers(executor: str, environ: dict[str, str] | None = None, **args: Any) -> list[str]:
    surface = registry.surface(executor)
    assert surface is not None
    return [str(item) for item in destinations(surface.request(args), environ or {})]


@pytest.mark.parametrize(
    ("args", "environ", "wanted"),
    [
        ({"host": "db.example.com"}, {}, ["db.example.com:5432"]),
        ({"host": "DB.example.com", "port": "25060"}, {}, ["db.example.com:25060"]),
        ({}, {"PGHOST": "db", "PGPORT": "6000"}, ["db:6000"]),
        ({"host": "a"}, {"PGHOST": "b"}, ["a:5432"]),
        ({"host": "a,b", "port": "1,2"}, {}, ["a:1", "b:2"]),
        ({}, {}, ["localhost:5432"]),
        ({"host": "/run/postgresql"}, {}, ["localhost:5432"]),
        ({"host": "db"}, {"PGHOSTADDR": "192.0.2.7"}, ["192.0.2.7:5432"]),
        ({"host": "db", "service": "other"}, {}, ["a server that only its program knows"]),
        ({"host": "db"}, {"PGSERVICE": "other"}, ["a server that only its program knows"]),
    ],
)
def test_psql(args: dict[str, Any], environ: dict[str, str], wanted: list[str]) -> None:
    assert servers("psql", environ, sql=SqlValue(("select 1",)), password=KEY, **args) == wanted


@pytest.mark.parametrize(
    ("command", "args", "environ", "wanted"),
    [
        ("s3 ls", {}, {}, "amazonaws.com"),
        ("s3 ls", {"endpoint_url": "https://fra1.example.com"}, {}, "https://fra1.example.com"),
        ("s3 ls --endpoint-url=http://x:9000", {}, {}, "http://x:9000"),
        ("s3 ls --endpoint-url http://x:9000", {}, {"AWS_ENDPOINT_URL": "https://y"}, "http://x:9000"),
        ("s3 ls", {}, {"AWS_ENDPOINT_URL": "https://y", "AWS_ENDPOINT_URL_S3": "https://z"}, "https://z"),
        ("ec2 describe-instances", {}, {"AWS_ENDPOINT_URL": "https://y", "AWS_ENDPOINT_URL_S3": "https://z"}, "https://y"),
    ],
)
def test_aws(command: str, args: dict[str, Any], environ: dict[str, str], wanted: str) -> None:
    assert servers("aws", environ, command=command.split(), secret_access_key=KEY, **args) == [wanted]


def test_others() -> None:
    assert servers("redis-cli", command=["PING"], host="Cache", port="6380", password=KEY) == ["cache:6380"]
    assert servers("redis-cli", command=["PING"], password=KEY) == ["127.0.0.1:6379"]
    assert servers("doctl", command=["apps", "list"], token=KEY) == ["https://api.digitalocean.com"]
    assert servers("doctl", {"DIGITALOCEAN_API_URL": "http://127.0.0.1:1"}, command=["apps", "list"]) == ["http://127.0.0.1:1"]
    assert servers("http", get="https://API.example.com:443/x") == ["https://api.example.com"]
    assert servers("shell", command=["ls"]) == []


@pytest.mark.parametrize(
    ("entry", "executor", "args", "allowed"),
    [
        ("db", "psql", {"host": "db", "port": "6000"}, True),
        ("DB", "psql", {"host": "db"}, True),
        ("db:5432", "psql", {"host": "db"}, True),
        ("db:5433", "psql", {"host": "db"}, False),
        ("postgresql://db:5432", "psql", {"host": "db"}, True),
        ("db", "psql", {"host": "db.evil.example"}, False),
        ("db", "psql", {"service": "db"}, False),
        ("cache", "redis-cli", {"host": "cache"}, True),
        ("cache", "redis-cli", {"host": "other"}, False),
        ("amazonaws.com", "aws", {}, True),
        ("s3.eu-central-1.amazonaws.com", "aws", {}, True),
        ("evilamazonaws.com", "aws", {}, False),
        ("https://fra1.example.com", "aws", {"endpoint_url": "https://fra1.example.com"}, True),
        ("fra1.example.com", "aws", {"endpoint_url": "https://fra1.example.com"}, True),
        ("https://fra1.example.com", "aws", {"endpoint_url": "http://fra1.example.com"}, False),
        ("", "psql", {}, False),
    ],
)
def test_what_a_secret_is_for(entry: str, executor: str, args: dict[str, Any], allowed: bool) -> None:
    surface = registry.surface(executor)
    assert surface is not None
    first: dict[str, Any] = {"psql": {"sql": SqlValue(("select 1",))}, "redis-cli": {"command": ["PING"]}, "aws": {"command": ["s3", "ls"]}}
    (server,) = destinations(surface.request({**first[executor], **args}), {})
    assert allows(entry, server) is allowed
