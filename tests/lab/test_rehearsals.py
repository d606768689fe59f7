"""Rehearsals against real servers: rows, keys, objects and deployments are afterwards what they were before."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest_lab import RunningLab, need
from tests.lab.test_servers import psql, redis

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.lab

BOOK = """\
runbook: everything
inputs:
  app: {type: string, env: DO_APP_ID}
  bucket: {type: string, env: STORAGE_S3_BUCKET}
  s3: {type: string, env: S3_ENDPOINT}
secrets:
  pg: {env: POSTGRES_PASSWORD}
  redis: {env: REDIS_PASSWORD}
  token: {env: DIGITALOCEAN_ACCESS_TOKEN, for: ["$API"]}
defaults:
  psql: {host: "$PGHOST", port: "$PGPORT", user: "$PGUSER", database: "$PGDB", password: "${pg}", sslmode: verify-full}
  redis-cli: {host: "$RHOST", port: "$RPORT", tls: true, password: "${redis}"}
  doctl: {token: "${token}", api_url: "$API"}
steps:
  - {id: rows, psql: "SELECT count(*) AS n FROM companies"}
  - {id: insert, guard: "rows.rows[0].n > 0", psql: "INSERT INTO rehearsed (note) VALUES ('x')", approve: "Insert?"}
  - {id: delete, psql: "DELETE FROM rehearsed WHERE true", effect: destroy, because: only rehearsed, approve: "Delete?"}
  - {id: shape, psql: "ALTER TABLE companies ADD COLUMN odd text", approve: "Alter?"}
  - {id: vacuum, psql: "VACUUM companies"}
  - {id: number, psql: "SELECT nextval('rehearsed_id_seq')"}
  - {id: key, redis-cli: "SET rehearsed 1"}
  - {id: flush, redis-cli: FLUSHALL, effect: destroy, because: only rehearsed, approve: "Flush?"}
  - {id: object, aws: "s3 rm s3://${bucket}/facturas/ --recursive --endpoint-url ${s3}", effect: destroy, because: only rehearsed, approve: "Remove?"}
  - {id: update, doctl: "apps update ${app} --spec app.yaml"}
  - {id: redeploy, doctl: "apps create-deployment ${app}"}
"""


def names(lab: RunningLab) -> dict[str, str]:
    env = lab.env
    return {
        "$API": env["DIGITALOCEAN_API_URL"],
        "$PGHOST": env["POSTGRES_HOST"],
        "$PGPORT": env["POSTGRES_PORT"],
        "$PGUSER": env["POSTGRES_USER"],
        "$PGDB": env["POSTGRES_DB"],
        "$RHOST": env["REDIS_HOST"],
        "$RPORT": env["REDIS_PORT"],
    }


def snapshot(lab: RunningLab) -> dict[str, Any]:
    """All rows, keys, objects and deployments."""
    tables = psql(
        lab, "select string_agg(format('%I', tablename), ' ' order by tablename) from pg_tables where schemaname = 'public'"
    ).out.split()
    columns = psql(lab, "select table_name, column_name from information_schema.columns where table_schema = 'public' order by 1, 2").out
    keys = redis(lab, "--scan").out.split()
    state = lab.state()
    objects = lab.run("aws", "s3", "ls", f"s3://{lab.env['STORAGE_S3_BUCKET']}", "--recursive", "--endpoint-url", lab.env["S3_ENDPOINT"])
    assert objects.code == 0, objects.err
    return {
        "rows": {
            table: psql(lab, f"select md5(string_agg(t::text, ';' order by t::text)), count(*) from {table} t").out for table in tables
        },
        "columns": columns,
        "keys": {key: redis(lab, "--no-raw", "DUMP", key).out for key in sorted(keys)},
        "objects": objects.out,
        "deployments": json.dumps(state["api"].get("deployments", state["api"].get("apps")), sort_keys=True),
    }


@pytest.fixture
def everything(lab: RunningLab, tmp_path: Path) -> Path:
    need(lab, "pg", "redis", "s3", "api")
    text = BOOK
    for name, value in names(lab).items():
        text = text.replace(name, value)
    (tmp_path / "everything.yml").write_text(text)
    (tmp_path / "app.yaml").write_text("name: pymerp\nservices:\n- name: api\n  image: {registry_type: DOCR, repository: api, tag: '1'}\n")
    assert (
        psql(
            lab, "create table if not exists rehearsed (id serial primary key, note text); insert into rehearsed (note) values ('kept')"
        ).code
        == 0
    )
    assert redis(lab, "SET", "kept", "1").out
    return tmp_path


@pytest.mark.parametrize("how", ["--dry-run", "--dry-run=rehearse"])
def test_nothing_is_changed_by_a_rehearsal(everything: Path, lab: RunningLab, how: str) -> None:
    before = snapshot(lab)
    assert before["keys"]
    assert "facturas/" in before["objects"]
    words = [
        sys.executable,
        "-m",
        "runbook_lang",
        "run",
        str(everything / "everything.yml"),
        how,
        "--format",
        "json",
        "--store",
        str(everything / "store"),
    ]
    done = lab.run(*words, HOME=str(everything))
    found = json.loads(done.out)
    assert done.code == 0, json.dumps([found.get("ends"), found.get("changes")])
    assert snapshot(lab) == before
    verdicts = {item["path"]: (item["verdict"], item["message"]) for item in found["changes"]}
    if how == "--dry-run":
        assert {verdict for verdict, _ in verdicts.values()} == {"assumed"}
        return
    assert {path for path, (verdict, _) in verdicts.items() if verdict == "rehearsed"} == {"insert", "delete", "shape", "object", "update"}
    assert "numbers taken from sequences" in verdicts["insert"][1]
    assert verdicts["vacuum"][0] == "assumed"
    assert verdicts["vacuum"][1].startswith("not rehearsed: VACUUM can't be rolled back")
    assert "nextval" in verdicts["number"][1]
    assert "its tool has no rehearsal" in verdicts["key"][1]
    assert "--dryrun" in verdicts["object"][1]
    assert "apps propose" in verdicts["update"][1]
    resumed = lab.run(sys.executable, "-m", "runbook_lang", "resume", "last", "--store", str(everything / "store"), HOME=str(everything))
    assert "RB517" in resumed.err
