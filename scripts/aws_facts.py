"""Writes the facts about services of aws: operations, options and results, from an installed awscli of version 1.

    python scripts/aws_facts.py runbook_lang/surfaces/data s3api ec2 rds route53 cloudwatch sts

One file a service, `aws_SERVICE.json`. Options come from the command line's own tables, so that its renamed and added ones
are there; results come from the models of botocore. Effects stand in `aws.json`, by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from awscli import __version__
from awscli.clidriver import create_clidriver

SCALARS = {"string": "s", "character": "s", "timestamp": "s", "blob": "s", "integer": "i", "long": "i", "boolean": "b"}
OPTION_TYPES = {"integer": "i", "long": "i", "boolean": "b"}  # anything else takes a text, or several


def is_positional(argument: Any) -> bool:
    """Whether it is a bare word; the file that a streamed result goes to doesn't say so of itself."""
    return bool(argument.positional_arg) or type(argument).__name__ == "StreamingOutputArgument"


def option_of(argument: Any) -> str:
    """`i!`: a whole number, required; `b`: a switch; `*`: any number of words; '': one text."""
    kind = OPTION_TYPES.get(argument.cli_type_name, "")
    if argument.cli_type_name == "list" or getattr(argument, "nargs", None) in ("*", "+"):
        kind = "*"
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


def operation_of(command: Any, model: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    """The facts of one operation."""
    arguments = command.arg_table
    facts: dict[str, Any] = {"options": {f"--{key}": option_of(item) for key, item in sorted(arguments.items()) if not is_positional(item)}}
    positional = [item for item in arguments.values() if is_positional(item)]
    if positional:
        facts["positionals"] = len(positional)
    output = model.output_shape if model is not None else None
    if output is not None and output.members:
        streamed = output.serialization.get("payload") if model.has_streaming_output else None
        facts["result"] = {key: type_of(member, shapes) for key, member in output.members.items() if key != streamed}
    if model is not None and model.deprecated:
        facts["deprecated"] = True
    return facts


def main(folder: str, *services: str) -> None:
    """Write the files of the services into a folder."""
    from botocore import xform_name

    driver = create_clidriver()
    table = driver._get_command_table()
    for service in services:
        command = table[service]
        commands = command._get_command_table()
        model = command.service_model
        names = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
        shapes: dict[str, Any] = {}
        operations = {}
        for name in sorted(commands):
            if name in ("help", "wait") or not hasattr(commands[name], "arg_table"):
                continue
            operations[name] = operation_of(commands[name], names.get(name), shapes)
        data = {"format": 1, "program": "aws", "service": service, "source": f"awscli {__version__}, by scripts/aws_facts.py"}
        lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in data.items()]
        for title, part in (("shapes", shapes), ("operations", operations)):
            inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in sorted(part.items()))
            lines.append(f' "{title}": {{\n{inner}\n }}')
        Path(folder, f"aws_{service}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
