"""Articles that several archives have, with the revisions of all: what ``federated`` look-ups of articles return."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from talkscraper.errors import NotFound
from talkscraper.store import article_lookup
from talkscraper.store import article_revisions as one_revisions
from talkscraper.store.content import Content
from talkscraper.store.diff import kinds_of
from talkscraper.store.federation import ArchiveMember, Federation
from talkscraper.store.revisions import FIRST


def find_article(federation: Federation, ref: str) -> Mapping[str, Any]:
    """Return the row of the article that ``ref`` names, as the archive with the newest look at it has it."""
    return holder_of(federation, ref)[1]


def holder_of(federation: Federation, ref: str) -> tuple[ArchiveMember, Mapping[str, Any]]:
    """Return the archive with the newest look at an article, and its row.

    Raises:
        NotFound: no archive has it, or several have different ones.
    """
    found: list[tuple[ArchiveMember, Mapping[str, Any]]] = []
    refused: list[NotFound] = []
    for member in federation.members:
        try:
            found.append((member, article_lookup.find_article(member, ref)))
        except NotFound as e:
            refused.append(e)
    ids = sorted({str(row["id"]) for _, row in found})
    if len(ids) > 1:
        raise NotFound(f"more than one article id begins with {ref} ({', '.join(ids[:2])}, …): give more of it")
    ambiguous = [each for each in refused if "more than one" in str(each)]
    if not found or ambiguous:
        raise (ambiguous or refused)[0]
    member, row = max(found, key=lambda each: str(each[1]["last_captured_at"]))
    if len(found) > 1:
        row = {
            **row,
            "first_captured_at": min(str(each["first_captured_at"]) for _, each in found),
            "revision_count": len(revision_places(federation, str(row["id"]))) or row["revision_count"],
        }
    return member, row


def article_connection(federation: Federation, article_id: str) -> sqlite3.Connection:
    """Return the connection to the archive with the newest look at an article."""
    return holder_of(federation, article_id)[0]


def revision_places(federation: Federation, article_id: str) -> list[tuple[ArchiveMember, int]]:
    """Return where the revisions of an article are, oldest first: the archive, and their number in it.

    Texts that two archives have in succession, because the second began with what the first had, are one revision.
    """
    found = [
        (str(row["captured_at"]), number, int(row["number"]), str(row["text_digest"]), str(row["title"]))
        for number, member in enumerate(federation.members)
        for row in member.execute(
            "select number, captured_at, text_digest, title from revisions where article_id = ?", [article_id]
        )
    ]
    places: list[tuple[ArchiveMember, int]] = []
    last: tuple[int, str, str] | None = None
    for _, at, revision, digest, title in sorted(found):
        if last is not None and last[0] != at and last[1:] == (digest, title):
            continue
        last = (at, digest, title)
        places.append((federation.members[at], revision))
    return places


def article_revisions(federation: Federation, article_id: str) -> list[Mapping[str, Any]]:
    """Return the revisions of an article, oldest first, numbered anew."""
    rows = [
        one_revisions.article_revision(member, article_id, number)
        for member, number in revision_places(federation, article_id)
    ]
    found: list[Mapping[str, Any]] = []
    for number, row in enumerate((dict(each) for each in rows if each is not None), 1):
        changed: dict[str, Any] = {"number": number}
        if found and row["change"] == FIRST:  # in its own archive only
            kinds = kinds_of(Content.of_row(dict(found[-1])), Content.of_row(row))
            changed |= {"change": kinds[0], "kinds": json.dumps(kinds)}
        found.append({**row, **changed})
    return found


def revision_heads(federation: Federation, article_id: str) -> list[Mapping[str, Any]]:
    """Return the revisions of an article, oldest first, numbered anew, with an empty text."""
    return [{**row, "text": ""} for row in article_revisions(federation, article_id)]


def article_revision(federation: Federation, article_id: str, number: int) -> Mapping[str, Any] | None:
    """Return one of ``article_revisions``."""
    found = article_revisions(federation, article_id)
    return found[number - 1] if 0 < number <= len(found) else None
