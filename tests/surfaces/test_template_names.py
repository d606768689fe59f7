"""Which templates a template names, against Jinja2's own answer."""

from __future__ import annotations

import jinja2
import pytest
from jinja2 import meta

from runbook_lang.surfaces.template_names import computed_in, named_in

CASES = [
    ("{% include 'a.j2' %}", [("a.j2", True)]),
    ('{%- include "parts/a.j2" -%}', [("parts/a.j2", True)]),
    ("{% include 'a.j2' ignore missing %}", [("a.j2", False)]),
    ("{% include 'a.j2' ignore missing without context %}", [("a.j2", False)]),
    ("{% include 'a.j2' with context %}", [("a.j2", True)]),
    ("{% include ['a.j2', \"b.j2\"] %}", [("a.j2", False), ("b.j2", False)]),
    ("{% include ('a.j2', 'b.j2') ignore missing %}", [("a.j2", False), ("b.j2", False)]),
    ("{% extends 'base.j2' %}{% block x %}{% include 'b.j2' %}{% endblock %}", [("base.j2", True), ("b.j2", True)]),
    ("{% import 'm.j2' as m %}", [("m.j2", True)]),
    ("{% from 'm.j2' import one, two as three %}", [("m.j2", True)]),
    ("{% from 'm.j2' import one with context %}", [("m.j2", True)]),
    ("{%\n  include\n  'a.j2'\n%}", [("a.j2", True)]),
    ("{# {% include 'no.j2' %} #}x", []),
    ("{% raw %}{% include 'no.j2' %}{% endraw %}", []),
    ("{% include name %}", []),
    ("{% include 'a' ~ name %}", []),
    ("{% include ['a.j2', name] %}", [("a.j2", False)]),
    ("{% include 'a.j2' if name else 'b.j2' %}", []),
    ("{% extends name %}", []),
    ("{% import name as m %}{% from name import one %}", []),
    ("{% if from %}include 'x'{% endif %}", []),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_the_names_that_stand_in_quotes(text: str, wanted: list[tuple[str, bool]]) -> None:
    assert list(named_in(text)) == wanted
    theirs = {name for name in meta.find_referenced_templates(jinja2.Environment().parse(text)) if name is not None}
    assert {name for name, _ in wanted} == theirs
    unknown = list(meta.find_referenced_templates(jinja2.Environment().parse(text))).count(None)
    assert len(list(computed_in(text))) == unknown
