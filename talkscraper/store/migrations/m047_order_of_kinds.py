"""The kinds of a revision that has several are put into the order of their significance, as those of new ones are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talkscraper.fields import by_significance

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    several = db.execute(
        "select article_id, number, kinds from revision_rows indexed by revisions_changes"
        " where number > 1 and kinds like '%,%'"
    ).fetchall()
    for article_id, number, kinds in several:
        ordered = by_significance(json.loads(kinds))
        if ordered != tuple(json.loads(kinds)):
            db.execute(
                "update revision_rows set kinds = ?, change = ? where article_id = ? and number = ?",
                [json.dumps(ordered), ordered[0], article_id, number],
            )
