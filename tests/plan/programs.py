"""Random programs whose words are made of what earlier steps found: the hard case for a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from runbook_lang.base.diagnostics import Problems
from runbook_lang.expr.expression import Words
from runbook_lang.expr.template import parse_template
from runbook_lang.machine.core import Act, Approval, End, Fan, If, Let, Need, Node, Program, Scope, Try, Unwind
from runbook_lang.model.nodes import Input, Name, Retry
from runbook_lang.surfaces.kinds import Arg, BoundArg, Call, Facts, Request, Surface
from tests.machine.programs import RESULT, SPAN, expression, ids, program

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shown:
    """A program that prints as an outline: the whole of it would be longer than a failure's message may be."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __repr__(self) -> str:
        return f"\n{outline(self.program.root.body)} on failure:\n{outline(self.program.root.on_failure, 1)}"


class Say(Surface):
    """A program with words, an environment and an input."""

    name = "say"
    args: Mapping[str, Arg] = {"words": Arg("words"), "env": Arg("map"), "stdin": Arg("text"), "data": Arg("json")}

    def facts(self, call: Call, problems: Any) -> Facts:
        return Facts("read", "it only says", RESULT, targets=("say ${p}",))

    def request(self, args: Any) -> Request:
        env = tuple(sorted(args["env"].items()))
        return Request("say", ("say", *args["words"], "-o", "json"), env, args["stdin"], data=args["data"])


SAY = Say()


def template(text: str) -> Any:
    problems = Problems()
    made = parse_template(text, None, problems)
    assert made is not None, problems.sorted()
    return made


def act(id_: str, words: list[str], effect: str = "read", env: str = "x", stdin: str = "", data: str = "1", **more: Any) -> Act:
    bound = {
        "words": BoundArg("words", Words(tuple(template(word) for word in words), "", None)),
        "env": BoundArg("env", {"A": template(env)}),
        "stdin": BoundArg("stdin", template(stdin)),
        "data": BoundArg("data", {"n": template(data), "list": (template(env), 2, None, True)}),
    }
    return Act(id_, id_, SPAN, Call(SAY, bound), effect, "a test", result=RESULT, **more)


def conditions(name: str) -> list[str]:
    return [
        "true",
        "false",
        f"{name}.ok",
        f"!{name}.ok",
        f'{name}.state == "done"',
        f'{name}.ok || {name}.state == "failed"',
        f"has({name}.error)",
    ]


@st.composite
def programs(draw: st.DrawFn) -> Program:  # noqa: C901 - one function for each kind of node, which share what was made so far
    counter = iter(range(10_000))
    made: list[str] = []

    def fresh() -> str:
        made.append(f"s{next(counter)}")
        return made[-1]

    def some() -> str:
        return draw(st.sampled_from(made[-6:]))

    def text(lists: bool = False) -> str:
        name = some()
        always = [f"${{{name}.ok}}", f"a/${{{name}.state}}/b", f'${{has({name}.stdout) ? {name}.stdout : "none"}}']
        known = ["p is ${p}", "plain", "${now()}", f"${{{name}.ok}}${{{some()}.state}}"]
        risky = [
            f"${{{name}.stdout}}",
            f"x=${{{name}.stdout}}",
            f"${{{name}.lines}}",
            f"${{{name}.answer}}",
            f"${{{name}.items}}",
            "${failure.kind}",
        ]
        if lists:
            always += [f"${{has({name}.lines) ? {name}.lines : [p]}}", "${[p, p]}"]
        return draw(st.sampled_from(risky if draw(st.integers(0, 20)) == 0 else always + known))

    def an_act() -> Act:
        words = [text(lists=True) for _ in range(draw(st.integers(1, 3)))] if made else ["first"]
        more: dict[str, Any] = {"stdin": text(), "env": text(), "data": text()} if made else {}
        id_ = fresh()
        effect = draw(st.sampled_from(["read", "change", "destroy"]))
        if draw(st.booleans()):
            more["retry"] = Retry(every=10, times=2)
        if effect != "read":
            more["undo"] = act(id_, ["undo", f"${{{id_}.ok}}", f"${{{id_}.stdout}}"], "change")
            more["applied"] = act(id_, ["ask", text()])
        if effect == "destroy":
            more["approval"] = Approval(None, 1, within_us=1_000_000)
        if made[:-1] and draw(st.integers(0, 8)) == 0:
            more["guard"] = expression(draw(st.sampled_from(conditions(made[0]))))
        return act(id_, words, effect, **more)

    def body(depth: int, most: int = 3) -> tuple[Node, ...]:
        return tuple(node(depth) for _ in range(draw(st.integers(1, most))))

    def decision(depth: int) -> If:
        cond = expression(draw(st.sampled_from(conditions(some()))))
        what = draw(st.sampled_from(["when", "guard", "choose"]))
        id_ = fresh()
        first = body(depth - 1, 2)
        second = (End(id_, "", SPAN, "refused"),) if what == "guard" else body(depth - 1, 2) if draw(st.booleans()) else ()
        skips = () if what == "guard" else tuple(ids(first))
        return If(id_, "", SPAN, cond, first, second, skips, tuple(ids(second)), what, names=what == "choose")

    def loop(depth: int) -> Fan:
        over = expression(
            draw(
                st.sampled_from(
                    [f"{some()}.lines", "['a', 'b']", "['a', 'b']", "[]", f"[p, {some()}.ok]", f"{some()}.ok ? ['a'] : ['b', 'c']"]
                )
            )
        )
        id_, var = fresh(), fresh()
        return Fan(id_, "", SPAN, (), over, var, None, body(depth - 1, 2), expression(f"{var} == 'a'"), draw(st.integers(1, 2)), 5, "late")

    def call(depth: int) -> Scope:
        nonlocal made
        outer, given = made, text()
        made = []
        inner = (an_act(), *body(depth - 1, 2))
        handling = (Unwind(fresh(), "", SPAN), *body(0, 1)) if draw(st.booleans()) else ()
        outputs = (("stdout", template(text())), ("lines", template(text())))
        made = outer
        declared = (Input(Name("p", SPAN), "string"),)
        return Scope(
            fresh(),
            "",
            SPAN,
            "called",
            declared,
            (("p", template(given)),),
            inner,
            handling,
            outputs,
            steps=frozenset(ids(inner + handling)),
        )

    def node(depth: int) -> Node:
        kinds = ["act", "act", "soft", "soft", "soft", "let", "need"]
        if depth > 0:
            kinds += ["if", "if", "fan", "loop", "try", "try", "scope", "scope", "unwind", "end"]
        kind = draw(st.sampled_from(kinds))
        if kind == "soft":
            return Try(fresh(), "", SPAN, (an_act(),), keep_failed=True, names=False)
        if kind == "let":
            return Let(
                fresh(),
                "",
                SPAN,
                (("x", expression(draw(st.sampled_from([f"{some()}.state", f"{some()}.ok", "p + 'z'", f"[p, {some()}.state]"])))),),
            )
        if kind == "need":
            return Need(
                fresh(),
                "",
                SPAN,
                "answer",
                template("well?"),
                draw(st.sampled_from(["bool", "string", "int"])),
                within_us=1_000_000,
                default=True,
                has_default=draw(st.booleans()),
            )
        if kind == "end":
            return End(fresh(), "", SPAN, draw(st.sampled_from(["succeeded", "failed", "unsuccessful"])))
        if kind == "if":
            return decision(depth)
        if kind == "fan":
            branches = tuple((f"b{index}", body(depth - 1, 2)) for index in range(draw(st.integers(1, 3))))
            return Fan(fresh(), "", SPAN, branches, fail=draw(st.sampled_from(["fast", "late"])))
        if kind == "loop":
            return loop(depth)
        if kind == "try":
            rescue = body(depth - 1, 2) if draw(st.booleans()) else None
            return Try(
                fresh(),
                "",
                SPAN,
                body(depth - 1, 2),
                rescue,
                body(depth - 1, 1) if draw(st.booleans()) else (),
                keep_failed=draw(st.booleans()),
            )
        if kind == "scope":
            return call(depth)
        return Unwind(fresh(), "", SPAN) if kind == "unwind" else an_act()

    steps = (an_act(), *body(2, 5))
    on_failure = (Unwind(fresh(), "", SPAN), *body(1, 2)) if draw(st.booleans()) else ()
    made_program = program(*steps, on_failure=on_failure)
    return made_program.replace(root=made_program.root.replace(declared=(Input(Name("p", SPAN), "string"),)))


def outline(body: tuple[Node, ...], depth: int = 0) -> str:
    """A program on a few lines, for a failure's message."""
    lines = ""
    for node in body:
        more = {If: "cond", Fan: "over", Act: "guard"}.get(type(node))
        text = getattr(getattr(node, more, None), "text", "") if more else getattr(node, "outcome", "")
        lines += "  " * depth + f"{type(node).__name__} {node.id} {getattr(node, 'what', '')} {text}\n"
        parts = [("", getattr(node, "body", ())), ("else", getattr(node, "orelse", ())), ("each", getattr(node, "template", ()))]
        parts += [
            ("rescue", getattr(node, "rescue", ()) or ()),
            ("always", getattr(node, "always", ())),
            ("on failure", getattr(node, "on_failure", ())),
        ]
        parts += list(getattr(node, "branches", ()))
        for name, part in parts:
            if part:
                lines += "  " * depth + f" {name}:\n" + outline(part, depth + 1)
    return lines
