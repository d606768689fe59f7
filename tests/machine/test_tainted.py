"""Which fields of a result are secrets, and what their types become."""

from __future__ import annotations

import pytest

from runbook_lang.expr.types import DYN, INT, SECRET, STRING, ListType, MapType, RecordType, Type
from runbook_lang.machine.tainted import secret_paths, with_secrets

USER = RecordType("user", {"name": STRING, "password": STRING, "id": INT})
RESULT = RecordType("result", {"exit": INT, "stdout": STRING, "lines": ListType(STRING), "json": DYN, "users": ListType(USER)})


def test_an_output_that_is_secret_is_so_in_all_its_views() -> None:
    assert set(secret_paths(RESULT, ("stdout",))) == {"stdout", "lines", "json"}
    assert set(secret_paths(RESULT, ("lines",))) == {"stdout", "lines", "json"}
    assert secret_paths(RESULT, ("users[].password",)) == ("users[].password",)
    assert secret_paths(RESULT, ()) == ()


@pytest.mark.parametrize(
    ("path", "field", "type_"),
    [
        ("stdout", "stdout", SECRET),
        ("lines", "lines", ListType(SECRET)),
        ("lines[]", "lines", ListType(SECRET)),
        ("json", "json", DYN),
        ("json.password", "json", RecordType("", {"password": SECRET}, frozenset(("password",)), open=True)),
        ("json[].key", "json", ListType(RecordType("", {"key": SECRET}, frozenset(("key",)), open=True))),
        ("users[].password", "users", ListType(USER.replace(fields={**USER.fields, "password": SECRET}))),
        ("users", "users", ListType(USER.replace(fields=dict.fromkeys(USER.fields, SECRET)))),
        ("exit.none", "exit", INT),
    ],
)
def test_the_type_of_what_a_path_leads_to(path: str, field: str, type_: Type) -> None:
    hidden = with_secrets(RESULT, (path,))
    assert hidden.fields[field] == type_
    assert {name: hidden.fields[name] for name in RESULT.fields if name != field} == {
        name: RESULT.fields[name] for name in RESULT.fields if name != field
    }


def test_a_map_of_secrets_and_a_path_to_nowhere() -> None:
    result = RecordType("result", {"headers": MapType(STRING, STRING)})
    assert with_secrets(result, ("headers",)).fields["headers"] == MapType(STRING, SECRET)
    assert with_secrets(result, ("elsewhere", "headers[]")) == result
