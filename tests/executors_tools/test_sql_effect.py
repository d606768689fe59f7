"""Which SQL is surely a read. Each line that isn't one is a way to change something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.surfaces.sql_effect import classify

READS = """
select 1
SELECT * FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 10
select count(*) from t where a in (1, 2) and (b = 2)
select a from t where exists (select from u where u.a = t.a)
with recursive n(i) as (values (1) union all select i + 1 from n where i < 10) select sum(i) from n
with a as not materialized (select 1 as x), b(y) as (select 2) select * from a, b
(select 1) union all (select 2)
values (1, 'insert into t'), (2, 'x')
table t
show server_version
show all
explain select * from t
explain (analyze, costs off) select * from t
explain delete from t where a = lower('x')
explain insert into t (a, b) select 1, 2
select pg_catalog.lower('X'), "upper"('x')
select cast(a as numeric(10, 2)), a::varchar(3), interval '1 day', timestamp(3) '2026-01-01' from t
select row_number() over (partition by a order by b), sum(x) filter (where y) from t window w as (order by a)
select * from generate_series(1, 3) as g(i) cross join lateral (select g.i) x
select extract(epoch from now()), substring('abc' from 1 for 2), position('a' in 'abc'), trim(both 'x' from 'x')
select 1 -- ; drop table t
select /* ; delete from t */ 1
select $$ ; drop table t; $$, $a$ ' $a$, E'\\'; drop table t --', 'it''s'
select "delete" from "update"
select pg_database_size('x'), pg_is_in_recovery(), current_setting('x'), version()
select coalesce(a, b), nullif(a, b), greatest(a, b), array(select 1), array[1, 2] from t
select percentile_cont(0.5) within group (order by a) from t
select a from t tablesample system (10)
select * from t where a like any (array['x'])
select a from t where a ilike ('x') or t.name not like ('y') escape ('z')
select a from t left join (select 1 as b) u on true cross join (select 2 as c) v
select * from t as u(a, b) join (select 1 as c) x on true natural join (select 2) y
select a, count(*) from t group by cube (a, b), rollup (a), grouping sets ((a), cube (b))
select a from t order by a fetch first (2) rows only
select a at time zone ('utc'), '1'::varbit(3), cast(a as character varying(3)) from t
with a(x) as materialized (select 1), b(y) as (values (1)), c(z) as (with d(w) as (table t) select 1) select * from a, b, c
with recursive a(x) as (select 1 union all select 2 from a) search depth first by x set o, b(y) as (select 1) select * from b
with x as (select 1) (select 1) union select 2
select distinct on (a) a, count(*) filter (where b) over (partition by a) from t
select 1;
select 1; select 2
"""

CHANGES = """
select nextval('s')
select "nextval"('s')
select NEXTVAL ('s')
select pg_catalog.nextval('s')
select public.lower('x')
select f(1) from t
select x.f(1)
select 1 from t where pg_terminate_backend(pid)
select set_config('a', 'b', false)
select pg_advisory_lock(1)
select lo_import('/etc/passwd')
select pg_read_file('/etc/passwd')
select dblink('x')
select query_to_xml('delete from t', true, true, '')
select * into x from t
select 1 into temp x
select * from t for update
select * from t for no key update
select * from t for share
select * from (select * from t for update) x
with u as (update t set a = 1 returning *) select * from u
with i as (insert into t values (1) returning *) select * from i
insert into t values (1)
update t set a = 1 where b
merge into t using s on t.a = s.a when not matched then insert values (1)
explain analyze insert into t values (1)
explain (analyze true) update t set a = 1
explain (verbose, analyze) select nextval('s')
explain select f()
explain execute p
explain create table x as select 1
create table x as select 1
call p()
do $$ begin end $$
set x = 1
reset all
lock table t
listen x
notify x
vacuum t
analyze t
refresh materialized view v
grant select on t to x
prepare p as select 1
execute p
declare c cursor for select 1
comment on table t is 'x'
select 1;; insert into t values (1)
security label on table t is 'x'
load 'x'
checkpoint
import foreign schema x from server y into z
copy t to '/tmp/x'
nonsense
select * from dblink('x', 'y') as (id int)
select * from t, f(1) as (values int)
select * from rows from (f(1) as (a int)) with ordinality as x(a), g(2) as (b int)
select * from lower('x') with ordinality as (a int), f(1) as (values int)
with a(x) as (select 1) select * from a, f(1) as (values int)
select next('queue')
select distinct on (a) filter(a) from t
select not materialized(1)
select 1 from t join u on conflict(t.a)
select sum(a) over (partition by range(a)) from t
select sum(a) over (order by a rows first(1) preceding) from t
select a from t group by a order by a, cube(a)
select a from t group by (cube(a)), 1 + rollup(a)
select name ilike(1), a from t where columns(1)
explain ("analyze") insert into t values (1)
explain (costs off, U&"analy\0073e") insert into t values (1)
"""

DESTROYS = """
drop table t
DROP DATABASE x
truncate t
delete from t where a = 1
with d as (delete from t where a = 1 returning *) select * from d
explain analyze delete from t
explain ("analyze") delete from t where a
alter table t drop column a
merge into t using s on t.a = s.a when matched then delete
select 1; drop table t
insert into t values (1); delete from t where a = 1
prepare p as delete from t
"""


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize("sql", lines(READS))
def test_reads(sql: str) -> None:
    facts = classify(sql)
    assert (facts.effect, facts.problems) == ("read", ()), facts.why


@pytest.mark.parametrize("sql", lines(CHANGES))
def test_changes(sql: str) -> None:
    assert classify(sql).effect == "change"


@pytest.mark.parametrize("sql", lines(DESTROYS))
def test_what_can_not_be_taken_back(sql: str) -> None:
    assert classify(sql).effect == "destroy"


REHEARSABLE = """
insert into t (a) values (1) on conflict (a) do update set (a, b) = (1, 2)
insert into s.t (a) select lower(b) from u on conflict (a) where b do nothing
insert into t with x(a) as (select 1) select a from x
update t set (a, b) = (select 1, 2)
create table t (a int) partition by range (a)
create unique index i on t (a, lower(b))
create table if not exists t (a int references u (a))
"""

LASTING = """
insert into t select f(1)
insert into s.t select f(1)
insert into t select * from dblink('x', 'y') as (id int)
insert into t select * from f(1) as (update text collate set)
insert into t select 1 from u join v on conflict(u.a)
merge into t using u on conflict(u.a) when matched then do nothing
create table x as select * from t join u on f(t.a)
"""


@pytest.mark.parametrize("sql", lines(REHEARSABLE))
def test_what_a_rollback_undoes(sql: str) -> None:
    assert classify(sql).rehearsable


@pytest.mark.parametrize("sql", lines(LASTING))
def test_what_may_outlast_a_rollback(sql: str) -> None:
    assert not classify(sql).rehearsable


FREE = """
vacuum
vacuum (full) t
create database x
drop database x
create index concurrently i on t (a)
create unique index concurrently i on t (a)
drop index concurrently i
reindex index concurrently i
reindex (concurrently) table t
reindex database x
alter system set x = 1
create tablespace x location 'y'
drop subscription s
discard all
cluster
alter table t detach partition p concurrently
alter database x set tablespace y
"""

BOUND = """
create table t (a int)
reindex table t
cluster t
discard temp
alter table t add column b int
create index i on t (a)
alter database x set work_mem = 1
do $$ begin end $$
create function f() returns int language sql begin atomic select 1; select case when true then 1 end; end
"""


@pytest.mark.parametrize("sql", lines(FREE))
def test_what_refuses_a_transaction(sql: str) -> None:
    facts = classify(sql)
    assert not facts.transactional
    assert len(facts.pieces) == 1


@pytest.mark.parametrize("sql", lines(BOUND))
def test_what_runs_in_a_transaction(sql: str) -> None:
    facts = classify(sql)
    assert facts.transactional
    assert len(facts.pieces) == 1


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", "RB570"), (" -- only a comment", "RB570"), ("select 'x", "RB570"), ('select "x', "RB570"), ("select $$x", "RB570"), ("select /* x", "RB570"),
        ("\\! rm -rf /", "RB571"), ("select 1 \\gexec", "RB571"), ("select `date`\\g", "RB571"), ("select :x", "RB572"), ("select :'x'", "RB572"),
        ("select a[1:n] from t", "RB572"), ("copy t from stdin", "RB573"), ("copy t to program 'x'", "RB573"), ("commit", "RB574"), ("end", "RB574"),
        ("start transaction", "RB574"), ("prepare transaction 'x'", "RB574"), ("savepoint x", "RB574"), ("delete from t", "RB575"), ("update t set a = 1", "RB575"),
        ("vacuum; select 1", "RB576"),
    ],
)  # fmt: skip
def test_problems(sql: str, code: str) -> None:
    assert code in [item.code for item in classify(sql).problems]


OTHERWISE = [
    ("select 1E'\\' \\! touch x\n'", (), "1E'\\' \\! touch x\n'"),
    ("select $1E'\\' --'", (), "$1E'\\' --'"),
    ("select 0x1_E'x'", (), "0x1_E'x'"),
    ("select 1a, 2 b", (), "1a"),
    ("select E'a'\n'b\\'') r; commit; delete from t where a --'", (), "E'a'\n'b\\'') r; commit; delete from t where a --'"),
    ("select e'a' -- and\n -- more\n 'b'", (), "e'a' -- and\n -- more\n 'b'"),
    ("select E'a'\r'b'", (), "E'a'\r'b'"),
    ("select :'p1'\n'b\\'') r; commit --'", (7,), "'b\\'') r; commit --'"),
]
ALIKE = [
    "select 1 E'\\'a'",
    "select E'a' 'b'",
    "select 'a'\n'b'",
    "select n'a'\n'b', U&'a'\n'b', x'a'\n'b', b'1'\n'0'",
    "select 'a'\nE'b'",
    "select 1e5, .5, 1.5",
]


@pytest.mark.parametrize(("sql", "holes", "place"), OTHERWISE)
def test_what_psql_and_the_server_cut_otherwise_is_refused(sql: str, holes: tuple[int, ...], place: str) -> None:
    assert ("RB570", place) in [(item.code, sql[item.start : item.end]) for item in classify(sql, frozenset(holes)).problems]


@pytest.mark.parametrize("sql", ALIKE)
def test_what_they_cut_alike_is_not(sql: str) -> None:
    assert classify(sql).problems == ()


@pytest.mark.parametrize(
    ("sql", "pieces"), [("show x[; rollback; select 1]", 3), ("select (1; select 2)", 1), ("select a[1]; select 2", 2)]
)
def test_a_text_is_cut_where_psql_cuts_it(sql: str, pieces: int) -> None:
    """psql counts parentheses, and no brackets."""
    assert len(classify(sql).pieces) == pieces


def test_a_hole_is_no_variable_of_psql() -> None:
    assert classify("select :'p1'", frozenset({7})).problems == ()


@given(st.text(alphabet="select 1;()'\"$-/*\\:\nfromtdelwhr,", max_size=60))
def test_classifying_is_total_and_pieces_are_in_order(sql: str) -> None:
    facts = classify(sql)
    ends = [0]
    for piece in facts.pieces:
        assert ends[-1] <= piece.start < piece.end <= len(sql)
        ends.append(piece.end)
    assert facts.effect in ("read", "change", "destroy")
    if facts.effect == "read":
        assert len(facts.pieces) == 1


COLUMNS = [
    ('select a, t.b, "C" from t', [("a", ""), ("b", ""), ("C", "")]),
    ("select count(*), pg_catalog.count(x) filter (where y) n from t", [("count", "int"), ("n", "")]),
    ("select count(*) n, exists(select 1), not exists (select 1) as no", [("n", "int"), ("exists", "bool"), ("no", "bool")]),
    ("select 1 one, 'x' as k, true as ok, 1.5 as d, null as z", [("one", "int"), ("k", "string"), ("ok", "bool"), ("d", ""), ("z", "")]),
    ("select a::int, t.a::varchar(10) as u, b::text[] as l, 'x'::text as k", [("a", "int?"), ("u", "string?"), ("l", ""), ("k", "string")]),
    ("select a + b::int as s, (a)::int as p, cast(a as bigint) as c", [("s", ""), ("p", ""), ("c", "int?")]),
    ("select max(a), coalesce(a, 1), now()::date from t", [("max", ""), ("coalesce", ""), ("now", "string?")]),
    ("insert into t values (1) returning id, 'x' as k", [("id", ""), ("k", "string")]),
    ("select 1 as a union select null", [("a", "")]),
    ("with x as (select 1) select count(*) as n, y from x", [("n", "int"), ("y", "")]),
    ("select 9223372036854775808 as big, 123 as small", [("big", ""), ("small", "int")]),
    ("select interval '1' day as d, 'x' days", [("d", ""), ("days", "string")]),
    ("select interval '1' day from t", None),
    ("select count(*) notnull from t", None),
    ("select case when a then b end, c from t", None),
    ("select cast(a as int) from t", None),
    ("select a + 1, c from t", None),
    ("select * from t", None),
    ("select distinct a from t", None),
]


@pytest.mark.parametrize(("sql", "columns"), COLUMNS)
def test_columns_have_the_types_that_the_query_tells(sql: str, columns: list[tuple[str, str]] | None) -> None:
    found = classify(sql).columns
    assert (None if found is None else list(found)) == columns


@pytest.mark.parametrize(
    ("sql", "counted"),
    [
        ("insert into t values (1)", True),
        ("with x as (select 1) insert into t select * from x", True),
        ("insert into t values (1) on conflict (a) do update set b = 1", True),
        ("with d as (delete from t where a returning *) select * from d", False),
        ("with d as materialized (delete from t where a returning *) insert into u select * from d", False),
        ("update t set a = 1 where b; with i as (insert into t values (1) returning a) select a from i", False),
    ],
)
def test_a_change_inside_with_is_not_counted(sql: str, counted: bool) -> None:
    assert classify(sql).counted == counted


SEVERAL = [
    ("select 1; show all", "read"),
    ("select 1; update t set a = 1 where b", "change"),
    ("select 1; delete from t where a", "destroy"),
]


@pytest.mark.parametrize(("sql", "effect"), SEVERAL)
def test_several_statements_have_the_effect_of_the_worst(sql: str, effect: str) -> None:
    assert classify(sql).effect == effect


EVERY_ROW = [
    ("with x as (delete from t returning *) select * from x", ["delete from t returning *"]),
    ("with x as materialized (update t set a = 1), y as (select 1 where true) select 1", ["update t set a = 1"]),
    ("with x as (select 1 where true) delete from t", ["delete from t"]),
    ("update t set a = (select b from u where true) from u", ["update t set a = (select b from u where true) from u"]),
    ("explain analyze delete from t", ["delete from t"]),
    ("explain (analyze, verbose) update t set a = 1", ["update t set a = 1"]),
    ("delete from t; delete from u", ["delete from t", "delete from u"]),
    ("insert into a with z as (delete from t returning *) select * from z", ["delete from t returning *"]),
    ("with x as (delete from t where a returning *) select * from x", []),
    ("explain delete from t", []),
    ("insert into t values (1) on conflict (a) do update set b = 1", []),
    ("merge into t using u on t.a = u.a when matched then update set a = 1", []),
    ("select 1 from t for update", []),
    ("create table z (a int references t on delete cascade on update cascade)", []),
]


@pytest.mark.parametrize(("sql", "wanted"), EVERY_ROW)
def test_what_takes_every_row_is_said_wherever_it_stands(sql: str, wanted: list[str]) -> None:
    assert [sql[item.start : item.end] for item in classify(sql).problems if item.code == "RB575"] == wanted
