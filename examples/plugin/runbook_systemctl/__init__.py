"""The executor `systemctl`, made of a surface file: no code of its own."""

from __future__ import annotations

import os


class Plugin:
    """What the entry point names."""

    @property
    def surface(self):
        from runbook_lang.surfaces.tool_surface import ToolSurface

        return ToolSurface.from_file(os.path.join(os.path.dirname(__file__), "systemctl.json"), "systemctl")

    @property
    def executor(self):
        from runbook_lang.executors.tool import ToolExecutor

        return ToolExecutor("systemctl")


plugin = Plugin()
