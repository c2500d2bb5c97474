"""``talkscraper show``."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Mapping
from typing import Any

import click

from talkscraper.cli.options import console, json_option, print_json, printable, reading
from talkscraper.errors import NotFound
from talkscraper.fields import FIELDS, Field
from talkscraper.store.text_values import listed

_LISTS = tuple(each.name for each in FIELDS if each.is_list)
_INTERNAL = tuple(each.name for each in FIELDS if "show" in each.left_out_of)


@click.command("show")
@click.argument("article")
@click.option("--revision", type=click.IntRange(1), metavar="N", help="Show the text of this revision.")
@click.option("--html", "as_html", is_flag=True, help="Print an HTML page.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, article: str, revision: int | None, as_html: bool, as_json: bool) -> int:
    """Show an article: text and metadata. ARTICLE is an id, a URL, or a unique prefix of the id.

    \b
    Examples:
      talkscraper show 3f2a
      talkscraper show https://www.talkofnations.com/posts/harbour-wall --revision 1
    """
    with reading(ctx) as (_, connection):
        shown = _read(connection, article, revision)
    if as_json:
        print_json(shown)
    elif as_html:
        click.echo(printable(_html(shown)))
    else:
        _print(shown)
    return 0


def _read(connection: sqlite3.Connection, ref: str, revision: int | None) -> dict[str, Any]:
    from talkscraper.store.article_lookup import article_connection, find_article
    from talkscraper.store.article_revisions import article_revision, revision_heads

    row = find_article(connection, ref)
    shown = {name: value for name, value in row.items() if name not in _INTERNAL}
    shown |= {name: listed(shown[name]) for name in _LISTS}
    key = row["id"]
    if revision is not None:
        text = article_revision(connection, key, revision)
        if text is None:
            raise NotFound(f"article {key} has {row['revision_count']} revision(s), no number {revision}")
        shown |= {
            name: text[name] for name in ("title", "text", "text_digest", "word_count", "capture_id", "extractor")
        }
        shown |= {name: text[name] for name in ("published_at", "published_precision", "modified_at", "change")}
        shown |= {"authors": listed(text["authors"]), "revision": revision, "captured_at": text["captured_at"]}
    capture = connection.execute(
        "select id, url, captured_at, warc_file, warc_offset, warc_length, payload_digest, lost_at, lost_why"
        " from captures where id = ?",
        [shown["capture_id"]],
    ).fetchone()
    shown["capture"] = dict(capture) if capture else None
    shown["revisions"] = [
        {name: each[name] for name in ("number", "captured_at", "change", "capture_id")}
        for each in revision_heads(connection, key)
    ]
    own = article_connection(connection, key)
    for name, query in (
        ("images", "select position, url, alt, caption, credit from images where article_id = ? order by position"),
        ("aliases", "select url, why, first_seen_at from aliases where article_id = ? order by url"),
        ("provenance", "select field, value, rule, rivals from provenance where article_id = ? order by field"),
    ):
        shown[name] = [dict(each) for each in own.execute(query, [key])]
    for each in shown["provenance"]:
        each["rivals"] = listed(each["rivals"])
    return shown


def _facts(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    capture = shown["capture"] or {}
    facts = [
        *((field.label, _fact(field, shown)) for field in FIELDS if field.label),
        ("captured", f"{shown['first_captured_at']} to {shown['last_captured_at']}"),
        ("gone", f"{shown['gone_at']} ({shown['gone_reason']})" if shown["gone_at"] else None),
        ("revisions", "; ".join(_revision(each) for each in shown["revisions"])),
        ("also at", " ".join(each["url"] for each in shown["aliases"])),
        ("record", f"{shown['capture_id']} in {capture.get('warc_file')} at byte {capture.get('warc_offset')}"),
        ("lost", f"the record, since {capture['lost_at']}: {capture['lost_why']}" if capture.get("lost_at") else None),
        ("text digest", shown["text_digest"]),
        ("extractor", shown["extractor"]),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def _revision(revision: Mapping[str, Any]) -> str:
    return f"{revision['number']} {revision['captured_at'][:16]} {revision['change']}"


def _fact(field: Field, shown: Mapping[str, Any]) -> str | None:
    value = shown[field.name]
    if value is None:
        return None
    if field.is_list:
        return ", ".join(map(str, value))
    length = {"year": 4, "month": 7, "day": 10}.get(shown[field.precision] or "") if field.precision else None
    return str(value)[:length]


def _print(shown: Mapping[str, Any]) -> None:
    from talkscraper.terminal.styled_text import Text
    from talkscraper.terminal.table import Table

    screen = console()
    screen.print(printable(shown["title"] or shown["url"]), style="bold")
    facts = Table(gap=1)
    for name, value in _facts(shown):
        facts.add_row(Text(f"{name}:", style="dim"), printable(value))
        if not screen.is_terminal:
            screen.print(f"{name + ':':13}{printable(value)}")
    if screen.is_terminal:
        screen.print(facts)
    screen.print()
    screen.print(printable(shown["text"]))
    for image in shown["images"]:
        words = image["caption"] or image["alt"] or ""
        screen.print(printable(f"\n[picture {image['position'] + 1}] {words}\n{image['url']}"), style="dim")


def _html(shown: Mapping[str, Any]) -> str:
    def safe(text: str | None) -> str:
        return html.escape(text or "")

    facts = "\n".join(f"<dt>{safe(name)}</dt><dd>{safe(value)}</dd>" for name, value in _facts(shown))
    paragraphs = "\n".join(f"<p>{safe(part)}</p>" for part in shown["text"].split("\n\n"))
    language = f' lang="{safe(shown["language"])}"' if shown["language"] else ""
    return (
        f'<!doctype html>\n<html{language}>\n<head><meta charset="utf-8"><title>{safe(shown["title"])}</title></head>\n'
        f"<body>\n<article>\n<h1>{safe(shown['title'])}</h1>\n{paragraphs}\n</article>\n<dl>\n{facts}\n</dl>\n"
        "</body>\n</html>"
    )
