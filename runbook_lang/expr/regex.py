"""`matches` in linear time: Thompson's construction, run as an automaton whose states are built on demand.

A state is the set of places in the program that a text so far can have led to, so a step costs
at most the size of the program, and never depends on how often the text could be split. See
Russ Cox, "Regular Expression Matching Can Be Simple And Fast" (2007).
"""

from __future__ import annotations

from bisect import bisect_right

from .limits import BUDGET
from .operators import spend
from .regex_syntax import Assertion, Chars, Choice, Repeat, Sequence, parse_pattern
from .values import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .operators import Frame

    Step = tuple[Any, ...]

MAX_PROGRAM = 5_000
_MAX_STATES = 2_000
_CHAR, _SPLIT, _JUMP, _PLACE, _MATCH = range(5)
_MATCHED = -1
_BEGIN, _NEWLINE, _WORD, _OTHER = range(4)
# Characters that share a simple case folding with more than their own upper or lower form.
_EXTRA_CASES = {
    "k": "\u212a",
    "s": "\u017f",
    "å": "\u212b",
    "μ": "\u00b5",
    "ω": "\u2126",
    "θ": "\u03d1\u03f4",
    "β": "\u03d0",
    "ε": "\u03f5",
    "κ": "\u03f0",
    "π": "\u03d6",
    "ρ": "\u03f1",
    "φ": "\u03d5",
    "σ": "\u03c2",
    "ι": "\u0345\u1fbe",
    "ṡ": "\u1e9b",
    "ß": "\u1e9e",
    "в": "\u1c80",
    "д": "\u1c81",
    "о": "\u1c82",
    "с": "\u1c83",
    "т": "\u1c84\u1c85",
    "ъ": "\u1c86",
    "ѣ": "\u1c87",
    "ꙋ": "\u1c88",
    "\u0390": "\u1fd3",
    "\u03b0": "\u1fe3",
    "\ufb06": "\ufb05",
}
# Those whose full folding is longer than one character, so that Python has no simple one.
_FOLDED = {"\u1fd3": "\u0390", "\u1fe3": "\u03b0", "\ufb05": "\ufb06"}


def compile_regex(pattern: str) -> Regex:
    """Raises EvalError: RB220 for what is no RE2 pattern, RB246 for one that is too large."""
    try:
        program: list[Step] = []
        _emit(parse_pattern(pattern), program)
    except RecursionError:
        raise EvalError("RB246", "the regular expression is nested too deep") from None
    program.append((_MATCH,))
    return Regex(program)


def _add(program: list[Step], step: Step) -> int:
    if len(program) >= MAX_PROGRAM:
        raise EvalError("RB246", f"the regular expression is too large (more than {MAX_PROGRAM} steps once repetitions are written out)")
    program.append(step)
    return len(program) - 1


def _emit(node: object, program: list[Step]) -> None:
    if isinstance(node, Chars):
        _add(program, (_CHAR, _test(node)))
    elif isinstance(node, Assertion):
        _add(program, (_PLACE, node.kind))
    elif isinstance(node, Sequence):
        for part in node.parts:
            _emit(part, program)
    elif isinstance(node, Choice):
        _emit_choice(node, program)
    elif isinstance(node, Repeat):
        _emit_repeat(node, program)


def _emit_choice(node: Choice, program: list[Step]) -> None:
    exits = []
    for part in node.parts[:-1]:
        split = _add(program, (_SPLIT,))
        _emit(part, program)
        exits.append(_add(program, (_JUMP,)))
        program[split] = (_SPLIT, split + 1, len(program))
    _emit(node.parts[-1], program)
    for at in exits:
        program[at] = (_JUMP, len(program))


def _emit_repeat(node: Repeat, program: list[Step]) -> None:
    for _ in range(node.least):
        # Even an empty part takes a place, so that the bound on the program bounds this loop too.
        _add(program, (_JUMP, len(program) + 1))
        _emit(node.part, program)
    if node.most is None:
        split = _add(program, (_SPLIT,))
        _emit(node.part, program)
        _add(program, (_JUMP, split))
        program[split] = (_SPLIT, split + 1, len(program))
        return
    splits = []
    for _ in range(node.most - node.least):
        splits.append(_add(program, (_SPLIT,)))
        _emit(node.part, program)
    for split in splits:
        program[split] = (_SPLIT, split + 1, len(program))


def fold(char: str) -> str:
    """The representative of a character's simple case folding."""
    folded = char.casefold()
    if len(folded) == 1:
        return folded
    lower = _FOLDED.get(char) or char.lower()
    return lower if len(lower) == 1 else char


def _cases(char: str) -> set[str]:
    base = fold(char)
    near = {base, base.lower(), base.upper(), base.title(), char, *_EXTRA_CASES.get(base, "")}
    return {other for other in near if len(other) == 1 and fold(other) == base}


def _test(chars: Chars) -> Callable[[str], bool]:
    """Whether one character is of the class."""
    # What is named without a negation is one table, however many groups a class has.
    named = tuple(span for group in chars.groups if not group.negated for span in group.ranges)
    tests = [_in_ranges(named)] if named else []
    tests += [_in_category(group.category) for group in chars.groups if group.category and not group.negated]
    others = [_in_category(group.category) if group.category else _in_ranges(group.ranges) for group in chars.groups if group.negated]

    def plain(char: str) -> bool:
        return (any(test(char) for test in tests) or any(not test(char) for test in others)) is not chars.negated

    def folded(char: str) -> bool:
        cases = _cases(char)
        found = any(test(case) for test in tests for case in cases)
        return (found or any(not any(map(test, cases)) for test in others)) is not chars.negated

    return folded if chars.fold else plain


def _in_ranges(ranges: tuple[tuple[int, int], ...]) -> Callable[[str], bool]:
    lows: list[int] = []
    highs: list[int] = []
    for low, high in sorted(ranges):
        if highs and low <= highs[-1] + 1:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)

    def test(char: str) -> bool:
        at = bisect_right(lows, ord(char)) - 1
        return at >= 0 and ord(char) <= highs[at]

    return test


def _in_category(name: str) -> Callable[[str], bool]:
    from unicodedata import category

    return lambda char: name == "Any" or category(char).startswith(name)


def _kind(char: str) -> int:
    if char == "\n":
        return _NEWLINE
    return _WORD if char == "_" or (char.isascii() and char.isalnum()) else _OTHER


def _holds(place: str, before: int, after: int) -> bool:
    """Whether an assertion is true between two kinds of characters; _BEGIN stands for either end of the text."""
    if place == "begin":
        return before == _BEGIN
    if place == "end":
        return after == _BEGIN
    if place == "line_begin":
        return before in (_BEGIN, _NEWLINE)
    if place == "line_end":
        return after in (_BEGIN, _NEWLINE)
    return ((before == _WORD) != (after == _WORD)) is (place == "word")


class Regex:
    """A compiled pattern; it keeps the states that texts so far have led to."""

    __slots__ = ("index", "placed", "program", "states", "steps")

    def __init__(self, program: list[Step]) -> None:
        self.program = program
        self.placed = any(step[0] == _PLACE for step in program)
        self.reset()

    def reset(self) -> None:
        self.states: list[tuple[frozenset[int], int]] = []
        self.index: dict[tuple[frozenset[int], int], int] = {}
        self.steps: list[dict[str, int]] = []

    def state(self, places: frozenset[int], before: int) -> int:
        """The number of a state: where the text has led, and the kind of its last character."""
        key = (places, before if self.placed else _OTHER)
        found = self.index.get(key)
        if found is None:
            found = self.index[key] = len(self.states)
            self.states.append(key)
            self.steps.append({})
        return found

    def search(self, text: str, frame: Frame | None = None) -> bool:
        """Whether some part of the text matches. Work is taken from the frame's budget."""
        frame = frame if frame is not None else [None, None, BUDGET]
        spend(frame, len(text) >> 4)
        now = self.state(frozenset(), _BEGIN)
        steps = self.steps
        for char in text:
            after = steps[now].get(char)
            if after is None:
                if len(self.states) > _MAX_STATES:
                    places, before = self.states[now]
                    self.reset()
                    steps = self.steps
                    now = self.state(places, before)
                after = self.step(now, char, frame)
            if after == _MATCHED:
                return True
            now = after
        places, before = self.states[now]
        return self.reach(places, before, _BEGIN, frame) is None

    def step(self, now: int, char: str, frame: Frame) -> int:
        """Build and keep the transition from a state by a character."""
        places, before = self.states[now]
        kind = _kind(char)
        reached = self.reach(places, before, kind, frame)
        if reached is None:
            after = _MATCHED
        else:
            program = self.program
            after = self.state(frozenset(at + 1 for at in reached if program[at][1](char)), kind)
        self.steps[now][char] = after
        return after

    def reach(self, places: frozenset[int], before: int, after: int, frame: Frame) -> list[int] | None:
        """The character tests that can be reached without a character; None when the end is among what is reached."""
        program = self.program
        seen = set(places)
        seen.add(0)
        stack = list(seen)
        tests = []
        while stack:
            at = stack.pop()
            step = program[at]
            op = step[0]
            if op == _CHAR:
                tests.append(at)
                continue
            if op == _MATCH:
                return None
            targets = step[1:]
            if op == _PLACE:
                targets = (at + 1,) if _holds(step[1], before, after) else ()
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        spend(frame, 1 + (len(seen) >> 3))
        return tests
