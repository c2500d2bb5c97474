"""What changed between two revisions, field by field: headline, byline, printed times, text."""

from __future__ import annotations

import json
from dataclasses import dataclass

from talkscraper.model import Precision
from talkscraper.store.content import Content
from talkscraper.store.diff import Op, word_diff

LABELS = {"title": "Headline", "authors": "Authors", "published_at": "Published", "modified_at": "Modified"}
"""The fields of a revision beside its text, in the order in which their changes are shown."""
_SHOWN = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
"""Number of characters of a time that are known, by its precision; of any other all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """A field that differs between two revisions."""

    field: str
    """``title``, ``authors``, ``published_at`` or ``modified_at``."""
    label: str
    before: str | None
    after: str | None
    before_precision: str | None = None
    """For ``published_at``: how exactly the time is known."""
    after_precision: str | None = None
    pieces: tuple[tuple[Op, str], ...]
    """The difference for display: equal, deleted and inserted pieces."""


def field_changes(old: Content, new: Content) -> tuple[FieldDifference, ...]:
    """Return the fields beside the text that differ, in the order of ``LABELS``."""
    found = []
    if old.title != new.title:
        found.append(_change("title", old.title, new.title, word_diff(old.title or "", new.title or "")))
    if old.authors != new.authors:
        before, after = _names(old.authors), _names(new.authors)
        found.append(_change("authors", "; ".join(before) or None, "; ".join(after) or None, _by_name(before, after)))
    if (old.published_at, old.published_precision) != (new.published_at, new.published_precision):
        was, now = old.published_precision, new.published_precision
        found.append(
            FieldDifference(
                field="published_at",
                label=LABELS["published_at"],
                before=old.published_at,
                after=new.published_at,
                before_precision=was,
                after_precision=now,
                pieces=_replaced(time_text(old.published_at, was), time_text(new.published_at, now)),
            )
        )
    if old.modified_at != new.modified_at:
        shown = _replaced(time_text(old.modified_at, None), time_text(new.modified_at, None))
        found.append(_change("modified_at", old.modified_at, new.modified_at, shown))
    return tuple(found)


def time_text(moment: str | None, precision: str | None) -> str:
    """Return a stored time for readers, no longer than it is known: ``2025-10``, ``2025-10-28 14:30 UTC (minute)``."""
    if moment is None:
        return ""
    shown = _SHOWN.get(Precision(precision)) if precision else None
    if shown is None:
        time = moment[11:19].removesuffix("Z")
        text = f"{moment[:10]} {time[:5] if precision in (Precision.MINUTE, Precision.HOUR) else time} UTC"
    else:
        text = moment[:shown]
    return f"{text} ({precision})" if precision else text


def _change(
    field: str, before: str | None, after: str | None, pieces: tuple[tuple[Op, str], ...] | list[tuple[Op, str]]
) -> FieldDifference:
    return FieldDifference(field=field, label=LABELS[field], before=before, after=after, pieces=tuple(pieces))


def _names(authors: str) -> list[str]:
    return [str(each) for each in json.loads(authors)]


def _by_name(before: list[str], after: list[str]) -> tuple[tuple[Op, str], ...]:
    """Compare two bylines name by name; if only their order changed, as a whole."""
    if sorted(before) == sorted(after):
        return _replaced("; ".join(before), "; ".join(after))
    listed: list[tuple[Op, str]] = [("equal" if each in after else "delete", each) for each in before]
    listed += [("insert", each) for each in after if each not in before]
    pieces: list[tuple[Op, str]] = []
    is_first = {"delete": True, "insert": True}
    for op, name in listed:
        # without the insertions it reads as the byline before, without the deletions as the one after
        sides = ("delete", "insert") if op == "equal" else (op,)
        if not any(is_first[side] for side in sides):
            pieces.append((op, f"; {name}"))
        else:
            if op == "equal" and not is_first["delete"]:
                pieces.append(("delete", f"{pieces.pop()[1]}; "))
            pieces.append((op, name))
        is_first.update(dict.fromkeys(sides, False))
    return tuple(pieces)


def _replaced(before: str, after: str) -> tuple[tuple[Op, str], ...]:
    pieces: list[tuple[Op, str]] = [("delete", before), ("insert", after)]
    return tuple((op, text) for op, text in pieces if text)
