"""A plugin that is really installed: found by its entry point, bound, run, and held to the conformance kit."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"

# Run in a process of its own, whose path has the folder into which the plugin was installed.
STORY = """
import json, os, sys
from runbook_lang.base.diagnostics import Problems, RunbookError
from runbook_lang.base.source import Source
from runbook_lang.executors import conformance, registry
from runbook_lang.model.nodes import Action, Name
from runbook_lang.surfaces import bind, registry as surfaces
from runbook_lang.syntax.yaml_reader import read_yaml

surface = surfaces.surface("checksum")
executor = registry.executor("checksum")
problems = Problems()
root = read_yaml(Source("r.yml", "checksum: data.bin"), problems)
entry = root.entries[0]
call = bind.bind(Action(Name("checksum", entry.key.span), entry.value), None, problems)
facts = surface.facts(call, problems)
request = surface.request(bind.evaluate(call, {}, None))
library = sys.argv[1]
outcome = conformance.check_executor(executor, conformance.FakeAttempt(request, library=library), facts.result)
missing = conformance.check_executor(executor, conformance.FakeAttempt(surface.request({"path": "none"}), library=library), facts.result)
conformance.check_limit(executor, conformance.FakeAttempt(surface.request({"path": "/dev/zero"}), limit_us=300_000), 1_000_000)
conformance.check_cancel(executor, conformance.FakeAttempt(surface.request({"path": "/dev/zero"})), slack_us=1_000_000)
try:
    registry.executor("broken")
    broken = ""
except RunbookError as error:
    broken = error.diagnostics[0].code + " " + error.diagnostics[0].message
print(json.dumps({
    "names": surfaces.plugin_names(), "problems": len(problems), "effect": facts.effect, "ok": outcome.ok, "value": outcome.value,
    "missing": missing.kind, "unknown": registry.executor("no-such-executor"), "broken": broken,
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the plugin is built without the network, so hatchling must be here")
    import shutil

    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(PLUGIN, source)
    target = tmp_path_factory.mktemp("site")
    argv = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    done = subprocess.run([*argv, "--target", target, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_an_installed_plugin_is_found_bound_and_run(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"abc")
    broken = installed / "broken-1.dist-info"
    broken.mkdir(exist_ok=True)
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (broken / "entry_points.txt").write_text("[runbook_lang.executors]\nbroken = no_such_module:plugin\n")
    path = [str(installed), *sys.path]
    code = f"import sys; sys.path[:] = {path!r}\n{STORY}"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert {"checksum", "broken"} <= set(seen["names"])
    assert (seen["problems"], seen["effect"], seen["ok"], seen["missing"], seen["unknown"]) == (0, "read", True, "not_found", None)
    assert seen["value"] == {"sha256": hashlib.sha256(b"abc").hexdigest(), "size": 3}
    assert seen["broken"].startswith("RB525 The executor 'broken' (no_such_module:plugin) can't be used")
