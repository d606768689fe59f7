"""Runbooks of all constructs, made by chance: as data that the model accepts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b1", "target", "x_y", "every", "from_", "limit1", "step_2"])
WORDS = st.sampled_from(["P1", "maintenance", "policy.yml", "DO_APP_ID", "ops", "a/b-c.txt", "1.10.3", "24x7", "with space", "ünï"])
TEXTS = st.one_of(
    st.sampled_from(
        ["T", "A title: with, signs; {and} [more] # no comment", 'a "quoted" text', "it's", "one\ntwo", "one\n\n  two\n", "${a} and $${b}", "\ttab", " blank ", "true", "12", "null",
         "a\\b", "ends\n", "\n", "é😀", "a - b", "- a", "x: y", "very " * 60, "|", "&&", "\u202e", "#", "a #b", ":0", "?0", "-0", "\x07", "\x85", "\ufeff", "a\u2028b"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
)  # fmt: skip
TEMPLATES = st.sampled_from(
    ["T", "${a}", "app/${a}", 'say "${a}"', "one\ntwo ${a}\n", "it's ${a}", "x: ${a}", "12", "${a[0]}", '${a["}"]}', "a " * 80]
)
EXPRESSIONS = st.sampled_from(
    ["a.ok", "!a.ok", '"x" == a.b', "[1, 2].size() > 0", '{"a": 1}["a"] == 1', "a ? b : c", "a in {'x': 1}", "a.json.filter(d, d.x == \"#\")", "a\n&& b", "a // why\n&& b", "size(a) > 0 && " * 12 + "b",
     "a[0].b == '}'", 'a == "it\'s; {"', "-1 < a", "a #b", "[\n  1,\n  2\n]", "r'\\d' == a"]
)  # fmt: skip
COMMANDS = st.sampled_from(
    ["ls", "ls -l ${a}", "sh -c 'a; b | c # d'", 'echo "}" {x}', "echo with {", "tee a b", "cat\n  a\n  b\n", "|x", "{x}", "= y", "[ -f x ]", "a;b", "it's", "echo #x", "echo a#b", "x" * 150, "SELECT 1;\nSELECT 2", " ls ",
     "$(x)", "a } b", "echo ${a[\"}\"]}", "\"my prog\" x", "true", "5", "-v"]
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.sampled_from([1.5, -0.25, 1e300]), TEXTS)
DATA = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, TEXTS), inner, max_size=3)), max_leaves=6
)
DURATIONS = st.sampled_from(["1s", "5m", "1h30m", "500ms"])
COUNTS = st.integers(1, 9)


class Part(dict[str, Any]):
    """Strategies by key; shown short, since those inside of those inside make a long text."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


@st.composite
def _drawn(draw: st.DrawFn, part: Part, optional: Part) -> dict[str, Any]:
    return draw(st.fixed_dictionaries(dict(part), optional=dict(optional)))


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with all the keys of the first, and any of the second."""
    return _drawn(Part(required), Part(optional))


HTTP = st.one_of(
    some({"get": TEMPLATES}, {}),
    some({"post": TEMPLATES}, {"json": DATA, "headers": st.dictionaries(NAMES, TEMPLATES, max_size=2), "body": TEXTS}),
    some({"query": st.dictionaries(NAMES, TEMPLATES, min_size=1, max_size=2), "put": TEMPLATES}, {}),
)
SHELL = st.one_of(
    COMMANDS,
    st.lists(TEMPLATES, min_size=1, max_size=3),
    some({"command": COMMANDS}, {"stdin": TEXTS, "env": st.dictionaries(NAMES, TEXTS, max_size=2)}),
    st.none(),
)
ACTIONS = st.one_of(
    some({"shell": SHELL}, {}),
    some({"doctl": COMMANDS}, {}),
    some({"psql": st.one_of(COMMANDS, some({"sql": COMMANDS}, {"host": TEMPLATES}))}, {}),
    some({"http": HTTP}, {}),
    some({"redis-cli": st.lists(TEMPLATES, min_size=1, max_size=3)}, {}),
    some({"render": some({"template": WORDS, "to": WORDS}, {"values": DATA})}, {}),
    some({"of-a-plugin": DATA}, {}),
)
CHECKS = st.one_of(EXPRESSIONS, st.lists(EXPRESSIONS, min_size=1, max_size=3))
RETRY = some({"times": COUNTS}, {"every": DURATIONS, "for": DURATIONS, "factor": st.sampled_from([1, 1.5, 2]), "longest": DURATIONS})
INNER_KEYS = {
    "title": TEXTS, "expect": CHECKS, "retry": RETRY, "timeout": DURATIONS, "effect": st.sampled_from(["read", "change", "destroy"]), "because": TEXTS,
    "repeatable": st.booleans(), "sensitive": st.lists(st.sampled_from(["stdout", "json"]), min_size=1, max_size=2, unique=True), "on": TEMPLATES,
}  # fmt: skip


def inner() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda action, more: {**action, **more}, ACTIONS, some({}, INNER_KEYS))


APPROVE = st.one_of(st.just(True), TEMPLATES, some({"role": WORDS}, {"text": TEMPLATES, "count": COUNTS, "within": DURATIONS}))
ASK = st.one_of(
    some({"answer": TEMPLATES}, {"within": DURATIONS, "role": WORDS}),
    some({"answer": TEMPLATES, "type": st.just("int"), "choices": st.just([1, 2])}, {"default": st.just(1)}),
    some({"do": TEMPLATES}, {"within": DURATIONS}),
    some({"approve": TEMPLATES}, {"role": WORDS, "count": COUNTS}),
)
ESCALATE = st.one_of(TEMPLATES, some({"message": TEMPLATES}, {"severity": WORDS, "tier": WORDS}))
SIMPLE = st.one_of(
    some({"set": st.dictionaries(NAMES, EXPRESSIONS, min_size=1, max_size=3)}, {}),
    some({"ask": ASK}, {}),
    some({"wait": st.one_of(DURATIONS, some({"at": TEMPLATES}, {}), some({"window": WORDS}, {}))}, {}),
    some({"call": st.one_of(WORDS, some({"runbook": WORDS}, {"inputs": st.dictionaries(NAMES, DATA, min_size=1, max_size=2)}))}, {}),
    some({"escalate": ESCALATE}, {}),
    some({"undo": st.one_of(st.just("all"), st.lists(NAMES, min_size=1, max_size=2, unique=True))}, {}),
    some({"stop": st.one_of(st.sampled_from(["succeeded", "failed"]), some({"as": st.just("failed")}, {"message": TEMPLATES}))}, {}),
)
BESIDE = {
    "title": TEXTS,
    "when": EXPRESSIONS,
    "guard": EXPRESSIONS,
    "may_fail": st.booleans(),
    "settles": st.lists(NAMES, min_size=1, max_size=2, unique=True),
}
ACTION_STEPS = st.builds(
    lambda action, more: {**action, **more},
    ACTIONS,
    some({}, {**BESIDE, **INNER_KEYS, "applied": inner(), "undo": inner(), "rehearse": inner(), "approve": APPROVE}),
)
LEAVES = st.one_of(ACTION_STEPS, st.builds(lambda kind, more: {**more, **kind}, SIMPLE, some({}, BESIDE)))


def _blocks(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(steps, min_size=1, max_size=2)
    arms = st.lists(some({"when": EXPRESSIONS, "steps": several}, {}), min_size=1, max_size=2)
    loop = {"key": EXPRESSIONS, "yield": EXPRESSIONS, "max": COUNTS, "limit": COUNTS, "fail": st.sampled_from(["fast", "late"])}
    kinds = st.one_of(
        some({"choose": st.builds(lambda first, last: [*first, *last], arms, st.lists(some({"else": several}, {}), max_size=1))}, {}),
        some({"parallel": several}, {}),
        some(
            {
                "parallel": some(
                    {"branches": st.dictionaries(NAMES, several, min_size=1, max_size=2)}, {"limit": COUNTS, "fail": st.just("late")}
                )
            },
            {},
        ),
        some({"for_each": some({"over": EXPRESSIONS, "as": st.just("item"), "steps": several}, loop)}, {}),
        some({"try": several, "rescue": several}, {"always": several}),
    )
    return st.builds(lambda kind, more: {**more, **kind}, kinds, some({}, BESIDE))


STEPS = st.recursive(LEAVES, _blocks, max_leaves=4)
INPUT = st.one_of(
    st.sampled_from(["string", "int", "map"]),
    some(
        {"type": st.just("string")},
        {"format": st.just("uuid"), "env": WORDS, "default": TEXTS, "description": TEXTS, "pattern": st.just('a"b.*')},
    ),
    some({"type": st.just("int"), "choices": st.just([1, 2])}, {"default": st.just(2)}),
    some({}, {"type": st.just("list"), "default": st.just([1, {"a": None}])}).filter(lambda found: "type" in found),
)
SECRET = st.one_of(
    some({"env": WORDS}, {"for": st.one_of(TEMPLATES, st.lists(TEMPLATES, min_size=1, max_size=2)), "description": TEXTS}),
    some({"command": st.just("pass show 'db'")}, {}),
    some({"prompt": st.just("Which?")}, {"description": TEXTS}),
)
TOP = {
    "title": TEXTS, "description": TEXTS, "source": TEXTS, "severity": WORDS, "policy": WORDS, "window": WORDS,
    "locks": st.one_of(TEMPLATES, st.lists(TEMPLATES, min_size=1, max_size=2)),
    "inputs": st.dictionaries(st.sampled_from(["in1", "in2"]), INPUT, min_size=1, max_size=2),
    "secrets": st.dictionaries(st.sampled_from(["s1", "s2"]), SECRET, min_size=1, max_size=2),
    "defaults": st.dictionaries(st.sampled_from(["psql", "redis-cli"]), st.dictionaries(NAMES, DATA, min_size=1, max_size=2), min_size=1, max_size=2),
    "success": EXPRESSIONS, "on_failure": st.lists(STEPS, min_size=1, max_size=2), "outputs": st.dictionaries(NAMES, DATA, min_size=1, max_size=2),
}  # fmt: skip


def _numbered(book: dict[str, Any], given: list[bool]) -> dict[str, Any]:
    """Some steps get ids, each its own."""
    count = 0

    def walk(node: Any) -> Any:
        nonlocal count
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        found = {key: walk(value) if key in _HOLDERS else value for key, value in node.items()}
        if found.keys() & _KINDS and "when_steps" not in found:
            count += 1
            if given[count % len(given)]:
                return {"id": f"s{count}", **found}
        return found

    for key in ("steps", "on_failure"):
        if key in book:
            book[key] = walk(book[key])
    return {"runbook": "made-by-chance", **book}


_HOLDERS = {
    "steps",
    "choose",
    "else",
    "parallel",
    "branches",
    "try",
    "rescue",
    "always",
    "for_each",
    "a",
    "b1",
    "target",
    "x_y",
    "every",
    "from_",
    "limit1",
    "step_2",
}
_KINDS = {
    "shell",
    "doctl",
    "psql",
    "http",
    "redis-cli",
    "render",
    "of-a-plugin",
    "set",
    "ask",
    "wait",
    "call",
    "escalate",
    "stop",
    "choose",
    "for_each",
    "try",
}
_ALL = st.builds(_numbered, some({"steps": st.lists(STEPS, min_size=1, max_size=3)}, TOP), st.lists(st.booleans(), min_size=1, max_size=4))


@st.composite
def _books(draw: st.DrawFn) -> dict[str, Any]:
    return draw(_ALL)


BOOKS = _books()
"""A function around it, since the strategy itself is too long to be shown."""
