"""What can be seen to be wrong with a doctl command before it runs."""

from __future__ import annotations

from ..base.suggest import did_you_mean
from .doctl_command import Fault
from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .cmdline import Known
    from .doctl_command import Parsed


def faults(words: Known, parsed: Parsed, *, json_output: bool) -> Iterator[Fault]:
    """All findings, in the order of the words as far as they have one."""
    yield from parsed.faults
    yield from _secret_options(parsed)
    if parsed.facts is None:
        return
    yield from _unknown_options(words, parsed)
    yield from _required(parsed)
    yield from _choices(parsed)
    yield from _count(words, parsed)
    yield from _columns(parsed, json_output=json_output)
    follow = parsed.option("--follow")
    if follow is not None:
        yield Fault(
            "RB568",
            f"`doctl {parsed.path} --follow` never ends by itself: the step would end by its timeout, which is a failure",
            follow.index,
            "Leave --follow out and give --tail, or read the state in a step with `retry`.",
            warning=True,
        )


def _secret_options(parsed: Parsed) -> Iterator[Fault]:
    token = parsed.option("--access-token")
    if token is not None:
        yield Fault(
            "RB567",
            "a token in the command line can be read by every process of the host",
            token.index,
            "Leave it out: doctl reads DIGITALOCEAN_ACCESS_TOKEN. Or give `token: ${a_secret}` beside `command:`.",
        )


def _unknown_options(words: Known, parsed: Parsed) -> Iterator[Fault]:
    assert parsed.facts is not None
    hints: Mapping[str, str] = facts_file("doctl")["hints"]
    names = [*parsed.facts.get("flags", {}), *facts_file("doctl")["global_flags"]]
    for option in parsed.options:
        if not option.known:
            help = hints.get(f"{parsed.path} {option.name}") or did_you_mean(option.name, names)
            help = help or f"Its own options: {', '.join(parsed.facts.get('flags', {})) or 'none'}."
            yield Fault("RB562", f"`doctl {parsed.path}` has no option {option.name}", option.index, help)


def _required(parsed: Parsed) -> Iterator[Fault]:
    assert parsed.facts is not None
    for name, facts in parsed.facts.get("flags", {}).items():
        if facts.get("required") and parsed.option(name) is None:
            yield Fault("RB565", f"`doctl {parsed.path}` needs the option {name}", -1)


def _choices(parsed: Parsed) -> Iterator[Fault]:
    assert parsed.facts is not None
    for option in parsed.options:
        choices = parsed.facts.get("flags", {}).get(option.name, {}).get("choices")
        if choices and option.value is not None and option.value not in choices:
            lower = option.value.lower()
            help = f"Write it in lower case: {lower}." if lower in choices else f"One of: {', '.join(choices)}."
            yield Fault("RB564", f"{option.name} of `doctl {parsed.path}` can't be {option.value!r}", option.value_index, help)


def _count(words: Known, parsed: Parsed) -> Iterator[Fault]:
    assert parsed.facts is not None
    least, most = parsed.facts["positionals"]
    count = len(parsed.positionals)
    if most is not None and count > most:
        first = parsed.positionals[most - 1] if most else parsed.positionals[0]
        hint = facts_file("doctl")["hints"].get(f"{parsed.path} {words[first]}", "")
        takes = "no arguments" if most == 0 else "one argument" if most == 1 else f"at most {most} arguments"
        yield Fault("RB565", f"`doctl {parsed.path}` takes {takes}, here are {count}", parsed.positionals[most], hint)
    # A word that only the run knows may splat into several, or name none: too few is only sure without one.
    elif count < least and None not in words:
        yield Fault("RB565", f"`doctl {parsed.path}` needs {least} argument{'s' if least > 1 else ''}, here are {count}")


def _columns(parsed: Parsed, *, json_output: bool) -> Iterator[Fault]:
    assert parsed.facts is not None
    columns = parsed.facts.get("columns")
    option = parsed.option("--format")
    if not columns or option is None:
        return
    place = option.value_index
    if json_output:
        yield Fault("RB566", "--format has no effect with JSON output", place, "Read the fields of `result.json`.", warning=True)
    hint = facts_file("doctl")["hints"].get(f"{parsed.path} --format", "")
    for column in (option.value or "").split(","):
        if column and column not in columns:
            help = did_you_mean(column, columns) or hint or f"Its columns: {', '.join(columns)}."
            yield Fault("RB563", f"`doctl {parsed.path}` has no column {column!r}", place, help)
