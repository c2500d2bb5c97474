"""The filters that ``search`` and ``export`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--source", metavar="SOURCE", help="Only this source (its name in sources.toml)."),
    click.option("--since", metavar="DAY", help="Printed on this day or later: 2025-10-28, 2025-10 or 2025."),
    click.option("--until", metavar="DAY", help="Printed on this day or earlier."),
    click.option("--lang", "language", metavar="LANGUAGE", help="Only this language, such as en or pt-BR."),
    click.option("--section", metavar="SECTION", help="Only this section."),
    click.option("--author", metavar="WORDS", help="Words in the byline."),
    click.option("--title", metavar="WORDS", help="Words in the title."),
)


def filter_options(function: _F) -> _F:
    """``--source``, ``--since``, ``--until``, ``--lang``, ``--section``, ``--author``, ``--title``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
