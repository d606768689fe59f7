"""What a file consists of, as a tree for the editor's overview."""

from __future__ import annotations

from ..base.record import Record
from ..model import nodes as m
from .symbols import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .view import View


class Part(Record):
    """One entry. `kind`: input, secret, step, group. `start` to `end` is all of it, `name_start` to `name_end` its name."""

    name: str
    detail: str
    kind: str
    start: int
    end: int
    name_start: int
    name_end: int
    inner: tuple[Part, ...] = ()


def outline(view: View) -> list[Part]:
    """The inputs, secrets and steps of a runbook, or the people, tiers, severities and windows of a policy."""
    known = view.known
    if known.book is not None:
        return list(_book(view, known.book))
    policy = known.policy
    if policy is None:
        return []
    groups = ((policy.people, "person"), (policy.tiers, "tier"), (policy.severities, "severity"), (policy.windows, "window"))
    return [_named(view, item.name, kind, "") for group, kind in groups for item in group.values()]


def _book(view: View, book: m.Runbook) -> Iterator[Part]:
    yield from (_named(view, item.name, "input", item.type) for item in book.inputs)
    yield from (_named(view, item.name, "secret", item.source) for item in book.secrets)
    yield from _steps(view, book.steps)
    yield from _steps(view, book.on_failure)


def _named(view: View, name: m.Name, kind: str, detail: str) -> Part:
    span = bare(name.span, name.text)
    place = view.about(span.start, span.end)
    return Part(name.text, detail, kind, *place, *place)


def _steps(view: View, steps: Iterable[m.Step]) -> Iterator[Part]:
    for step in steps:
        own = bare(step.id.span, step.id.text)
        whole, place = view.about(step.span.start, step.span.end), view.about(own.start, own.end)
        start, end = min(whole[0], place[0]), max(whole[1], place[1])
        yield Part(step.id.text, _detail(step), "step", start, end, *place, tuple(_inner(view, step.kind)))


def _detail(step: m.Step) -> str:
    kind = step.kind
    what = kind.executor.text if isinstance(kind, m.Action) else type(kind).__name__.lower()
    return f"{what}: {step.title}" if step.title else what


def _inner(view: View, kind: m.Kind) -> Iterator[Part]:
    if isinstance(kind, m.Choose):
        for arm in kind.arms:
            yield from _steps(view, arm.steps)
    elif isinstance(kind, m.Parallel):
        for branch in kind.branches:
            yield from _steps(view, branch.steps)
    elif isinstance(kind, m.ForEach):
        yield from _steps(view, kind.steps)
    elif isinstance(kind, m.Try):
        yield from _steps(view, kind.body + kind.rescue + kind.always)
