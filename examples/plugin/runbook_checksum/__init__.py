"""The executor `checksum`: the SHA-256 of a file."""

from __future__ import annotations


class Plugin:
    """What the entry point names. The half that runs is imported when something runs."""

    @property
    def surface(self):
        from .surface import ChecksumSurface

        return ChecksumSurface()

    @property
    def executor(self):
        from .executor import ChecksumExecutor

        return ChecksumExecutor()


plugin = Plugin()
