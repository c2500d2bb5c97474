"""What is installed only on request: the command that installs it, for messages."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from talkscraper.errors import UsageError


class ExtraMissing(UsageError):
    """What was asked for needs an extra that isn't installed."""

    def __init__(self, need: str, extra: str, otherwise: str = "") -> None:
        """Take what needs it, the extra's name, and what can be done without it."""
        super().__init__(f"{need} {install_extra(extra)}{otherwise}")
        self._parts = need, extra, otherwise

    def for_this_machine(self) -> str:
        """Return the text with the command for this environment."""
        need, extra, otherwise = self._parts
        return f"{need} {install_extra_here(extra)}{otherwise}"


def install_extra(name: str) -> str:
    """Return the command that installs an extra (``[project.optional-dependencies]`` in pyproject.toml)."""
    return f"pip install 'talkscraper[{name}]'"


def install_extra_here(name: str) -> str:
    """Return the command that installs an extra into the environment that runs this program.

    The shell's ``pip`` is that of another environment if pipx, uv or a full path started the program; uv's environments
    have none.
    """
    python = Path(sys.executable)
    pip = shutil.which("pip")
    if pip is not None and Path(pip).parent == python.parent:
        return install_extra(name)
    if find_spec("pip") is not None:
        return f"{shlex.quote(str(python))} -m {install_extra(name)}"
    return f"uv pip install --python {shlex.quote(str(python))} 'talkscraper[{name}]'"
