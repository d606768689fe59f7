"""One pass over the core program: every act once, both arms of every decision, each loop's body once.

What the pass knows of a name is never more than every run knows: a step that may not have run, or may have
failed, is a hole. So whatever a run starts fits what is written down here.
"""

from __future__ import annotations

import re

from ..expr.types import ListType
from ..expr.values import MISSING, EvalError, SecretRef, Unknown
from ..machine.core import LOOP_KEY_LIMIT, Act, End, Fan, If, Let, Need, Scope, Try, Unwind
from ..machine.flow import with_earlier
from ..machine.inputs import check_value
from ..machine.names import Names
from ..machine.resolve import condition, shown
from ..machine.turn import Frame, With
from . import longest
from .acts import Acts
from .entry import FAILURE as ON_FAILURE
from .entry import MAYBE, NO, YES, Condition, Entry, Hole, Wanted
from .holes import NOW, hole_names, named, type_of
from .names import DONE, FAILURE, ITEM, SKIPPED, added, after_need, all_unsure, hand_over, layer
from .place import Place, Way
from .texts import data_value, text_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..expr.expression import Expression
    from ..expr.values import Value
    from ..machine.core import Body, Node, Program

_NAME = re.compile(r"\w+\.\w+")


class Walk:
    """Collects entries, holes and waits. `body` and `scope` return a Way."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.entries: list[Entry] = []
        self.waits: list[Wanted] = []
        self.holes: dict[str, Hole] = {}
        self.meanings: dict[str, str] = {}
        self.early = False
        self.before_us: int | None = 0
        self.outputs: dict[str, Value] = {}
        self.acts = Acts(self)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def open(self, value: object, path: str, what: str = "value") -> None:
        """Remember the holes of a value, each at its first place."""
        for text, type_ in hole_names(value):
            if text not in self.holes:
                self.holes[text] = Hole(text, str(type_), path, what)

    def named_holes(self) -> Iterator[Hole]:
        """The holes, those that a `set` has named with what it says."""
        for hole in self.holes.values():
            name = _NAME.match(hole.text)
            means = self.meanings.get(name[0], "") if name is not None else ""
            yield hole.replace(means=f"{name[0]} = {means}") if name is not None and means else hole

    def wait_for_window(self, window: str, path: str) -> None:
        """Once a window: at its first act."""
        text = f"window {window}"
        if not any(wait.what == "time" and wait.text == text for wait in self.waits):
            self.waits.append(Wanted(path, "time", text))

    def body(self, nodes: Body, frame: Frame, place: Place) -> Way:
        times: list[int | None] = []
        goes_on = True
        for node in nodes:
            way = self.node(node, frame, place)
            times.append(way.time_us)
            if not way.goes_on:
                goes_on = False
                place = place.but(NO)
        return Way(goes_on, longest.total(*times))

    def node(self, node: Node, frame: Frame, place: Place) -> Way:
        path = frame.prefix + node.id
        visit = _VISITS[type(node)]
        way: Way = visit(self, node, frame, place, path)
        return way

    def act(self, act: Act, frame: Frame, place: Place, path: str) -> Way:
        goes_on, time_us = self.acts.plan(act, frame, place, path)
        return Way(goes_on, time_us)

    def let(self, node: Let, frame: Frame, place: Place, path: str) -> Way:
        record: dict[str, Any] = dict(DONE)
        facts: dict[str, Any] = {}
        problem = ""
        for name, expression in node.fields:
            hole = f"{node.id}.{name}"
            try:
                value = expression.evaluate(with_earlier(frame, node, record, expression), NOW)
                record[name] = named(hole, value)
                if record[name] is not value:
                    self.meanings.setdefault(hole, expression.text)
                facts[name] = {"expression": expression.text, "value": value}
            except EvalError as error:
                problem = problem or f"{name}: {error.message}"
                record[name] = Unknown(hole)
                facts[name] = {"expression": expression.text}
        self.add(Entry(path, "set", node.title, place.depth, reached=place.reached, problem=problem, facts=facts))
        frame.set(node.id, record)
        return Way(goes_on=True, time_us=0)

    def need(self, need: Need, frame: Frame, place: Place, path: str) -> Way:
        facts, time_us = self._timer(need, frame, path) if need.what == "timer" else self._people(need, frame, path)
        self.add(Entry(path, "wait" if need.what == "timer" else "ask", need.title, place.depth, reached=place.reached, facts=facts))
        frame.set(need.id, after_need(need))
        return Way(goes_on=True, time_us=time_us)

    def _timer(self, need: Need, frame: Frame, path: str) -> tuple[dict[str, Any], int | None]:
        if need.span_us is not None:
            return {"wait_us": need.span_us}, need.span_us
        until = f"window {need.window}" if need.window else text_value(need.at, frame)
        self.waits.append(Wanted(path, "time", str(until)))
        self.open(until, path)
        return {"until": until}, 0

    def _people(self, need: Need, frame: Frame, path: str) -> tuple[dict[str, Any], int | None]:
        within = need.within_us if need.within_us is not None else self.program.wait_people_us
        text = text_value(need.text, frame)
        approval = need.approval
        count, role = (approval.count, approval.role) if approval is not None else (1, need.role)
        self.waits.append(Wanted(path, need.what, shown(text), count, role, within))
        facts: dict[str, Any] = {"what": need.what, "text": text, "within_us": within}
        if need.what == "answer":
            facts.update({"type": need.type, "choices": list(need.choices)})
        if need.has_default:
            facts["default"] = need.default
        return facts, 0

    def decide(self, node: If, frame: Frame, place: Place, path: str) -> Way:
        known, judged = self.judge(node.what, node.cond, frame, path)
        self.add(Entry(path, node.what, node.title, place.depth, reached=place.reached, condition=judged))
        yes, no = _arms(known) if known is not None or node.what != "guard" else (YES, NO)
        here = place if node.what == "success" else place.inside()
        # The steps of the other arm are skipped before an arm begins.
        first = layer(frame, dict.fromkeys(node.skips_orelse, SKIPPED))
        second = layer(frame, dict.fromkeys(node.skips_body, SKIPPED))
        way = self.body(node.body, first, here.but(yes))
        other = self._otherwise(node, second, place, no, path)
        goes_first, goes_second = way.goes_on and known is not False, other.goes_on and known is not True
        if goes_first and goes_second:
            body = {name: value for name, value in added(first).items() if name not in node.skips_orelse}
            hand_over(frame, all_unsure({**added(second), **body}))
        else:
            hand_over(frame, added(second) if goes_second else added(first))
        if node.names:
            frame.set(node.id, dict(DONE))
        return Way(goes_first or goes_second, longest.either(way.time_us, other.time_us))

    def _otherwise(self, node: If, frame: Frame, place: Place, reached: str, path: str) -> Way:
        """The other arm. The next condition of a `choose` stands beside the first; an `else` is told apart from it."""
        if not node.orelse:
            return Way(goes_on=True, time_us=0)
        first = node.orelse[0]
        if node.what != "choose" or (isinstance(first, If) and first.id == node.id) or isinstance(first, End):
            return self.body(node.orelse, frame, place.but(reached))
        self.add(Entry(path, "else", depth=place.depth, reached=place.but(reached).reached))
        return self.body(node.orelse, frame, place.inside(reached))

    def judge(self, what: str, expression: Expression, frame: Frame, path: str) -> tuple[bool | None, Condition]:
        """What is known of a condition beforehand; None: undecided. An error counts as neither arm's."""
        try:
            value = condition(expression, frame, NOW)
        except EvalError as error:
            return None, Condition(what, expression.text, "error", error.message)
        if isinstance(value, Unknown):
            self.open(value, path, "condition")
            return None, Condition(what, expression.text, "undecided")
        return value, Condition(what, expression.text, "true" if value else "false")

    def fan(self, node: Fan, frame: Frame, place: Place, path: str) -> Way:
        return self._loop(node, frame, place, path) if node.over is not None else self._branches(node, frame, place, path)

    def _branches(self, node: Fan, frame: Frame, place: Place, path: str) -> Way:
        facts = {"branches": [name for name, _ in node.branches], "limit": node.limit, "fail": node.fail}
        self.add(Entry(path, "parallel", node.title, place.depth, reached=place.reached, facts=facts))
        layers, ways = [], []
        for _, body in node.branches:
            inner = layer(frame)
            ways.append(self.body(body, inner, place.inside()))
            layers.append(inner)
        for inner in layers:
            hand_over(frame, added(inner))
        frame.set(node.id, dict(DONE))
        return Way(all(way.goes_on for way in ways), longest.side_by_side((way.time_us for way in ways), node.limit))

    def _loop(self, node: Fan, frame: Frame, place: Place, path: str) -> Way:
        keys, element, problem = self._turns(node, frame, path)
        count = len(keys) if keys is not None else None
        assert node.over is not None
        facts: dict[str, Any] = {"over": node.over.text, "as": node.var, "limit": node.limit, "max": node.max, "fail": node.fail}
        if keys is not None:
            facts.update({"turns": count, "keys": keys[:20]})
        self.add(Entry(path, "loop", node.title, place.depth, reached=place.reached, problem=problem, facts=facts))
        inner = layer(frame, {node.var: element}, f"{path}[*]/")
        reached = YES if count else NO if count == 0 or problem else MAYBE
        undoing = self.acts.undo_us
        way = self.body(node.template, inner, place.inside(reached))
        most = count if count is not None else node.max
        added_us = None if self.acts.undo_us is None or undoing is None else self.acts.undo_us - undoing
        self.acts.undo_us = longest.total(undoing, longest.turns(added_us, most, 1))
        frame.set(node.id, {**DONE, "items": [] if count == 0 else Unknown(f"{node.id}.items", ListType(ITEM))})
        return Way(way.goes_on or not count, longest.turns(way.time_us, most, node.limit))

    def _turns(self, node: Fan, frame: Frame, path: str) -> tuple[list[str] | None, Value, str]:
        """(keys when the list is known, what stands for an element, why the loop can't be made)."""
        assert node.over is not None
        element = Unknown(node.var)
        try:
            value = node.over.evaluate(frame, NOW)
            of = type_of(value)
            element = Unknown(node.var, of.elem) if isinstance(of, ListType) else element
            if not isinstance(value, list):
                self.open(value, path)
                return None, element, "" if isinstance(value, Unknown) else f"{node.over.text} is no list"
            keys = [self._key(node, frame, index, item) for index, item in enumerate(value)]
        except EvalError as error:
            return None, element, error.message
        if node.max is not None and len(keys) > node.max:
            return keys, element, f"{node.over.text} has {len(keys)} items, and max is {node.max}"
        return keys, element, ""

    def _key(self, node: Fan, frame: Frame, index: int, item: Value) -> str:
        if node.key is None:
            return str(index)
        return shown(node.key.evaluate(With(frame, node.var, item), NOW))[:LOOP_KEY_LIMIT]

    def attempt(self, node: Try, frame: Frame, place: Place, path: str) -> Way:
        """After a failure got over, nothing is sure of what the body did."""
        if node.names:
            self.add(Entry(path, "try", node.title, place.depth, reached=place.reached))
        inner = layer(frame)
        first = len(self.entries)
        way = self.body(node.body, inner, place.inside() if node.names else place)
        if not node.names:
            self._say(node, path, first)
        tried = all_unsure(added(inner))
        rescue, rescued = Way(goes_on=False, time_us=0), {}
        if node.rescue is not None:
            known = {**tried, "failure": FAILURE}
            frame_r = layer(frame, known)
            self.add(Entry(path, "rescue", depth=place.depth, reached=place.but(ON_FAILURE).reached))
            rescue = self.body(node.rescue, frame_r, place.inside(ON_FAILURE))
            rescued = all_unsure(added(frame_r, known))
            if frame.get("failure") is MISSING:
                frame.set("failure", FAILURE)
        got_over = node.keep_failed or rescue.goes_on
        last, finished = self._always(node, frame, place, path, {**tried, **rescued})
        hand_over(frame, {**(tried if got_over else added(inner)), **rescued, **finished})
        if node.names:
            frame.set(node.id, dict(DONE))
        return Way(last.goes_on and (way.goes_on or got_over), longest.total(way.time_us, rescue.time_us, last.time_us))

    def _say(self, node: Try, path: str, first: int) -> None:
        """What a step's modifiers say of it, at its own entry: a guard may stand before that."""
        if node.keep_failed and first < len(self.entries):
            self.entries[first] = self.entries[first].replace(may_fail=True)
        if node.settles:
            at = next((at for at in range(first, len(self.entries)) if self._is_of(at, path)), first)
            self.entries[at : at + 1] = [entry.replace(settles=node.settles) for entry in self.entries[at : at + 1]]

    def _is_of(self, at: int, path: str) -> bool:
        return self.entries[at].path == path and self.entries[at].kind != "guard"

    def _always(self, node: Try, frame: Frame, place: Place, path: str, known: Mapping[str, Value]) -> tuple[Way, dict[str, Value]]:
        if not node.always:
            return Way(goes_on=True, time_us=0), {}
        inner = layer(frame, {**known, "failure": FAILURE})
        self.add(Entry(path, "always", depth=place.depth, reached=place.reached))
        way = self.body(node.always, inner, place.inside())
        return way, added(inner, {**known, "failure": FAILURE})

    def call(self, node: Scope, frame: Frame, place: Place, path: str) -> Way:
        values, given, problem = self._call_inputs(node, frame)
        self.open(values, path)
        facts = {"runbook": node.runbook, "inputs": given}
        self.add(Entry(path, "call", node.title, place.depth, reached=place.reached, problem=problem, facts=facts))
        way, outputs, handling = self.scope(node, values, f"{path}/", place.inside(NO if problem else YES))
        frame.set(node.id, {**{name: named(f"{node.id}.{name}", value) for name, value in outputs.items()}, **DONE})
        return Way(way.goes_on, longest.total(way.time_us, handling))

    def _call_inputs(self, node: Scope, frame: Frame) -> tuple[dict[str, Value], dict[str, Value], str]:
        values: dict[str, Value] = {}
        problem = ""
        try:
            given = {name: data_value(data, frame) for name, data in node.inputs}
        except EvalError as error:
            given, problem = {}, error.message
        for declared in node.declared:
            name = declared.name.text
            if name not in given and not declared.has_default:
                problem = problem or f"input {name!r} of {node.runbook} is not given"
            values[name] = given.get(name, declared.default)
            fault = check_value(declared, values[name]) if not problem else ""
            problem = problem or (f"input {name!r} of {node.runbook}: {fault}" if fault else "")
        return values, given, problem

    def scope(self, node: Scope, values: dict[str, Value], prefix: str, place: Place) -> tuple[Way, dict[str, Value], int | None]:
        """A runbook's own names, its body, its failure path, its outputs; the time of the failure path apart."""
        values = {**values, **{name: SecretRef(name) for name in node.secrets}}
        frame = Frame(Names(values), None, prefix, node.steps)
        outer, self.early = self.early, False
        undoing, self.acts.undo_us = self.acts.undo_us, 0
        way = self.body(node.body, frame, place)
        steps = added(frame, values)
        handling = self._handling(node, {**values, **all_unsure(steps)}, prefix, place, way.time_us)
        if self.early:
            frame = Frame(Names({**values, **all_unsure(steps)}), None, prefix, node.steps)
        outputs = {name: self._output(node, name, data, frame, prefix) for name, data in node.outputs}
        goes_on = way.goes_on or self.early
        self.early = outer
        self.acts.undo_us = longest.total(undoing, self.acts.undo_us)
        return Way(goes_on, way.time_us), outputs, handling

    def _handling(self, node: Scope, values: dict[str, Value], prefix: str, place: Place, time_us: int | None) -> int | None:
        """The longest time of the failure path, which may begin when `time_us` have gone by."""
        if not node.on_failure:
            return 0
        frame = Frame(Names({**values, "failure": FAILURE}), None, prefix, node.steps)
        self.add(Entry(prefix.rstrip("/"), "on_failure", depth=place.depth, reached=place.but(ON_FAILURE).reached))
        inside = place.inside(ON_FAILURE)
        times: list[int | None] = []
        for item in node.on_failure:
            known = added(frame)
            self.before_us = longest.total(time_us, *times)
            way = self.body((item,), frame, inside)
            times.append(way.time_us)
            # The next one is tried even if this one failed; only a decision to stop ends the handling.
            if isinstance(item, End) and item.outcome in ("succeeded", "failed"):
                inside = inside.but(NO)
            for name, value in all_unsure(added(frame, known)).items():
                frame.set(name, value)
        self.before_us = 0
        return longest.total(*times)

    def _output(self, node: Scope, name: str, data: object, frame: Frame, prefix: str) -> Value:
        try:
            return data_value(data, frame)
        except EvalError as error:
            self.add(Entry(f"{prefix}outputs.{name}", "output", problem=error.message))
            return Unknown(f"{node.id}.{name}" if node.id else name)

    def unwind(self, node: Unwind, frame: Frame, place: Place, path: str) -> Way:
        facts = {"ids": "all" if node.ids is None else list(node.ids)}
        self.add(Entry(path, "undo", node.title, place.depth, reached=place.reached, facts=facts))
        frame.set(node.id, dict(DONE))
        return Way(goes_on=True, time_us=self.acts.undo_us)

    def end(self, node: End, frame: Frame, place: Place, path: str) -> Way:
        if node.outcome == "succeeded" and place.reached != NO:
            self.early = True
        if node.outcome in ("succeeded", "failed"):
            facts = {"as": node.outcome, "message": text_value(node.message, frame)}
            self.add(Entry(path, "stop", node.title, place.depth, reached=place.reached, facts=facts))
        return Way(goes_on=False, time_us=0)


def _arms(known: bool | None) -> tuple[str, str]:
    """How the two arms of a condition are reached."""
    return (MAYBE, MAYBE) if known is None else (YES, NO) if known else (NO, YES)


_VISITS: dict[type, Any] = {
    Act: Walk.act,
    Let: Walk.let,
    Need: Walk.need,
    If: Walk.decide,
    Fan: Walk.fan,
    Try: Walk.attempt,
    Scope: Walk.call,
    Unwind: Walk.unwind,
    End: Walk.end,
}
