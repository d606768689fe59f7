"""A section of a manual -> the steps of a runbook, in its order: commands, what people do by hand, and the prose beside them."""

from __future__ import annotations

import json

from ..base.record import Record
from .command import Word, read_command
from .given import Given
from .holes import looks_secret
from .markdown import Code, Text
from .naming import identifier, slug, unused
from .recognise import REDIS, SQL, is_command, is_shell_block, is_sql, says_success, unnumbered, without_prompt
from .script import Piece, read_script
from .translate import BY_HAND, EXECUTOR, Action, sql_action, translate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .command import Command
    from .holes import Hole
    from .markdown import Manual, Section
    from .yaml_text import Data

LONGEST_TITLE = 90
LONGEST_CODE = 40
"""Lines of a code block that holds no commands which are kept as comments."""


class Found(Record):
    """A command of a manual: `kind` shell | sql | redis."""

    text: str
    line: int
    kind: str = "shell"
    before: tuple[str, ...] = ()
    behind: str = ""
    shown: tuple[str, ...] = ()
    inline: bool = False
    bash: bool = False


class Draft:
    """A step that is being made. `body` is in the order in which it is written."""

    def __init__(self, id: str, line: int, body: Mapping[str, Data], title: str = "", command: int = -1) -> None:
        self.id = id
        self.line = line
        self.body = dict(body)
        self.title = title
        self.command = command  # the number of its command in the section; -1 for none
        self.above: list[str] = []
        self.below: list[str] = []
        self.about = ""


class Skeleton:
    """A runbook that is being made of a section."""

    def __init__(self, name: str, section: Section, manual: Manual) -> None:
        self.name = name
        self.section = section
        self.manual = manual
        self.given = Given()
        self.steps: list[Draft] = []
        self.description: list[str] = []
        self.commands: list[Found] = []
        self.end: list[str] = []


def commands_in(code: Code) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """(commands of a code block, comments behind the last); both empty for another sort of block."""
    lines = code.text.split("\n")
    if code.language in SQL or (not code.language and is_sql(code.text)):
        return tuple(_statements(code)), ()
    if code.language in REDIS:
        return (
            tuple(Found(line.strip(), code.line + at, "redis") for at, line in enumerate(lines) if line.strip()[:1] not in ("", "#")),
            (),
        )
    if not is_shell_block(code.language, lines):
        return (), ()
    script = read_script(code.text, code.line)
    bash = code.language in ("bash", "zsh", "console", "")
    return tuple(_shell(piece, bash) for piece in script.pieces), script.rest


def _shell(piece: Piece, bash: bool) -> Found:
    return Found(piece.text, piece.line, "shell", piece.before, piece.behind, piece.shown, bash=bash)


def _statements(code: Code) -> Sequence[Found]:
    """The statements of SQL text, each with the comments before it."""
    from ..surfaces.sql_lexer import tokens

    found: list[Found] = []
    start: int | None = None
    end = 0
    before: list[str] = []
    for token in tokens(code.text):
        if token.kind == "comment":
            if start is None:
                before.append(token.text.strip("-/* \t\n"))
            continue
        if start is None and token.text != ";":
            start = token.start
        if token.text == ";" and token.kind not in ("string", "quoted") and start is not None:
            found.append(Found(code.text[start : token.end], code.line + code.text.count("\n", 0, start), "sql", tuple(before)))
            start, before = None, []
        end = token.end
    if start is not None:
        found.append(Found(code.text[start:end], code.line + code.text.count("\n", 0, start), "sql", tuple(before)))
    return found


def inline_commands(text: Text) -> tuple[Found, ...]:
    """The commands that stand within a sentence."""
    found = []
    for code, line in text.codes:
        if is_sql(code):
            found.append(Found(code, line, "sql", inline=True))
        elif is_command(code, alone=text.text.strip("`.: ") == code):
            found += [Found(piece.text, line, "shell", inline=True) for piece in read_script(without_prompt(code), line).pieces]
    return tuple(found)


def section_commands(section: Section) -> tuple[Found, ...]:
    """All commands of a section, in order."""
    return tuple(one for part in section.parts for one in (commands_in(part)[0] if isinstance(part, Code) else inline_commands(part)))


def is_procedure(section: Section) -> bool:
    """Whether there is something to do in it: a command, or a list of things to do in their order."""
    points = [part for part in section.parts if isinstance(part, Text) and (part.task or part.point not in ("", "-")) and not part.links]
    return bool(section_commands(section)) or len(points) > 1


def skeletons(manual: Manual, levels: Mapping[tuple[int, int], int], reasons: frozenset[tuple[int, int]] = frozenset()) -> list[Skeleton]:
    """A skeleton per procedure. `levels`: how far from its executor a command has to stay, by (section's line, command's number);
    `reasons`: the ones that have to say why they destroy."""
    taken: set[str] = set()
    found = []
    for section in manual.sections:
        if not is_procedure(section):
            continue
        name = unused(slug(section.title) or slug(manual.name.rpartition(".")[0]) or "procedure", taken, "-")
        skeleton = Skeleton(name, section, manual)
        _Maker(skeleton, levels, reasons).make()
        if skeleton.steps:  # a `cd` alone is nothing to do
            taken.add(name)
            found.append(skeleton)
    return found


class _Maker:
    """Goes through a section once."""

    def __init__(self, skeleton: Skeleton, levels: Mapping[tuple[int, int], int], reasons: frozenset[tuple[int, int]]) -> None:
        self.out = skeleton
        self.levels = levels
        self.reasons = reasons
        self.prose: list[str] = []
        self.folder = ""
        self.parts = skeleton.section.parts
        self.busy = self._busy()

    def _busy(self) -> frozenset[int]:
        """Points of lists in which more than their own first lines is something to do."""
        busy: set[int] = set()
        for part in self.parts:
            if isinstance(part, Code):
                busy.update(part.items if commands_in(part)[0] else ())
            else:
                own = bool(part.point)
                acts = bool(inline_commands(part)) or (own and (part.point != "-" or part.task))
                busy.update((part.items[:-1] if own else part.items) if acts else ())
        return frozenset(busy)

    def make(self) -> None:
        for part in self.parts:
            if isinstance(part, Code):
                self.code(part)
            else:
                self.text(part)
        if self.prose:
            (self.out.end if self.out.steps else self.out.description).extend(self.prose)

    def text(self, part: Text) -> None:
        commands = inline_commands(part)
        shown = f"{part.point if part.point in ('', '-') else part.point + '.'} {part.text}".strip()
        if says_success(part.text) and self.out.steps and not commands:
            self.out.steps[-1].below.append(f"TODO expect: {part.text}")
        elif commands:
            title = part.text if (part.point not in ("", "-") or part.task) and len(commands) == 1 else ""
            if len(title) > LONGEST_TITLE or not title:
                self.prose.append(shown)
            for command in commands:
                self.add(command, title, part.text, sentence=not title)
        elif part.links and part.point:
            return
        elif (part.point not in ("", "-") or part.task) and not self.busy.intersection(part.items[-1:]):
            self.by_hand(part)
        else:
            self.prose.append(shown)

    def by_hand(self, part: Text) -> None:
        text = part.text.replace("`", "")
        step = Draft(self.out.given.take(_short(text, 48), "do"), part.line, {"ask": {"do": text.replace("${", "$${")}})
        self.attach(step)

    def code(self, part: Code) -> None:
        commands, rest = commands_in(part)
        lines = part.text.split("\n")
        if not commands:
            self.prose.extend(f"| {line}" for line in lines[:LONGEST_CODE] if line.strip())
            if len(lines) > LONGEST_CODE:
                self.prose.append(f"| ({len(lines) - LONGEST_CODE} more lines)")
            return
        for number, command in enumerate(commands):
            self.add(command, "", " ".join(self.prose[-1:]), first=number == 0)
        if self.out.steps:
            self.out.steps[-1].below += [f"TODO expect: {line}" if says_success(line) else line for line in rest]

    def add(self, found: Found, title: str, about: str, sentence: bool = False, first: bool = True) -> None:
        """The step or steps of a command."""
        number = len(self.out.commands)
        self.out.commands.append(found)
        notes = [unnumbered(note) for note in found.before if note]
        while notes and says_success(notes[0]) and not first and self.out.steps:
            self.out.steps[-1].below.append(f"TODO expect: {notes.pop(0)}")
        goals = [note for note in notes if says_success(note)]
        notes = [note for note in notes if note not in goals]
        title = title or (notes[0] if notes else "") or found.behind
        self.prose += notes[1:] if notes and title == notes[0] else notes
        if found.behind and found.behind != title:
            self.prose.append(found.behind)
        step = self.step(found, number, title)
        if step is None:
            self.prose.append(f"`{found.text}`: the steps below run there")
            return
        step.title = _short(title.replace("`", ""), LONGEST_TITLE)
        step.about = title or about
        if sentence:
            step.above.append("TODO when: the manual names this command within a sentence; say when it applies")
        if (self.out.section.line, number) in self.reasons:
            step.body["because"] = _short((step.about or self.out.section.title).replace("`", ""), 200)
        step.below += [f"TODO expect: {goal}" for goal in goals]
        step.below += [f"TODO expect, as the manual shows it: {line}" for line in found.shown[:8]]
        self.attach(step)

    def attach(self, step: Draft) -> None:
        if self.out.steps:
            step.above[:0] = self.prose
        else:
            self.out.description += self.prose
        self.prose = []
        self.out.steps.append(step)

    def step(self, found: Found, number: int, title: str) -> Draft | None:
        """None for a change of the folder: it is said at the steps that run there."""
        given = self.out.given
        level = self.levels.get((self.out.section.line, number), EXECUTOR)
        if found.kind == "sql":
            action = sql_action(found.text, given, level)
            return self.draft(found, number, title, "psql", action)
        if found.kind == "redis":
            command = read_command("redis-cli " + found.text)
            return self.draft(found, number, title, "redis", translate(command, given, level))
        command = read_command(found.text)
        if level < BY_HAND and command.captured:
            return self.captured(found, number, title, command, level)
        if level < BY_HAND and command.sets and not command.words and not command.needs:
            return self.assigned(found, number, title, command)
        if command.program == "cd" and len(command.words) == 2 and not command.needs and command.words[1].text is not None:
            self.folder = _joined(self.folder, str(command.words[1].text))
            return None
        action = translate(command, given, level, self.folder, found.bash)
        return self.draft(found, number, title, _stem(command), action)

    def draft(self, found: Found, number: int, title: str, stem: str, action: Action) -> Draft:
        text = title if title and not found.inline else stem
        step = Draft(self.out.given.take(_short(text, 48), stem or "step"), found.line, action.body, command=number)
        step.above += action.notes
        return step

    def captured(self, found: Found, number: int, title: str, command: Command, level: int) -> Draft:
        """`X=$(…)`: the step's output is the variable."""
        name = command.sets[0][0]
        inner = read_command(command.captured)
        action = translate(inner, self.out.given, level, self.folder, found.bash, program=True)
        step = Draft(self.out.given.take(name, "value"), found.line, action.body, command=number)
        step.above += [*action.notes, f"${name} is the first line of what it prints"]
        self.out.given.values[name] = f"{step.id}.lines[0]"
        return step

    def assigned(self, found: Found, number: int, title: str, command: Command) -> Draft:
        """Variables that are set: one that a person fills in is asked for, others are named."""
        given = self.out.given
        name, word = command.sets[0]
        if len(command.sets) == 1 and word.whole is not None and word.whole.form == "placeholder" and not looks_secret(name):
            step = Draft(given.take(name, "value"), found.line, {}, command=number)
            step.body = {"ask": {"answer": f"{title or name}: {word.whole.text}".replace("${", "$${"), "type": "string"}}
            given.values[name] = f"{step.id}.answer"
            given.exported.update({name: f"${{{step.id}.answer}}"} if command.exports else {})
            return step
        fields: dict[str, Data] = {}
        notes: list[str] = []
        step = Draft(given.take(name, "value"), found.line, {}, command=number)
        for name, word in command.sets:
            secret = looks_secret(name) or any(given.is_secret(hole) for hole in word.holes)
            if secret:
                self.secret(name, word, notes)
            else:
                field = "value" if len(command.sets) == 1 else identifier(name, "value")
                fields[field] = self.expression(word)
                given.values[name] = f"{step.id}.{field}"
            if command.exports:
                given.exported[name] = given.template(_variable(name))
        step.above += notes
        step.body = {"set": fields} if fields else {"set": {"declared": "true"}}
        return step

    def secret(self, name: str, word: Word, notes: list[str]) -> None:
        """A variable that holds a secret is never a value of the run: what it is set to stands where it is used."""
        if (word.holes and word.whole is None) or (word.whole is not None and word.whole.form == "variable"):
            self.out.given.known[name] = tuple(self.out.given.spread(word.parts))
        notes.append(f"${name} is a secret: it is declared above and stands where it is used")

    def expression(self, word: Word) -> str:
        given = self.out.given
        parts = [given.expression(part) if not isinstance(part, str) else _string(part) for part in word.parts]
        return " + ".join(parts) or '""'


def _variable(name: str) -> tuple[Hole, ...]:
    from .holes import Hole

    return (Hole(name, "variable", f"${name}"),)


def _string(text: str) -> str:
    """A text as a literal of an expression."""
    return json.dumps(text, ensure_ascii=False)


def _joined(folder: str, below: str) -> str:
    return below if below.startswith("/") or not folder else f"{folder.rstrip('/')}/{below}"


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    if len(text) <= longest:
        return text.rstrip(" :.")
    cut = text[:longest].rpartition(" ")[0] or text[:longest]
    return f"{cut.rstrip(' ,;:.')}…"


def _stem(command: Command) -> str:
    """`doctl apps list`: the program and the words that say what it is asked for."""
    words: list[str] = []
    for word in command.words[:4]:
        text = word.text
        if text is None or (words and not text.replace("-", "").replace("_", "").isalpha()) or text.startswith("-"):
            break
        words.append(text.rpartition("/")[2].partition(".")[0] if not words else text)
    return " ".join(words) or "command"
