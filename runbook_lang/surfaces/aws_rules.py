"""What can be seen to be wrong with an aws command before it runs."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.suggest import did_you_mean
from .aws_command import command_words
from .aws_model import Model, find_model, find_service
from .cmdline import HOLE, option
from .facts_files import facts_file
from .fault import Fault, unchecked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        if operation.service not in _OWN and operation.verb not in ("help", "wait"):
            yield from _operation_faults(words, operation, single)
    elif operation.effect != "read":
        unknown = next((index for index, word in enumerate(words) if word is None), None)
        if unknown is None:
            yield Fault("RB590", "an aws command needs a service and an operation", -1, "For example `s3 ls s3://bucket/`.")
        else:
            help = "Write service and operation out, and choose between steps with `choose`."
            yield unchecked("service and operation are known only when it runs", unknown, help)


def _s3_faults(words: Known, operation: Operation, single: bool) -> Iterator[Fault]:
    verbs = facts_file("aws")["s3"]
    known = facts_file("aws")["s3_options"].get(operation.verb)
    if known is not None and "help" not in words:
        least, most = known["positionals"]
        yield from _options(words, operation, Model(known["options"], most, None), known["options"], single, most - least)
    if operation.verb not in verbs and operation.verb != "help":
        help = did_you_mean(operation.verb, verbs) or f"One of: {', '.join(verbs)}. Other operations are under `s3api`."
        yield Fault("RB591", f"`aws s3` has no command {operation.verb!r}", operation.at, help)
    if option(words, ("--output",)) is not None:
        help = "For JSON use `s3api`, for example `s3api list-objects-v2`."
        yield Fault("RB592", "`aws s3` prints text, whatever --output says", -1, help, warning=True)


def _operation_faults(words: Known, operation: Operation, single: bool) -> Iterator[Fault]:
    service = find_service(operation.service)
    if service is None:
        near = did_you_mean(operation.service, facts_file("aws")["services"])
        help = near or "With botocore installed beside this program more services are known."
        yield unchecked(f"the service {operation.service} isn't in the facts of aws", command_words(words)[0], help)
        return
    model = find_model(service, operation.verb)
    if model is None:
        yield _no_operation(service, operation)
    else:
        if model.deprecated:
            help = did_you_mean(f"{operation.verb}-v2", service.operations)
            yield Fault("RB561", f"`aws {operation.name}` is an old form", operation.at, help, warning=True)
        if model.options is not None:
            yield from _options(words, operation, model, model.options, single)


def _no_operation(service: Service, operation: Operation) -> Fault:
    help = did_you_mean(operation.verb, service.operations)
    if service.exact and operation.verb not in _NEWER.get(operation.service, ()):
        return Fault("RB591", f"`aws {operation.service}` has no operation {operation.verb!r}", operation.at, help)
    return unchecked(f"{operation.verb} isn't an operation of {operation.service} as far as is known", operation.at, help)


def _options(
    words: Known, operation: Operation, model: Model, known: Mapping[str, str], single: bool, optional: int = 0
) -> Iterator[Fault]:
    """The words behind the operation: options with what they take, and what is no option. So many of the latter are `optional`."""
    shown = f"aws {operation.name}"
    shared: Mapping[str, int] = facts_file("aws")["global_options"]
    given: set[str] = set()
    loose: list[int] = []
    at = operation.at + 1
    while at < len(words):
        word = words[at]
        if word is None or not word.startswith("--"):
            loose.append(at)
            at += 1
            continue
        name, joined, value = word.partition("=")
        given.add(name)
        kind = known[name].rstrip("!") if name in known else _shared_kind(name, shared)
        if kind is None:
            help = did_you_mean(name, known)
            yield Fault("RB562", f"`{shown}` has no option {name}", at, help)
            at = _past_values(words, at + 1)
            continue
        values = [value] if joined else words[at + 1 : _past_values(words, at + 1)][: None if kind == "*" else kind != "b"]
        if kind == "?":
            values = values[:1]
        elif kind != "b" and not values:
            yield Fault("RB565", f"{name} needs a value", at)
        if kind == "i" and values and values[0] is not None and HOLE not in values[0] and not _WHOLE.fullmatch(values[0]):
            yield Fault("RB564", f"{name} of `{shown}` takes a whole number, not {values[0]!r}", at if joined else at + 1)
        if _hands_over(name, values):
            help = f"Hand over a file instead: {name} file://PATH, readable by nobody else."
            message = f"what {name} hands over stands in the command line, where every process of the host can read it"
            yield Fault("RB567", message, at, help)
        at += 1 + (0 if joined else len(values))
    yield from _missing(words, operation, model, given, loose, single, optional)


def _hands_over(name: str, values: Known) -> bool:
    """Whether a password stands in the command line itself; `--manage-master-user-password` and the like are switches."""
    return name.endswith(_SECRET_OPTIONS) and any(value is None or not value.startswith(("file://", "fileb://")) for value in values)


def _shared_kind(name: str, shared: Mapping[str, int]) -> str | None:
    if name in _INSTEAD:
        return ""
    return None if name not in shared else "" if shared[name] else "b"


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
    needed = [name for name, kind in (model.options or {}).items() if kind.endswith("!") and name not in given]
    if needed:
        yield Fault("RB565", f"`{shown}` needs {', '.join(needed)}", operation.at)
    elif len(loose) < model.positionals - optional:
        wanted = "two paths" if model.positionals == 2 else "an argument without an option, such as a path"
        yield Fault("RB565", f"`{shown}` needs {wanted}", operation.at)
