"""psql against a real server: rows, bindings, transactions, failures and how far they got."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.executors.conformance import FakeAttempt, check_outcome, check_secret_argv
from runbook_lang.executors.psql import PsqlExecutor, real_psql
from runbook_lang.expr.types import DYN, INT, STRING, ListType, MapType, RecordType
from runbook_lang.expr.values import Duration, SecretRef, Timestamp, Unknown
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.facts_files import facts_file
from runbook_lang.surfaces.kinds import ArgumentError
from runbook_lang.surfaces.psql import SURFACE
from runbook_lang.surfaces.sql_effect import classify
from runbook_lang.surfaces.sql_text import Bound, SqlValue

pytestmark = pytest.mark.lab
RESULT = RecordType(
    "psql result",
    {"exit": INT, "rows": ListType(MapType(STRING, DYN)), "affected": INT, "columns": ListType(STRING), "stdout": STRING, "stderr": STRING},
)
SECRETS = {"db_password": "s3cr:et\\pa'ss", "wrong": "wrong"}


class Client:
    """Runs SQL as the role `app` by TLS with the server's name checked."""

    def __init__(self, postgres: Any) -> None:
        self.server = postgres
        self.args: dict[str, Any] = {
            "host": "localhost", "port": postgres.port, "user": "app", "database": "shop", "password": SecretRef("db_password"),
            "sslmode": "verify-full", "sslrootcert": str(postgres.ca),
        }  # fmt: skip

    def attempt(self, *parts: Any, limit_s: float = 20, **args: Any) -> FakeAttempt:
        sql = SqlValue(tuple(part if isinstance(part, str) else Bound(part[0]) for part in parts))
        request = SURFACE.request({**self.args, "sql": sql, **args})
        return FakeAttempt(request, effect=request.data["effect"], secrets=SECRETS, limit_us=int(limit_s * 1e6))

    def run(self, *parts: Any, **args: Any) -> Outcome:
        outcome = PsqlExecutor().run(self.attempt(*parts, **args))
        check_outcome(outcome, RESULT)
        return outcome

    def rows(self, *parts: Any, **args: Any) -> Any:
        outcome = self.run(*parts, **args)
        assert outcome.ok, outcome.message
        return outcome.value["rows"]


@pytest.fixture
def client(postgres: Any) -> Client:
    return Client(postgres)


@pytest.fixture
def table(client: Client) -> Callable[[], Any]:
    """A table `stock(id, name)` with two rows; call it to read what is in it."""
    assert client.run(
        "drop table if exists stock; create table stock (id int primary key, name text); insert into stock values (1, 'a'), (2, null)"
    ).ok
    return lambda: [(row["id"], row["name"]) for row in client.rows("select * from stock order by id")]


VALUES = [
    ("1", 1), ("-3000000000", -3000000000), ("1.50", 1.5), ("true", True), ("null", None), ("''", ""), ("'é\\\"'", 'é\\"'),
    ("'NaN'::float8", "NaN"), ("9223372036854775808", 9223372036854775808.0), ("array[1,2]", [1, 2]), ("'{\"a\":\n 1}'::json", {"a": 1}),
    ("date '2026-01-03'", "2026-01-03"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "value"), VALUES)
def test_a_value_keeps_its_type(client: Client, sql: str, value: object) -> None:
    found = client.rows(f"select {sql} as v")[0]["v"]
    assert found == value
    assert type(found) is type(value)


def test_a_null_of_a_typed_column_is_a_field_that_is_not_there(client: Client) -> None:
    rows = client.rows("select x::int as n, x as raw, count(*), exists(select 1) from (values (1), (null)) v(x) group by x order by x")
    assert rows == [{"n": 1, "raw": 1, "count": 1, "exists": True}, {"raw": None, "count": 1, "exists": True}]


BOUND = [
    ("${}", "it's\\ a 'test' \"x\" :'p1' $1 ${y} \n\t; drop table stock --"),
    ("${}", "\\gexec"), ("${} ", ""), ("-${}::int", -5), ("${}::int", None), ("${}", True), ("${}", 2.5), ("${}::text[]", ["a\"b\\", "c,d", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("form", "value"), BOUND)
def test_a_bound_value_arrives_as_it_is(client: Client, form: str, value: Any) -> None:
    before, after = form.split("${}")
    found = client.rows(f"select {before}", (value,), f"{after} as v")[0].get("v")
    assert found == (5 if form.startswith("-") else value)


def test_lists_moments_and_durations_bind(client: Client) -> None:
    row = client.rows(
        "select 2 = any(",
        ([1, 2],),
        ") as a, ",
        (Timestamp(10**18 + 500_000_000),),
        "::text as b, ",
        (Duration(90_000_000_000),),
        "::text as c",
    )[0]
    assert row == {"a": True, "b": "2001-09-09 01:46:40.5+00", "c": "00:01:30"}


OTHERWISE = [
    ("select 1E'\\' \\! touch FILE\n'",),
    ("select E'a'\n'b\\'') _runbook_row; commit; delete from stock where true; select * from (select 1 as a --'",),
    ("select ", ("a\\",), "\n'b\\'') _runbook_row; commit; delete from stock where true; select * from (select 1 as a --'"),
]


@pytest.mark.parametrize("parts", OTHERWISE)
def test_what_psql_and_the_server_read_otherwise_is_never_sent(
    client: Client, table: Callable[[], Any], tmp_path: Path, parts: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it sent, it would do what is no part of the plan."""
    file = tmp_path / "made"
    words = [part.replace("FILE", str(file)) if isinstance(part, str) else part for part in parts]
    with pytest.raises(ArgumentError):
        client.attempt(*words)
    monkeypatch.setattr("runbook_lang.surfaces.sql_effect._read_otherwise", lambda *_: ())
    PsqlExecutor().run(client.attempt(*words))
    assert file.exists() or table() == []


@pytest.mark.parametrize("sql", ["select 'a\\' as v", "select 'a\\' as v; select 'a\\' as v"])
def test_a_backslash_in_a_plain_literal_is_one_whatever_the_role_s_setting(client: Client, sql: str) -> None:
    attempt = client.attempt(sql)
    attempt.env["PGOPTIONS"] = "-c standard_conforming_strings=off"
    outcome = PsqlExecutor().run(attempt)
    assert outcome.ok, outcome.message
    assert outcome.value["rows"] == [{"v": "a\\"}]


PLACES = """
select W(1)
select 1, W(1)
select not W(1)::bool
select -W(1)
select distinct on (1) W(1)
select all W(1)
select * from W(1)
select * from W('x') as (values int)
select * from (select 1) a, W('x') as (values int)
with a(x) as (select 1) select * from a, W('x') as (a int)
select 1 where W(1) is null
select 1 where 1 = 1 and W(1) = 1
select 1 group by W(1)
select a from (select 1 a) x group by a, 1 + W(1)
select a from (select 1 a) x group by (W(1)), a
select a from (select 1 a) x group by a order by a, W(1)
select a from (select 1 a) x group by a having W(1) = 1
select sum(1) over (partition by W(1))
select sum(1) over (partition by 1, W(1))
select sum(1) over (order by W(1))
select sum(1) over (order by 1 rows W(1) preceding)
select sum(1) over (order by 1 rows between 1 preceding and W(1) following)
select sum(1) filter (where W(1) = 1)
select 1 from (select 1) a join (select 1) b on W(1) = 1
select 1 from (select 1) a left join lateral W(1) b on true
select case W(1) when 1 then 2 end
select case when true then W(1) else W(2) end
select 'a' like W(1)::text
select 'a' not ilike W(1)::text
select 'a' like 'b' escape W(1)::text
select 'a' similar to W(1)::text
select 1 is distinct from W(1)
select now() at time zone W(1)::text
select 1 between W(1) and 2
select 1 between symmetric 1 and W(1)
select 1 in (W(1))
select 1 = any (array[W(1)])
select row(W(1)), array[W(1)]
select 1 limit W(1)
select 1 offset W(1)
select 1 fetch first (W(1)) rows only
select cast(W(1) as text), W(1)::text
select substring('abc' from W(1) for 1), extract(epoch from now() + W(1) * interval '1s')
values (1), (W(1))
select (select W(1)) union select W(2)
explain analyze select W(1)
explain ("analyze") select W(1)
"""


def test_whatever_a_key_word_calls_is_no_read(client: Client, postgres: Any) -> None:
    """Functions with the names of all key words that may name one: wherever the server calls such a function, no read is seen."""
    outcome = client.run(
        "drop schema if exists named cascade; create schema named; "
        "do $do$ declare w text; begin for w in select word from pg_get_keywords() where catcode in ('U', 'T') loop execute format("
        "'create function named.%1$I(int) returns int language plpgsql as $f$ begin raise sqlstate $s$RB999$s$; end $f$; ' ||"
        "'create function named.%1$I(text) returns setof record language plpgsql as $f$ begin raise sqlstate $s$RB999$s$; end $f$', w); "
        "end loop; end $do$"
    )
    assert outcome.ok, outcome.message
    outcome = client.run(
        "create function named.calls_of(places text[]) returns table (name text, place int) language plpgsql as $f$ begin "
        "for name in select word from pg_get_keywords() where catcode in ('U', 'T') loop for i in 1 .. array_length(places, 1) loop place := i; "
        "begin execute replace(places[i], 'W', name); exception when sqlstate 'RB999' then return next; when others then null; end; "
        "end loop; end loop; end $f$"
    )
    assert outcome.ok, outcome.message
    places = PLACES.strip().split("\n")
    select = "set local search_path to named, public; select name, json_agg(place) as places from named.calls_of("
    seen = client.rows(select, (places,), ") group by name", limit_s=60)
    assert len(seen) > 300
    assert {place for row in seen for place in row["places"]} == set(range(1, len(places) + 1))
    built_in = set(facts_file("sql_functions")["functions"].split())
    calls = [places[place - 1].replace("W", row["name"]) for row in seen if row["name"] not in built_in for place in row["places"]]
    assert [sql for sql in calls if classify(sql).effect == "read"] == []


def test_a_secret_is_bound_without_standing_anywhere(client: Client) -> None:
    attempt = client.attempt("select length(", (SecretRef("db_password"),), ") as n")
    assert SECRETS["db_password"] not in str(attempt.request)
    assert PsqlExecutor().run(attempt).value["rows"] == [{"n": len(SECRETS["db_password"])}]


def test_rows_and_counts_of_changes(client: Client, table: Callable[[], Any]) -> None:
    assert client.run("insert into stock values (3, 'c'), (4, 'd')").value["affected"] == 2
    returned = client.run("update stock set name = 'z' where id > 2 returning id")
    assert (returned.value["rows"], returned.value["affected"], returned.value["columns"]) == ([{"id": 3}, {"id": 4}], 2, ["id"])
    assert client.rows("with d as (delete from stock where id = 3 returning id) select * from d") == [{"id": 3}]
    assert client.rows("with n as (select 9 as id) insert into stock select id, 'n' from n returning id, name") == [{"id": 9, "name": "n"}]
    assert "affected" not in client.run("with d as (insert into stock values (8, 'w') returning id) select id from d").value
    assert client.run("delete from stock where id = 8").value["affected"] == 1
    both = client.run("select 'junk'; update stock set name = 'y'; select count(*) as n from stock")
    assert (both.value["rows"], both.value["affected"]) == ([{"n": 4}], 4)


@pytest.mark.parametrize(
    "sql",
    [
        "table stock",
        "values (1)",
        "(select 1 as a) union (select 2)",
        "with x as (select 1) (select 1) union select 2",
        "with x(a) as (select 1), y(a) as (values (1)) ((table x) union all select 2) union all table y",
        "with recursive n(i) as (values (1) union all select i + 1 from n where i < 3) select * from n",
    ],
)
def test_every_form_of_query_yields_rows(client: Client, table: Callable[[], Any], sql: str) -> None:
    assert client.rows(sql)


def test_show_and_explain_yield_text(client: Client) -> None:
    assert client.rows("show server_encoding") == [{"server_encoding": "UTF8"}]
    assert "Result" in client.rows("explain select 1")[0]["QUERY PLAN"]
    plan = client.run("explain select from pg_class where relname = ", ("x\n#rows\n#count 77\n#done\n",))
    assert "#count 77" in str(plan.value["rows"])
    assert plan.value["affected"] == 0


def test_no_rows(client: Client, table: Callable[[], Any]) -> None:
    assert client.run("select * from stock where false").value["rows"] == []


def test_several_statements_are_one_transaction(client: Client, table: Callable[[], Any]) -> None:
    failed = client.run("insert into stock values (7, 'x'); insert into stock values (1, 'again')")
    assert (failed.ok, failed.applied, failed.kind) == (False, "no", "exit")
    assert "23505" in failed.message
    assert [row[0] for row in table()] == [1, 2]


def test_a_deferred_constraint_fails_the_commit_and_leaves_nothing(client: Client) -> None:
    assert client.run(
        "drop table if exists c; drop table if exists p; create table p (id int primary key); create table c (p int references p deferrable initially deferred)"
    ).ok
    failed = client.run("insert into c values (1)")
    assert (failed.ok, failed.applied) == (False, "no")
    assert client.rows("select count(*) as n from c") == [{"n": 0}]


def test_what_refuses_a_transaction_runs_outside_of_one(client: Client, table: Callable[[], Any]) -> None:
    assert client.run("vacuum stock").ok
    assert client.run("create index concurrently if not exists stock_name on stock (name)").ok
    failed = client.run("vacuum nosuch")
    assert (failed.applied, failed.kind) == ("no", "exit")


def test_the_read_only_transaction_is_the_second_belt(client: Client, table: Callable[[], Any]) -> None:
    """A view may call a function that writes: the text can't show that, the transaction holds."""
    made = client.run(
        "create or replace function sneaky() returns int language plpgsql as $$ begin delete from stock; return 1; end $$; create or replace view innocent as select sneaky() as v"
    )
    assert made.ok, made.message
    failed = client.run("select * from innocent")
    assert (failed.ok, failed.applied) == (False, "no")
    assert "25006" in failed.message
    assert len(table()) == 2


FAILURES = [
    ({"password": SecretRef("wrong")}, "auth", "password authentication failed"),
    ({"user": "nobody_here"}, "auth", "authentication failed"),
    ({"database": "nosuch"}, "exit", "does not exist"),
    ({"port": 1}, "refused", "Connection refused"),
    ({"host": "nosuch.invalid"}, "dns", "could not translate host name"),
    ({"host": "127.0.0.1"}, "tls", "certificate"),
    ({"sslmode": "disable"}, "auth", "pg_hba.conf"),
]


@pytest.mark.parametrize(("args", "kind", "text"), FAILURES)
def test_a_connection_that_fails_changes_nothing(client: Client, args: dict[str, Any], kind: str, text: str) -> None:
    outcome = client.run("insert into stock values (99, 'never')", **args)
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", kind), outcome.message
    assert text in outcome.message
    assert SECRETS["db_password"] not in outcome.message


def test_a_certificate_of_a_stranger_is_refused(client: Client, authority: Any) -> None:
    outcome = client.run("select 1", sslrootcert=str(authority.folder / "stranger.crt"))
    assert (outcome.kind, outcome.applied) == ("tls", "no")


@pytest.mark.parametrize(("sql", "state"), [("select * from nosuch", "42P01"), ("select 1 / 0 as x", "22012"), ("selec 1", "42601")])
def test_an_error_of_the_server_tells_its_state(client: Client, sql: str, state: str) -> None:
    outcome = client.run(sql)
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "exit")
    assert f"SQLSTATE {state}" in outcome.message


def test_a_notice_before_it_is_not_taken_for_the_error(client: Client, table: Callable[[], Any]) -> None:
    failed = client.run("create table if not exists stock (id int); insert into stock values (1 / 0)")
    assert (failed.applied, failed.message) == ("no", "division by zero (SQLSTATE 22012)")
    flood = "do $$ begin for i in 1 .. 3000 loop raise notice '% %', i, repeat('y', 40); end loop; perform 1 / 0; end $$"
    failed = client.run(flood)
    assert (failed.applied, failed.message) == ("no", "division by zero (SQLSTATE 22012)")
    made = client.run(
        "create or replace procedure noisy() language plpgsql as $$ begin raise notice using errcode = '42P07'; perform 1 / 0; end $$"
    )
    assert made.ok, made.message
    attempt = client.attempt("call noisy()")
    attempt.request = attempt.request.replace(data={**attempt.request.data, "transactional": False})
    assert PsqlExecutor().run(attempt).applied == "unknown"


def test_a_value_in_an_error_is_no_message_of_its_own(client: Client) -> None:
    """A failed CREATE INDEX CONCURRENTLY leaves an index behind that isn't valid."""
    spoof = "x\npsql:<stdin>:1: ERROR:  42601: not so"
    made = client.run("drop table if exists twice; create table twice as select ", (spoof,), " as v from generate_series(1, 2)")
    assert made.ok, made.message
    assert client.run("create unique index concurrently twice_v on twice (v)").applied == "unknown"


def test_a_time_out_after_a_notice_is_known_to_have_left_nothing(client: Client, table: Callable[[], Any]) -> None:
    outcome = client.run("drop table if exists no_such_table; insert into stock select 50, 'x' from pg_sleep(30)", limit_s=1)
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "timeout", "no")


@pytest.mark.parametrize("notice", ["", "raise notice 'hello'; "])
def test_a_lost_connection_is_told_in_the_server_s_words(client: Client, notice: str) -> None:
    outcome = client.run(f"do $$ begin {notice}perform pg_terminate_backend(pg_backend_pid()); end $$")
    assert (outcome.kind, outcome.applied) == ("killed", "unknown")
    assert outcome.message == "the connection was lost: terminating connection due to administrator command"


def test_at_the_limit_the_query_is_cancelled_on_the_server(client: Client, table: Callable[[], Any]) -> None:
    outcome = client.run("insert into stock select 50, 'x' from pg_sleep(30)", limit_s=1)
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "timeout", "no")
    assert client.rows("select count(*) as n from pg_stat_activity where query like '%50, ''x''%' and pid <> pg_backend_pid()") == [
        {"n": 0}
    ]
    assert len(table()) == 2


def test_a_change_whose_connection_is_lost_is_in_doubt(client: Client, postgres: Any, table: Callable[[], Any]) -> None:
    def cut() -> None:
        for _ in range(100):
            if (
                postgres.admin(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'insert into stock select 51%'"
                )
                != "0"
            ):
                return
            time.sleep(0.05)

    cutter = threading.Thread(target=cut)
    cutter.start()
    outcome = client.run("insert into stock select 51, 'x' from pg_sleep(20)")
    cutter.join()
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "killed", "unknown")


def test_a_killed_psql_leaves_a_change_in_doubt_and_the_server_ends_it(client: Client, table: Callable[[], Any]) -> None:
    attempt = client.attempt("insert into stock select 52, 'x' from pg_sleep(4)")
    timer = threading.Timer(1.0, attempt.cancel.raise_to, (2,))
    timer.start()
    outcome = PsqlExecutor().run(attempt)
    assert (outcome.kind, outcome.applied) == ("killed", "unknown")
    time.sleep(4.5)
    assert 52 not in [row[0] for row in table()]


def test_rows_over_the_bound_fail_only_when_they_are_wanted(client: Client) -> None:
    attempt = client.attempt("select repeat('x', 1000) as v from generate_series(1, 1000)")
    assert PsqlExecutor().run(attempt).kind == "too_big"
    attempt.wants = frozenset({"exit"})
    assert PsqlExecutor().run(attempt).ok


def test_notices_do_not_disturb_the_rows(client: Client) -> None:
    assert client.rows("do $$ begin raise notice '#rows'; end $$; select 1 as a") == [{"a": 1}]


def test_a_missing_program_is_told(client: Client, tmp_path: Any) -> None:
    attempt = client.attempt("select 1")
    attempt.env = {"PATH": str(tmp_path)}
    outcome = PsqlExecutor().run(attempt)
    assert (outcome.kind, outcome.applied) == ("not_found", "no")


def test_a_secret_among_the_arguments_is_refused(client: Client) -> None:
    check_secret_argv(PsqlExecutor(), client.attempt("select 1").request)


def test_a_silent_server_is_a_time_out(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = client.run("insert into stock values (1)", host="127.0.0.1", port=silent.getsockname()[1], limit_s=1)
    assert (outcome.ok, outcome.kind) == (False, "timeout")


def test_what_the_author_calls_a_read_runs_read_only(client: Client, table: Callable[[], Any]) -> None:
    attempt = client.attempt("delete from stock")
    attempt.effect = "read"
    outcome = PsqlExecutor().run(attempt)
    assert (outcome.ok, outcome.applied) == (False, "no")
    assert len(table()) == 2


def test_a_number_after_a_name_is_no_call(client: Client) -> None:
    """`nextval ${n}` reads like a call once a number in parentheses stands there."""
    for value in (5, -5, 2.5, None, True):
        outcome = client.run("select pg_sleep ", (value,), " as v")
        assert "42601" in outcome.message


def test_a_plan_and_a_run_have_the_same_shape(client: Client) -> None:
    """Only the place of the value differs between what is planned and what is run."""
    planned, real = (client.attempt("select ", (value,), " as v").request for value in (Unknown("x"), 5))
    assert planned.replace(data={**planned.data, "values": [5]}) == real
    assert planned.stdin == "select :p1 as v"


def test_a_password_file_of_ones_own(client: Client, tmp_path: Any) -> None:
    path = tmp_path / "pass"
    path.write_text("*:*:*:*:s3cr\\:et\\\\pa'ss\n")
    path.chmod(0o600)
    assert client.rows("select 1 as a", password=None, passfile=str(path)) == [{"a": 1}]


def test_what_the_step_says_goes_before_the_operator_s_environment(client: Client, tmp_path: Path) -> None:
    """libpq itself would take PGPASSWORD before a password file, PGHOSTADDR before PGHOST, a service's file before all variables."""
    services = tmp_path / "services"
    services.write_text("[theirs]\nhost=127.0.0.1\nport=1\ndbname=nowhere\n")
    theirs = {"PGPASSWORD": "theirs", "PGHOSTADDR": "127.0.0.2", "PGSERVICE": "theirs", "PGSERVICEFILE": str(services)}
    attempt = client.attempt("select 1 as a")
    attempt.env.update(theirs)
    outcome = PsqlExecutor().run(attempt)
    assert outcome.ok, outcome.message
    path = tmp_path / "pass"
    path.write_text("*:*:*:*:s3cr\\:et\\\\pa'ss\n")
    path.chmod(0o600)
    attempt = client.attempt("select 1 as a", password=None, passfile=str(path))
    attempt.env.update(theirs)
    outcome = PsqlExecutor().run(attempt)
    assert outcome.ok, outcome.message


def test_a_wrong_password_is_not_made_good_by_the_operator_s(client: Client) -> None:
    attempt = client.attempt("select 1 as a", password=SecretRef("wrong"))
    attempt.env["PGPASSWORD"] = SECRETS["db_password"]
    assert PsqlExecutor().run(attempt).kind == "auth"


def test_what_the_step_leaves_open_is_taken_from_the_operator_s_environment(client: Client) -> None:
    attempt = client.attempt("select 1 as a", password=None, host=None)
    attempt.env |= {"PGPASSWORD": SECRETS["db_password"], "PGHOSTADDR": "127.0.0.1", "PGHOST": "localhost"}
    outcome = PsqlExecutor().run(attempt)
    assert outcome.ok, outcome.message


def test_debian_s_wrapper_is_passed_by(tmp_path: Path) -> None:
    """The Perl script behind /usr/bin/psql takes as long as psql itself; PGCLUSTER is a wish that only it understands."""
    wrapper = tmp_path / "pg_wrapper"
    wrapper.write_text("#!/bin/sh\nexit 9\n")
    wrapper.chmod(0o755)
    (tmp_path / "psql").symlink_to(wrapper)
    env = {"PATH": str(tmp_path)}
    assert real_psql("psql", {**env, "PGCLUSTER": "15/main"}) == "psql"
    found = real_psql("psql", env)
    assert found == "psql" or subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0
    wrapper.rename(tmp_path / "other")
    assert real_psql("psql", env) == "psql"
