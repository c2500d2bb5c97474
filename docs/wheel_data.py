"""hatchling's hook: the manual pages and the documentation become share/man and share/doc of the wheel.

In share/doc the pages lie to each other as in the repository, so that the links between them work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelData(BuildHookInterface[Any]):
    """Adds them to what the wheel installs beside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Name each file and its place below the environment's prefix."""
        root = Path(self.root)
        docs = root / "docs"
        for page in sorted(docs.glob("man/*.1")):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"
        pages = [
            *root.glob("*.md"),
            root / "LICENSE",
            *docs.glob("*.md"),
            *(each for each in docs.glob("examples/**/*") if each.is_file()),
            *docs.glob("pictures/*"),
        ]
        for page in sorted(pages):
            build_data["shared_data"][str(page)] = f"share/doc/talkscraper/{page.relative_to(root)}"
