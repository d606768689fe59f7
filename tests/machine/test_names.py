"""The persistent map against a plain dict, and the frames over it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.expr.values import MISSING
from runbook_lang.machine.names import Names
from runbook_lang.machine.turn import PENDING, Frame

NAME = st.sampled_from("abcdefgh")
STEP = st.tuples(st.integers(0, 30), NAME, st.integers())


@given(st.dictionaries(NAME, st.integers()), st.lists(STEP, max_size=40))
def test_every_version_stays_what_it_was(first: dict[str, int], steps: list[tuple[int, str, int]]) -> None:
    """Each step makes a new map from any earlier one; all of them are then compared with the dicts they stand for."""
    versions = [Names(first)]
    models = [dict(first)]
    for index, name, value in steps:
        source = index % len(versions)
        versions.append(versions[source].with_(name, value))
        models.append({**models[source], name: value})
    for names, model in zip(versions, models, strict=True):
        assert dict(names.items()) == model
        assert list(dict(names.items())) == list(model)
        assert len(names) == len(model)
        for name in "abcdefgh":
            assert (name in names) == (name in model)
            assert names.get(name) == model.get(name)
            found = names.find(name)
            assert (found is None) == (name not in model)
            assert found is None or found[1] == model[name]


@given(st.lists(st.tuples(NAME, st.integers()), max_size=20))
def test_equal_contents_are_equal_maps_whatever_their_history(pairs: list[tuple[str, int]]) -> None:
    built = Names()
    for name, value in pairs:
        built = built.with_(name, value)
    made = Names(dict(pairs))
    assert built == made
    assert hash(built) == hash(Names(dict(built.items())))
    assert (built == Names()) == (not pairs)


def test_a_frame_sees_what_is_around_it_and_its_own_first() -> None:
    outer = Frame(Names({"a": 1, "b": 2}), None, "", frozenset({"later"}))
    inner = outer.under(Names({"b": 3}), "loop[k]/", frozenset({"inside"}))
    assert [inner.get(name) for name in ("a", "b")] == [1, 3]
    assert inner.get("later") == inner.get("inside") == PENDING
    assert outer.get("inside") is MISSING
    assert [inner.home(name) for name in ("inside", "later", "elsewhere")] == ["loop[k]/", "", ""]
    assert inner.scope() is outer


def test_a_kept_frame_does_not_see_what_is_named_later() -> None:
    outer = Frame(Names({"a": 1}), None, "", frozenset())
    inner = outer.under(Names({"b": 2}))
    kept = inner.kept()
    assert kept == inner
    outer.set("c", 3)
    inner.set("d", 4)
    assert kept.get("c") is MISSING
    assert kept.get("d") is MISSING
    assert kept != inner
    assert hash(kept) == hash(Frame(Names({"b": 2}), Frame(Names({"a": 1}), None, "", frozenset()), "", frozenset()))
