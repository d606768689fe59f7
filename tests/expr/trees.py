"""Random expressions for the property tests: as texts, by the grammar."""

from __future__ import annotations

from hypothesis import strategies as st

from runbook_lang.expr.types import BOOL, DOUBLE, DURATION, DYN, INT, NULL, SECRET, STRING, TIMESTAMP, ListType, MapType
from runbook_lang.expr.values import TRUE_KEY, Duration, SecretRef, Timestamp, Unknown

NAMES = {
    "a": 1,
    "b": True,
    "s": "héllo",
    "l": [1, 2.0, "x", None, [1]],
    "m": {"a": 1, "b": {"a": 2}, TRUE_KEY: 3, 1: 4},
    "n": None,
    "t": Timestamp(10**18),
    "d": Duration(5 * 10**9),
    "f": 2.5,
    "u": Unknown("later.json", DYN),
    "key": SecretRef("h1"),
}
TYPES = {
    "a": INT,
    "b": BOOL,
    "s": STRING,
    "l": ListType(DYN),
    "m": MapType(DYN, DYN),
    "n": NULL,
    "t": TIMESTAMP,
    "d": DURATION,
    "f": DOUBLE,
    "u": DYN,
    "key": SECRET,
}
LITERALS = [
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "1.5",
    "-0.0",
    "1e300",
    '""',
    '"x"',
    "'é'",
    "r'\\d'",
    '"1h"',
    "true",
    "false",
    "null",
    '"UTC"',
]
FUNCTIONS = [
    *("size", "string", "int", "double", "bool", "timestamp", "duration", "dyn", "type", "now", "startsWith", "contains", "matches"),
    *("getHours", "getFullYear", "charAt", "indexOf", "lastIndexOf", "lowerAscii", "replace", "split", "substring", "trim", "join", "nofn"),
]
BINARY = ["+", "-", "*", "/", "%", "<", "<=", "==", "!=", ">", ">=", "in", "&&", "||"]

leaves = st.sampled_from(LITERALS + list(NAMES))


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, max_size=3).map(", ".join)
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(BINARY), inner).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"(({parts[0]}) ? ({parts[1]}) : {parts[2]})"),
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, st.sampled_from("abc")).map(lambda parts: f"({parts[0]}).{parts[1]}"),
        st.tuples(inner, st.sampled_from("abc")).map(lambda parts: f"has(({parts[0]}).{parts[1]})"),
        pair.map(lambda parts: f"({parts[0]})[{parts[1]}]"),
        some.map(lambda text: f"[{text}]"),
        st.lists(pair, max_size=2).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"),
        st.tuples(st.sampled_from(FUNCTIONS), some).map(lambda parts: f"{parts[0]}({parts[1]})"),
        st.tuples(inner, st.sampled_from(FUNCTIONS), some).map(lambda parts: f"({parts[0]}).{parts[1]}({parts[2]})"),
        st.tuples(inner, st.sampled_from(["all", "exists", "exists_one", "map", "filter"]), st.sampled_from("xa"), inner).map(
            lambda parts: f"({parts[0]}).{parts[1]}({parts[2]}, {parts[3]})"
        ),
    )


expressions = st.recursive(leaves, _grow, max_leaves=12)
noise = st.text(alphabet="ab.[](){}\"'\\ $!&|=<>+-*/%?:,0129eEuxrRb`\n/\tñ😀", max_size=60)
