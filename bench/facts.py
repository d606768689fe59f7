"""What it costs to load the facts of each tool, in this process's own CPU time, one JSON object: name to seconds.

Usage: facts.py NAME. Everything that one command of the tool may need is loaded: its surface, its facts, a type of a result.
"""

from __future__ import annotations

import json
import sys
import time

import runbook_lang.api.load  # noqa: F401 - what every check has loaded already
from runbook_lang.surfaces import registry


def load(name: str) -> None:
    registry.surface(name)
    if name in ("doctl", "psql"):
        from runbook_lang.surfaces.tool_facts import builtin_tool

        tool = builtin_tool(name)
        tool.below("apps")
        tool.type("apps")
    if name == "psql":
        from runbook_lang.surfaces.sql_effect import classify

        classify("select a from t where lower(b) = 'x'")
    if name == "redis-cli":
        from runbook_lang.surfaces.redis_command import builtin_table

        builtin_table()
    if name == "aws":
        from runbook_lang.surfaces.aws_model import find_model, find_service

        service = find_service("ec2")
        assert service is not None
        find_model(service, "describe-instances")


def main() -> int:
    start = time.process_time()
    load(sys.argv[1])
    print(json.dumps(time.process_time() - start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
