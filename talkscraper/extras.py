"""What is installed only on request: the command that installs it, for messages."""

from __future__ import annotations


def install_extra(name: str) -> str:
    """Return the command that installs an extra (``[project.optional-dependencies]`` in pyproject.toml)."""
    return f"pip install 'talkscraper[{name}]'"
