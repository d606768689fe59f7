"""A plan as text for a terminal. Everything that matters is in words, so it reads the same without colour."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..plan.entry import FAILURE, NO
from ..plan.shown import plain, stdin, word, words
from .columns import Page, times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..model.nodes import Retry
    from ..plan.entry import Entry, Given, Hole, Plan, Wanted

_LABEL = 13
_KIND = 10
STYLES = {"read": "", "change": "yellow", "destroy": "red"}
_SQL_LINES = 12
_SHORT = ("undo", "escalate", "wait", "stop", "call")


def render(plan: Plan, width: int = 80, colour: bool = False) -> str:
    """The whole plan; lines of at most `width` columns where the words allow it. Ends with a newline."""
    page = Page(width, colour)
    _head(page, plan)
    page.gap()
    page.put("Steps", style="bold")
    for entry in plan.entries:
        _entry(page, entry)
    _tail(page, plan)
    return page.text()


def _head(page: Page, plan: Plan) -> None:
    page.put(plan.title or plan.runbook, style="bold")
    about = (plan.runbook if plan.title else "", plan.severity, plan.risk.text)
    page.put(" · ".join(part for part in about if part), style=STYLES[plan.risk.effect])
    page.gap()
    names = max((len(item.name) for item in plan.inputs), default=0)
    page.labelled("Inputs", (given(item, names) for item in plan.inputs), _LABEL)
    page.labelled("Secrets", (f"{item.name} ({item.source}: {item.where})" for item in plan.secrets), _LABEL)
    page.labelled("Locks", plan.locks, _LABEL)
    page.labelled("Window", [plan.window] if plan.window else [], _LABEL)
    page.labelled("Touches", plan.targets, _LABEL)
    page.labelled("Counts", [counts(plan)], _LABEL)
    page.labelled("No undo", plan.not_undoable, _LABEL, style="yellow")
    page.labelled("Waits for", (wait(item) for item in plan.waits), _LABEL)
    page.labelled("Takes", [takes(plan)], _LABEL)
    page.labelled("Can't work", (f"{path}: {text}" for path, text in plan.problems), _LABEL, style="red")


def given(item: Given, names: int) -> str:
    """An input with its value and where that is from; names are `names` wide."""
    name = item.name.ljust(names)
    if item.origin == "open":
        ways = f"--input {item.name}=…" + (f" or {item.env}" if item.env else "")
        return f"{name}  open; give it by {ways}"
    replaced = f"; {item.env} would replace it" if item.env else ""
    return f"{name}  {_value(item.value)}" + (f" (default{replaced})" if item.origin == "default" else "")


def _value(value: object) -> str:
    shown = plain(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def counts(plan: Plan) -> str:
    """How many steps of each effect, in words."""
    many = plan.counts
    parts = [_many(many["read"], "read"), _many(many["change"], "change")]
    if many["destroy"]:
        parts.append(f"{many['destroy']} that {'destroys' if many['destroy'] == 1 else 'destroy'}")
    if many["escalate"]:
        parts.append(_many(many["escalate"], "escalation"))
    if many["ask"]:
        parts.append(_many(many["ask"], "question"))
    return ", ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def takes(plan: Plan) -> str:
    """How long it takes at most."""
    known = plan.longest
    text = "at most " + times(known.steps_us) if known.steps_us is not None else "no bound on how long"
    if known.handling_us:
        text += f", and {times(known.handling_us)} more to handle a failure"
    elif known.handling_us is None:
        text += "; handling a failure has no bound either" if known.steps_us is None else "; handling a failure has no bound"
    return text + ("; waits for people and moments not counted" if plan.waits else "") + sla(plan)


def sla(plan: Plan) -> str:
    """How that compares with what the policy wants for the severity; '' where it says nothing."""
    known = plan.longest
    if known.sla_us is None:
        return ""
    verdict = "within" if known.within_sla else "may be over"
    return f"; {verdict} the {times(known.sla_us)} that the policy gives a {plan.severity}"


def wait(wanted: Wanted) -> str:
    """Who or what is waited for."""
    if wanted.what == "time":
        return f"{wanted.path}: {wanted.text}"
    what = {"approval": "approval", "answer": "an answer", "do": "something to be done"}[wanted.what]
    people = (f" by {wanted.count}" if wanted.what != "answer" else "") + (f" of {wanted.role}" if wanted.role else "")
    why = f", as {wanted.why}" if wanted.why else ""
    limit = f" (within {times(wanted.within_us)})" if wanted.within_us is not None else ""
    return f"{wanted.path}: {what}{people}{why}{limit}"


def _entry(page: Page, entry: Entry) -> None:
    indent = 2 + 2 * entry.depth
    if entry.kind == "act" and entry.role != "main":
        if entry.reached != NO or entry.problem:
            _beside(page, entry, indent + _KIND - 2)
        return
    # An entry that its author gave no title, and that is one line, needs no line for its id.
    only = () if entry.title or entry.kind not in _SHORT else tuple(details(entry))
    inline = len(only) == 1
    head = f"{only[0][1]} [{entry.path}]" if inline else title(entry)
    style = STYLES.get(entry.effect, "") if entry.reached != NO else "dim"
    lines = page.wrap(head, page.width - indent - _KIND)
    first = page.style(lines[0], "bold" if entry.title else "")
    page.lines.append((" " * indent + page.style(label(entry).ljust(_KIND - 1), style) + " " + first).rstrip())
    page.lines.extend(" " * (indent + _KIND) + line for line in lines[1:])
    for name, text in () if inline else details(entry):
        page.labelled(name, [text], indent + _KIND + (9 if name else 0), indent + _KIND, "red" if name == "problem" else "")


def label(entry: Entry) -> str:
    """What kind of step it is, in a word."""
    if entry.kind == "act":
        return entry.effect
    return {"on_failure": "on failure", "success": "success", "answer": "ask"}.get(entry.kind, entry.kind)


def title(entry: Entry) -> str:
    """A step's title with its path, or its condition with what is known of it."""
    if entry.kind == "on_failure":
        return entry.path and f"of {entry.path}"
    if entry.kind in ("when", "choose", "guard", "success") and entry.condition is not None:
        return f"{_flat(entry.condition.text)} — {_known(entry)}"
    if entry.kind in ("else", "rescue", "always"):
        return ""
    title = f"{entry.title} [{entry.path}]" if entry.title else f"[{entry.path}]"
    return title + (" — never reached" if entry.reached == NO else "")


def _known(entry: Entry) -> str:
    condition = entry.condition
    assert condition is not None
    if condition.what == "success" and condition.value == "true":
        return "true when every step goes well"
    return condition.value + (f": {condition.note}" if condition.note else "")


def _flat(text: str) -> str:
    return " ".join(text.split())


def _beside(page: Page, entry: Entry, indent: int) -> None:
    """What stands beside an act: how it is undone, asked after, rehearsed."""
    name = {"applied": "in doubt", "undo": "undo", "rehearse": "rehearse"}[entry.role]
    text = command(entry) or f"can't be made: {entry.problem}"
    page.labelled(name, [text], indent + 9, indent)
    for part in _parts(entry):
        page.labelled("", [part], indent + 9, indent)
    page.labelled("", (f"expect {_flat(one)}" for one in entry.expect), indent + 9, indent)


def command(entry: Entry) -> str:
    """The words, each quoted where it has to be read as one."""
    return "" if entry.request is None else " ".join(quoted(item) for item in words(entry.request))


def quoted(text: str) -> str:
    """A word in quotes when it holds a space, a quote or nothing."""
    if text and not any(sign in text for sign in " \t\n\"'\\"):
        return text
    return json.dumps(text, ensure_ascii=False)


def details(entry: Entry) -> Iterator[tuple[str, str]]:
    """What else is to be said of a step: (what it is, '' for its words; the text)."""
    if entry.kind == "act":
        yield from _act(entry)
    elif entry.kind == "set":
        yield from (("", f"{name} = {_set(fact)}") for name, fact in entry.facts.items())
    elif entry.kind in ("ask", "wait", "escalate", "stop", "undo", "loop", "parallel", "call"):
        yield from _facts(entry)
    if entry.settles:
        yield "settles", ", ".join(entry.settles)
    if entry.problem:
        yield "problem", entry.problem


def _set(fact: Mapping[str, Any]) -> str:
    """The value when it is known, else the expression that will give it."""
    if "value" not in fact or _value(fact["value"]).startswith("⟨"):
        return _flat(str(fact["expression"]))
    return _value(fact["value"])


def _act(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.request is not None:
        yield "", command(entry)
        yield from (("", part) for part in _parts(entry))
        if entry.request.on:
            yield "on", entry.request.on
        if entry.request.env:
            yield "env", " ".join(name for name, _ in entry.request.env)
    if entry.may_fail:
        yield "may fail", "and the run goes on"
    if entry.condition is not None:
        yield "guard", f"{_flat(entry.condition.text)} — {_known(entry)}"
    if entry.inferred:
        yield "effect", f"{entry.effect}, though it looks like a {entry.inferred}: {entry.because or entry.why or 'no reason given'}"
    elif entry.because:
        yield "because", entry.because
    if entry.approval is not None:
        yield "approval", wait(entry.approval).partition(": approval ")[2] + (f": {entry.approval.text}" if entry.approval.text else "")
    if entry.windows:
        yield "window", ", ".join(entry.windows)
    yield from (("expect", _flat(one)) for one in entry.expect)
    again = _retry(entry.retry) if entry.retry is not None else ""
    yield "limit", times(entry.limit_us) + again + ("; may be repeated" if entry.repeatable else "")
    if entry.effect != "read" and entry.reached not in (NO, FAILURE) and "undo" not in entry.roles:
        yield "undo", "none"


def _parts(entry: Entry) -> Iterator[str]:
    """What is sent besides the words: SQL, standard input, a body."""
    request = entry.request
    if request is None:
        return
    data = request.data if isinstance(request.data, dict) else {}
    if "sql" in data:
        lines = word(data["sql"]).strip().splitlines()
        yield "\n".join(lines[:_SQL_LINES] + (["…"] if len(lines) > _SQL_LINES else []))
    else:
        shape = stdin(request)
        if shape is not None:
            yield f"stdin: {shape['text']}" if shape["lines"] == 1 else f"stdin: {shape['lines']} lines"
    for name in ("json", "form", "body", "values"):
        if data.get(name) not in (None, [], {}):
            yield f"{name}: {_value(data[name])}"


def _retry(retry: Retry) -> str:
    bounds = [f"for {times(retry.limit)}" if retry.limit is not None else "", f"{retry.times} times" if retry.times is not None else ""]
    return f"; again every {times(retry.every)}, " + " and ".join(bound for bound in bounds if bound)


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    facts = entry.facts
    if entry.kind == "ask":
        choices = facts.get("choices")
        yield "", word(facts["text"])
        yield "within", times(facts["within_us"]) + (f"; then {_value(facts['default'])}" if "default" in facts else "")
        if choices:
            yield "choices", ", ".join(_value(choice) for choice in choices)
    elif entry.kind == "wait":
        yield "", times(facts["wait_us"]) if "wait_us" in facts else f"until {word(facts['until'])}"
    elif entry.kind in ("escalate", "stop"):
        parts = (facts.get("as", ""), facts.get("severity", ""), facts.get("tier", ""), word(facts["message"]))
        yield "", " ".join(part for part in parts if part)
    elif entry.kind == "undo":
        yield "", "everything not settled, last first" if facts["ids"] == "all" else ", ".join(facts["ids"])
    elif entry.kind == "loop":
        yield "", f"over {_flat(facts['over'])} as {facts['as']}, {_turns(facts)}"
    elif entry.kind == "parallel":
        yield "", f"{len(facts['branches'])} branches" + (f", {facts['limit']} at a time" if facts["limit"] else " at once")
    elif entry.kind == "call":
        yield "", facts["runbook"]
        yield from (("", f"{name} = {_value(value)}") for name, value in facts["inputs"].items())


def _turns(facts: Mapping[str, Any]) -> str:
    if "turns" in facts:
        count = f"{facts['turns']} turns" if facts["turns"] != 1 else "1 turn"
    else:
        count = f"at most {facts['max']} turns" if facts["max"] is not None else "any number of turns"
    return count + (f", {facts['limit']} at a time" if facts["limit"] else " at once")


def _tail(page: Page, plan: Plan) -> None:
    if plan.outputs:
        page.gap()
        page.put("Outputs", style="bold")
        page.labelled("", (f"{name} = {_value(value)}" for name, value in plan.outputs), 2)
    wanted = [hole for hole in plan.unknowns if hole.what == "value"]
    if wanted:
        page.gap()
        page.put("Known only to the run", style="bold")
        page.labelled("", (f"⟨{hole.text}⟩{_type(hole)}, first in {hole.path}{_means(hole)}" for hole in wanted), 2)
    if plan.assumptions is not None:
        page.gap()
        page.put("Found by a dry run, and binding", style="bold")
        page.labelled("", (f"⟨{one.hole}⟩ = {one.value}, in {one.path}" for one in plan.assumptions.filled), 2)
        page.labelled("", (f"{path} is skipped" for path in plan.assumptions.skipped), 2)
    page.gap()
    page.put(f"Program {plan.program}", style="dim")
    page.put(f"Plan    {plan.digest}", style="dim")


def _means(hole: Hole) -> str:
    return f"; {' '.join(hole.means.split())}" if hole.means else ""


def _type(hole: Hole) -> str:
    return f" ({hole.type})" if hole.type != "dyn" else ""
