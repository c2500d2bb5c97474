"""WACZ: captures, their index and the pages' texts in one file."""

from __future__ import annotations

from pathlib import Path

from talkscraper.export.model import Contents, Export, ExportFormat


def _write(export: Export, path: Path) -> None:
    from talkscraper.replay.wacz import pack_wacz

    with path.open("wb") as handle:
        pack_wacz(
            handle,
            export.connection,
            export.folder,
            export.article_ids(),
            title=export.title,
            made_at=export.made_at,
            progress=lambda _done, _all: export.progress(export.articles),
        )


WACZ = ExportFormat(
    name="wacz",
    label="WACZ",
    description="pages that ReplayWeb.page opens, with what they need and the articles' texts",
    media_type="application/wacz",
    ending=".wacz",
    contents=Contents.CAPTURES,
    max_served=10_000,
    write=_write,
)
