"""The shapes that every surface shares.

An executor is two modules: its *surface*, a pure description that check and plan read, and the
part that runs (`runbook_lang.executors`). They meet in a `Request`: what exactly would be done,
with secrets as handles and, in a plan, unknown parts as typed holes.
"""

from __future__ import annotations

from functools import cache

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..base.diagnostics import Diagnostic, Problems
    from ..base.source import Span
    from ..expr.types import RecordType
    from ..expr.values import Value

    Word = Any  # str | SecretRef | SecretText | Unknown

MINUTE = 60_000_000


class Arg(Record):
    """One argument of an action.

    `kind` says how its text is read: `words` (a command split into words before filling in; also
    written as a list), `text` (a template), `expr` (an expression), `sql` (a template whose holes become
    bound values), `json` (any data with templates inside), `map` (names to templates), `int`, `bool`,
    `duration`, `name` (a constant word, one of `choices` where given).
    """

    kind: str
    doc: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    secret_ok: bool = False  # may a secret stand in it (environment, header, body, stdin)
    address: bool = False  # a text that is an address: values in it are percent-encoded


class Facts(Record):
    """What is known of one call without running it."""

    effect: str  # read | change | destroy
    why: str  # the reason, for `check -v` and the plan: 'GET changes nothing'
    result: RecordType  # the executor's own result fields (the machine adds state, ok, elapsed, error)
    repeatable: bool = False
    taint: tuple[str, ...] = ()  # secret fields of the result: 'json[].connection.password'
    targets: tuple[str, ...] = ()  # what it touches, for the plan: 'app ${app_id}', 'host db.example.com'


class BoundArg(Record):
    """An argument as read: `value` is a Words, Template, Expression, SqlText, constant, or a dict/tuple of those."""

    name: str
    value: Any
    span: Span | None = None


class Call(Record):
    """An action with its arguments read by the surface's table."""

    surface: Surface
    args: Mapping[str, BoundArg]
    span: Span | None = None
    single: bool = False  # each word with `${…}` is surely one word: no list is spread
    limited: bool = False  # the step gives a timeout of its own
    _fixed: Request | None = None
    _varies: bool | None = None

    def constant(self, name: str) -> object | None:
        """The value of an argument when it is known now, else None."""
        bound = self.args.get(name)
        if bound is None:
            return None
        value = bound.value
        constant = getattr(value, "constant", value)
        return None if constant is None or isinstance(constant, Record) else constant


class Request(Record):
    """What exactly an attempt does. Words may be strings, secrets (as handles) or unknowns.

    A program: `argv`, `env` (added to an allow-listed environment), `stdin`, `cwd`, `files` (name of an
    environment variable → contents of a 0600 file whose path the variable gets). Anything else: `data`,
    plain JSON-like values as the executor's own surface defines them.
    """

    executor: str
    argv: tuple[Word, ...] = ()
    env: tuple[tuple[str, Word], ...] = ()
    stdin: Word | None = None
    cwd: str = ""
    files: tuple[tuple[str, Word], ...] = ()
    data: Any = None
    on: str = ""
    _digest: str = ""

    def shown(self) -> list[str]:
        """The words a person reads in a plan, a prompt, a journal: secrets by name, unknowns as ⟨…⟩."""
        if self.argv:
            return [word if type(word) is str else show_word(word) for word in self.argv]
        data = self.data if isinstance(self.data, dict) else {}
        first = [self.executor, *(show_word(data[key]) for key in ("method", "url", "address", "template", "to", "message") if key in data)]
        return [word for word in first if word]

    def digest(self) -> str:
        """sha256 over the canonical form: everything but the values of secrets."""
        if not self._digest:
            body = {}
            for field in self.__fields__:
                value = getattr(self, field)
                if value or (value is not None and value not in ((), "")):
                    body[field] = value if type(value) is str else _plain(value)
            object.__setattr__(self, "_digest", _hashing()(body))
        return self._digest


@cache
def _hashing() -> Callable[[object], str]:
    """`canonical_digest`. Whoever only checks needs no hashing; and to import it at each call costs as much as to use it."""
    from .canonical import canonical_digest

    return canonical_digest


def show_word(word: object) -> str:
    """A word as people read it; a secret is shown by its handle, never by its value."""
    if isinstance(word, list):
        return ", ".join(" ".join(map(show_word, part)) if isinstance(part, list) else show_word(part) for part in word)
    return word if isinstance(word, str) else str(word)


def _plain(value: object) -> object:
    if type(value) is tuple:
        return [item if type(item) is str else _plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return {"$": str(value)}


class ArgumentError(Exception):
    """`Surface.request` was given values it can't use; `args[0]` is a sentence for the operator."""


class Surface:
    """The pure half of an executor. Subclasses fill in the table and the two functions."""

    name: str = ""
    version: int = 1
    program: str = ""  # the program it drives, '' for none
    travels: bool = True  # may `on` send it to another host? Only a program can go there
    shorthand: str = ""  # the argument that a bare string or list stands for
    args: Mapping[str, Arg] = {}
    timeout_us: int = MINUTE  # for one attempt, when the step gives none
    counts_words: bool = True  # do its findings depend on whether a word with `${…}` is surely one word?
    secrets_from: tuple[str, ...] = ()  # names of environment variables the program reads its credentials from
    env_from: tuple[str, ...] = ()  # names of other environment variables that pass through to the program
    facts_file: str = ""  # the file of a library (`surfaces/NAME.json`) that may hold other facts about the tool; '' for none

    def facts(self, call: Call, problems: Problems) -> Facts:
        """Effect, result type and the rest; adds a diagnostic for what can be seen to be wrong."""
        raise NotImplementedError

    def request(self, args: Mapping[str, Value]) -> Request:
        """The request for evaluated arguments. Pure; raises ArgumentError."""
        raise NotImplementedError

    def effect(self, request: Request) -> str:
        """What a request does, by its words as they were filled in: a list may bring what `facts` couldn't see. '' for nothing new."""
        return ""

    def touched(self, request: Request) -> tuple[str, ...]:
        """What a concrete request touches, where that isn't `Facts.targets` with the values filled in; () where it is."""
        return ()

    def with_facts(self, data: Mapping[str, Any]) -> Surface:
        """The same surface with the facts of a surface file that was read and found good."""
        raise NotImplementedError

    def with_lookup(self, lookup: Callable[[str], Surface | None]) -> Surface:
        """The same surface, judging other programs in its commands by the surfaces that `lookup` gives for their names."""
        return self

    def rehearsal(self, request: Request) -> Request | None:
        """A request that asks the tool itself whether a change would work, and changes nothing; None when it can't say."""
        return None

    def rehearsed(self, request: Request) -> str:
        """What the tool's own rehearsal of a change leaves behind, or why there is none; '' where there is nothing to say."""
        return ""

    def plain(self, request: Request) -> Request:
        """The request without what is derived from its words: a plan that doesn't know all of them may derive something else."""
        return request

    def inquiry(self, request: Request) -> Request | None:
        """A request that asks the other side what it would make of one that isn't run, holes and all; None when it can't be asked.

        It needs no secret of the request's own data. The executor's outcome for it is ok, with a value `heard`.
        """
        return None

    def heard(self, call: Call, request: Request, answers: Any, changed: bool) -> tuple[Diagnostic, ...]:
        """What the `answers` to an inquiry mean, each at its place in the file. `changed`: an assumed change before it `reshapes`."""
        return ()

    def reshapes(self, request: Request) -> bool:
        """Whether a change may make an inquiry after it come out otherwise."""
        return True
