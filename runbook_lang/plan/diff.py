"""The difference in meaning between two plans of a runbook: what it does more or less, what protects it no longer, what is laxer.

Works on plans as JSON data, so that a plan's file from before can be compared too. Pure.
"""

from __future__ import annotations

import json

from ..base.duration import format_duration
from ..base.record import Record
from .diff_steps import EFFECTS, diff_steps
from .difference import CHANGED, LOWERED, ORDER, RISK, STRENGTHENED, WEAKENED, Difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    Plan = Mapping[str, Any]

_CHECKS = ("format", "pattern", "choices")
ADDED, REMOVED, SAME, OTHER, BROKEN = "added", "removed", "same", "changed", "broken"


class Diff(Record):
    """One runbook on both sides. `status`: added | removed | changed | same | broken (one side can't be read, `why` says which).

    `base` and `head` are the plans' JSON, None where there is none.
    """

    path: str
    status: str
    base: Plan | None
    head: Plan | None
    items: tuple[Difference, ...] = ()
    why: str = ""

    def has(self, level: str) -> bool:
        """Whether any difference is of that level. A runbook that can't be read any more counts as both."""
        return self.status == BROKEN or any(item.level == level for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        sides = {name: None if side is None else _side(side) for name, side in (("base", self.base), ("head", self.head))}
        body: dict[str, Any] = {"path": self.path, "status": self.status, **sides}
        if self.why:
            body["why"] = self.why
        return {**body, "risk": self.has(RISK), "weakened": self.has(WEAKENED), "differences": [item.as_json() for item in self.items]}


def _side(plan: Plan) -> dict[str, Any]:
    return {"runbook": plan["runbook"], "program": plan["program"], "risk": plan["risk"], "counts": plan["counts"]}


def diff_plans(path: str, base: Plan | None, head: Plan | None, more: Iterable[Difference] = ()) -> Diff:
    """What became of a runbook. None is a side that doesn't have it; `more` are differences found elsewhere (in its policy)."""
    assert base is not None or head is not None
    if base is None or head is None:
        items = [] if base is not None else [_whole(head or {})]
        return Diff(path, ADDED if base is None else REMOVED, base, head, tuple(items))
    items = [*_head(base, head), *more, *diff_steps(base["entries"], head["entries"])]
    if not items and base["files"] != head["files"] and _without_files(base) == _without_files(head):
        items = [_unseen(base["files"], head["files"])]
    items.sort(key=lambda item: ORDER[item.level])
    return Diff(path, OTHER if items else SAME, base, head, tuple(items))


def _without_files(plan: Plan) -> dict[str, Any]:
    return {key: value for key, value in plan.items() if key not in ("files", "program")}


def _unseen(old: Mapping[str, str], new: Mapping[str, str]) -> Difference:
    """Files that say something else, without anything of it in the plans: a run isn't bound to the old plan any more."""
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return Difference(CHANGED, "files", "runbook", f"what its files say changed, and no plan shows it: {', '.join(names)}")


def _whole(head: Plan) -> Difference:
    effect = head["risk"]["effect"]
    level = RISK if EFFECTS[effect] else CHANGED
    return Difference(level, "added runbook", "runbook", f"a new runbook: {head['risk']['text']}")


def _head(base: Plan, head: Plan) -> Iterator[Difference]:
    """What the summary above the steps says."""
    before, after = base["risk"]["effect"], head["risk"]["effect"]
    if before != after:
        raised = EFFECTS[after] > EFFECTS[before]
        word = "RAISED" if raised else "lowered"
        yield Difference(RISK if raised else LOWERED, "risk", "runbook", f"its risk is {word} from {before} to {after}", before, after)
    yield from _names("not_undoable", "can't be undone any more", "can be undone now", RISK, LOWERED, base, head)
    yield from _names("targets", "touches something new", "doesn't touch any more", CHANGED, CHANGED, base, head)
    yield from _names("locks", "takes a further lock", "doesn't take the lock any more", STRENGTHENED, WEAKENED, base, head)
    yield from _window(base["window"], head["window"])
    yield from _inputs(base, head)
    yield from _secrets(base, head)
    yield from _longest(base["longest"], head["longest"])
    for name in ("title", "severity", "runbook"):
        if base[name] != head[name]:
            yield Difference(CHANGED, name, "runbook", f"its {name} changed", base[name], head[name])
    if base["outputs"] != head["outputs"]:
        before, after = (json.dumps(one["outputs"], ensure_ascii=False, sort_keys=True) for one in (base, head))
        yield Difference(CHANGED, "outputs", "runbook", "its outputs changed", before, after)


def _names(field: str, come: str, gone: str, louder: str, softer: str, base: Plan, head: Plan) -> Iterator[Difference]:
    """Names that a list has gained or lost. A step that came or went as a whole is told as a step."""
    steps = field == "not_undoable"
    for here, there, level, text in ((head, base, louder, come), (base, head, softer, gone)):
        known = {entry.get("path") for entry in there["entries"]}
        for name in here[field]:
            if name not in there[field] and (not steps or name in known):
                yield Difference(level, field, name if steps else "runbook", text if steps else f"{text}: {name}")


def _window(old: str, new: str) -> Iterator[Difference]:
    if old == new:
        return
    if not new:
        yield Difference(WEAKENED, "window", "runbook", "isn't held to a window any more", old)
    elif not old:
        yield Difference(STRENGTHENED, "window", "runbook", "is held to a window now", "", new)
    else:
        yield Difference(CHANGED, "window", "runbook", "is held to another window", old, new)


def _inputs(base: Plan, head: Plan) -> Iterator[Difference]:
    old, new = ({item["name"]: item for item in side["inputs"]} for side in (base, head))
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            text = "a new input" if before is None else "an input that is gone"
            yield Difference(CHANGED, "input", "runbook", f"{text}: {name}")
            continue
        if any(before.get(key) != after.get(key) for key in ("value", "type", "env")):
            yield Difference(CHANGED, "input", "runbook", f"the input {name} changed", _input(before), _input(after))
        if any(before.get(key) != after.get(key) for key in _CHECKS):
            gone = any(before.get(key) and not after.get(key) for key in _CHECKS)
            laxer = gone or not _fewer(before.get("choices"), after.get("choices"))
            text = f"what the input {name} may be is checked {'less' if gone else 'otherwise'}"
            yield Difference(WEAKENED if laxer else CHANGED, "input", "runbook", text, _input(before, _CHECKS), _input(after, _CHECKS))


def _fewer(old: list[Any] | None, new: list[Any] | None) -> bool:
    """Whether nothing can be chosen now that couldn't be chosen before."""
    return old is None or (new is not None and all(one in old for one in new))


def _input(item: Mapping[str, Any], keys: Iterable[str] = ("type", "value", "env")) -> str:
    return json.dumps({key: item[key] for key in keys if key in item}, ensure_ascii=False)


def _secrets(base: Plan, head: Plan) -> Iterator[Difference]:
    old, new = ({item["name"]: item for item in side["secrets"]} for side in (base, head))
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            yield Difference(RISK, "secret", "runbook", f"uses a further secret: {name}")
            continue
        if name not in new:
            yield Difference(LOWERED, "secret", "runbook", f"doesn't use a secret any more: {name}")
            continue
        if any(old[name][key] != new[name][key] for key in ("source", "where")):
            yield Difference(
                CHANGED, "secret", "runbook", f"takes the secret {name} from elsewhere", old[name]["where"], new[name]["where"]
            )
        hosts = old[name].get("for", []), new[name].get("for", [])
        if hosts[0] != hosts[1]:
            more = hosts[0] and (not hosts[1] or set(hosts[1]) - set(hosts[0]))
            text = f"the secret {name} may be sent to {'further' if more else 'fewer'} hosts"
            shown = [", ".join(one) or "any host" for one in hosts]
            yield Difference(RISK if more else LOWERED, "secret", "runbook", text, shown[0], shown[1])


def _longest(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    steps = _time(old["steps_us"]), _time(new["steps_us"])
    if old.get("within_sla") is not False and new.get("within_sla") is False:
        yield Difference(WEAKENED, "sla", "runbook", "may take longer than the policy's SLA now", *steps)
    elif old.get("sla_us") != new.get("sla_us"):
        yield Difference(CHANGED, "sla", "runbook", "the policy's SLA for it changed", _time(old.get("sla_us")), _time(new.get("sla_us")))
    elif old["steps_us"] != new["steps_us"]:
        yield Difference(CHANGED, "longest", "runbook", "the longest it may take changed", *steps)


def _time(micros: int | None) -> str:
    return "no bound" if micros is None else format_duration(micros)
