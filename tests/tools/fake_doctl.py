"""A doctl that prints help pages as the real one lays them out, and refuses everything else: nothing but help may be asked for."""

from __future__ import annotations

import sys

ROOT = """doctl is a command line interface for the DigitalOcean API.

Usage:
  doctl [command]

Manage DigitalOcean Resources:
  apps        Displays commands for working with apps
  compute     Display commands that manage infrastructure

Configure doctl:
  auth        Display commands for authenticating doctl with an account
  version     Show the current version

Available Commands:
  help        Help about any command

Flags:
  -t, --access-token string   API V2 access token
  -h, --help                  help for doctl

Use "doctl [command] --help" for more information about a command.
"""
GROUP = """Commands.

Usage:
  doctl {path} [command]

Aliases:
  {name}, app, a

Available Commands:
{children}

Flags:
  -h, --help   help for {name}

Global Flags:
  -o, --output string   Desired output format [text|json] (default "text")
"""
LEAF = """What it does.

Usage:
  doctl {path} {usage}[flags]

Aliases:
  {name}, ls

Examples:
The following example lists them: doctl {path} --format ID

Flags:
      --format string   Columns for output in a comma-separated list. Possible values: `ID`, `Spec.Name`, `New`
  -h, --help            help for {name}
      --no-header       Return raw data with no headers
      --count int       How many
      --spec string     Path to a spec (required)
  -f, --force           Do it

Global Flags:
  -o, --output string   Desired output format [text|json] (default "text")
"""
TREE = {
    "apps": ["list", "delete", "spin"],
    "compute": ["droplet"],
    "compute droplet": ["get", "tag", "untag"],
}
USAGE = {"apps delete": "<app id> ", "apps spin": "<app id> [speed] ", "compute droplet tag": "<id>... "}


def main(words: list[str]) -> int:
    if words == ["version"]:
        sys.stdout.write("doctl version 1.200.1-release")
        return 0
    if words[-1:] != ["--help"]:
        sys.stderr.write("the API was called\n")
        return 1
    path = " ".join(words[:-1])
    name = path.split(" ")[-1]
    if not path:
        sys.stdout.write(ROOT)
    elif path in TREE:
        sys.stdout.write(GROUP.format(path=path, name=name, children="\n".join(f"  {child}   Something" for child in TREE[path])))
    else:
        sys.stdout.write(LEAF.format(path=path, name=name, usage=USAGE.get(path, "")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
