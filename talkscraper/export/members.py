"""The articles of a collection, for an export."""

from __future__ import annotations

import sqlite3

from talkscraper.collections import Collection
from talkscraper.collections.shelf import revision_of
from talkscraper.export.model import CollectionMember


def members(connection: sqlite3.Connection, found: Collection) -> dict[str, CollectionMember]:
    """Return the revision that was put in, by its number now, and the note of each article, by id."""
    return {
        each.id: CollectionMember(revision=revision_of(connection, each) or each.revision, note=each.note)
        for each in found.articles
    }
