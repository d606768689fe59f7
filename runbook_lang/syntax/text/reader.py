"""`.runbook` text to the tree, with all its errors at once."""

from __future__ import annotations

from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_analysis import Shift

from ...base.diagnostics import Problems
from ...base.record import Record
from ...base.source import Span
from ..builder import MAX_DEPTH, MAX_NODES, MAX_PROBLEMS
from ..decode import MAX_BYTES, clean
from .mistakes import explain
from .scanner import Scanner, Token
from .tables import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...base.source import Source
    from ..tree import Node


class Read(Record):
    """What reading gives: the tree (None when nothing is left of it), and where the comments are."""

    tree: Node | None
    comments: tuple[tuple[int, int], ...] = ()


def read_text(source: Source, problems: Problems) -> Node | None:
    """The tree of a runbook in the text form; never raises, whatever the text.

    Errors go to `problems`. After one the tree comes back without the statements that weren't understood, wherever the parser found its
    way again, so that later stages can report theirs; what may only follow from what is missing isn't shown then.
    """
    return read(source, problems).tree


def read(source: Source, problems: Problems) -> Read:
    """The same with the places of the comments."""
    if len(source.text) > MAX_BYTES:
        problems.error("RB102", f"{source.name} is too large.", Span(source, 0, 0), f"A file has at most {MAX_BYTES} bytes.")
        return Read(None)
    found = Problems()
    driver = Driver(source, clean(source, found), found)
    tree = driver.run()
    for item in found:
        problems.add(item)
    if found.failed and tree is not None:
        from .damage import made_whole

        tree, quiet = made_whole(tree, driver.damage, [item.span for item in found if item.span is not None])
        problems.quiet = (*problems.quiet, quiet)
    return Read(tree, tuple(driver.scanner.comments))


class Damage:
    """What was left out of a text: the ranges of the statements, and the blocks that they stood in, by their braces. `ended` has the
    ranges of these blocks, from the brace on and from the first word on."""

    __slots__ = ("blocks", "ended", "lost")

    def __init__(self) -> None:
        self.lost: list[tuple[int, int]] = []
        self.blocks: set[int] = set()
        self.ended: set[tuple[int, int]] = set()


class Driver:
    """Feeds the parser. After an error it takes back the statement that failed, skips the rest of it, and goes on behind it."""

    def __init__(self, source: Source, text: str, problems: Problems) -> None:
        made = tables()
        self.source = source
        self.text = text
        self.problems = problems
        self.tables = made
        self.scanner = Scanner(source, text, made, problems)
        self.parser = made.state()
        self.states = self.parser.parse_conf.states
        self.opened: list[Token] = []
        self.heads: list[Token | None] = []  # for each open brace the first word of the statement that it stands in
        self.marks: list[tuple[int, list[Any], list[Any]]] = []  # (braces open, states, values) where a statement may begin
        self.statement: list[Token] = []
        self.count = 0
        self.behind = 0
        self.left = False  # the block around was taken as ended
        self.open_ended = False  # the list around has no end
        self.damage = Damage()

    def run(self) -> Node | None:
        """The tree, or what is left of it after errors; None when the end couldn't be reached."""
        while True:
            accepts = self.states[self.parser.state_stack[-1]]
            if "EXECUTOR" in accepts or "RBRACE" in accepts:
                self._mark(accepts)
            token = self.scanner.next(accepts)
            try:
                result = self.parser.feed_token(token, token.type == "$END")
            except UnexpectedToken:
                if not self._recover(token, accepts):
                    return None
                continue
            if token.type == "$END":
                return result  # type: ignore[no-any-return]  # lark knows no types of what rules give
            if not self._note(token):
                return None

    def _mark(self, accepts: Any) -> None:
        """Where the parser could take a statement: this is where it is put back to after an error."""
        if self.scanner.last not in ("SEP", "LBRACE") or not self.opened or self.opened[-1].type != "LBRACE":
            return
        depth = len(self.opened)
        while self.marks and self.marks[-1][0] >= depth:
            self.marks.pop()
        self.marks.append((depth, self.parser.state_stack[:], self.parser.value_stack[:]))
        self.statement = []

    def _note(self, token: Token) -> bool:
        kind = token.type
        if len(self.statement) < 6:
            self.statement.append(token)
        self.count += 1
        if kind in ("LBRACE", "LSQB"):
            self.opened.append(token)
            self.heads.append(self.statement[0] if self.statement else None)
        elif kind in ("RBRACE", "RSQB") and self.opened:
            opened, head = self.opened.pop(), self.heads.pop()
            self.statement = [] if head is None else [head, token]
            if opened.start in self.damage.blocks:
                self.damage.ended.update({(opened.start, token.end), (head.start if head is not None else opened.start, token.end)})
        else:
            return True
        if len(self.opened) > MAX_DEPTH:
            help = "Flatten the structure, or move a part into a runbook that is called."
            self.problems.error("RB108", f"Blocks and lists are nested more than {MAX_DEPTH} deep.", token.span, help)
            return False
        if self.count > MAX_NODES:
            help = "Split it, or keep data in a file of its own."
            self.problems.error("RB109", f"The file has more than {MAX_NODES:,} words.", token.span, help)
            return False
        return True

    def _recover(self, token: Token, accepts: Any) -> bool:
        """Report, and go on behind the statement; False when there is nothing to go on with."""
        explain(self, token, frozenset(name for name in accepts if self.takes(name)))
        if self.left:
            self.left = False
            return len(self.problems) < MAX_PROBLEMS
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"Reading stopped after {MAX_PROBLEMS} findings in this file."
            self.problems.error("RB119", message, token.span, "Correct these first; the rest is shown then.")
            return False
        if token.type == "$END":
            return False
        if not self.marks:
            return self._past_the_head()
        depth, states, values = self.marks[-1]
        if depth > len(self.opened):  # behind the end of the runbook
            return False
        self.parser.state_stack[:] = states
        self.parser.value_stack[:] = values
        inside = len(self.opened) - depth - self.open_ended
        self.open_ended = False
        start = self._begin(depth, token)
        del self.opened[depth:], self.heads[depth:]
        self.scanner.skip(max(token.start, self.behind), inside)
        self.behind = self.scanner.at + 1  # each recovery gets further than the one before
        self._leave_out(start, self.scanner.at)
        return True

    def _begin(self, depth: int, token: Token) -> int:
        """Where the statement begins that is left out at that depth."""
        head = self.heads[depth] if len(self.heads) > depth else self.statement[0] if self.statement else None
        return token.start if head is None else min(head.start, token.start)

    def _leave_out(self, start: int, end: int) -> None:
        """Note what isn't in the tree, and the block around it."""
        self.damage.lost.append((start, end))
        self.damage.blocks.add(self.opened[-1].start)

    def takes(self, name: str) -> bool:
        """Whether the parser can really take a token of that sort next: its table merges what may follow in different places."""
        stack = list(self.parser.state_stack)
        while True:
            action = self.states[stack[-1]].get(name)
            if action is None or name.islower():
                return False
            if action[0] is Shift:
                return True
            rule = action[1]
            if rule.expansion:
                del stack[-len(rule.expansion) :]
            stack.append(self.states[stack[-1]][rule.origin.name][1])
            if name == "$END" and stack[-1] == self.parser.parse_conf.end_state:
                return True

    def leave(self, token: Token) -> bool:
        """Take the block around `token` as ended before it, where the token fits behind it and stands no deeper than its first line."""
        if len(self.marks) < 2 or not self.opened:
            return False
        opened = self.opened[-1]
        if self.column(token.start) > self.column(opened.start) or opened.span.line == token.span.line:
            return False
        depth, states, values = self.marks[-2]
        if depth >= len(self.opened) or token.type not in self.states[states[-1]]:
            return False
        self.marks.pop()
        self.parser.state_stack[:], self.parser.value_stack[:] = states, values
        start = self._begin(depth, token)
        del self.opened[depth:], self.heads[depth:]
        self._leave_out(start, token.start)
        self.statement = []
        self.scanner.at, self.scanner.last = token.start, "SEP"
        self.left = True
        return True

    def column(self, at: int) -> int:
        """How far the line of an offset is indented."""
        line = self.text[self.text.rfind("\n", 0, at) + 1 :]
        return len(line) - len(line.lstrip(" \t"))

    def _past_the_head(self) -> bool:
        """Go on inside of a runbook whose first line is wrong."""
        brace = self.text.find("{")
        line_end = self.text.find("\n", self.scanner.at)
        if brace < 0 or (0 <= line_end < brace and not self.text[line_end:brace].isspace()):
            return False
        self.parser = self.tables.state()
        for kind in ("RUNBOOK", "WORD", "LBRACE"):
            token = Token(kind, "x", self.scanner, brace, brace + 1)
            self.parser.feed_token(token, False)
        self.opened, self.heads = [token], [None]
        self.scanner.at = brace + 1
        self.scanner.last = "LBRACE"
        self._leave_out(0, brace)
        return True
