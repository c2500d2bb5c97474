"""Where the pages of docs/ are on this machine: a wheel brings them, and a message can name one."""

from __future__ import annotations

import sysconfig
from pathlib import Path

INSTALLED = Path("share", "doc", "talkscraper", "docs")
"""Below the environment's prefix, as docs/wheel_data.py puts them there."""


def page_path(name: str) -> Path:
    """Return the path of a page (``crawling.md``): the checkout's, or the installed one."""
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "docs" / name
    return Path(sysconfig.get_path("data")) / INSTALLED / name
