"""What is reported, on which line, and what is offered instead. Each case stands alone."""

from __future__ import annotations

import time

import pytest

from runbook_lang.base.catalogue.rb1xx import CODES
from runbook_lang.syntax import builder
from tests.syntax.reading import codes, data, read

CASES = {
    "control character": ("a: b\x07\nc: d\n", ["1: RB103"]),
    "each of two control characters": ("a: \x00\nc: \x1bm\n", ["1: RB103", "2: RB103"]),
    "lone carriage return": ("a: b\rc: d\n", ["1: RB103"]),
    "line separator": ("a: b\u2028c\n", ["1: RB103"]),
    "byte order mark inside": ("a: b\ufeff\n", ["1: RB103"]),
    "lone surrogate": ("a: \ud800\n", ["1: RB103"]),
    "nul as an escape": ('a: "x\\0"\n', ["1: RB103"]),
    "direction override": ("a: b\nc: \u202etxt\n", ["2: RB104"]),
    "empty": ("", ["1: RB105"]),
    "only comments": ("# nothing\n\n", ["1: RB105"]),
    "only a document start": ("---\n", ["1: RB105"]),
    "two documents": ("a: 1\n---\nb: 2\n", ["2: RB106"]),
    "version directive": ("%YAML 1.1\n---\na: 1\n", ["1: RB107"]),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1\n", ["1: RB107"]),
    "unknown directive": ("%foo\n---\na: 1\n", ["1: RB107"]),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", ["3: RB110"]),
    "duplicate key, written in two ways": ("a: 1\n'a': 3\n", ["2: RB110"]),
    "duplicate key in flow": ("x: {a: 1, a: 2, a: 3}\n", ["1: RB110", "1: RB110"]),
    "anchor": ("a: &x 1\n", ["1: RB111"]),
    "anchor on a collection": ("a: &x\n  b: 1\n", ["1: RB111"]),
    "alias": ("a: 1\nb: *x\n", ["2: RB112"]),
    "standard tag": ("a: !!str 1\n", ["1: RB113"]),
    "verbatim tag": ("a: !<tag:yaml.org,2002:str> 1\n", ["1: RB113"]),
    "tag of a quoted text": ("a: !vault 'x'\n", ["1: RB113"]),
    "tag of a block": ("a: !vault |\n  x\n", ["1: RB113"]),
    "tag of a list": ("a: !set [x]\n", ["1: RB113"]),
    "python tag": ("a: !!python/object/apply:os.system ['x']\n", ["1: RB113"]),
    "anchor and tag": ("a: &b !c d\n", ["1: RB111", "1: RB113"]),
    "merge key": ("a: 1\n<<: {b: 2}\n", ["2: RB114"]),
    "number as a key": ("1: a\n", ["1: RB115"]),
    "bool as a key": ("a: {true: b}\n", ["1: RB115"]),
    "null as a key": ("~: a\n", ["1: RB115"]),
    "no key": (": a\n", ["1: RB115"]),
    "list as a key": ("[a]: b\n", ["1: RB116"]),
    "mapping as a key": ("? {a: 1}\n: b\n", ["1: RB116"]),
    "tab for indentation": ("a:\n\tb: 1\n", ["2: RB117"]),
    "tab after a dash": ("-\ta: 1\n", ["1: RB117"]),
    "tab in a continued text": ("a: b\n\tc\n", ["2: RB117"]),
    "negation": ("guard: !a\n", ["1: RB120"]),
    "negation of a call": ("guard: !has(a.b)\n", ["1: RB120"]),
    "negation and more": ("guard: !a && b\nwhen: !a[0]\n", ["1: RB120", "2: RB120"]),
    "negation in flow": ("x: [!a, b]\ny: {g: !a == 1}\n", ["1: RB120", "2: RB120"]),
    "negation over lines": ("guard: !a ||\n  b\n", ["1: RB120"]),
    "double quote first": ('expect: "a" == b\n', ["1: RB121"]),
    "single quote first": ("- 'a' == b\n", ["1: RB121"]),
    "quote first in flow": ('x: ["a" == b, c]\n', ["1: RB121"]),
    "quote first, over lines": ('x: "a\n  b" == c\ny: z\n', ["1: RB121"]),
    "apostrophe": ("title: 'it's here'\n", ["1: RB121"]),
    "list first": ("expect: [a] == b\n", ["1: RB122"]),
    "mapping first": ("- {a: 1} == b\n", ["1: RB122"]),
    "ternary": ("x: a ? b : c\n", ["1: RB123"]),
    "ternary as an item": ("- a ? b : c\n- d\n", ["1: RB123"]),
    "ternary in flow": ("x: {y: a ? b : c, z: 1}\n", ["1: RB123"]),
    "comment in a call": ("x: f(a #1)\n", ["1: RB124"]),
    "comment in quotes": ("x: a == 'b #1'\n", ["1: RB124"]),
    "comment in a template": ("x: ${a # b}\n", ["1: RB124"]),
    "comment instead of a value": ("slack: #alerts\n", ["1: RB124"]),
    "colon": ("title: Rollback: now\n", ["1: RB125"]),
    "colon in flow": ("x: {y: b: c}\n", ["1: RB125"]),
    "reserved signs": ("a: @x\nb: `x`\nc: %x\nd: *.log\ne: && x\n", ["1: RB126", "2: RB126", "3: RB126", "4: RB126", "5: RB126"]),
    "list on its key's line": ("a: - b\n", ["1: RB126"]),
    "template in flow": ("x: {get: ${url}, b: [${c}]}\n", ["1: RB127", "1: RB127"]),
    "index in flow": ("x: [a[0] == 1, b]\n", ["1: RB127"]),
    "comma in flow": ("x: {message: one, two}\n", ["1: RB127"]),
    "no blank in flow": ("x: {a:1}\n", ["1: RB127"]),
    "unclosed quote at the end": ("a: 1\nb: 'x\n", ["2: RB130"]),
    "unclosed quote closed by the next": ('a: "foo\nb: "bar"\nc: !x\n', ["1: RB130", "3: RB120"]),
    "unclosed list": ("a: [1, 2\nb: 3\n", ["1: RB131"]),
    "unclosed list of lines": ("x: y\na: [\n  1,\n  2\nb: 3\n", ["2: RB131"]),
    "unclosed mapping at the end": ("a: {b: 1\n", ["1: RB131"]),
    "bracket too many": ("a: [1]]\n", ["1: RB131"]),
    "entry below a value": ("a: 1\n  b: 2\n", ["2: RB132"]),
    "between two columns": ("- id: a\n  x: 1\n y: 2\n", ["3: RB132"]),
    "one column too far": ("- id: a\n   x: 1\n", ["2: RB132"]),
    "key among items": ("- a\nb: 1\n", ["2: RB132"]),
    "item among keys": ("a: 1\n- b\n", ["2: RB132"]),
    "blank lines deeper than the block": ("a: |\n     \n  x\n", ["3: RB132"]),
    "no colon": ("a: 1\nword\nb: !x\n", ["2: RB133", "3: RB120"]),
    "no blank after the colon": ("a:b\nc: d\n", ["1: RB133"]),
    "endless key": ("k" * 2000 + ": b\n", ["1: RB133"]),
    "unknown escapes": ('a: "\\d+\\."\n', ["1: RB134", "1: RB134"]),
    "half an escape": ('a: "\\u12"\n', ["1: RB134"]),
    "a block among keys": ("a: b\n|-\n", ["2: RB136"]),
    "text after a block sign": ("a: > 5\nb: | x\n", ["1: RB135", "2: RB135"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_finding_stands_on_the_line_that_causes_it(name: str) -> None:
    text, wanted = CASES[name]
    assert codes(text) == wanted


def test_every_finding_is_a_sentence_with_a_way_out() -> None:
    for text, _ in CASES.values():
        for item in read(text)[1]:
            assert item.code in CODES
            assert item.message.endswith("."), item.message
            assert item.help, item.code
            assert item.span is not None
            assert not any(raw in item.message for raw in ("while parsing", "while scanning", "did not find", "token"))


@pytest.mark.parametrize(
    ("written", "value", "shown"),
    [
        ("!has(a.b) && c", "!has(a.b) && c", "'!has(a.b) && c'"),
        ("\"a\" == b.c('x')", "\"a\" == b.c('x')", "'\"a\" == b.c(''x'')'"),
        ("'a' == b   # why", "'a' == b", "\"'a' == b\""),
        ("[1, 2].exists(n, n == x)", "[1, 2].exists(n, n == x)", "'[1, 2].exists(n, n == x)'"),
        ("a ? 'b' : 'c'", "a ? 'b' : 'c'", "\"a ? 'b' : 'c'\""),
        ("Rollback: now", "Rollback: now", "'Rollback: now'"),
        ("@x", "@x", "'@x'"),
        ("'it's here'", "it's here", '"it\'s here"'),
    ],
)
def test_the_fix_is_shown_and_reading_goes_on_with_what_was_meant(written: str, value: str, shown: str) -> None:
    text = f"before: 1\nkey: {written}\nafter: 2\n"
    node, problems = read(text)
    (item,) = problems
    assert item.help.endswith(shown)
    assert data(node) == {"before": 1, "key": value, "after": 2}
    fixed, none = read(text.replace(written, shown))
    assert len(none) == 0
    assert data(fixed) == data(node)


def test_an_expression_over_lines_is_read_whole() -> None:
    node, problems = read("guard: !a ||\n  b == 'c'\nwhen: \"x\" == d &&\n  e\n")
    assert [item.code for item in problems] == ["RB120", "RB121"]
    assert all("`>-`" in item.help for item in problems)
    assert data(node) == {"guard": "!a || b == 'c'", "when": '"x" == d && e'}


def test_all_errors_of_a_file_come_at_once() -> None:
    text = 'title: Rollback: x\nsteps:\n  - id: a\n    expect: "a" == b\n    when: c ? d : e\n    http: {get: ${u}}\n    id: b\n  - !x\n'
    assert codes(text) == ["1: RB125", "4: RB121", "5: RB123", "6: RB127", "7: RB110", "8: RB120"]


def test_a_duplicate_key_shows_the_first_and_keeps_it() -> None:
    node, problems = read("a: 1\nb:\n  a: 2\n  a: 3\n")
    (item,) = problems
    assert [(other.message, other.span.line) for other in item.related] == [("first defined here", 3)]
    assert data(node) == {"a": 1, "b": {"a": 2}}


def test_an_unclosed_quote_is_shown_where_it_opens() -> None:
    item = next(iter(read("a: 1\nlonger: 'text\n\n\nb: 2\n")[1]))
    assert item.span is not None
    assert (item.span.line, item.span.column) == (2, 9)


def test_tabs_are_counted() -> None:
    assert "3 lines" in next(iter(read("a:\n\tb: 1\n\tc: 2\n\td: 3\n")[1])).message


def test_a_wrong_indentation_says_where_lines_can_begin() -> None:
    item = next(iter(read("steps:\n  - id: a\n   title: b\n")[1]))
    assert item.help == "Begin it at column 1 (a key), 3 (`- `) or 5 (a key)."


def test_reading_stops_after_many_findings() -> None:
    _, problems = read("- !x\n" * 5000)
    assert len(problems) == builder.MAX_PROBLEMS + 1
    assert problems.sorted()[-1].code == "RB119"


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "? ", "[{a: ", "- ? "])
def test_endless_nesting_is_refused_at_once(opener: str) -> None:
    started = time.process_time()
    assert [code.partition(" ")[2] for code in codes(opener * 100_000)] == ["RB108"]
    assert time.process_time() - started < 1


def test_deep_block_nesting_is_refused_and_the_bound_itself_is_not() -> None:
    def nested(depth: int) -> str:
        return "".join(f"{' ' * level}a:\n" for level in range(depth))

    assert codes(nested(builder.MAX_DEPTH)) == []
    assert codes(nested(builder.MAX_DEPTH + 1)) == [f"{builder.MAX_DEPTH + 1}: RB108"]
    assert codes(nested(10_000)[: 3 << 20]) == [f"{builder.MAX_DEPTH + 1}: RB108"]


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MAX_NODES", 50)
    assert codes("- a\n" * 49) == []
    assert codes("- a\n" * 60) == ["50: RB109"]


def test_bombs_of_aliases_and_merges_are_refused_at_once() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 20)]
    started = time.process_time()
    found = {code.partition(" ")[2] for code in codes("\n".join(lines))}
    assert time.process_time() - started < 1
    assert found == {"RB111", "RB112", "RB114", "RB119"}


def test_a_large_broken_file_is_not_parsed_over_and_over() -> None:
    started = time.process_time()
    assert codes('- "a" == b\n' * 300_000) == ["1: RB121"]
    assert time.process_time() - started < 5
