"""The tables fit each other: every kind has its reader and its schema, every surface its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.json_schema import MAKERS, schema_of
from runbook_lang.model import fields, policy_fields
from runbook_lang.model.build import KINDS
from runbook_lang.model.fields import Field
from runbook_lang.model.policy_build import KINDS as POLICY_KINDS
from runbook_lang.surfaces import registry
from runbook_lang.surfaces.arguments import READERS

if TYPE_CHECKING:
    from runbook_lang.model.fields import Table

RUNBOOK_TABLES: dict[str, Table] = {
    **fields.TABLES,
    "step": fields.STEP,
    "modifiers": fields.MODIFIERS,
    "action modifiers": fields.ACTION_MODIFIERS,
    "kinds": fields.KINDS,
    "try": fields.TRY,
}


def all_fields() -> list[tuple[str, Field]]:
    tables = {**RUNBOOK_TABLES, **{f"policy {name}": table for name, table in policy_fields.TABLES.items()}}
    return [(f"{name}.{key}", field) for name, table in tables.items() for key, field in table.items()]


def test_every_kind_has_a_reader_and_a_schema() -> None:
    for name, table in RUNBOOK_TABLES.items():
        assert [key for key, field in table.items() if field.kind not in KINDS and field.kind != "id"] == [], name
    for name, table in policy_fields.TABLES.items():
        assert [key for key, field in table.items() if field.kind not in POLICY_KINDS] == [], name
    assert [name for name, field in all_fields() if field.kind not in MAKERS] == []


def test_every_field_is_a_sentence_and_its_example_is_yaml() -> None:
    for name, field in all_fields():
        assert field.doc.endswith((".", "?")), name
        assert "description" in schema_of(field), name


def test_no_key_of_a_step_is_two_things() -> None:
    own = [*fields.STEP, *fields.MODIFIERS, *fields.ACTION_MODIFIERS, *fields.TRY]
    assert len(own) == len(set(own))
    assert set(own) & set(fields.EXECUTORS) == set()
    assert set(own) & set(fields.KINDS) == {"undo"}


@pytest.mark.parametrize("name", registry.BUILTIN)
def test_the_arguments_of_a_surface(name: str) -> None:
    surface = registry.surface(name)
    assert surface is not None
    assert surface.name == name
    assert not surface.shorthand or surface.shorthand in surface.args
    assert [key for key, arg in surface.args.items() if arg.kind not in READERS] == []
    assert [key for key, arg in surface.args.items() if not arg.doc] == []
    assert [key for key, arg in surface.args.items() if arg.choices and arg.kind != "name"] == []
