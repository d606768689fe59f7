"""Where the cursor is in a file in the text form: by its braces, and by what the parser would take there."""

from __future__ import annotations

import re

from ..model import fields as f
from ..syntax.text.expected import expected, words_of
from .place import KEY, NONE, NOWHERE, VALUE, Place
from .slots import NOTHING, Slot, below, short_form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .slots import Lookup

_STOP = re.compile(r"[\n;{}()\[\]\"'|#]")
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\\\n]*'")
_BLOCK = re.compile(r"\|[-+]?[1-9]?[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_OPEN_END = re.compile(r"(?:&&|\|\||==|!=|[<>?:+*/%,=]|\bin)[ \t\r]*\Z")
_GOES_ON = re.compile(r"\s*(?:&&|\|\||==|!=|[?:.+*/%<>])")
_CLOSES = {"}": "{", "]": "[", ")": "("}

_HEADS: dict[str, Slot] = {
    **{key: Slot(field.kind, field, name=key) for table in (f.MODIFIERS, f.ACTION_MODIFIERS) for key, field in table.items()},
    **{key: Slot(f.RUNBOOK[key].kind, f.RUNBOOK[key], name=key) for key in ("severity", "policy", "window", "success", "description")},
    **{key: Slot(f.FOR_EACH[key].kind, f.FOR_EACH[key], name=key) for key in ("key", "yield", "max", "limit", "fail")},
    **{key: Slot(f.KINDS[key].kind, f.KINDS[key], name=key) for key in ("wait", "call", "escalate", "undo", "stop")},
    "for": Slot("expr", f.FOR_EACH["over"], name="over"),
    "set": Slot("expr", name="set"),
    "lock": Slot("template", f.RUNBOOK["locks"], name="locks"),
    "output": Slot("data", name="outputs"),
    "title": Slot("text", f.STEP["title"], name="title"),
}
"""The first word of a statement to what stands behind it."""
_PARTS: dict[str, Slot] = {
    **{key: Slot(f.RETRY[key].kind, f.RETRY[key], name=key) for key in ("every", "for", "longest")},
    "within": Slot("duration", f.ASK["within"], name="within"),
    "role": Slot("word", f.ASK["role"], name="role"),
    "tier": Slot("word", f.ESCALATE["tier"], name="tier"),
    "severity": Slot("word", f.ESCALATE["severity"], name="severity"),
    "type": Slot("choice", f.ASK["type"], name="type"),
    "window": Slot("word", f.WAIT["window"], name="window"),
}
"""Words inside of a statement, to the value behind each."""


class _Frame:
    """An open bracket, and the statement before it. `hole`: it is that of `${`."""

    __slots__ = ("at", "head", "hole", "mark", "start")

    def __init__(self, mark: str, at: int, start: int, head: str, *, hole: bool) -> None:
        self.mark = mark
        self.at = at
        self.start = start
        self.head = head
        self.hole = hole


class _Scan:
    """The brackets that are open at the cursor, and where its statement begins."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.limit = offset
        self.frames: list[_Frame] = []
        self.start = 0
        self.block = -1  # where the block of text begins that the cursor is in
        self.comment = False
        self._run()

    def _run(self) -> None:
        text, limit = self.text, self.limit
        at = 0
        while True:
            found = _STOP.search(text, at, limit)
            if found is None:
                return
            at = self._take(found[0], found.start())
            if at >= limit:
                return

    def _take(self, mark: str, at: int) -> int:
        """Step over what begins with a mark; the offset behind it."""
        text = self.text
        if mark in "\"'":
            quoted = _QUOTED.match(text, at, self.limit)
            return quoted.end() if quoted else at + 1
        if mark == "#":
            if at > self.start and text[at - 1] not in " \t\n":
                return at + 1
            end = text.find("\n", at)
            self.comment = end < 0 or end >= self.limit
            return self.limit if self.comment else end
        if mark == "|":
            return self._block(at)
        if mark in "{([":
            hole = mark == "{" and text[at - 1 : at] == "$"
            self.frames.append(_Frame(mark, at, self.start, text[self.start : at].strip(), hole=hole))
            if mark == "{" and not hole:
                self.start = at + 1
        elif mark in "})]":
            self._close(mark, at)
        elif not self._inside() and not self._goes_on(at, mark):
            self.start = at + 1
        return at + 1

    def _inside(self) -> bool:
        return bool(self.frames) and (self.frames[-1].mark != "{" or self.frames[-1].hole)

    def _goes_on(self, at: int, mark: str) -> bool:
        return mark == "\n" and (
            _OPEN_END.search(self.text, self.start, at) is not None or _GOES_ON.match(self.text, at, self.limit) is not None
        )

    def _close(self, mark: str, at: int) -> None:
        for index in range(len(self.frames) - 1, -1, -1):
            if self.frames[index].mark == _CLOSES[mark]:
                frame = self.frames[index]
                del self.frames[index:]
                self.start = frame.start if frame.hole or mark != "}" else at + 1
                return

    def _block(self, at: int) -> int:
        """A block of text: the lines below that stand deeper than its own."""
        text = self.text
        head = _BLOCK.match(text, at)
        if head is None or text[at - 1 : at] == "|" or text[at + 1 : at + 2] == "|":
            return at + 1
        begin = text.rfind("\n", 0, at) + 1
        own = len(text[begin:at]) - len(text[begin:at].lstrip(" "))
        end = head.end()
        while end < self.limit:
            stop = text.find("\n", end)
            stop = len(text) if stop < 0 else stop
            line = text[end:stop]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= own:
                break
            if stop >= self.limit:
                self.block = head.end()
                return self.limit
            end = stop + 1
        return end - 1


def text_place(text: str, offset: int, lookup: Lookup) -> Place:
    """The place of the cursor; never raises."""
    scan = _Scan(text, offset)
    if scan.comment:
        return Place(NONE, offset)
    owner = next((frame.start for frame in reversed(scan.frames) if re.match(r"\s*step\b", frame.head)), scan.start)
    owner += len(text[owner:offset]) - len(text[owner:offset].lstrip())
    statement = text[scan.start : offset].lstrip()
    if scan.block >= 0:
        return Place(VALUE, scan.block, _slot_of(statement, scan, lookup), owner=owner)
    hole = next((frame for frame in reversed(scan.frames) if frame.hole), None)
    if hole is not None:
        return Place(VALUE, hole.at - 1, Slot("template", name=_slot_of(statement, scan, lookup).name), owner=owner)
    inside = _map_place(scan, offset, lookup, owner)
    return inside if inside is not None else _statement_place(scan, statement, offset, lookup, owner)


def _executor_of(head: str) -> str:
    """The executor whose arguments stand in braces behind a statement's head; `call` for a called runbook's inputs."""
    words = head.split()
    if words[:1] == ["defaults"] and len(words) > 1:
        return words[1]
    if (
        not words
        or words[0] in _HEADS
        or words[0] in ("step", "runbook", "parallel", "choose", "try", "rescue", "always", "else", "branch")
    ):
        return "call" if words[:1] == ["call"] else ""
    if words[-1] == "with" or len(words) == 1:
        return words[0].strip('"')
    return ""


def _map_place(scan: _Scan, offset: int, lookup: Lookup, owner: int) -> Place | None:
    """Inside of the braces of arguments: a key, or the value behind one."""
    frames = [frame for frame in scan.frames if frame.mark == "{" and not frame.hole]
    depth = next((index for index, frame in enumerate(frames) if _executor_of(frame.head) and frame.head.split()[0] != "on"), None)
    if depth is None:
        return None
    executor = _executor_of(frames[depth].head)
    slot = Slot("named", f.CALL["inputs"], name="inputs") if executor == "call" else Slot("call", executor=executor, name=executor)
    outer = ("call", "inputs") if executor == "call" else ()
    for frame in frames[depth + 1 :]:
        key = re.search(r"([\w-]+)\"?\s*:\s*\Z", frame.head)
        slot = below(slot, key[1] if key else "", frozenset(), lookup)
    written = scan.text[frames[-1].at + 1 : offset]
    there = frozenset(re.findall(r"([\w-]+)\"?\s*:", written))
    last = re.split(r"[,\n;]", written)[-1]
    pair = re.match(r"\s*\"?([\w-]+)\"?\s*:\s*", last)
    if pair is None:
        word = re.search(r"[\w-]*\Z", last)
        return Place(KEY, offset - len(word[0] if word else ""), slot, there, owner, outer)
    start = offset - len(last) + pair.end()
    return Place(VALUE, start, below(slot, pair[1], there, lookup), owner=owner, outer=(*outer, pair[1]))


def _statement_place(scan: _Scan, statement: str, offset: int, lookup: Lookup, owner: int) -> Place:
    word = re.search(r"[\w-]*\Z", statement)
    prefix = word[0] if word else ""
    before = statement[: len(statement) - len(prefix)]
    accepts, last = expected(_skeleton(scan.frames) + before)
    base = offset - len(statement)
    if last in ("EXPRESSION", "COMMAND") or "EXPRESSION" in accepts or "COMMAND" in accepts or "EQUAL" in accepts:
        slot = _slot_of(statement, scan, lookup)
        begin = base + len(_head(statement, last or ("EXPRESSION" if "EXPRESSION" in accepts else "COMMAND")))
        if "EQUAL" in accepts and not last and "COMMAND" not in accepts:
            return Place(NONE, offset)
        return Place(VALUE, min(begin, offset), slot, owner=owner, keywords=frozenset())
    keywords = frozenset(words_of(accepts))
    if "WORD" in accepts and not keywords - {"step"}:
        return Place(VALUE, offset - len(prefix), _slot_of(before, scan, lookup), owner=owner)
    if "WORD" in accepts or "STRING" in accepts:
        slot = _slot_of(before, scan, lookup)
        if slot.kind not in ("nothing", "text", "template") and before.strip():
            return Place(VALUE, offset - len(prefix), slot, owner=owner, keywords=keywords)
    if not keywords and "EXECUTOR" not in accepts:
        return NOWHERE
    more = frozenset(f.EXECUTORS) if "EXECUTOR" in accepts else frozenset()
    return Place(KEY, offset - len(prefix), NOTHING, owner=owner, keywords=keywords | more)


def _head(statement: str, last: str) -> str:
    """What stands before the expression or command of a statement."""
    if last == "EXPRESSION":
        found = re.match(r"(?:set\s+\w+\s*=\s*|for\s+each\s+\w+\s+in\s+|\w+\s+)", statement)
    else:
        found = re.match(r"(?:http\s+\w+\s+|\S+\s+)", statement)
    return found[0] if found else statement


def _skeleton(frames: list[_Frame]) -> str:
    """The blocks around the cursor with nothing in them: what the parser needs to know where it is."""
    return "".join(f"{frame.head} {{\n" for frame in frames if frame.mark == "{" and not frame.hole)


def _slot_of(statement: str, scan: _Scan, lookup: Lookup) -> Slot:
    """The value that a statement's end is."""
    words = statement.split()
    if not words:
        return NOTHING
    head = words[0].strip('"')
    for word in reversed(words[1:]):
        if word in _PARTS and head in ("retry", "ask", "wait", "escalate", "approve", "step"):
            return _PARTS[word]
    if head == "input":
        return Slot("choice", f.INPUT["format"], name="format") if "(" in statement else Slot("choice", f.INPUT["type"], name="type")
    if head == "undo" and scan.frames and any(re.match(r"\s*step\b", frame.head) for frame in scan.frames[-1:]):
        return Slot("undo", f.KINDS["undo"], name="undo")
    if head in _HEADS:
        return short_form(_HEADS[head], lookup) if head in ("call", "stop", "escalate", "wait") else _HEADS[head]
    if head == "http":
        return Slot("text", name="get", executor="http")
    return short_form(Slot("call", executor=head, name=head), lookup) if lookup(head) is not None else NOTHING
