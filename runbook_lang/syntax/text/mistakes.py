"""What an author is told where the parser couldn't go on."""

from __future__ import annotations

import re

from ...base.diagnostics import Related
from ...base.source import Span
from ...base.suggest import Meant, nearest
from .scanner import Token
from .usage import INSTEAD, PLACES, USAGE
from .words import misspelt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reader import Driver

_TERMS = {
    "WORD": "a name",
    "STRING": "a text in double quotes",
    "EXPRESSION": "an expression",
    "COMMAND": "what it shall do",
    "EXECUTOR": "a statement",
    "SEP": "the end of the line",
    "$END": "the end of the file",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COLON": "`:`",
    "COMMA": "a comma",
    "EQUAL": "`=`",
}
_WITH_UNIT = re.compile(r"(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?)\b")
_WORDS = {
    **dict.fromkeys(("timeout", "wait", "retry"), "a duration such as 30s"),
    **dict.fromkeys(("undo", "settles"), "the id of a step"),
    "effect": "read, change or destroy",
    "stop": "succeeded or failed",
}
"""What a name is, in a few statements."""
_SMART = "“”„«»‘’"


def explain(driver: Driver, token: Token, accepts: Any) -> None:
    """Report that `token` can't stand where it does."""
    head = driver.statement[0] if driver.statement else None
    for look in (_ended, _bad, _first, _bracket, _arguments, _yaml, _elsewhere, _behind, _duration, _order, _habit):
        if look(driver, token, accepts, head):
            return
    _plain(driver, token, accepts, head)


def _say(driver: Driver, code: str, message: str, token: Token, help: str, related: tuple[Related, ...] = ()) -> bool:
    end = max(token.end, token.start + 1) if token.start < len(driver.text) else token.start
    driver.problems.error(code, message, Span(driver.source, token.start, end), help, related)
    return True


def _ended(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """The file ends in the middle."""
    if token.type != "$END":
        return False
    if not driver.opened:
        if not driver.text.strip() or not driver.statement:
            message, help = "The file holds no runbook.", f"A runbook in the text form begins with `{USAGE['runbook']}`."
            return _say(driver, "RB105", message, token, help)
        return False
    opened = driver.opened[-1]
    closer = "}" if opened.type == "LBRACE" else "]"
    line = opened.span.line
    other = _outdented(driver, opened)
    related = (Related("it seems to end before this line", other),) if other is not None else ()
    message = f"The file ends, but `{opened.value}` of line {line} is not closed."
    return _say(driver, "RB141", message, opened, f"Write `{closer}` where the block ends.", related)


def _outdented(driver: Driver, opened: Token) -> Span | None:
    """The first line after a brace that isn't indented deeper than the line of the brace."""
    text = driver.text
    line = text.rfind("\n", 0, opened.start) + 1
    outer = _indent(text, line)
    at = text.find("\n", opened.start) + 1
    while at > 0 and at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        if text[at:stop].strip() and _indent(text, at) <= outer:
            start = at + _indent(text, at)
            return None if text[start] in "}]" else Span(driver.source, start, stop)
        at = stop + 1
    return None


def _indent(text: str, at: int) -> int:
    start = at
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at - start


def _bad(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """Something that is no token, or a word that nothing begins with."""
    if token.type != "BAD":
        return False
    char = token.value
    if char in INSTEAD:
        message, help = INSTEAD[char]
        return _say(driver, "RB149", f"`{char}` isn't a word of the text form. {message}", token, help)
    if len(char) > 1:
        return _say(driver, "RB149", f"`{char}` isn't a word of the text form.", token, _meant(driver, char, accepts))
    return _bad_character(driver, token, char)


def _meant(driver: Driver, word: str, accepts: Any) -> Meant:
    """The word that was meant, and how an executor of that name is written."""
    better = _near(driver, word, accepts) or misspelt(word)
    return Meant(f'Did you mean `{better}`? An executor that is called so stands in quotes: `"{word}"`.', word, better)


def _near(driver: Driver, word: str, accepts: Any) -> str:
    """The keyword that looks like a word, of those that may stand here; '' when none does."""
    shown = driver.tables.words
    return nearest(word, [shown[name] for name in accepts if shown.get(name, "").isalpha()]) or ""


def _bad_character(driver: Driver, token: Token, char: str) -> bool:
    if char == '"':
        return _say(
            driver,
            "RB145",
            "This text in quotes doesn't end on its line.",
            token,
            'Close it with `"`; a text of several lines is a block after `|`.',
        )
    if char == "\\":
        raw = token.span.text
        return _say(driver, "RB145", f"{raw} is no escape.", token, r"Write \\ for a backslash, \" for a quote, \n for a line end.")
    if char == "\0":
        return _say(
            driver,
            "RB103",
            "This text holds a NUL or half of a surrogate pair, which no program or file can take.",
            token,
            "Remove that escape.",
        )
    if char == "|":
        if token.end > token.start + 1:
            message = "This line is indented less than the first line of its block."
            return _say(driver, "RB146", message, token, "Indent all lines of a block alike, or deeper.")
        return _say(
            driver,
            "RB146",
            "A block is `|` at the end of the line and deeper indented lines below.",
            token,
            "Begin the text on the next line.",
        )
    if char == "'":
        return _say(driver, "RB145", "A text stands in double quotes.", token, 'Write "…".')
    if char in _SMART:
        return _say(driver, "RB145", f"{char} is a typographic quote.", token, 'Write plain double quotes, "…".')
    if char == "/":
        return _say(driver, "RB140", "A comment begins with `#`.", token, "Write `# …`.")
    if char == "-":
        return _say(driver, "RB147", "There are no dashes before steps in the text form.", token, "Write `step name { … }`.")
    return _say(driver, "RB140", f"`{char}` can't stand here.", token, "")


def _first(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """The file begins with something else than a runbook."""
    if driver.marks:
        return False
    if "RUNBOOK" in accepts:
        message = f"A runbook in the text form begins with the word `runbook`, not with {_found(token)}."
        return _say(driver, "RB140", message, token, f"Write `{USAGE['runbook']}`.")
    if token.type == "COLON":
        message = "This is the YAML form. A file whose name ends in .runbook holds the text form."
        return _say(driver, "RB147", message, token, f"Name the file .yml, or write `{USAGE['runbook']}`.")
    return False


def _bracket(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """A list goes on over lines that are none of its own."""
    opened = driver.opened[-1] if driver.opened else None
    if opened is None or opened.type != "LSQB" or opened.span.line == token.span.line:
        return False
    related = (Related("it is still open here", token.span),)
    driver.open_ended = True
    return _say(driver, "RB141", "This `[` is not closed.", opened, "Write `]` where the list ends.", related)


def _arguments(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """Something is wrong between the braces of arguments, or they are none."""
    around = driver.heads[-1] if driver.heads else None
    if around is None or driver.opened[-1].type != "LBRACE" or "EXECUTOR" in accepts:
        return False
    if accepts == {"COLON"} and head is not None and head.value not in USAGE:
        name = driver.statement[-1].span.text
        return _say(driver, "RB140", f"After {name} a colon and its value are expected, not {_found(token)}.", token, f"Write `{name}: …`.")
    return False


def _yaml(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """`key: value`, and dashes."""
    if token.value == "-" and token.type in ("EXECUTOR", "WORD"):
        return _say(driver, "RB147", "There are no dashes before steps in the text form.", token, "Write `step name { … }`.")
    if token.type != "COLON" or head is None or head.end != token.start:
        return False
    usage = USAGE.get(head.value)
    help = f"Write `{usage}`." if usage else "Write the executor's name, a blank, and what it shall do."
    return _say(driver, "RB147", f"After `{head.value}` there is no colon in the text form.", token, help)


def _elsewhere(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """A statement of another block."""
    if head is not None or token.value not in PLACES or token.type == "STRING":
        return False
    opened = driver.opened[-1] if driver.opened else None
    if opened is not None and driver.leave(token):
        related = (Related("it seems to end before this line", token.span),)
        return _say(driver, "RB141", f"`{{` of line {opened.span.line} is not closed.", opened, "Write `}` where the block ends.", related)
    if token.value == "runbook":
        return _say(
            driver,
            "RB148",
            "A file holds one runbook, and it isn't at its end here.",
            token,
            "Is a `}` missing above? Put a second runbook into a file of its own.",
        )
    return _say(driver, "RB148", f"`{token.value}` can't stand here.", token, f"It stands {PLACES[token.value]}.")


def _behind(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """Something follows the end of the runbook."""
    if "$END" not in accepts:
        return False
    if token.type == "RBRACE":
        return _say(
            driver, "RB141", "This `}` closes nothing: the runbook has ended already.", token, "Remove it, or the one too many above."
        )
    message = f"The runbook has ended; {_found(token)} stands behind it."
    return _say(driver, "RB141", message, token, "Is there one `}` too many above? A file holds one runbook.")


def _duration(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """A length of time in words, or a number of what isn't said."""
    word = head.value if head is not None else ""
    if word in ("wait", "timeout", "retry") and _WITH_UNIT.match(token.value):
        return _say(driver, "RB140", "A duration is written without a blank, with a short unit.", token, "Write 10s, 5m, 1h30m or 2d.")
    if word != "retry" or not token.value[:1].isdigit():
        return False
    if token.value.isdigit():
        return _say(
            driver, "RB140", f"{token.value} of what?", token, f"For {token.value} attempts in all write `retry times {token.value}`."
        )
    return _say(driver, "RB140", "Is this the pause or the limit of all attempts?", token, f"Write `retry every {token.value} for 5m`.")


def _order(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """A name behind its title; a condition that is missing."""
    if head is None:
        return False
    if head.value in ("runbook", "step") and token.type == "WORD" and driver.statement[-1].type == "STRING":
        title = driver.statement[-1].span.text
        help = f"Write `{head.value} {token.value} {title} {{`."
        return _say(driver, "RB140", f"The name of a {head.value} stands before its title.", token, help)
    last = driver.statement[-1]
    if head.value == "when" and last.type == "EXPRESSION" and last.value.startswith("{"):
        return _say(
            driver,
            "RB140",
            "After `when` a condition is expected.",
            last,
            "Write `when size(apps) > 0 { … }`; the last arm may be `else { … }`.",
        )
    return False


def _habit(driver: Driver, token: Token, accepts: Any, head: Token | None) -> bool:
    """Mistakes that one statement has of its own."""
    if head is None:
        return False
    word = head.value
    usage = USAGE.get(word, "")
    if token.type == "WORD" and _near(driver, token.value, accepts):
        return False
    if token.value[:1] and token.value[0] in _SMART:
        return _bad_character(driver, token, token.value[0])
    if token.type == "LBRACE" and head.type == "EXECUTOR":
        help = 'Arguments follow the command after the word `with`: `shell ./restart.sh with {cwd: "bin"}`.'
        return _say(driver, "RB149", f"`{word}` is read as the name of an executor here, and a block can't follow its command.", head, help)
    if word == "input" and "COLON" in accepts:
        return _say(driver, "RB140", "After the name of an input a colon and its type are expected.", token, f"Write `{usage}`.")
    if word == "input" and token.value == "env":
        return _say(driver, "RB140", "Where a value comes from is written with the word `from`.", token, "Write `from env NAME`.")
    if word == "secret" and "FROM" in accepts:
        return _say(driver, "RB140", "After the name of a secret is expected where it comes from.", token, f"Write `{usage}`.")
    if token.type == "WORD" and "STRING" in accepts and "WORD" not in accepts:
        line = driver.text[token.start :].split("\n", 1)[0].rstrip(" {}").strip()
        return _say(
            driver,
            "RB140",
            f"After `{word}` a text in double quotes is expected, not {_found(token)}.",
            token,
            f'Write "{line}".' if '"' not in line else f"Write `{usage}`.",
        )
    return False


def _plain(driver: Driver, token: Token, accepts: Any, head: Token | None) -> None:
    """What stands there, what could, and how the statement is written."""
    expected = _expected(driver, accepts, _WORDS.get(head.value, "") if head is not None else "")
    word = "" if head is None else "on failure" if "FAILURE" in accepts else head.value
    usage = USAGE.get(word)
    where = f"In `{head.value}` " if head is not None and head.value in USAGE else "Here "
    help: str = f"Write `{usage}`." if usage else ""
    near = _near(driver, token.value, accepts) if token.type in ("WORD", "EXECUTOR") else ""
    if near:
        help = Meant(f"Did you mean `{near}`? {help}".rstrip(), token.value, near)
    _say(driver, "RB140", f"{where}{expected} is expected, not {_found(token)}.", token, help)


def _found(token: Token) -> str:
    if token.type == "SEP":
        return "the end of the line" if token.value else "another statement"
    if token.type == "$END":
        return "the end of the file"
    if token.type == "STRING":
        return "a text in quotes"
    if token.type == "BLOCK":
        return "a block"
    shown = token.span.text.split("\n", 1)[0]
    return f"`{shown if len(shown) <= 30 else shown[:29] + '…'}`"


def _expected(driver: Driver, accepts: Any, word: str) -> str:
    """The terminals that could follow, in words."""
    if "EXECUTOR" in accepts:
        return "a statement"
    names = list(accepts)
    if "WORD" in names:
        names = [name for name in names if name not in ("STRING", "BLOCK")]
    if "SEP" in names:
        names = [name for name in names if name not in ("RBRACE", "RSQB", "COMMA")]
    terms = {**_TERMS, **({"WORD": word} if word else {})}
    shown = driver.tables.words
    words = [terms.get(name) or f"`{shown.get(name, name)}`" for name in sorted(names, key=_rank) if name != "BLOCK" or len(names) == 1]
    if len(words) > 7:
        words = [*words[:6], "…"]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words) or "something else"


def _rank(name: str) -> tuple[bool, str]:
    return (name in ("SEP", "$END", "RBRACE"), name)
