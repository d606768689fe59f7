"""The surface of the AWS command line, versions 1 and 2."""

from __future__ import annotations

from ..expr.types import DYN, INT, STRING, ListType, RecordType
from .aws_command import find, secret_fields
from .aws_model import find_model, find_service
from .aws_rules import faults
from .cmdline import (
    constants,
    given_word,
    has_flag,
    known_words,
    marked,
    may_stand,
    named,
    option,
    plain_word,
    plain_words,
    text_constant,
    without,
)
from .fault import report
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.diagnostics import Problems
    from ..expr.types import Type
    from ..expr.values import Value
    from .aws_command import Operation
    from .cmdline import Known
    from .kinds import Call, Word

_OPTIONS = (("profile", "--profile"), ("region", "--region"), ("endpoint_url", "--endpoint-url"), ("ca_bundle", "--ca-bundle"))
_KEYS = (
    ("access_key_id", "AWS_ACCESS_KEY_ID"),
    ("secret_access_key", "AWS_SECRET_ACCESS_KEY"),
    ("session_token", "AWS_SESSION_TOKEN"),
)


class AwsSurface(Surface):
    """Commands of `aws`: S3-compatible storage and the rest."""

    name = "aws"
    program = "aws"
    shorthand = "command"
    args: Mapping[str, Arg] = {
        "command": Arg("words", "The command without the program's name, for example `s3 ls s3://bucket/prefix`.", required=True),
        "profile": Arg("text", "A profile of the tool's own configuration; by default AWS_PROFILE of the environment."),
        "region": Arg("text", "The region; by default AWS_REGION or AWS_DEFAULT_REGION."),
        "endpoint_url": Arg("text", "The address of an S3-compatible or other service; by default AWS_ENDPOINT_URL."),
        "access_key_id": Arg("text", "By default AWS_ACCESS_KEY_ID.", secret_ok=True),
        "secret_access_key": Arg("text", "By default AWS_SECRET_ACCESS_KEY.", secret_ok=True),
        "session_token": Arg("text", "By default AWS_SESSION_TOKEN; empty when keys are given here.", secret_ok=True),
        "ca_bundle": Arg("text", "A file with the certificates to trust; by default AWS_CA_BUNDLE. SSL_CERT_FILE has no effect."),
    }
    secrets_from = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    env_from = (
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_DISABLED",
        "HOME",
    )

    def facts(self, call: Call, problems: Problems) -> Facts:
        bound = call.args.get("command")
        words = constants(bound)
        operation = find(words)
        report(faults(named(marked(bound)), operation, single=call.single), bound, problems)
        if operation.service == "s3" and (text_constant(call, "endpoint_url") == "" and option(words, ("--endpoint-url",)) is None):
            target = "amazonaws.com or AWS_ENDPOINT_URL"
        else:
            target = text_constant(call, "endpoint_url") or operation.service
        return Facts(
            operation.effect,
            operation.why,
            _result_type(operation, words),
            repeatable=operation.repeatable,
            taint=secret_fields(operation),
            targets=(f"aws {target}",) if target else (),
        )

    def request(self, args: Mapping[str, Value]) -> Request:
        words = plain_words(args.get("command") or (), "aws")
        if not words:
            raise ArgumentError("the aws command is empty")
        known = known_words(words)
        operation = find(known)
        extra: list[Word] = []
        for name, flag in _OPTIONS:
            word = plain_word(args, name, "aws")
            if word is not None:
                extra += [flag, word]
        return Request(
            "aws",
            argv=("aws", *words, *extra, *_added(known, operation)),
            env=_environment(args, operation),
            data={"operation": operation.name, "output": operation.printed, "effect": operation.effect},
        )

    def effect(self, request: Request) -> str:
        return str(request.data["effect"])

    def plain(self, request: Request) -> Request:
        env = tuple((name, word) for name, word in request.env if name != "AWS_MAX_ATTEMPTS")
        return request.replace(argv=without(request.argv, (("--output", "json"), ("--no-progress",))), env=env, data=None)

    def rehearsed(self, request: Request) -> str:
        asked = self.rehearsal(request)
        return "" if asked is None else f"aws was asked with {asked.argv[-1]}"

    def rehearsal(self, request: Request) -> Request | None:
        """The tool's own --dryrun (s3) or --dry-run (ec2). That of s3 doesn't look whether a bucket is there."""
        name, effect = request.data["operation"], request.data["effect"]
        flag = "--dryrun" if name in ("s3 cp", "s3 mv", "s3 rm", "s3 sync") else "--dry-run" if name.startswith("ec2 ") else ""
        if not flag or effect == "read":
            return None
        return request.replace(argv=(*request.argv, flag), data={**request.data, "effect": "read"})


def _added(known: Known, operation: Operation) -> list[Word]:
    """What makes the output readable for a program."""
    added: list[Word] = []
    if operation.printed == "json" and option(known, ("--output",)) is None:
        added += ["--output", "json"]
    quiet = ("--no-progress", "--quiet", "--only-show-errors")
    if operation.name in ("s3 cp", "s3 mv", "s3 sync") and not any(has_flag(known, flag) for flag in quiet):
        added.append("--no-progress")
    return added


def _environment(args: Mapping[str, Value], operation: Operation) -> tuple[tuple[str, Word], ...]:
    """No pager, no prompt, and one request for what must not be done twice: the runbook does the retrying."""
    attempts = "3" if operation.repeatable else "1"
    env: list[tuple[str, Word]] = [("AWS_PAGER", ""), ("AWS_CLI_AUTO_PROMPT", "off"), ("AWS_MAX_ATTEMPTS", attempts)]
    given = [(variable, word) for name, variable in _KEYS if (word := given_word(args, name)) is not None]
    if given:
        # Without these a token of the environment would be sent with other keys, and a server without
        # instance metadata would be asked for some.
        names = [variable for variable, _ in given]
        if "AWS_SESSION_TOKEN" not in names and "AWS_ACCESS_KEY_ID" in names:
            given.append(("AWS_SESSION_TOKEN", ""))
        given.append(("AWS_EC2_METADATA_DISABLED", "true"))
    return (*env, *given)


def _result_type(operation: Operation, words: Known) -> RecordType:
    fields: dict[str, Type] = {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING)}
    if operation.printed == "json":
        fields["json"] = _json_type(operation, words)
    return RecordType("aws result", fields)


def _json_type(operation: Operation, words: Known) -> Type:
    """The operation's own result, unless an option makes something else of it."""
    if any(may_stand(words, flag) for flag in ("--query", "--generate-cli-skeleton")):
        return DYN
    service = find_service(operation.service)
    model = find_model(service, operation.verb) if service is not None else None
    return model.result if model is not None and model.result is not None else DYN


SURFACE = AwsSurface()
