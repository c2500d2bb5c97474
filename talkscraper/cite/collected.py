"""A reference to a collection as a set, in front of those to its articles, and its check."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from talkscraper.cite.check import Verdict
from talkscraper.cite.claims import find_claims
from talkscraper.cite.proof import one_line
from talkscraper.cite.reference import Reference, reference
from talkscraper.cite.registry import render
from talkscraper.collections import Collection
from talkscraper.collections.model import set_digest
from talkscraper.collections.shelf import revision_of
from talkscraper.errors import NotFound, UsageError

_SET = re.compile(
    r"Collection\s+(?P<name>[a-z0-9-]{1,64}),\s+id\s+(?P<id>[0-9a-f]{16}),\s+(?P<number>\d{1,7})\s+articles?,"
    r"\s+texts\s+(?P<digest>sha256:[0-9a-f]{64})"
)


def references(connection: sqlite3.Connection, found: Collection) -> list[Reference]:
    """Return a reference to each article of a collection, to the text that was put into it.

    Raises:
        UsageError: a text isn't in the archive any more, so the set can't be cited; the message names the articles.
    """
    cited, missing = [], []
    for each in found.articles:
        number = revision_of(connection, each)
        try:
            if number is None:
                raise NotFound(each.id)
            cited.append(replace(reference(connection, each.id, number), note=each.note))
        except NotFound:
            missing.append(each.id)
    if missing:
        raise UsageError(
            f"the archive doesn't have the text of {', '.join(missing[:5])}{' …' if missing[5:] else ''}: "
            f"take what is gone out with 'talkscraper collection remove {found.name}'"
        )
    if not cited:
        raise UsageError(f"the collection {found.name!r} is empty")
    return cited


def set_proof(found: Collection) -> str:
    """Return the data that make a reference to a set checkable, in one line of ASCII."""
    number = len(found.articles)
    noun = "article" if number == 1 else "articles"
    return f"Collection {found.name}, id {found.id}, {number} {noun}, texts {found.digest}"


def render_set(found: Collection, cited: Sequence[Reference], form: str) -> str:
    """Return a document of the format with this name: the set, then its articles."""
    proof = one_line(set_proof(found))
    rest = render(cited, form)
    year = str(found.created_at.year)
    if form == "csl":
        item = {"id": f"collection-{found.name}", "type": "collection", "title": found.name, "note": proof}
        return json.dumps([item, *json.loads(rest)], ensure_ascii=False, indent=2)
    if form == "bibtex":
        fields = f"title = {{{{{found.name}}}}},\n  year = {{{year}}},\n  note = {{{proof}}}"
        head = f"@misc{{collection-{found.name},\n  {fields}\n}}"
    elif form == "ris":
        head = f"TY  - GEN\nID  - collection-{found.name}\nTI  - {found.name}\nPY  - {year}\nN1  - {proof}\nER  - "
    else:
        head = f"{proof}."
    return f"{head}\n\n{rest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSet:
    """A reference to a set in a document, with the result of its check."""

    line: int
    collection: str
    id: str
    verdict: Verdict
    reasons: tuple[str, ...]


def check_sets(text: str) -> Iterator[CheckedSet]:
    """Compare each set in a document with the references to its articles, which stand behind it."""
    found = list(_SET.finditer(text))
    for each, following in zip_longest(found, found[1:]):
        behind = text[each.end() : following.start() if following else len(text)]
        pairs = {(claim.article_id, claim.text_digest) for claim in find_claims(behind)}
        whole = set_digest(pairs) == each["digest"] and len(pairs) == int(each["number"])
        yield CheckedSet(
            line=text.count("\n", 0, each.start()) + 1,
            collection=each["name"],
            id=each["id"],
            verdict="holds" if whole else "broken",
            reasons=(
                "these are the articles of the set"
                if whole
                else f"{len(pairs)} articles are cited behind it, and they aren't the {each['number']} of the set",
            ),
        )
