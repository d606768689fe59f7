"""A dry run asks the server about SQL that it doesn't run: the answers stand at their places in the file, and nothing is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.store import Store
from runbook_lang.api.load import load
from runbook_lang.api.rehearsal import Rehearsed, rehearse
from runbook_lang.api.runs import Session
from runbook_lang.reports.rehearsal_text import render
from tests.executors_tools.conftest import PASSWORD
from tests.plan.test_rehearsal import Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.lab
HEAD = """\
runbook: r
inputs: {name: string, n: int}
secrets: {word: {env: WORD}}
defaults:
  psql: {host: localhost, port: "PORT", user: app, database: shop, password: "${word}", sslmode: verify-full, sslrootcert: CA}
steps:
"""


@pytest.fixture
def dry(postgres: Any, tmp_path: Path) -> Callable[..., Rehearsed]:
    postgres.admin("select 1")

    def run(steps: str, depth: str = "reads", name: str = "it's \\ a\nname", port: str = "") -> Rehearsed:
        path = tmp_path / "r.yml"
        path.write_text(HEAD.replace("PORT", port or str(postgres.port)).replace("CA", str(postgres.ca)) + steps)
        loaded = load(str(path))
        assert loaded.program is not None, [item.message for item in loaded.problems.sorted()]
        environ = {"WORD": PASSWORD, "PATH": "/usr/bin:/bin"}
        session = Session(Silent(), Silent(), environ, "tester")
        return rehearse(loaded, {"name": name, "n": 3}, session, Store(str(tmp_path / "store")), depth)

    return run


@pytest.fixture
def stock(dry: Callable[..., Rehearsed], postgres: Any) -> Callable[[], int]:
    """A table `inquired(id int, name text)` with two rows; call it to count them."""
    import subprocess

    env = {"PGPASSWORD": PASSWORD, "PGSSLMODE": "require", "PATH": "/usr/bin:/bin"}

    def sql(text: str) -> str:
        argv = ["psql", "-X", "-At", "-h", "localhost", "-p", str(postgres.port), "-U", "app", "-d", "shop", "-c", text]
        return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout

    sql(
        "drop table if exists inquired; create table inquired (id int primary key, name text); insert into inquired values (1, 'a'), (2, 'b')"
    )
    return lambda: int(sql("select count(*) from inquired where name in ('a', 'b')"))


def at(found: Rehearsed) -> list[tuple[str, str, str]]:
    """(step, error or warning, the text in the file that is complained of)."""
    items = [*found.reads, *found.changes]
    return [(item.path, finding.severity, finding.span.text if finding.span else "") for item in items for finding in item.findings]


WRONG = [
    ("psql: delete form inquired where id = 1", "form"),
    ("psql: delete from inquird where id = 1", "inquird"),
    ("psql: update inquired set nmae = ${name} where id = ${n}", "nmae"),
    ("psql: update inquired set name = ${name}, id = 1 where nr = ${n}", "nr"),
    ("psql: update inquired set name = 'é' || ${name} where idd = ${n}", "idd"),
    ("psql: insert into inquired (id) values (${name})", "${name}"),
    ("psql: select nosuch(1)", "nosuch"),
    ("psql: |\n      update inquired\n      set name = ${name}\n      where id = ${n}\n        and\tnosuch > 1", "nosuch"),
    ("psql: delete from inquired where id = 1; delete from inquired where idd = 1", "idd"),
    ('psql: "update inquired set name = \\"nosuch\\" where id = 1"', '\\"nosuch\\"'),
    ("psql: " + "update inquired set name = 'a very long text that goes on and on so that only a part is shown' where id = 1 and wrong = 2", "wrong"),
    ("psql: vacuum inquird x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "text"), WRONG)
def test_the_server_says_where_the_sql_is_wrong(dry: Callable[..., Rehearsed], stock: Callable[[], int], step: str, text: str) -> None:
    found = dry(f"  - id: it\n    {step}\n    because: a test\n")
    assert at(found) == [("it", "error", text)]
    assert found.changes[0].verdict == "failed"
    assert found.exit == 1
    assert stock() == 2


RIGHT = [
    "psql: delete from inquired where id = ${n}",
    "psql: update inquired set name = ${name} where id = any(${[1, 2]})",
    "psql: update inquired set name = ${later.stdout} where id = 1",
    "psql: update inquired set name = now() - interval ${later.stdout}",
    "psql: insert into inquired values (3, 'c'); delete from inquired where id = 3",
    "psql: with gone as (delete from inquired returning id) insert into inquired select id from gone",
    "psql: vacuum inquired",
]


@pytest.mark.parametrize("step", RIGHT)
@pytest.mark.parametrize("depth", ["reads", "rehearse"])
def test_what_the_server_takes_is_assumed(dry: Callable[..., Rehearsed], stock: Callable[[], int], step: str, depth: str) -> None:
    found = dry(f"  - {{id: later, redis-cli: 'SET a b'}}\n  - id: it\n    {step}\n    because: a test\n", depth)
    assert at(found) == []
    assert found.changes[-1].verdict in ("assumed", "rehearsed")
    assert found.exit == 0
    assert stock() == 2


def test_a_table_that_an_assumed_step_makes_is_no_error(dry: Callable[..., Rehearsed], stock: Callable[[], int]) -> None:
    steps = "  - {id: make, psql: create table made_later (id int)}\n  - {id: fill, psql: insert into made_later values (1)}\n"
    found = dry(steps)
    assert at(found) == [("fill", "warning", "made_later")]
    assert [item.verdict for item in found.changes] == ["assumed", "assumed"]
    assert found.exit == 0
    one = dry("  - {id: both, psql: create table made_later (id int); insert into made_later values (1)}\n")
    assert at(one) == [("both", "warning", "made_later")]
    # Rows that an assumed step puts in change no table.
    both = dry("  - {id: one, psql: insert into inquired values (5)}\n  - {id: two, psql: insert into inquird values (1)}\n")
    assert at(both) == [("two", "error", "inquird")]


def test_a_read_that_can_not_run_yet_is_asked_about(dry: Callable[..., Rehearsed], stock: Callable[[], int]) -> None:
    steps = "  - {id: add, psql: insert into inquired values (5) returning id}\n"
    steps += "  - {id: look, psql: 'select nmae from inquired where id = ${add.rows[0].id}'}\n"
    found = dry(steps)
    assert at(found) == [("look", "error", "nmae")]
    assert found.reads[-1].verdict == "failed"


def test_a_server_that_can_not_be_asked_is_said(dry: Callable[..., Rehearsed]) -> None:
    found = dry("  - {id: it, psql: delete from t where id = 1, because: a test}\n", port="1")
    assert (found.changes[0].verdict, found.exit) == ("assumed", 0)
    assert found.changes[0].message.startswith("it couldn't be asked about: connection to server at")


def test_the_report_shows_the_place_and_no_secret(dry: Callable[..., Rehearsed], stock: Callable[[], int]) -> None:
    found = dry("  - id: it\n    psql: update inquired set nmae = ${name} where id = 1\n")
    text = render(found, 200)
    assert 'r.yml:8:31: PostgreSQL: column "nmae" of relation "inquired" does not exist (SQLSTATE 42703)' in text
    assert PASSWORD not in text + json.dumps(found.as_json())
    assert [finding["line"] for finding in found.as_json()["changes"][0]["findings"]] == [8]
