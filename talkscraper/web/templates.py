"""Templates: one environment with autoescape, and the filters that format values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from talkscraper.fields import FILTERS
from talkscraper.store.database import from_iso
from talkscraper.store.snippets import CLOSE, OPEN
from talkscraper.web.cache import MAX_SUGGESTED

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment; autoescape is on for every template."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        day=day,
        moment=moment,
        second=second,
        size=size,
        number=number,
        marked=marked,
        hostname=hostname,
        pretty=pretty,
        share=share,
    )
    made.globals.update(static=static_url, query=query, filters=FILTERS, max_suggested=MAX_SUGGESTED)
    return made


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """Return a rendered template as a response."""
    return HTMLResponse(environment().get_template(template).render(**values), status_code=status, headers=headers)


def fragment(template: str, **values: Any) -> str:
    """Return a rendered template as text, to be inserted elsewhere."""
    return environment().get_template(template).render(**values)


@lru_cache(maxsize=64)
def static_url(name: str) -> str:
    """Return the address of a static file with its digest, so that browsers may cache it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?{digest}"


def sentence(note: str) -> str:
    """Return a note, or what an error says, as a sentence; what it begins with stays as typed if it's no plain word."""
    begins_plainly = note.partition(" ")[0].isalpha()
    return (note[:1].upper() if begins_plainly else note[:1]) + note[1:] + ("" if note.endswith((".", "?")) else ".")


def query(values: Mapping[str, Any], **changed: Any) -> str:
    """Return a query string of ``values`` with some changed; empty values and None are left out."""
    merged = {**values, **changed}
    kept = [(name, value) for name, value in merged.items() if value not in (None, "", [])]
    return "?" + urlencode(kept, doseq=True) if kept else "?"


def day(value: str | datetime | None) -> str:
    """``28 October 2025``; empty for None."""
    instant = _instant(value)
    return f"{instant.day} {instant:%B %Y}" if instant else ""


def moment(value: str | datetime | None) -> str:
    """``28 October 2025, 14:30 UTC``; empty for None."""
    instant = _instant(value)
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC" if instant else ""


def second(value: str | datetime | None) -> str:
    """``28 October 2025, 14:30:05 UTC``; empty for None."""
    instant = _instant(value)
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC" if instant else ""


def _instant(value: str | datetime | None) -> datetime | None:
    if not value:
        return None
    return value if isinstance(value, datetime) else from_iso(value)


def size(count: int | None) -> str:
    """Return a size in bytes with a unit: ``4.1 MiB``."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return ""


def number(value: float | None) -> str:
    """Return digits in groups: ``109,557``."""
    return "" if value is None else f"{value:,}"


def share(value: float) -> str:
    """Return a fraction as a percentage: ``3.2 %``."""
    return f"{value * 100:.1f} %" if value < 0.1 else f"{value * 100:.0f} %"


def marked(snippet: str | None) -> Markup:
    """Return a snippet with its hits in ``<mark>``; everything else is escaped."""
    safe = str(escape(snippet or ""))
    return Markup(safe.replace(OPEN, "<mark>").replace(CLOSE, "</mark>"))  # noqa: S704  escaped above


def hostname(url: str | None) -> str:
    """Return the host of a URL."""
    try:
        return urlsplit(url or "").netloc
    except ValueError:
        return ""


def pretty(value: Any) -> str:
    """Return JSON with indentation."""
    return json.dumps(value, ensure_ascii=False, indent=2)
