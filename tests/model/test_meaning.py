"""What a runbook says as plain data: the same however it is found, since digests hang on it."""

from __future__ import annotations

import pytest

from runbook_lang.base.source import Source, Span
from runbook_lang.model import meaning
from runbook_lang.model.nodes import PLAIN, Action, Modifiers, Name, Step
from runbook_lang.syntax.tree import Scalar

SOURCE = Source("x.yml", "x")
SPAN = Span(SOURCE, 0, 1)


@pytest.mark.parametrize("title", ["", "Step"])
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("mods", [PLAIN, Modifiers(), Modifiers(effect="read", because="it looks")])
def test_a_step_says_what_its_fields_say(title: str, given: bool, mods: Modifiers) -> None:
    step = Step(Name("a", SPAN), Action(Name("shell", SPAN), Scalar(SPAN, "ls")), mods, SPAN, title, given)
    slowly = ["Step", *[[name, meaning._plain(item)] for name, item in meaning._said(step) if type(item) is not Span]]
    assert meaning._plain(step) == slowly


def test_a_step_has_the_fields_that_are_looked_at() -> None:
    assert Step.__fields__ == ("id", "kind", "mods", "span", "title", "given_id")
