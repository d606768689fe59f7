"""RE2's pattern syntax -> a small tree, for `matches`. What RE2 leaves out (look-around, back references) is an error here too.

Source: the syntax page of the RE2 project. Left out besides: \\C (one byte) and Unicode scripts as in \\p{Greek}.
"""

from __future__ import annotations

import re

from ..base.record import Record
from .values import EvalError

MAX_REPEAT = 1000
_MAX_DEPTH = 100
_MAX_CODE = 0x10FFFF


class Group(Record):
    r"""The characters in `ranges` and those of the Unicode `category`; when `negated`, as in `\W` and `\P{Lu}`, all others.

    It is kept as it is written: with `(?i)` the characters that are named are folded, and then the rest is taken.
    """

    ranges: tuple[tuple[int, int], ...]
    category: str = ""
    negated: bool = False


class Chars(Record):
    """One character: of one of the groups; or of none, when `negated`."""

    groups: tuple[Group, ...]
    negated: bool = False
    fold: bool = False


class Assertion(Record):
    """A place: `begin`, `end` of the text, `line_begin`, `line_end`, a `word` boundary or `no_word` boundary."""

    kind: str


class Sequence(Record):
    """All parts, one after the other."""

    parts: tuple[object, ...]


class Choice(Record):
    """One of the parts."""

    parts: tuple[object, ...]


class Repeat(Record):
    """Between `least` and `most` times; `most` is None for no bound. `written`: how often something in it stands there, written out."""

    part: object
    least: int
    most: int | None
    written: int


_PERL = {"d": ((48, 57),), "s": ((9, 10), (12, 13), (32, 32)), "w": ((48, 57), (65, 90), (95, 95), (97, 122))}
_POSIX = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": ((48, 57),),
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _PERL["w"],
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_CATEGORIES = frozenset("C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Any".split())
_COUNT = re.compile("0|[1-9][0-9]*")
_PLACES = {"A": "begin", "z": "end", "b": "word", "B": "no_word"}


def _written(node: object) -> int:
    """How often the part of a pattern that is repeated most stands there, were all counted repetitions written out."""
    if isinstance(node, Repeat):
        return node.written
    return max(map(_written, node.parts), default=1) if isinstance(node, (Sequence, Choice)) else 1


def parse_pattern(pattern: str) -> object:
    """The tree of a pattern. Raises EvalError (RB220) for what is no RE2 pattern."""
    parser = _PatternParser(pattern)
    tree = parser.choice()
    if parser.at < len(pattern):
        raise parser.wrong("a ')' without its '('")
    return tree


class _PatternParser:
    __slots__ = ("at", "depth", "flags", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.flags: frozenset[str] = frozenset()

    def wrong(self, what: str) -> EvalError:
        return EvalError("RB220", f"the regular expression is not valid: {what} at position {self.at}")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def choice(self) -> object:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self) -> object:
        parts: list[object] = []
        while self.at < len(self.pattern) and self.peek() not in "|)":
            start = self.at
            if self.pattern.startswith("\\Q", self.at):
                parts.extend(self.quoted())
            else:
                part = self.atom()
                parts.extend(() if part is None else (part,))
            # After flags or an empty quotation it is the part before them that is repeated.
            if parts:
                parts[-1] = self.repeated(parts[-1])
            elif self.repetition() is not None:
                self.at = start
                raise self.wrong("nothing to repeat")
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def quoted(self) -> list[object]:
        end = self.pattern.find("\\E", self.at + 2)
        text = self.pattern[self.at + 2 :] if end < 0 else self.pattern[self.at + 2 : end]
        self.at = len(self.pattern) if end < 0 else end + 2
        return [self.char(ord(char)) for char in text]

    # -- repetition

    def repetition(self) -> tuple[int, int | None] | None:
        """The bounds of a repetition that starts here, taken; None when none does."""
        char = self.peek()
        if char and char in "*+?":
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        if char != "{":
            return None
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        if end < 0 or not _COUNT.fullmatch(low) or (high and not _COUNT.fullmatch(high)):
            return None
        if len(low) > 4 or len(high) > 4 or int(low) > MAX_REPEAT or int(high or 0) > MAX_REPEAT or (high and int(high) < int(low)):
            raise self.wrong(f"a repetition outside 0 to {MAX_REPEAT}")
        self.at = end + 1
        return int(low), (int(high) if high else None) if comma else int(low)

    def repeated(self, part: object) -> object:
        bounds = self.repetition()
        if bounds is None:
            return part
        if self.peek() == "?":
            # Lazy or greedy makes no difference to whether there is a match.
            self.at += 1
        if self.repetition() is not None:
            raise self.wrong("one repetition after another")
        least, most = bounds
        written = max(least if most is None else most, 1) * _written(part)
        if written > MAX_REPEAT:
            raise self.wrong(f"repetitions within one another that come to more than {MAX_REPEAT}")
        return Repeat(part, least, most, written)

    # -- atoms

    def char(self, code: int) -> Chars:
        return Chars((Group(((code, code),)),), fold="i" in self.flags)

    def atom(self) -> object | None:
        """One item; None for something that only sets flags."""
        char = self.peek()
        if char and char in "*+?":
            raise self.wrong("nothing to repeat")
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_class()
        if char == "\\":
            return self.escape()
        if char == "{" and self.repetition() is not None:
            raise self.wrong("nothing to repeat")
        self.at += 1
        if char == ".":
            return Chars((Group(((0, _MAX_CODE),) if "s" in self.flags else ((0, 9), (11, _MAX_CODE))),))
        if char == "^":
            return Assertion("line_begin" if "m" in self.flags else "begin")
        if char == "$":
            return Assertion("line_end" if "m" in self.flags else "end")
        return self.char(ord(char))

    def group(self) -> object | None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.wrong("groups nested too deep")
        outer = self.flags
        self.at += 1
        if self.peek() == "?":
            self.at += 1
            if not self.group_head():
                self.depth -= 1
                return None
        part = self.choice()
        if self.peek() != ")":
            raise self.wrong("a '(' without its ')'")
        self.at += 1
        self.flags = outer
        self.depth -= 1
        return part

    def group_head(self) -> bool:
        """What follows `(?`; False when it was only `(?flags)`."""
        rest = self.pattern[self.at : self.at + 2]
        if rest == "P<" or (rest[:1] == "<" and rest[1:] not in ("=", "!")):
            end = self.pattern.find(">", self.at)
            name = self.pattern[self.at + (2 if rest == "P<" else 1) : end]
            if end < 0 or not name.replace("_", "a").isalnum():
                raise self.wrong("a group name that isn't one")
            self.at = end + 1
            return True
        added: set[str] = set()
        removed: set[str] = set()
        target = added
        while True:
            char = self.peek()
            if char in (":", ")"):
                break
            if char == "-" and target is added:
                target = removed
            elif char and char in "imsU":
                target.add(char)
            else:
                raise self.wrong("a group kind that RE2 doesn't have (no look-around, no back references)")
            self.at += 1
        if target is removed and not removed:
            raise self.wrong("flags to remove are missing")
        self.flags = (self.flags | added) - removed
        self.at += 1
        return char == ":"

    def escape(self) -> object:
        char = self.pattern[self.at + 1 : self.at + 2]
        if char and char in _PLACES:
            self.at += 2
            return Assertion(_PLACES[char])
        special = self.class_escape()
        if special is not None:
            return Chars((special,), fold="i" in self.flags)
        return self.char(self.code_escape())

    def class_escape(self) -> Group | None:
        r"""`\d`, `\W`, `\pL`, `\P{Lu}` …; None when it is something else."""
        char = self.pattern[self.at + 1 : self.at + 2]
        if char and char.lower() in _PERL:
            self.at += 2
            return Group(_PERL[char.lower()], negated=char.isupper())
        if char not in ("p", "P"):
            return None
        self.at += 2
        name = self.peek()
        self.at += 1
        if name == "{":
            end = self.pattern.find("}", self.at)
            name = self.pattern[self.at : end] if end >= 0 else ""
            self.at = end + 1 if end >= 0 else self.at
        negated = char == "P"
        if name.startswith("^"):
            name, negated = name[1:], not negated
        if name not in _CATEGORIES:
            raise self.wrong(f"the Unicode class {name!r} is not known here (general categories like L or Nd are)")
        return Group((), name, negated)

    def code_escape(self) -> int:
        r"""The code point of `\n`, `\x41`, `\x{1F600}`, `\101`, `\.`."""
        rest = self.pattern[self.at + 1 : self.at + 2]
        if not rest:
            raise self.wrong("a backslash at the end")
        self.at += 2
        if rest in _CONTROL:
            return _CONTROL[rest]
        if rest == "x":
            return self.hex_code()
        if rest in "01234567":
            # RE2 takes \1 to \7 as octal only with more digits behind; alone they would be back references.
            digits = rest
            while len(digits) < 3 and self.peek() and self.peek() in "01234567":
                digits += self.peek()
                self.at += 1
            if rest != "0" and len(digits) == 1:
                raise self.wrong("a back reference, which RE2 doesn't have,")
            return int(digits, 8)
        if not rest.isascii() or rest.isalnum():
            raise self.wrong(f"the escape \\{rest}, which RE2 doesn't have,")
        return ord(rest)

    def hex_code(self) -> int:
        if self.peek() == "{":
            end = self.pattern.find("}", self.at)
            digits = self.pattern[self.at + 1 : end] if end >= 0 else ""
            self.at = end + 1 if end >= 0 else self.at
        else:
            digits = self.pattern[self.at : self.at + 2]
            self.at += len(digits)
            digits = digits if len(digits) == 2 else ""
        if not digits or len(digits) > 8 or any(char not in "0123456789abcdefABCDEF" for char in digits) or int(digits, 16) > _MAX_CODE:
            raise self.wrong("a code point that isn't one")
        return int(digits, 16)

    # -- classes

    def char_class(self) -> Chars:
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        groups: list[Group] = []
        first = True
        while self.peek() != "]" or first:
            if self.at >= len(self.pattern):
                raise self.wrong("a '[' without its ']'")
            first = False
            groups.append(self.class_group() or Group((self.class_range(),)))
        self.at += 1
        return Chars(tuple(groups), negated, "i" in self.flags)

    def class_group(self) -> Group | None:
        r"""`[:alpha:]` or `\d` inside a class; None when a character stands there."""
        if self.pattern.startswith("[:", self.at):
            end = self.pattern.find(":]", self.at + 2)
            if end >= 0:
                name = self.pattern[self.at + 2 : end]
                found = _POSIX.get(name.removeprefix("^"))
                if found is None:
                    raise self.wrong(f"the class [:{name}:], which RE2 doesn't have,")
                self.at = end + 2
                return Group(found, negated=name.startswith("^"))
        return self.class_escape() if self.peek() == "\\" else None

    def class_range(self) -> tuple[int, int]:
        low = self.class_char()
        if self.peek() != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            return low, low
        self.at += 1
        high = self.class_char()
        if high < low:
            raise self.wrong("a range whose ends are the wrong way round")
        return low, high

    def class_char(self) -> int:
        if self.peek() == "\\":
            if self.pattern[self.at + 1 : self.at + 2] in ("b", "B", "A", "z", "Q", "E", "d", "D", "s", "S", "w", "W", "p", "P"):
                raise self.wrong("an escape that stands for no single character")
            return self.code_escape()
        code = ord(self.peek()) if self.peek() else -1
        if code < 0:
            raise self.wrong("a '[' without its ']'")
        self.at += 1
        return code
