"""What a runbook made of a section has to be given: each hole gets a name, as an input, a secret, or the value of an earlier step."""

from __future__ import annotations

from .holes import Hole, looks_secret
from .naming import identifier, unused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .command import Word
    from .yaml_text import Data


class Given:
    """The names of one runbook, in the order in which they were met."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.inputs: dict[str, dict[str, Data]] = {}
        self.secrets: dict[str, dict[str, Data]] = {}
        self.known: dict[str, tuple[str | Hole, ...]] = {}  # a shell variable -> what it was set to
        self.values: dict[str, str] = {}  # a shell variable -> the expression that has its value
        self.exported: dict[str, str] = {}  # an exported variable -> the template of its value
        self._counts: dict[str, int] = {}
        self._names: dict[tuple[str, str], str] = {}

    def take(self, text: str, otherwise: str) -> str:
        """A new name for a step."""
        name = unused(identifier(text, identifier(otherwise, "step")), self.taken, "_", self._counts)
        self.taken.add(name)
        return name

    def expression(self, hole: Hole) -> str:
        """The expression that gives the hole's value; declares what is needed for it."""
        if hole.form == "variable" and hole.name in self.values:
            return self.values[hole.name]
        key = identifier(hole.name, "value")
        known = self._names.get((key, "secret" if looks_secret(hole.name) else "input"))
        if known is None:
            known = self._declare(key, hole)
        if hole.default is not None and known in self.inputs:
            self.inputs[known].setdefault("default", hole.default)
        if hole.form == "variable" and known in self.inputs:
            self.inputs[known].setdefault("env", hole.name)
        return known

    def _declare(self, key: str, hole: Hole) -> str:
        secret = looks_secret(hole.name)
        name = unused(key, self.taken, "_")
        self.taken.add(name)
        self._names[key, "secret" if secret else "input"] = name
        if secret:
            self.secrets[name] = {
                "env": hole.name if hole.form == "variable" else name.strip("_").upper(),
                "description": f"in the manual: {hole.text}",
            }
        else:
            self.inputs[name] = {"type": "string", "description": f"in the manual: {hole.text}"}
        return name

    def is_secret(self, hole: Hole) -> bool:
        return self.expression(hole) in self.secrets

    def template(self, parts: Iterable[str | Hole]) -> str:
        """Text with `${…}` where the holes are."""
        return "".join(
            part.replace("${", "$${") if isinstance(part, str) else f"${{{self.expression(part)}}}" for part in self.spread(parts)
        )

    def spread(self, parts: Iterable[str | Hole]) -> Iterable[str | Hole]:
        """The parts, with variables that were set from a secret replaced by what they were set to."""
        for part in parts:
            if isinstance(part, Hole) and part.form == "variable" and part.name in self.known:
                yield from self.known[part.name]
            else:
                yield part

    def word(self, word: Word) -> str:
        return self.template(word.parts)

    def variable(self, name: str, word: Word) -> str:
        """What a variable is set to. A password that stands in the manual itself is left out: it belongs into the environment."""
        if looks_secret(name) and not word.holes:
            return self.template((Hole(name, "variable", f"the value of {name}"),))
        return self.word(word)
