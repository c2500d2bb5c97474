"""Bibliographies: an export in a format of references."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talkscraper.errors import NotFound
from talkscraper.export.model import Export


def bibliography(export: Export, form: str) -> Iterator[bytes]:
    """Yield a reference to each article, in the format with this name.

    An article whose record isn't in the archive can't be cited so that others can check it, and is left out; of a
    collection, the revision is cited that was put into it.
    """
    from talkscraper.cite import reference, render
    from talkscraper.cite.keys import KeyMaker

    keys = KeyMaker()
    for article_id in export.article_ids():
        member = export.members.get(article_id) if export.members is not None else None
        try:
            found = reference(export.connection, article_id, member.revision if member else None)
        except NotFound:
            export.articles -= 1
            continue
        if member is not None:
            found = replace(found, note=member.note)
        yield render(found, form, keys).encode() + b"\n\n"
