"""What can be seen to be wrong with an aws command before it runs."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.suggest import did_you_mean, meant
from .aws_command import command_words
from .aws_model import Model, find_model, find_service, newer_service
from .cmdline import HOLE, option
from .facts_files import facts_file
from .fault import Fault, unchecked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .aws_command import Operation
    from .aws_model import Service
    from .cmdline import Known

_WHOLE = lazy(r"[+-]?\d+")
# Options of version 2 for every operation, and those with which nothing else is required.
_INSTEAD = ("--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton")
# Commands that the command line has beside the services' operations.
_SECRET_OPTIONS = ("-password", "--password", "-secret-string", "-secret-access-key", "-session-token", "-auth-token")
# What only version 2 of the program has beside the services' operations.
_NEWER = {"logs": ("tail",), "ec2-instance-connect": ("ssh",), "iam": ("wizard",), "dynamodb": ("wizard",)}
_OWN = ("configure", "help", "s3", "history", "login", "logout")
# Settings of `configure set` that are secrets.
_SECRET_SETTINGS = ("aws_secret_access_key", "aws_session_token")
# What these verbs of s3 need: a path in a bucket, and at least one of two.
_IN_BUCKET = ("mb", "rb", "rm", "cp", "mv", "sync")


def faults(words: Known, operation: Operation, *, single: bool = False) -> Iterator[Fault]:
    """All findings. `words` are those of `cmdline.named`; `single`: each unknown word is surely one."""
    if not words:
        yield Fault("RB590", "the aws command is empty")
        return
    if words[0] == "aws":
        yield Fault("RB590", "the command begins behind the program's name", 0, "Leave the word `aws` out.")
        return
    if operation.service == "s3" and operation.verb:
        yield from _s3_faults(words, operation, single)
    elif operation.verb:
        if operation.name == "configure set":
            yield from _configure_faults(words, operation)
        elif operation.service not in _OWN and operation.verb != "help":
            yield from _operation_faults(words, operation, single)
    elif operation.effect != "read":
        unknown = next((index for index, word in enumerate(words) if word is None), None)
        if unknown is None:
            yield Fault("RB590", "an aws command needs a service and an operation", -1, "For example `s3 ls s3://bucket/`.")
        else:
            help = "Write service and operation out, and choose between steps with `choose`."
            yield unchecked("service and operation are known only when it runs", unknown, help)


def _configure_faults(words: Known, operation: Operation) -> Iterator[Fault]:
    rest = [index for index in range(operation.at + 1, len(words)) if not (words[index] or "").startswith("-")]
    if len(rest) > 1 and (words[rest[0]] or "").rpartition(".")[2] in _SECRET_SETTINGS:
        message = f"the value of {words[rest[0]]} stands in the command line, where every process of the host can read it"
        help = "Leave it out, and give `secret_access_key` beside `command:` of the steps that need it."
        yield Fault("RB567", message, rest[1], help)


def _s3_faults(words: Known, operation: Operation, single: bool) -> Iterator[Fault]:
    facts = facts_file("aws")
    verbs = facts["s3"]
    known = facts["s3_options"].get(operation.verb)
    if known is not None and "help" not in words:
        least, most = known["positionals"]
        model = Model(known["options"], most, None, values=facts["s3_values"])
        loose: list[int] = []
        yield from _options(words, operation, model, single, most - least, closed=True, loose=loose)
        yield from _paths(words, operation, loose, most)
    if operation.verb not in verbs and operation.verb != "help":
        help = did_you_mean(operation.verb, verbs) or f"One of: {', '.join(verbs)}. Other operations are under `s3api`."
        yield Fault("RB591", f"`aws s3` has no command {operation.verb!r}", operation.at, help)
    if option(words, ("--output",)) is not None:
        help = "For JSON use `s3api`, for example `s3api list-objects-v2`."
        yield Fault("RB592", "`aws s3` prints text, whatever --output says", -1, help, warning=True)


def _paths(words: Known, operation: Operation, loose: list[int], count: int) -> Iterator[Fault]:
    """A bucket is named by `s3://`; two paths without it are two local ones."""
    paths = [words[index] for index in loose]
    if operation.verb not in _IN_BUCKET or len(paths) != count or any(path is None or path.startswith("s3://") for path in paths):
        return
    what = "no path of two begins with s3://" if count == 2 else f"{paths[0]!r} doesn't begin with s3://"
    yield Fault("RB564", f"`aws s3 {operation.verb}` works in a bucket, and {what}", loose[-1], "A bucket is written s3://BUCKET/KEY.")


def _operation_faults(words: Known, operation: Operation, single: bool) -> Iterator[Fault]:
    service = find_service(operation.service)
    if service is None:
        yield _no_service(words, operation)
        return
    if operation.verb == "wait":
        yield from _waiter_faults(words, operation, service, single)
        return
    model = find_model(service, operation.verb)
    if model is None and service.exact and (newer := newer_service(operation.service)) is not None:
        service, model = newer, find_model(newer, operation.verb)
    if model is None:
        yield _no_operation(find_service(operation.service) or service, operation)
        return
    if model.deprecated:
        other = f"{operation.verb}-v2"
        help = meant(operation.verb, other) if other in service.operations else ""
        yield Fault("RB561", f"`aws {operation.name}` is an old form", operation.at, help, warning=True)
    if model.options is not None:
        yield from _options(words, operation, model, single)


def _no_service(words: Known, operation: Operation) -> Fault:
    at = command_words(words)[0]
    near = did_you_mean(operation.service, facts_file("aws")["services"])
    if near:
        return Fault("RB591", f"aws has no service {operation.service!r} as far as is known", at, near)
    help = "With awscli or botocore installed beside this program more services are known."
    return unchecked(f"the service {operation.service} isn't in the facts of aws", at, help)


def _no_operation(service: Service, operation: Operation) -> Fault:
    help = did_you_mean(operation.verb, service.operations)
    # Of an installed model only what is near one of its names is surely meant for it: the tool may be a newer one.
    if (service.exact or help) and operation.verb not in _NEWER.get(operation.service, ()):
        return Fault("RB591", f"`aws {operation.service}` has no operation {operation.verb!r}", operation.at, help)
    return unchecked(f"{operation.verb} isn't an operation of {operation.service} as far as is known", operation.at, help)


def _waiter_faults(words: Known, operation: Operation, service: Service, single: bool) -> Iterator[Fault]:
    """`wait NAME` takes what the operation takes that it asks again and again."""
    at = operation.at + 1
    word = words[at] if at < len(words) else ""
    if word in (None, "help"):
        if word is None:
            help = "Write it out, and choose between steps with `choose`."
            yield unchecked(f"what `aws {operation.name}` waits for is known only when it runs", at, help)
        return
    asked = service.waiters.get(word) or getattr(newer_service(operation.service), "waiters", {}).get(word)
    if asked is None:
        help = did_you_mean(word, service.waiters) or f"One of: {', '.join(service.waiters)}." if service.waiters else ""
        what = f"can't wait for {word!r}" if word and not word.startswith("-") else "needs to be told what to wait for"
        yield Fault("RB591", f"`aws {operation.name}` {what}", at if word else operation.at, help)
        return
    model = find_model(service, asked)
    if model is not None and model.options is not None:
        yield from _options(words, operation.replace(name=f"{operation.name} {word}", at=at), model.replace(positionals=0), single)


def _options(
    words: Known,
    operation: Operation,
    model: Model,
    single: bool,
    optional: int = 0,
    *,
    closed: bool = False,
    loose: list[int] | None = None,
) -> Iterator[Fault]:
    """The words behind the operation: options with what they take, and what is no option, which goes to `loose`.

    So many of the latter are `optional`. `closed`: the lists of values are the program's own.
    """
    shown = f"aws {operation.name}"
    known = model.options or {}
    given: set[str] = set()
    loose = [] if loose is None else loose
    at = operation.at + 1
    while at < len(words):
        word = words[at]
        if word is None or not word.startswith("--"):
            loose.append(at)
            at += 1
            continue
        name, joined, value = word.partition("=")
        full, kind = _option(name, known, operation)
        given.add(full)
        if kind is None or full != name:
            yield _not_known(shown, name, full if kind is not None else "", known, at)
        if kind is None:
            at = _past_values(words, at + 1)
            continue
        values = [value] if joined else words[at + 1 : _past_values(words, at + 1)][: None if kind == "*" else kind != "b"]
        if kind not in ("b", "?") and not values:
            yield Fault("RB565", f"{name} needs a value", at)
        yield from _values(shown, full, kind, values, (at, len(name) + 1) if joined else (at + 1, 0), model, closed=closed)
        if _hands_over(full, values):
            help = f"Hand over a file instead: {name} file://PATH, readable by nobody else."
            message = f"what {name} hands over stands in the command line, where every process of the host can read it"
            yield Fault("RB567", message, at, help)
        at += 1 + (0 if joined else len(values))
    yield from _missing(words, operation, model, given, loose, single, optional)


def _option(name: str, known: Mapping[str, str], operation: Operation) -> tuple[str, str | None]:
    """An option's full name and what it takes; None for one that isn't there. What is short for exactly one option is that one."""
    shared: Mapping[str, int] = facts_file("aws")["global_options"]
    if name in known:
        return name, known[name].rstrip("!")
    if name in shared or name in _INSTEAD:
        return name, _shared_kind(name, shared)
    newer = newer_service(operation.service) if operation.service != "s3" else None
    model = find_model(newer, operation.verb) if newer is not None else None
    if model is not None and name in (model.options or {}):
        return name, (model.options or {})[name].rstrip("!")
    begins = [one for one in {**known, **shared} if one.startswith(name)] if len(name) > len("--") else []
    if len(begins) == 1:
        return begins[0], known[begins[0]].rstrip("!") if begins[0] in known else _shared_kind(begins[0], shared)
    return name, None


def _not_known(shown: str, name: str, full: str, known: Mapping[str, str], at: int) -> Fault:
    if full:
        message = f"{name} of `{shown}` is short for {full}, until another option begins so"
        return Fault("RB562", message, at, f"Write it out: {full}.", warning=True)
    help = did_you_mean(name, [*known, *facts_file("aws")["global_options"]])
    return Fault("RB562", f"`{shown}` has no option {name}", at, help)


def _values(shown: str, name: str, kind: str, values: Known, place: tuple[int, int], model: Model, *, closed: bool) -> Iterator[Fault]:
    """Values of the wrong kind, or outside of a list. `place`: the index of the first one's word, and where it begins in that."""
    every = facts_file("aws")["global_values"]
    choices = model.values.get(name) or every.get(name)
    for offset, value in enumerate(values):
        if value is None or HOLE in value:
            continue
        index, start = place[0] + offset, place[1]
        end = start + len(value) if start else 0
        if kind == "i" and not _WHOLE.fullmatch(value):
            yield Fault("RB564", f"{name} of `{shown}` takes a whole number, not {value!r}", index, "", False, start, end)
        elif choices and value not in choices and not value.startswith(_NO_PLAIN):
            yield _outside(shown, name, value, choices, (index, start, end), closed=closed or name in every)


# A value that is read from a file, or is written as JSON or in the command line's shorthand.
_NO_PLAIN = ("file://", "fileb://", "http://", "https://", "[", "{", '"')


def _outside(shown: str, name: str, value: str, choices: Sequence[str], place: tuple[int, int, int], *, closed: bool) -> Fault:
    """A value outside of its list. A service may know newer ones than the list, but none that differs in capitals only."""
    same = next((one for one in choices if one.lower() == value.lower()), "")
    help = f"Write it {same}." if same else did_you_mean(value, choices) or f"One of: {', '.join(choices)}."
    if closed or same:
        return Fault("RB564", f"{name} of `{shown}` can't be {value!r}", place[0], help, False, *place[1:])
    message = f"{value!r} isn't among the values that are known of {name} of `{shown}`"
    return Fault("RB564", message, place[0], help, True, *place[1:])


def _hands_over(name: str, values: Known) -> bool:
    """Whether a password stands in the command line itself; `--manage-master-user-password` and the like are switches."""
    return name.endswith(_SECRET_OPTIONS) and any(value is None or not value.startswith(("file://", "fileb://")) for value in values)


def _shared_kind(name: str, shared: Mapping[str, int]) -> str:
    if name in _INSTEAD:
        return "?" if name == "--generate-cli-skeleton" else ""
    return "" if shared[name] else "b"


def _past_values(words: Known, at: int) -> int:
    """Where the next option begins."""
    while at < len(words) and not (words[at] or "").startswith("--"):
        at += 1
    return at


def _missing(
    words: Known, operation: Operation, model: Model, given: set[str], loose: list[int], single: bool, optional: int
) -> Iterator[Fault]:
    shown = f"aws {operation.name}"
    if "help" in words[operation.at + 1 :]:
        return
    if not single and None in [words[index] for index in loose]:
        return  # it may be a list, and that may hold options
    if len(loose) > model.positionals:
        takes = (
            "options only"
            if not model.positionals
            else f"{model.positionals} argument{'s' if model.positionals > 1 else ''} without an option"
        )
        yield Fault("RB565", f"`{shown}` takes {takes}", loose[model.positionals])
    if given & set(_INSTEAD):
        return
    options = model.options or {}
    needed = [name for name, kind in options.items() if kind.endswith("!") and name not in given and model.twins.get(name) not in given]
    if needed:
        yield Fault("RB565", f"`{shown}` needs {', '.join(needed)}", operation.at)
    elif len(loose) < model.positionals - optional:
        wanted = "two paths" if model.positionals == 2 else "an argument without an option, such as a path"
        yield Fault("RB565", f"`{shown}` needs {wanted}", operation.at)
