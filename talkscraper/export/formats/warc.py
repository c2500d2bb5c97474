"""WARC: the records of the articles' pages and what they need to be shown."""

from __future__ import annotations

from collections.abc import Iterator

from talkscraper.export.model import Contents, Export, ExportFormat


def _pieces(export: Export) -> Iterator[bytes]:
    from talkscraper.replay.warc_package import warc_stream

    yield from warc_stream(
        export.connection,
        export.folder,
        export.article_ids(),
        name=export.name,
        made_at=export.made_at,
        note=f"search: {export.request.text}",
    )


WARC = ExportFormat(
    name="warc.gz",
    label="WARC",
    description="the captures behind the articles, with what their pages need to be shown",
    media_type="application/warc",
    ending=".warc.gz",
    contents=Contents.CAPTURES,
    pieces=_pieces,
)
