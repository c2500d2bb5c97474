"""WARC: the records of the articles' pages and what they need to be shown."""

from __future__ import annotations

from collections.abc import Iterator

from talkscraper.export.model import Contents, Export, ExportFormat, FormatOption

ALL_CAPTURES = FormatOption(
    name="all-captures", help="For .warc.gz: all captures with their requests, not only what the pages need."
)


def _pieces(export: Export) -> Iterator[bytes]:
    from talkscraper.replay.warc_package import warc_stream

    chosen = bool(
        export.members is not None
        or export.request.text
        or export.since_indexed
        or any(value for _, value in export.request.filters)
    )
    yield from warc_stream(
        export.connection,
        export.folder,
        export.article_ids(),
        name=export.name,
        made_at=export.made_at,
        note=f"search: {export.request.text}",
        all_captures=ALL_CAPTURES.name in export.options,
        whole=not chosen,
    )


WARC = ExportFormat(
    name="warc.gz",
    label="WARC",
    description="the captures behind the articles, with what their pages need to be shown",
    media_type="application/warc",
    ending=".warc.gz",
    contents=Contents.CAPTURES,
    pieces=_pieces,
    options=(ALL_CAPTURES,),
)
