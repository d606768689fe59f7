"""Whether two commands are the same one: a manual's and a runbook's, brought to one form.

What only says how the output looks, whom to connect to and what is filtered out of the output doesn't count; options may stand anywhere;
a hole fits what stands in its place on the other side.
"""

from __future__ import annotations

import re

from ..base.diagnostics import Problems
from ..base.pattern import lazy
from ..base.record import Record
from ..expr.expression import Expression
from ..expr.template import parse_template, split_words
from ..surfaces.cmdline import HOLE
from ..surfaces.http import METHODS
from ..surfaces.shell_script import simple_commands
from .command import Command, Word, filled, read_command
from .curl import http_of
from .databases import psql_of, redis_of, sql_text
from .given import Given
from .translate import translate
from .yaml_text import scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..expr.expression import Template
    from .yaml_text import Data

_SHELLS = ("sh", "bash", "dash", "zsh")
_FILTERS = frozenset("head tail grep egrep fgrep awk sed cut sort uniq wc jq less more cat tr column nl tac".split())
_SHOWN = {
    "doctl": frozenset({"--format", "--no-header", "-o", "--output", "--interactive", "--verbose", "--http-retry-max"}),
    "aws": frozenset({"--output", "--query", "--no-cli-pager", "--only-show-errors", "--endpoint-url", "--profile", "--region"}),
    "kubectl": frozenset({"-o", "--output", "--no-headers"}),
}
_FLAGS = frozenset(
    "--no-header --follow -f --wait --force --force-rebuild --verbose -v --recursive --dryrun --quiet -q -y --yes --all -a --no-cli-pager "
    "--only-show-errors --no-headers --critical-only --json-only --interactive".split()
)
_TEMPLATE = lazy(r"(?<!\$)\$\{[^}]*\}")


class Form(Record):
    """What a command is, however it is written: `words` in their order, `options` sorted; HOLE stands for what is filled in."""

    program: str
    words: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        parts = [self.program, *self.words, *(f"{name} {value}".strip() for name, value in self.options)]
        return " ".join(parts).replace(HOLE, "⟨⟩")


def forms_of_text(text: str) -> tuple[Form, ...]:
    """The commands of a line of a manual; none for what only sets variables or goes to another folder."""
    command = read_command(text)
    if command.captured:
        command = read_command(command.captured)
    elif (command.sets and not command.words and not command.needs) or command.program == "cd":
        return ()
    name, data = next(iter(translate(command, Given()).body.items()))
    return forms_of_action(name, data, {})


def forms_of_sql(text: str) -> tuple[Form, ...]:
    """A statement of a manual that stands by itself."""
    return (sql_form(sql_text(tuple(filled(text, False)), Given())),)


def forms_of_action(name: str, data: Data, defaults: Mapping[str, str]) -> tuple[Form, ...]:
    """What an executor's action would be on a command line; none for one that has no such form. `defaults`: the inputs' own values."""
    if name == "http":
        fields = data if isinstance(data, dict) else {"get": data}
        return tuple(http_form(key, _marked(str(fields[key]), defaults)) for key in METHODS if key in fields)
    if name == "psql":
        return (sql_form(str(data.get("sql", "") if isinstance(data, dict) else data)),)
    if name not in ("shell", "doctl", "redis-cli", "aws"):
        return ()
    command = (data.get("command") or data.get("argv")) if isinstance(data, dict) else data
    words = _words(command, defaults)
    if name == "shell" and len(words) > 2 and words[0] in _SHELLS and words[1] == "-c":
        return forms_of_script(words[2])
    form = form_of(words if name == "shell" else [name, *words]) if words else None
    return (form,) if form is not None else ()


def _words(command: Data | None, defaults: Mapping[str, str]) -> list[str]:
    if isinstance(command, str):
        split = split_words(command, None, Problems())
        return [] if split is None else [_text(word, defaults) for word in split.words]
    return (
        [_marked(scalar(item) if isinstance(item, (bool, int)) else str(item), defaults) for item in command]
        if isinstance(command, (list, tuple))
        else []
    )


def _marked(text: str, defaults: Mapping[str, str]) -> str:
    template = parse_template(text, None, Problems())
    return text if template is None else _text(template, defaults)


def _text(template: Template, defaults: Mapping[str, str]) -> str:
    """The text with a hole for each value; an input's default is what it stands for."""
    return "".join((defaults.get(part.text.strip()) or HOLE) if isinstance(part, Expression) else part for part in template.parts)


def forms_of_script(script: str) -> tuple[Form, ...]:
    commands = [[word.text for word in command] for command in simple_commands(script)]
    kept = [words for at, words in enumerate(commands) if words and (at == 0 or words[0] not in _FILTERS)]
    return tuple(form for words in kept for form in [form_of(words)] if form is not None)


def form_of(words: Sequence[str]) -> Form | None:
    """The form of one command; HOLE stands in words for what only the run knows. None for no command."""
    words = [word for word in words if word]
    if not words:
        return None
    program, rest = words[0].removeprefix("./"), words[1:]
    own = tuple(Word((word,)) for word in rest)
    if program == "psql":
        found = psql_of(Command("", (Word((program,)), *own)), Given())
        if found is not None:
            return sql_form(str(found[0]["sql"]))
    elif program == "redis-cli":
        found = redis_of(own, Given())
        if found is not None:
            command = found[0]["command"]
            assert isinstance(command, list)
            return _plain(program, [str(word) for word in command])
    elif program == "curl":
        step = http_of(own, Given())
        if step is not None and isinstance(step[0]["http"], dict):
            method, address = next(iter(step[0]["http"].items()))
            return http_form(method, str(address))
    return _plain(program, rest)


def sql_form(sql: str) -> Form:
    """SQL by its words, whatever its spaces, the case of its keywords and the semicolon at its end."""
    from ..surfaces.sql_lexer import tokens

    text = _TEMPLATE.sub(HOLE, sql)
    words = [token.text.lower() if token.kind == "ident" else token.text for token in tokens(text) if token.kind != "comment"]
    joined = [HOLE if HOLE in word else word for word in words]
    while joined and joined[-1] == ";":
        joined.pop()
    return Form("psql", tuple(joined))


def http_form(method: str, address: str) -> Form:
    return Form("http", (method.upper(), address.rstrip("/")))


def _plain(program: str, rest: Sequence[str]) -> Form:
    words: list[str] = []
    options: list[tuple[str, str]] = []
    shown = _SHOWN.get(program, frozenset())
    queue = list(reversed(rest))
    while queue:
        word = queue.pop()
        if not word.startswith("-") or len(word) == 1:
            words.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and name not in _FLAGS and queue and not queue[-1].startswith("-"):
            value = queue.pop()
        if name not in shown:
            options.append((name, value))
    return Form(program, tuple(words), tuple(sorted(options)))


def same(one: Form, other: Form) -> bool:
    """Whether the two are one command. At least one word besides the program has to be the same as it is written."""
    if one == other:
        return True
    if one.program != other.program or len(one.words) != len(other.words) or len(one.options) != len(other.options):
        return False
    pairs = [*zip(one.words, other.words, strict=True)]
    pairs += [pair for mine, theirs in zip(one.options, other.options, strict=True) for pair in zip(mine, theirs, strict=True)]
    fixed = [pair for pair in pairs if HOLE not in pair[0] and HOLE not in pair[1]]
    if one.program == "http":
        fixed = fixed[1:]  # the method alone says nothing
        fixed += [pair for pair in pairs[1:] if _steady(pair[0]) and _steady(pair[1])]
    return all(_fits(*pair) for pair in pairs) and (bool(fixed) or not pairs)


def _steady(word: str) -> bool:
    return len(word.replace(HOLE, "").strip("/")) > 2


def _fits(one: str, other: str) -> bool:
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(pattern: str, word: str) -> bool:
    if HOLE not in pattern:
        return False
    return re.fullmatch(".+".join(map(re.escape, pattern.split(HOLE))), word, re.DOTALL) is not None


def nearest(form: Form, others: Sequence[Form]) -> int:
    """The index of the command that is most like this one, -1 when none is: the same program, and the same first words."""
    best, found = 0, -1
    for index, other in enumerate(others):
        if other.program != form.program:
            continue
        alike = sum(1 for _ in _alike(form.words, other.words))
        score = alike * 4 + len(set(form.options) & set(other.options)) * 2 - abs(len(form.words) - len(other.words))
        enough = alike > 2 if form.program == "psql" else alike >= min(2, len(form.words)) > 0
        if enough and score > best:
            best, found = score, index
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    for mine, theirs in zip(one, other, strict=False):
        if not _fits(mine, theirs):
            return
        yield mine
