"""What a start may be, for the holes that a plan has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.api.load import load
from runbook_lang.expr.types import DYN, INT, STRING, ListType
from runbook_lang.expr.values import SecretRef, SecretText, Timestamp, Unknown
from runbook_lang.machine.core import Act
from runbook_lang.plan.entry import Entry
from runbook_lang.plan.holes import pieces
from runbook_lang.plan.make import make_plan
from runbook_lang.plan.unify import bindings, matches
from runbook_lang.surfaces.cmdline import open_text
from runbook_lang.surfaces.evaluate import evaluate
from runbook_lang.surfaces.kinds import Request

if TYPE_CHECKING:
    from pathlib import Path

if TYPE_CHECKING:
    pass


def planned(**fields: Any) -> Entry:
    return Entry("loop[*]/a", "act", request=Request("x", **fields))


ONE, MANY, ANY = Unknown("one", STRING), Unknown("many", ListType(STRING)), Unknown("any", DYN)


@pytest.mark.parametrize(
    ("words", "real", "found"),
    [
        (("a", "b"), ("a", "b"), ()),
        (("a", "b"), ("a", "c"), None),
        (("a",), ("a", "b"), None),
        (("a", ONE, "c"), ("a", "b", "c"), (("one", "b"),)),
        (("a", ONE), ("a",), None),
        (("a", MANY, "z"), ("a", "z"), (("many", []),)),
        (("a", MANY, "z"), ("a", "1", "2", "z"), (("many", ["1", "2"]),)),
        (("a", MANY, "z"), ("a", "1", "2"), None),
        (("a", ANY), ("a", "1"), (("any", "1"),)),
        ((ANY, "-", MANY), ("1", "2", "-", "-"), (("any", ["1", "2"]), ("many", "-"))),
        ((Unknown("a/⟨id⟩/b"),), ("a/7/b",), (("id", "7"),)),
        ((Unknown("a/⟨id⟩/b"),), ("a/7/c",), None),
        ((Unknown("⟨x⟩.⟨y⟩"),), ("1.2",), (("x", "1"), ("y", "2"))),
        ((Unknown("⟨x⟩⟨y⟩!"),), ("12!",), ()),
        ((Unknown("a⟨x⟩a"),), ("a",), None),
        ((Unknown("v=⟨x⟩"),), ("v=",), (("x", ""),)),
        (("say ⟨x⟩",), ("say ⟨x⟩",), ()),
    ],
)
def test_words_fit_where_they_are_equal_or_stand_for_a_hole(words: Any, real: Any, found: Any) -> None:
    entry = planned(argv=words)
    assert bindings(entry, Request("x", argv=real)) == found
    assert matches(entry, "loop[k]/a", "main", Request("x", argv=real)) is (found is not None)


@pytest.mark.parametrize(
    ("field", "plan", "real", "fits"),
    [
        ("data", {"n": 1, "x": [True, None, "s"]}, {"n": 1, "x": [True, None, "s"]}, True),
        ("data", {"n": 1}, {"n": 1.0}, False),
        ("data", {"n": 1}, {"n": True}, False),
        ("data", {"n": Unknown("n", INT)}, {"n": 5}, True),
        ("data", {"n": Unknown("n", INT)}, {"m": 5}, False),
        ("data", {"x": [ANY]}, {"x": [1, 2]}, False),
        ("stdin", "a", "b", False),
        ("stdin", SecretRef("t"), SecretRef("t"), True),
        ("stdin", SecretRef("t"), SecretRef("u"), False),
        ("stdin", SecretText(("a ", SecretRef("t"))), SecretText(("a ", SecretRef("t"))), True),
        ("env", (("A", ONE),), (("A", "1"),), True),
        ("env", (("A", ONE),), (("B", "1"),), False),
        ("on", "root@⟨host⟩", "root@h1", True),
        ("on", "root@⟨host⟩", "bob@h1", False),
    ],
)
def test_the_other_parts_of_a_request_fit_likewise(field: str, plan: Any, real: Any, fits: bool) -> None:
    assert (bindings(planned(**{field: plan}), Request("x", **{field: real})) is not None) is fits


@pytest.mark.parametrize(
    ("path", "role", "executor"),
    [("loop[k]/b", "main", "x"), ("loop/a", "main", "x"), ("loop[k]/a", "undo", "x"), ("loop[k]/a", "main", "y")],
)
def test_another_place_role_or_executor_does_not_fit(path: str, role: str, executor: str) -> None:
    assert not matches(planned(argv=("a",)), path, role, Request(executor, argv=("a",)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", [(False, "plain")]),
        ("a⟨b⟩c", [(False, "a"), (True, "b"), (False, "c")]),
        ("⟨a⟨b⟩c⟩d", [(True, "a⟨b⟩c"), (False, "d")]),
        ("a/⟨b", [(False, "a/"), (True, "b")]),
        ("a⟩/b", [(True, "a"), (False, "/b")]),
        ("", []),
    ],
)
def test_a_mixed_text_falls_into_pieces(text: str, found: list[tuple[bool, str]]) -> None:
    assert pieces(text) == found


DECLARED = "{a: string, b: string, n: int, l: list, f: bool, q: map}"
# An action, and what its inputs are in a run: what was planned without them has to fit.
SURFACES = [
    ("redis-cli: {command: 'GET ${a}', host: '${b}', tls: true}", {"a": "x", "b": "h"}),
    ("redis-cli: {command: 'GET ${a}', port: '${n}', db: '${n}'}", {"a": "x", "n": 3}),
    ("redis-cli: {command: 'GET ${a}', password: 'p${b}', user: '${b}'}", {"a": "x", "b": "h"}),
    ("redis-cli: '${a} k'", {"a": "get"}),
    ("redis-cli: CLIENT ${a}", {"a": "LIST"}),
    ("redis-cli: CONFIG ${a} x", {"a": "GET"}),
    ("redis-cli: GEORADIUS k 1 1 1 ${a}", {"a": "m"}),
    ("redis-cli: 'SET ${l}'", {"l": ["x", "y"]}),
    ("doctl: apps ${a} x", {"a": "get"}),
    ("doctl: apps ${a} x", {"a": "delete"}),
    ("doctl: '${a} list'", {"a": "apps"}),
    ("doctl: 'apps get ${a} -o ${b}'", {"a": "x", "b": "text"}),
    ("doctl: 'apps get ${a} -o ${b}'", {"a": "x", "b": "json"}),
    ("doctl: 'apps get ${l}'", {"l": ["x", "--format", "ID"]}),
    ("doctl: 'apps delete ${l}'", {"l": ["x", "-f"]}),
    ("doctl: {command: 'apps get ${a}', api_url: '${b}'}", {"a": "-h", "b": "u"}),
    ("aws: s3 ${a} x", {"a": "ls"}),
    ("aws: s3 ${a} x y", {"a": "cp"}),
    ("aws: '${a} describe-instances'", {"a": "ec2"}),
    ("aws: s3api ${a} --bucket x", {"a": "get-bucket-acl"}),
    ("aws: 's3 cp a b ${l}'", {"l": ["--quiet"]}),
    ("aws: 'ec2 describe-instances --output ${a}'", {"a": "text"}),
    ("aws: 'ec2 describe-instances ${l}'", {"l": ["--output", "text"]}),
    ("aws: {command: 's3 ls', region: '${a}', endpoint_url: '${b}'}", {"a": "x", "b": "https://y"}),
    ("psql: {sql: 'select ${a}, ${n}, ${l}', host: '${b}'}", {"a": "x", "n": 1, "l": [1, 2], "b": "h"}),
    ("psql: {sql: 'select ${q}', port: '${n}'}", {"q": {"a": 1}, "n": 5}),
    ("psql: {sql: 'update t set a = ${f}, b = ${a}', password: 'p${a}'}", {"a": "x:y", "f": True}),
    ("psql: {sql: select 1, password: '${a}', sslmode: '${b}'}", {"a": "x", "b": "require"}),
    ("http: '${a}'", {"a": "https://x/y"}),
    ("http: {get: '${a}', query: {x: '${b}'}}", {"a": "https://x/y", "b": "z"}),
    ("http: {get: '${a}', query: {x: '${b}'}}", {"a": "https://x/y?k=1", "b": "z"}),
    ("http: {get: 'https://x/${a}', query: {x: '${n}', 'k k': 'v v'}}", {"a": "y", "n": 3}),
    ("http: {get: 'https://x/y?a=1', query: {x: '${b}'}}", {"b": ""}),
    ("http: {get: 'https://x/y?a=${a}', query: {x: '${b}'}}", {"a": "1", "b": "z w&"}),
    ("http: {get: 'https://x/y#part', query: {x: '${b}'}}", {"b": "z"}),
    ("http: {get: 'https://x/${a}?k=1#part', query: {x: '${b}'}}", {"a": "1", "b": "z"}),
    ("http: {get: 'https://x/${a}#${b}', query: {x: '1'}}", {"a": "1", "b": "part"}),
    ("http: {get: 'https://x/${a}', query: {x: '${b}'}}", {"a": "1?k=2#part", "b": "#?&"}),
    ("http: {get: '${a}', query: {x: '${b}'}}", {"a": "https://x/y#part", "b": "z"}),
    ("http: {get: 'https://x/${a}/end'}", {"a": "1#part"}),
    ("http: {get: 'https://x/${q[\"#\"]}', query: {x: '1'}}", {"q": {"#": "y"}}),
    ("http: {post: 'https://x/y', form: {a: '${a}'}, headers: {X-A: 'v${b}'}, proxy: '${a}'}", {"a": "1", "b": "2"}),
    ("tls: '${a}'", {"a": "x:443"}),
    ("tls: {host: '${a}', port: '${n}', server_name: '${b}'}", {"a": "x", "b": "y", "n": 8443}),
]


def test_what_a_value_in_an_address_came_to_is_the_value_itself(tmp_path: Path) -> None:
    """Also beside a base address, which is taken as it is, and a body, in which nothing is encoded."""
    path = tmp_path / "r.yml"
    step = "http: {post: '${a}/x/${b}?n=${n}', query: {q: '${q}'}, body: '${b}|${q}'}"
    path.write_text(f"runbook: r\ninputs: {{a: string, b: string, n: int, q: string}}\nsteps:\n  - id: it\n    {step}\n")
    program = load(str(path)).program
    assert program is not None
    (entry,) = (entry for entry in make_plan(program, {}).entries if entry.kind == "act")
    act = program.root.body[0]
    assert isinstance(act, Act)
    assert act.call is not None
    given = {"a": "https://h/a%20b", "b": "c%20d #?", "n": 3, "q": "é&%41"}
    request = act.call.surface.request(evaluate(act.call, given, Timestamp(0)))
    assert request.data["url"] == "https://h/a%20b/x/c%2520d%20%23%3F?n=3&q=%C3%A9%26%2541"
    found = bindings(entry, request)
    assert found is not None
    assert {hole: str(value) for hole, value in found} == {hole: str(value) for hole, value in given.items()}


def test_another_address_does_not_fit_for_its_fragment(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text(f"runbook: r\ninputs: {DECLARED}\nsteps:\n  - {{id: it, http: {{get: 'https://x/y#part', query: {{x: '${{b}}'}}}}}}\n")
    program = load(str(path)).program
    assert program is not None
    entry = next(entry for entry in make_plan(program, {}).entries if entry.kind == "act")
    assert entry.request is not None
    assert open_text(entry.request.data["url"]) == "https://x/y?x=⟨b⟩#part"
    for url, fits in (("https://x/y?x=z#part", True), ("https://x/z?x=z#part", False), ("https://x/z?x=z#y?x=z#part", False)):
        request = entry.request.replace(data={**entry.request.data, "url": url})
        assert (bindings(entry, request) is not None) == fits, url


@pytest.mark.parametrize(("step", "given"), SURFACES)
def test_a_request_fits_its_plan_whatever_its_surface_makes_of_a_value(step: str, given: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text(f"runbook: r\ninputs: {DECLARED}\nsteps:\n  - id: it\n    because: it is tried\n    {step}\n")
    program = load(str(path)).program
    assert program is not None
    (entry,) = (entry for entry in make_plan(program, {}).entries if entry.kind == "act" and entry.role == "main")
    act = program.root.body[0]
    assert isinstance(act, Act)
    assert act.call is not None
    request = act.call.surface.request(evaluate(act.call, given, Timestamp(0)))
    assert bindings(entry, request) is not None
    assert bindings(entry, request.replace(on="elsewhere")) is None
