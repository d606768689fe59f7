"""`matches`: RE2's syntax, and time in proportion to the text whatever the pattern."""

from __future__ import annotations

import pytest

from runbook_lang.expr.limits import BUDGET
from runbook_lang.expr.regex import compile_regex
from runbook_lang.expr.values import EvalError

MATCHING = [
    ("", "cows"),
    ("a|", ""),
    (r"^\d{3}$", "123"),
    (r"\bfoo\b", "a foo."),
    (r"\Bo", "foo"),
    (r"\Afoo\z", "foo"),
    ("(?m)^b$", "a\nb\nc"),
    ("(?s)a.b", "a\nb"),
    ("(?i)K", "\u212a"),
    ("(?i)stra\u00dfe", "STRA\u1e9eE"),
    ("(?i)[a-z]+$", "ABC"),
    (r"(?i)[^\W]", "\u017f"),
    (r"(?i)^[\W\d]+$", "-1"),
    (r"(?i)\P{Lu}", "1"),
    ("(?i:a)b", "Ab"),
    ("a(?i)b|c", "aB"),
    ("(?-i)a", "a"),
    ("x{2,}", "xxx"),
    ("a{,3}", "a{,3}"),
    ("^a{01}$", "a{01}"),
    ("^a{1,01}$", "a{1,01}"),
    ("^a{0}b$", "b"),
    ("^a(?s)*b$", "aab"),
    (r"^a\Q\E*$", "aa"),
    ("^a*(?i)*B$", "aab"),
    ("(a{10}){100}|b", "b"),
    ("(a{1000})*", ""),
    ("(?i)Ꭰ", "ꭰ"),
    ("(?i)т", "\u1c85"),
    ("(?i)\u1c84", "\u1c85"),
    ("(?i)\u0390", "\u1fd3"),
    ("(?i)\ufb05", "\ufb06"),
    ("a{b}", "a{b}"),
    ("(?:ab)+?$", "abab"),
    ("(?P<name>a)(?<other>b)", "ab"),
    ("[[:alpha:]]+[[:^digit:]]", "ab"),
    (r"\pL\p{Nd}\PL", "é7!"),
    (r"\p{^L}", "1"),
    (r"[\pL_]+", "é_"),
    ("[]a]+", "]a"),
    ("[^a]", "\n"),
    (r"[\d-x]", "-"),
    ("[a-]", "-"),
    (r"\Qa.b\E+", "a.bbb"),
    (r"\x41\x{1F600}\101\n\.", "A😀A\n."),
    ("(a|b)*c", "abbac"),
    ("(a*)*$", "b"),
    (r"\$\{", "${"),
]
FAILING = [
    ("foo|bar", ""),
    (r"^\d{3}$", "1234"),
    ("^b$", "a\nb\nc"),
    (".", "\n"),
    ("(?i:a)b", "AB"),
    (r"\bfoo\b", "food"),
    ("[^a]", "a"),
    ("x{3}", "xx"),
    (r"\d", "\u0663"),
    (r"\w", "é"),
    ("(?i)i", "\u0131"),
    (r"(?i)\W", "true"),
    (r"(?i)\W", "\u212a"),
    (r"(?i)[\W]", "sK"),
    ("(?i)[[:^word:]]", "sK"),
    ("(?i)[[:^alpha:]]", "sK"),
    (r"(?i)\P{Lu}", "aA"),
    (r"(?i)[\P{Lu}]", "aA"),
    (r"(?i)[^\W]", "-"),
]
WRONG = [
    *("(", ")", "[", "[a", "*a", "a**", "a{2}{3}", "(?=a)", "(?<=a)", "(?!a)", r"\1", r"(a)\1", r"\Z", r"\C", r"\g", "\\"),
    *(
        "a{1001}",
        "(a{10}){101}",
        "((a{2}){2}){0,251}",
        "(a{500,}){3}",
        "((a{1000}){1000}){1000}",
        "(((){1000}){1000}){1000}",
        r"\é",
        r"[\€]",
        "a{3,2}",
        r"\p{Greek}",
        r"\pX",
        "[b-a]",
        "[[:foo:]]",
        "(?P<>a)",
        "(?P<a",
        "(?x)a",
        "(?-)a",
        "(?i)*",
        r"\x{110000}",
        r"\xZ",
        "[\\b]",
        "x(?i",
    ),
]


@pytest.mark.parametrize(("pattern", "text"), MATCHING)
def test_a_pattern_matches(pattern: str, text: str) -> None:
    assert compile_regex(pattern).search(text)


@pytest.mark.parametrize(("pattern", "text"), FAILING)
def test_a_pattern_does_not_match(pattern: str, text: str) -> None:
    assert not compile_regex(pattern).search(text)


@pytest.mark.parametrize("pattern", WRONG)
def test_what_re2_does_not_know_is_refused(pattern: str) -> None:
    with pytest.raises(EvalError) as caught:
        compile_regex(pattern)
    assert caught.value.code == "RB220"


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a+a+)+b", "(a*)*b", "(a|aa)+$b"])
def test_the_work_grows_with_the_text_only(pattern: str) -> None:
    regex = compile_regex(pattern)
    work = []
    for size in (5_000, 50_000):
        frame = [None, None, BUDGET]
        assert not regex.search("a" * size, frame)
        work.append(BUDGET - frame[2])
    assert work[1] <= 11 * work[0]


@pytest.mark.parametrize("pattern", ["[a-z]{1000}" * 6, "(?:(?:abc){20}){50}" * 3])
def test_a_pattern_that_would_be_huge_is_refused(pattern: str) -> None:
    with pytest.raises(EvalError) as caught:
        compile_regex(pattern)
    assert caught.value.code == "RB246"


def test_the_states_that_are_kept_are_bounded() -> None:
    regex = compile_regex("(a|b)*a(a|b){14}c")
    text = "".join("ab"[(at * at // 7) % 2] for at in range(20_000))
    assert not regex.search(text)
    assert len(regex.states) <= 2_002
