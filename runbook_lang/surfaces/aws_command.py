"""An aws command line: service, operation, effect. By the operation's name, with the known exceptions.

The program takes an option's beginning for the option. Such a short form counts where it makes a command worse; one that makes it
harmless has to be written out.
"""

from __future__ import annotations

from ..base.record import Record
from .cmdline import has_flag, may_stand, option
from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .cmdline import Known


class Operation(Record):
    """`name` is `s3api get-object`, '' when only the run knows it. `printed`: json | text. `at` is the index of the operation."""

    name: str
    effect: str
    why: str
    repeatable: bool
    printed: str
    at: int

    @property
    def service(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def verb(self) -> str:
        return self.name.partition(" ")[2]


def find(words: Known) -> Operation:
    """What a command line would do; whatever isn't known counts as a change."""
    places = command_words(words)
    if len(places) < 2:
        word = words[places[0]] if places else None
        harmless = has_flag(words, "--version") or word == "help"
        effect, why = ("read", "it only prints") if harmless else ("change", "an aws command that only the run knows counts as a change")
        return Operation(word or "", effect, why, harmless, "text" if harmless else "json", places[0] if places else -1)
    name = f"{words[places[0]]} {words[places[1]]}"
    if words[places[1]] == "help" or "help" in words[places[1] + 1 : places[1] + 2]:
        return Operation(name, "read", "help only prints", repeatable=True, printed="text", at=places[1])
    if words[places[0]] == "s3":
        return _s3(words, name, places[1])
    effect, why = _by_name(words, name, places)
    facts = facts_file("aws")
    repeatable = effect == "read" or name in facts["repeatable"] or name in facts["writes_file"]
    return Operation(name, effect, why, repeatable, _printed(words, name), places[1])


def command_words(words: Known) -> list[int]:
    """The indexes of service and operation: the first two words that are no options. Stops at a word that only the run knows."""
    options: Mapping[str, int] = facts_file("aws")["global_options"]
    found: list[int] = []
    index = 0
    while index < len(words) and len(found) < 2:
        word = words[index]
        if word is None:
            break
        if word.startswith("-"):
            index += 1 + (_values_of(word, options) if "=" not in word else 0)
            continue
        found.append(index)
        index += 1
    return found


def _values_of(word: str, options: Mapping[str, int]) -> int:
    """How many words an option takes; what is short for exactly one is that one."""
    if word in options:
        return options[word]
    begins = [name for name in options if name.startswith(word)] if len(word) > len("--") else []
    return options[begins[0]] if len(begins) == 1 else 0


def _by_name(words: Known, name: str, places: list[int]) -> tuple[str, str]:
    facts = facts_file("aws")
    operation = words[places[1]] or ""
    if has_flag(words, "--generate-cli-skeleton") and option(words, ("--generate-cli-skeleton",)) in ("", "input", "output"):
        return "read", "--generate-cli-skeleton only prints"
    if words[places[0]] == "ec2" and has_flag(words, "--dry-run") and not may_stand(words, "--no-dry-run"):
        return "read", "--dry-run only asks whether it would be allowed"
    if name in facts["writes_file"]:
        return "change", f"{name} writes a local file"
    if name in facts["changes"]:
        return "change", f"{name} isn't a read, in spite of its name"
    if name in facts["reads"] or _begins(operation, facts["read_prefixes"]):
        return "read", f"{name} only reads"
    if operation == "wait":
        return "read", "wait only polls"
    if _begins(operation, facts["destroy_prefixes"]):
        return "destroy", f"{name} can't be taken back"
    return "change", f"{name} isn't known to be a read"


def _begins(operation: str, prefixes: list[str]) -> bool:
    return any(operation == prefix or operation.startswith(prefix + "-") for prefix in prefixes)


def _s3(words: Known, name: str, at: int) -> Operation:
    verb = name.partition(" ")[2]
    effect = facts_file("aws")["s3"].get(verb, "change")
    why = {"read": f"{name} only reads", "change": f"{name} writes objects or files", "destroy": f"{name} can't be taken back"}[effect]
    if verb in ("cp", "mv", "rm", "sync") and has_flag(words, "--dryrun"):
        effect, why = "read", "--dryrun changes nothing"
    elif verb == "sync" and may_stand(words, "--delete"):
        effect, why = "destroy", "sync --delete removes what isn't in the source"
    repeatable = effect == "read" or (effect == "change" and verb in ("cp", "sync"))
    return Operation(name, effect, why, repeatable, "text", at)


def _printed(words: Known, name: str) -> str:
    chosen = option(words, ("--output",))
    if name in facts_file("aws")["text"] or chosen not in (None, "json"):
        return "text"
    return "text" if " wait" in name else "json"


def secret_fields(operation: Operation) -> tuple[str, ...]:
    """Fields of the result that hold secrets; with them the whole text is one."""
    table: Mapping[str, Any] = facts_file("aws")["secret"]
    fields = table.get(operation.name)
    if fields is None:
        return ()
    return (*(fields if operation.printed == "json" else ()), "stdout", "lines")
