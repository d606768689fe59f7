"""The steps of two plans: which came, went, moved, and what became of those that stayed. Plans are JSON data here, as in files."""

from __future__ import annotations

import json

from ..base.duration import format_duration
from .diff_conditions import SAME, STRONGER, WEAKER, compare_all
from .diff_words import diff_words, in_order
from .difference import CHANGED, LOWERED, RISK, STRENGTHENED, WEAKENED, Difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    Entry = Mapping[str, Any]

EFFECTS = {"read": 0, "change": 1, "destroy": 2}
_QUIET = ("rescue", "always", "on_failure", "else", "output")
"""Entries that only hold others; what is in them is told."""
_NOUNS = {
    "escalate": "escalation", "ask": "question", "wait": "wait", "undo": "undoing", "stop": "end", "call": "call", "loop": "loop",
    "parallel": "parallel part", "choose": "choice", "when": "condition", "guard": "guard", "success": "success condition", "set": "set",
    "try": "try",
}  # fmt: skip
_LONGEST = 400


def diff_steps(old: list[Entry], new: list[Entry]) -> Iterator[Difference]:
    """All differences of the entries, in the order of the new plan, what is gone at the end."""
    before, after = _keyed(old), _keyed(new)
    renamed = _renamed(before, after)
    stays = in_order([renamed.get(key, key) for key in before], list(after))
    for key, entry in after.items():
        source = next((was for was, now in renamed.items() if now == key), key)
        if source not in before:
            yield from _added(entry)
            continue
        if source != key:
            yield Difference(CHANGED, "renamed", _path(entry), f"was called {_path(before[source])}", _path(before[source]), _path(entry))
        if key not in stays and entry["kind"] not in _QUIET:
            yield _moved(entry)
        yield from _changed(before[source], entry)
    for key, entry in before.items():
        if key not in after and key not in renamed:
            yield from _removed(entry)


def _keyed(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Entries by kind, path and role; an act with a `when` has two entries of one path."""
    found: dict[str, Entry] = {}
    for entry in entries:
        base = f"{entry['kind']} {entry.get('path', '')} {entry.get('role', '')}"
        key, count = base, 1
        while key in found:
            count += 1
            key = f"{base} {count}"
        found[key] = entry
    return found


def _renamed(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, str]:
    """old key → new key of steps that are called otherwise but run the same words with the same effect; only where that is unambiguous."""

    def sight(entry: Entry) -> str:
        return json.dumps([entry.get(name) for name in ("role", "effect", "executor", "words", "stdin", "data", "title")], sort_keys=True)

    gone = [key for key, entry in before.items() if key not in after and entry["kind"] == "act"]
    come = [key for key, entry in after.items() if key not in before and entry["kind"] == "act"]
    old, new = [sight(before[key]) for key in gone], [sight(after[key]) for key in come]
    pairs = ((key, come[new.index(what)]) for key, what in zip(gone, old, strict=True) if old.count(what) == 1 and new.count(what) == 1)
    return dict(pairs)


def _path(entry: Entry) -> str:
    """The path, with the role of what stands beside a step."""
    role = entry.get("role", "main")
    return f"{entry.get('path') or 'runbook'}{'' if role in ('', 'main') else f' ({role})'}"


def _added(entry: Entry) -> Iterator[Difference]:
    kind, effect = entry["kind"], entry.get("effect", "")
    if kind in _QUIET:
        return
    if kind != "act":
        level = STRENGTHENED if kind in ("guard", "success", "ask", "escalate") else CHANGED
        yield Difference(level, f"added {kind}", _path(entry), f"a new {_NOUNS.get(kind, kind)}{_said(entry)}", "", _said(entry))
        return
    words = tuple(("+", word) for word in entry.get("words", ()))
    role = entry.get("role", "main")
    if role != "main":
        yield Difference(STRENGTHENED, f"added {role}", _path(entry), f"now has `{role}`", "", _command(entry), words)
        return
    level = RISK if EFFECTS[effect] else CHANGED
    noun = {"read": "a new step that reads", "change": "a new step that changes something", "destroy": "a new step that DESTROYS"}[effect]
    yield Difference(level, "added", _path(entry), noun, "", _command(entry), words)


def _removed(entry: Entry) -> Iterator[Difference]:
    kind, effect, role = entry["kind"], entry.get("effect", ""), entry.get("role", "main")
    if kind in _QUIET:
        return
    if kind != "act":
        level = WEAKENED if kind in ("guard", "success", "ask", "escalate") else CHANGED
        level = WEAKENED if kind == "undo" else level
        yield Difference(level, f"removed {kind}", _path(entry), f"the {_NOUNS.get(kind, kind)}{_said(entry)} is gone", _said(entry))
        return
    words = tuple(("-", word) for word in entry.get("words", ()))
    if role != "main":
        yield Difference(WEAKENED, f"removed {role}", _path(entry), f"has no `{role}` any more", _command(entry), "", words)
        return
    level = LOWERED if EFFECTS[effect] else CHANGED
    if entry.get("condition") or entry.get("expect"):
        level = WEAKENED if effect == "read" else level  # a read that judged something was a check
    noun = {"read": "a step that read", "change": "a step that changed something", "destroy": "a step that destroyed"}[effect]
    yield Difference(level, "removed", _path(entry), f"{noun} is gone", _command(entry), "", words)


def _moved(entry: Entry) -> Difference:
    if entry["kind"] == "escalate":
        return Difference(WEAKENED, "moved", _path(entry), "the escalation stands elsewhere")
    return Difference(CHANGED, "moved", _path(entry), "stands elsewhere")


def _said(entry: Entry) -> str:
    """What an entry that isn't an act says, in a few words."""
    condition, facts = entry.get("condition"), entry.get("facts", {})
    if condition:
        return f" `{_cut(condition['text'])}`"
    text = facts.get("text") or facts.get("message") or ""
    return f" “{_cut(str(text))}”" if text else ""


def _changed(old: Entry, new: Entry) -> Iterator[Difference]:
    yield from _condition(old, new)
    if new["kind"] == "act":
        yield from _act(old, new)
    else:
        yield from _facts(old, new)
    yield from _beside(old, new)
    if old.get("title", "") != new.get("title", ""):
        yield Difference(CHANGED, "title", _path(new), "has another title", old.get("title", ""), new.get("title", ""))
    if not old.get("problem") and new.get("problem"):
        yield Difference(RISK, "problem", _path(new), f"can't work: {new['problem']}")


def _condition(old: Entry, new: Entry) -> Iterator[Difference]:
    before, after = old.get("condition"), new.get("condition")
    if before == after or not (before or after):
        return
    what = (after or before or {})["what"]
    texts = [one["text"] if one else "" for one in (before, after)]
    if not after:
        yield Difference(WEAKENED, what, _path(new), f"its {what} is gone", texts[0])
    elif not before:
        yield Difference(STRENGTHENED, what, _path(new), f"now has a {what}", "", texts[1])
    elif texts[0] != texts[1]:
        yield from _compared(new, what, [texts[0]], [texts[1]])


def _compared(new: Entry, what: str, before: list[str], after: list[str]) -> Iterator[Difference]:
    """Conditions that changed; `when` and `choose` decide what runs and protect nothing."""
    verdict = compare_all(before, after)
    noun = {"success": "success condition", "expect": "success criterion"}.get(what, what)
    texts = " && ".join(before), " && ".join(after)
    if verdict == SAME:
        return
    if what in ("when", "choose"):
        yield Difference(CHANGED, what, _path(new), "runs under another condition", *texts)
    elif verdict == STRONGER:
        yield Difference(STRENGTHENED, what, _path(new), f"its {noun} is stricter", *texts)
    else:
        sure = "is weaker" if verdict == WEAKER else "is another one, and may be weaker"
        yield Difference(WEAKENED, what, _path(new), f"its {noun} {sure}", *texts)


def _act(old: Entry, new: Entry) -> Iterator[Difference]:
    yield from _command_changed(old, new)
    yield from _effect(old, new)
    before, after = old.get("expect", []), new.get("expect", [])
    if before and not after:
        yield Difference(WEAKENED, "expect", _path(new), "its success criteria are gone", " && ".join(before))
    elif before != after:
        yield from _compared(new, "expect", before, after)
    yield from _approval(old, new)
    yield from _sets(old, new)
    for name, noun in (("retry", "retries"), ("limit_us", "time limit")):
        if old.get(name) != new.get(name):
            yield Difference(
                CHANGED,
                name.removesuffix("_us"),
                _path(new),
                f"its {noun} changed",
                _shown(name, old.get(name)),
                _shown(name, new.get(name)),
            )


def _command_changed(old: Entry, new: Entry) -> Iterator[Difference]:
    if old.get("executor") != new.get("executor"):
        yield Difference(CHANGED, "executor", _path(new), "another executor runs it", old.get("executor", ""), new.get("executor", ""))
    words = old.get("words", []), new.get("words", [])
    if words[0] != words[1]:
        yield Difference(CHANGED, "command", _path(new), "its command changed", _command(old), _command(new), diff_words(*words))
    stdin = (old.get("stdin") or {}).get("text", ""), (new.get("stdin") or {}).get("text", "")
    if stdin[0] != stdin[1]:
        yield Difference(CHANGED, "input", _path(new), "what it is given to read changed", *stdin, _lines(*stdin))
    elif old.get("data") != new.get("data"):
        before, after = (json.dumps(one.get("data"), ensure_ascii=False, sort_keys=True) for one in (old, new))
        yield Difference(CHANGED, "data", _path(new), "what it sends changed", before, after)
    for name, noun in (("on", "host"), ("cwd", "folder"), ("files", "files")):
        if old.get(name) != new.get(name):
            yield Difference(CHANGED, name, _path(new), f"another {noun}", str(old.get(name, "")), str(new.get(name, "")))
    if old.get("env") != new.get("env"):
        yield Difference(CHANGED, "env", _path(new), "its environment changed", _env(old), _env(new))


def _lines(old: str, new: str) -> tuple[tuple[str, str], ...]:
    return diff_words(old.splitlines(), new.splitlines())


def _env(entry: Entry) -> str:
    return " ".join(f"{name}={value}" for name, value in entry.get("env", {}).items())


def _effect(old: Entry, new: Entry) -> Iterator[Difference]:
    before, after = old.get("effect", ""), new.get("effect", "")
    if before != after:
        higher = EFFECTS[after] > EFFECTS[before]
        word = "RAISED" if higher else "lowered"
        because = f": {new['because']}" if new.get("because") else ""
        # A lower effect that is only the author's word takes the protection of the higher one away.
        level = RISK if higher else WEAKENED if new.get("inferred") else LOWERED
        yield Difference(level, "effect", _path(new), f"its effect is {word} from {before} to {after}{because}", before, after)
    if not old.get("repeatable") and new.get("repeatable"):
        yield Difference(RISK, "repeatable", _path(new), "counts as harmless to repeat now")
    elif old.get("repeatable") and not new.get("repeatable") and after != "read":
        yield Difference(LOWERED, "repeatable", _path(new), "doesn't count as harmless to repeat any more")


def _approval(old: Entry, new: Entry) -> Iterator[Difference]:
    before, after = old.get("approval"), new.get("approval")
    if before and not after:
        yield Difference(WEAKENED, "approval", _path(new), "needs no approval any more", _who(before))
    elif after and not before:
        yield Difference(STRENGTHENED, "approval", _path(new), "needs an approval now", "", _who(after))
    elif before and after and _who(before) != _who(after):
        laxer = after.get("count", 1) < before.get("count", 1) or (before.get("role") != after.get("role") and bool(before.get("role")))
        level = WEAKENED if laxer else STRENGTHENED
        change = after.get("count", 1) - before.get("count", 1)
        text = "is approved by others" if not change else f"is approved by {'fewer' if change < 0 else 'more'} people"
        yield Difference(level, "approval", _path(new), text, _who(before), _who(after))
    if before and after and before.get("within_us") != after.get("within_us"):
        was, now = (_shown("within_us", one.get("within_us")) for one in (before, after))
        yield Difference(CHANGED, "approval", _path(new), "its approval is waited for another time", was, now)


def _who(wanted: Mapping[str, Any]) -> str:
    role = f" of {wanted['role']}" if wanted.get("role") else ""
    return f"approval by {wanted.get('count', 1)}{role}"


def _sets(old: Entry, new: Entry) -> Iterator[Difference]:
    shown = sorted(set(old.get("sensitive", [])) - set(new.get("sensitive", [])))
    hidden = sorted(set(new.get("sensitive", [])) - set(old.get("sensitive", [])))
    if shown:
        yield Difference(WEAKENED, "sensitive", _path(new), f"shows what was kept secret: {', '.join(shown)}")
    if hidden:
        yield Difference(STRENGTHENED, "sensitive", _path(new), f"keeps secret what was shown: {', '.join(hidden)}")
    if old.get("because", "") != new.get("because", "") and old.get("effect") == new.get("effect"):
        yield Difference(CHANGED, "because", _path(new), "gives another reason", old.get("because", ""), new.get("because", ""))
    gone = sorted(set(old.get("windows", [])) - set(new.get("windows", [])))
    come = sorted(set(new.get("windows", [])) - set(old.get("windows", [])))
    if gone:
        yield Difference(WEAKENED, "window", _path(new), f"isn't held to the window {', '.join(gone)} any more", ", ".join(gone))
    if come:
        yield Difference(STRENGTHENED, "window", _path(new), f"is held to the window {', '.join(come)}", "", ", ".join(come))


def _beside(old: Entry, new: Entry) -> Iterator[Difference]:
    """What may stand beside a step of any kind."""
    if not old.get("may_fail") and new.get("may_fail"):
        yield Difference(WEAKENED, "may_fail", _path(new), "may fail now without the run failing")
    if old.get("may_fail") and not new.get("may_fail"):
        yield Difference(STRENGTHENED, "may_fail", _path(new), "may not fail any more")
    settles = old.get("settles", []), new.get("settles", [])
    if settles[0] != settles[1]:
        level = WEAKENED if set(settles[1]) - set(settles[0]) else CHANGED  # from there on more can't be undone
        yield Difference(level, "settles", _path(new), "settles other steps", ", ".join(settles[0]), ", ".join(settles[1]))


def _facts(old: Entry, new: Entry) -> Iterator[Difference]:
    before, after = old.get("facts", {}), new.get("facts", {})
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield _fact(new, name, was, now)


def _fact(new: Entry, name: str, was: Any, now: Any) -> Difference:
    kind, path = new["kind"], _path(new)
    sides = _shown(name, was), _shown(name, now)
    if kind == "escalate" and name == "after_us":
        later = now is None or (was is not None and now > was)
        text = f"may come {'later' if later else 'sooner'} after a failure than before"
        return Difference(WEAKENED if later else STRENGTHENED, "escalation", path, text, *sides)
    if kind == "escalate" and name in ("severity", "tier"):
        return Difference(WEAKENED, "escalation", path, f"goes to another {name}, maybe later", *sides)
    if kind in ("loop", "parallel") and name in ("max", "limit"):
        laxer = now is None or (was is not None and now > was)
        noun = "turns" if name == "max" else "at a time"
        return Difference(WEAKENED if laxer else STRENGTHENED, name, path, f"{'more' if laxer else 'fewer'} {noun} are allowed", *sides)
    if kind == "wait" and name == "wait_us":
        return Difference(CHANGED, "wait", path, "waits another time", *sides)
    if kind == "ask" and name == "default" and was is None:
        return Difference(WEAKENED, "default", path, "is answered by itself now when nobody does", *sides)
    return Difference(
        CHANGED, name.removesuffix("_us"), path, f"`{name.removesuffix('_us')}` of the {_NOUNS.get(kind, kind)} changed", *sides
    )


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "no bound" if name in ("after_us", "max", "limit") else ""
    if name.endswith("_us") and isinstance(value, int):
        return format_duration(value)
    if name == "retry":
        return ", ".join(f"{key.removesuffix('_us')} {_shown(key, one)}" for key, one in value.items())
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))


def _command(entry: Entry) -> str:
    return _cut(" ".join(entry.get("words", ())))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
