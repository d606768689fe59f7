"""Writes the facts about services of aws: operations, options and results, from an installed awscli of version 1.

    python scripts/aws_facts.py runbook_lang/surfaces/data s3api ec2 rds route53 cloudwatch sts
    python scripts/aws_facts.py runbook_lang/surfaces/data --others

One file a service, `aws_SERVICE.json`. Options come from the command line's own tables, so that its renamed and added ones
are there; results come from the models of botocore. `--others` writes `aws_others.json`: of all other services the operations
whose options are otherwise than the models say. Effects stand in `aws.json`, by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from awscli import __version__
from awscli.clidriver import create_clidriver

from runbook_lang.surfaces.aws_installed import MOST_VALUES, PAGING, installed

SCALARS = {"string": "s", "character": "s", "timestamp": "s", "blob": "s", "integer": "i", "long": "i", "boolean": "b"}
OPTION_TYPES = {"integer": "i", "long": "i", "boolean": "b"}  # anything else takes a text, or several
SHARED = ("--cli-input-json", "--generate-cli-skeleton")
HEAD = {"format": 1, "program": "aws", "source": f"awscli {__version__}, by scripts/aws_facts.py"}


def is_positional(argument: Any) -> bool:
    """Whether it is a bare word; the file that a streamed result goes to doesn't say so of itself."""
    return bool(argument.positional_arg) or type(argument).__name__ == "StreamingOutputArgument"


def option_of(argument: Any) -> str:
    """`i!`: a whole number, required; `b`: a switch; `*`: any number of words; `?`: one text or none; '': one text."""
    name = type(argument).__name__
    kind = OPTION_TYPES.get(argument.cli_type_name, "")
    if argument.cli_type_name == "list" or getattr(argument, "nargs", None) in ("*", "+"):
        kind = "*"
    if name == "PositiveBooleanArgument" or getattr(argument, "nargs", None) == "?":
        kind = "?"
    if name == "NegativeBooleanParameter":
        kind = "b"
    return kind + ("!" if argument.required else "")


def type_of(shape: Any, shapes: dict[str, Any]) -> Any:
    """A scalar's letter, a list or map as [kind, element], a structure by its name in `shapes`, null for anything."""
    if shape.type_name == "list":
        return ["l", type_of(shape.member, shapes)]
    if shape.type_name == "map":
        return ["m", type_of(shape.value, shapes)]
    if shape.type_name == "structure":
        if shape.name not in shapes:
            shapes[shape.name] = {}
            shapes[shape.name] = {name: type_of(member, shapes) for name, member in shape.members.items()}
        return shape.name
    return SCALARS.get(shape.type_name)


def values_of(arguments: dict[str, Any], enums: dict[str, list[str]]) -> dict[str, str]:
    """The options whose values a list holds, to its name in `enums`; lists that are too long to last are left out."""
    found = {}
    for key, item in arguments.items():
        shape = getattr(item, "argument_model", None)
        shape = shape.member if shape is not None and shape.type_name == "list" else shape
        values = getattr(shape, "enum", None)
        if values and len(values) <= MOST_VALUES:
            enums[shape.name] = list(values)
            found[f"--{key}"] = shape.name
    return found


def twins_of(arguments: dict[str, Any]) -> dict[str, str]:
    """Required switches to the ones that say the opposite."""
    pairs: dict[str, list[str]] = {}
    for key, item in arguments.items():
        if getattr(item, "group_name", None):
            pairs.setdefault(item.group_name, []).append(key)
    found = {}
    for names in pairs.values():
        needed = [name for name in names if arguments[name].required]
        others = [name for name in names if name not in needed]
        if needed and others:
            found[f"--{needed[0]}"] = f"--{others[0]}"
    return found


def operation_of(command: Any, model: Any, shapes: dict[str, Any], enums: dict[str, list[str]]) -> dict[str, Any]:
    """The facts of one operation."""
    arguments = command.arg_table
    facts: dict[str, Any] = {"options": {f"--{key}": option_of(item) for key, item in sorted(arguments.items()) if not is_positional(item)}}
    positional = [item for item in arguments.values() if is_positional(item)]
    if positional:
        facts["positionals"] = len(positional)
    for name, part in (("values", values_of(arguments, enums)), ("twins", twins_of(arguments))):
        if part:
            facts[name] = dict(sorted(part.items()))
    output = model.output_shape if model is not None else None
    if output is not None and output.members:
        streamed = output.serialization.get("payload") if model.has_streaming_output else None
        facts["result"] = {key: type_of(member, shapes) for key, member in output.members.items() if key != streamed}
    if model is not None and model.deprecated:
        facts["deprecated"] = True
    return facts


def waiters_of(commands: dict[str, Any]) -> dict[str, str]:
    """What each waiter of a service asks."""
    from botocore import xform_name

    model = commands["wait"]._model if "wait" in commands else None
    names = model.waiter_names if model is not None else []
    return {xform_name(name, "-"): xform_name(model.get_waiter(name).operation, "-") for name in sorted(names)}


def write(path: Path, head: dict[str, Any], parts: dict[str, dict[str, Any]]) -> None:
    """A file with a line for each member of its parts."""
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for title, part in parts.items():
        inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in sorted(part.items()))
        lines.append(f' "{title}": {{\n{inner}\n }}' if part else f' "{title}": {{}}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def service_facts(folder: str, service: str, command: Any) -> None:
    """Write the file of one service."""
    from botocore import xform_name

    commands = command._get_command_table()
    model = command.service_model
    names = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
    shapes: dict[str, Any] = {}
    enums: dict[str, list[str]] = {}
    operations = {}
    for name in sorted(commands):
        if name in ("help", "wait") or not hasattr(commands[name], "arg_table"):
            continue
        operations[name] = operation_of(commands[name], names.get(name), shapes, enums)
    parts = {"shapes": shapes, "enums": enums, "waiters": waiters_of(commands), "operations": operations}
    write(Path(folder, f"aws_{service}.json"), {**HEAD, "service": service}, parts)


def departures(name: str, command: Any) -> tuple[list[str], list[str]]:
    """The operations of a service that only the command line has, and those whose options aren't as the models say."""
    known = installed(name)
    added, reshaped = [], []
    for operation, item in command._get_command_table().items():
        if operation in ("help", "wait"):
            continue
        if known is None or operation not in known.operations:
            added.append(operation)
            continue
        facts = known.operations.get(operation)
        made = {key: kind for key, kind in facts.get("options").items() if key not in PAGING}
        table = getattr(item, "arg_table", {})
        real = {f"--{key}": option_of(one) for key, one in table.items() if f"--{key}" not in (*PAGING, *SHARED)}
        bare = sum(is_positional(one) for one in table.values())
        real = {key: kind for key, kind in real.items() if not is_positional(table[key[2:]])}
        other_kind = any(real.get(key) != kind for key, kind in made.items() if key in real or kind.endswith("!"))
        if bare != facts.get("positionals", 0) or other_kind or not real.keys() <= made.keys():
            reshaped.append(operation)
    return sorted(added), sorted(reshaped)


def others(folder: str, table: Any) -> None:
    """Write the file of all services that have none of their own."""
    path = Path(folder, "aws_others.json")
    write(path, HEAD, {"added": {}, "reshaped": {}})
    found: dict[str, dict[str, Any]] = {"added": {}, "reshaped": {}}
    for name in sorted(table):
        if not Path(folder, f"aws_{name}.json").exists() and hasattr(table[name], "_get_command_table"):
            for part, names in zip(found.values(), departures(name, table[name]), strict=True):
                if names:
                    part[name] = names
    write(path, HEAD, found)


def main(folder: str, *services: str) -> None:
    """Write the files of the services into a folder."""
    table = create_clidriver()._get_command_table()
    if services == ("--others",):
        others(folder, table)
        return
    for service in services:
        service_facts(folder, service, table[service])


if __name__ == "__main__":
    main(*sys.argv[1:])
