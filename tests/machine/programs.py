"""Random programs of the core for the laws, and the smallest surface that can drive them."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st

from runbook_lang.base.source import Source, Span
from runbook_lang.expr.expression import Expression, Template
from runbook_lang.expr.parse import parse
from runbook_lang.expr.types import INT, STRING, ListType, RecordType
from runbook_lang.machine.core import Act, Approval, End, Fan, If, Incident, Let, Need, Node, Program, Scope, Try, Unwind
from runbook_lang.model.nodes import Retry
from runbook_lang.surfaces.kinds import Arg, BoundArg, Call, Facts, Request, Surface

SOURCE = Source("law.yml", "x")
SPAN = Span(SOURCE, 0, 1)
RESULT = RecordType("result", {"exit": INT, "stdout": STRING, "lines": ListType(STRING)})


class Fake(Surface):
    name = "fake"
    shorthand = "word"
    args: ClassVar = {"word": Arg("text")}

    def facts(self, call: Call, problems: Any) -> Facts:
        return Facts("read", "it is a fake", RESULT)

    def request(self, args: Any) -> Request:
        return Request("fake", ("fake", args["word"]))


FAKE = Fake()


def expression(text: str) -> Expression:
    return Expression(text, parse(text), None)


def template(text: str) -> Template:
    return Template((text,), text, None)


def act(id_: str, effect: str = "read", word: str = "go", **more: Any) -> Act:
    call = Call(FAKE, {"word": BoundArg("word", template(word))})
    return Act(id_, id_, SPAN, call, effect, "fake", result=RESULT, **more)


def opening(now: int) -> int:
    """A window that is open every other 100 microseconds."""
    return now if now // 100 % 2 else (now // 100 + 1) * 100


def program(*body: Node, **more: Any) -> Program:
    on_failure = more.pop("on_failure", ())
    steps = frozenset(ids(body) + ids(on_failure))
    root = Scope("", "", SPAN, "law", (), (), tuple(body), tuple(on_failure), steps=steps, root=True, **more)
    return Program(root, "law", "digest", windows={"odd": opening})


def ids(body: tuple[Node, ...]) -> list[str]:
    found = []
    for node in body:
        found.append(node.id)
        if isinstance(node, If):
            found += ids(node.body) + ids(node.orelse)
        elif isinstance(node, Try):
            found += ids(node.body) + ids(node.rescue or ()) + ids(node.always)
        elif isinstance(node, Fan):
            found += [name for _, part in node.branches for name in ids(part)]
    return found


@st.composite
def programs(draw: st.DrawFn) -> Program:  # noqa: C901 - one arm for each kind of node reads best in one place
    """Programs of every kind of node, a few nodes deep."""
    counter = iter(range(10_000))
    made: list[str] = []  # ids of acts with an undo

    def fresh() -> str:
        return f"s{next(counter)}"

    def some_made() -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(made), max_size=2, unique=True))) if made else ()

    def an_act() -> Act:
        effect = draw(st.sampled_from(["read", "change", "change", "destroy"]))
        id_ = fresh()
        more: dict[str, Any] = {"repeatable": effect == "change" and draw(st.booleans())}
        if draw(st.booleans()):
            more["retry"] = Retry(every=10, times=draw(st.integers(1, 3)))
        if effect != "read":
            if draw(st.booleans()):
                again = Retry(every=10, times=2) if draw(st.booleans()) else None
                expect = (expression(f"{id_}.state != 'pending' || result.exit == 0"),) if draw(st.booleans()) else ()
                more["undo"] = act(id_, "change", f"undo {id_}", repeatable=draw(st.booleans()), retry=again, expect=expect)
                more["settles"] = some_made() if draw(st.integers(0, 4)) == 0 else ()
                made.append(id_)
            if draw(st.booleans()):
                again = Retry(every=10, times=2) if draw(st.booleans()) else None
                more["applied"] = act(id_, "read", f"ask {id_}", retry=again)
            more["windows"] = ("odd",) if draw(st.integers(0, 5)) == 0 else ()
        if effect == "destroy" or draw(st.integers(0, 5)) == 0:
            more["approval"] = Approval(None, draw(st.integers(1, 2)), within_us=1_000_000)
        if draw(st.integers(0, 6)) == 0:
            more["guard"] = expression(draw(st.sampled_from(["true", "false", "1 / 0 == 1"])))
        return act(id_, effect, id_, **more)

    def body(depth: int, most: int = 3) -> tuple[Node, ...]:
        return tuple(node(depth) for _ in range(draw(st.integers(1, most))))

    def node(depth: int) -> Node:  # noqa: C901 - as above, one arm a kind
        kinds = ["act", "act", "act", "let", "need", "timer", "incident"]
        if depth > 0:
            kinds += ["if", "fan", "loop", "try", "try", "scope", "end", "unwind"]
        kind = draw(st.sampled_from(kinds))
        id_ = fresh()
        if kind == "let":
            return Let(id_, "", SPAN, (("x", expression("1 + 1")),))
        if kind == "need":
            return Need(id_, "", SPAN, "answer", template("well?"), within_us=1_000_000)
        if kind == "timer":
            return Need(id_, "", SPAN, "timer", span_us=50)
        if kind == "incident":
            return Act(id_, "", SPAN, None, "change", repeatable=True, incident=Incident(template("help")))
        if kind == "if":
            cond = expression(draw(st.sampled_from(["true", "false"])))
            first, second = body(depth - 1), body(depth - 1) if draw(st.booleans()) else ()
            what = draw(st.sampled_from(["when", "choose", "guard"]))
            if what == "guard":
                second = (End(id_, "", SPAN, "refused"),)
            return If(id_, "", SPAN, cond, first, second, tuple(ids(first)), tuple(ids(second)), what, names=what == "choose")
        if kind == "fan":
            branches = tuple((f"b{n}", body(depth - 1, 2)) for n in range(draw(st.integers(1, 3))))
            return Fan(id_, "", SPAN, branches, limit=draw(st.sampled_from([None, 1, 2])), fail=draw(st.sampled_from(["fast", "late"])))
        if kind == "loop":
            over = expression(draw(st.sampled_from(["[]", "['a']", "['a', 'b', 'c']"])))
            fail = draw(st.sampled_from(["fast", "late"]))
            inside = body(depth - 1, 2)
            return Fan(id_, "", SPAN, (), over, f"v{id_}", None, inside, None, draw(st.integers(1, 3)), 5, fail, frozenset(ids(inside)))
        if kind == "try":
            rescue = body(depth - 1, 2) if draw(st.booleans()) else None
            always = body(depth - 1, 1) if draw(st.booleans()) else ()
            inside = body(depth - 1, 2)
            settles = some_made() if draw(st.integers(0, 4)) == 0 else ()
            return Try(id_, "", SPAN, inside, rescue, always, keep_failed=draw(st.booleans()), settles=settles)
        if kind == "scope":
            inner = body(depth - 1, 2)
            handling = (Unwind(fresh(), "", SPAN),) if draw(st.booleans()) else ()
            return Scope(id_, "", SPAN, "called", (), (), inner, handling, steps=frozenset(ids(inner)))
        if kind == "end":
            return End(id_, "", SPAN, draw(st.sampled_from(["succeeded", "failed", "unsuccessful"])))
        if kind == "unwind":
            return Unwind(id_, "", SPAN, some_made() or None)
        return an_act()

    on_failure = (Unwind(fresh(), "", SPAN), *body(0, 1)) if draw(st.booleans()) else ()
    return program(*body(2, 4), on_failure=on_failure)
