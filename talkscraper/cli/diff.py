"""``talkscraper diff``."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, json_option, print_json, printable, reading
from talkscraper.errors import NotFound
from talkscraper.store.diff import Op, word_diff
from talkscraper.store.field_changes import FieldDifference, field_changes

if TYPE_CHECKING:
    from talkscraper.terminal.screen import Screen
    from talkscraper.terminal.styled_text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    number: int
    captured_at: str
    capture_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    article_id: str
    old: _Side
    new: _Side
    change: str
    """The most significant of ``kinds``; ``none`` of a revision against itself."""
    kinds: tuple[str, ...]
    """The kinds of change from ``old`` to ``new``, the most significant first."""
    title: list[tuple[Op, str]]
    text: list[tuple[Op, str]]
    fields: tuple[FieldDifference, ...]
    """The fields beside the text that differ."""

    @property
    def said(self) -> str:
        """Return the kinds in one line."""
        return ", ".join(self.kinds) or self.change


@click.command("diff")
@click.argument("article")
@click.argument("a", type=click.IntRange(1), required=False)
@click.argument("b", type=click.IntRange(1), required=False)
@click.option("--html", "as_html", is_flag=True, help="Print an HTML page.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, article: str, a: int | None, b: int | None, as_html: bool, as_json: bool) -> int:
    """Compare two revisions of an article: headline, authors, times and text; A and B, or the last two.

    \b
    Examples:
      talkscraper diff 3f2a
      talkscraper diff 3f2a 1 3 --html > changes.html
    """
    with reading(ctx) as (_, connection):
        found = _compare(connection, article, a, b)
    if found is None:
        if as_json:
            print_json(None)
        else:
            click.echo("one revision so far: nothing to compare")
    elif as_json:
        print_json(found)
    elif as_html:
        click.echo(printable(_html(found)))
    else:
        _print(found)
    return 0


def _compare(connection: sqlite3.Connection, ref: str, a: int | None, b: int | None) -> _Difference | None:
    from talkscraper.store.article_lookup import find_article
    from talkscraper.store.article_revisions import article_revision
    from talkscraper.store.content import Content
    from talkscraper.store.diff import kinds_of

    article = find_article(connection, ref)
    last = article["revision_count"]
    if a is None and last < 2:
        return None
    first, second = (last - 1, last) if a is None else (a, b or last)
    rows = []
    for number in (first, second):
        row = article_revision(connection, article["id"], number)
        if row is None:
            raise NotFound(f"article {article['id']} has {last} revision(s), no number {number}")
        rows.append(dict(row))
    old, new = rows
    before, after = Content.of_row(old), Content.of_row(new)
    kinds = kinds_of(before, after) if first != second else ()
    return _Difference(
        article_id=article["id"],
        old=_Side(number=old["number"], captured_at=old["captured_at"], capture_id=old["capture_id"]),
        new=_Side(number=new["number"], captured_at=new["captured_at"], capture_id=new["capture_id"]),
        change=kinds[0] if kinds else "none",
        kinds=kinds,
        title=word_diff(old["title"] or "", new["title"] or ""),
        text=word_diff(old["text"], new["text"]),
        fields=field_changes(before, after),
    )


def _print(found: _Difference) -> None:
    screen = console()
    screen.print(
        f"{found.article_id}: revision {found.old.number} ({found.old.captured_at}) to "
        f"{found.new.number} ({found.new.captured_at}): {found.said}",
        style="dim",
    )
    for label, words in (
        ("", found.title),
        *((f"{each.label}: ", each.pieces) for each in found.fields if each.field != "title"),
        ("", found.text),
    ):
        screen.print(marked_words(screen, words, label))
        screen.print()


def marked_words(screen: Screen, words: Sequence[tuple[Op, str]], label: str = "") -> Text:
    """Return the pieces of a difference for a screen: in colours, or as [-gone-] and {+new+}."""
    from talkscraper.terminal.styled_text import Text

    coloured, line = screen.is_coloured, Text(label)
    for op, piece in words:
        safe = printable(piece)
        if op == "equal":
            line.append(safe)
        elif op == "delete":
            line.append(safe if coloured else f"[-{safe}-]", style="red strike")
        else:
            line.append(safe if coloured else f"{{+{safe}+}}", style="green underline")
    return line


def _html(found: _Difference) -> str:
    def marked(words: Sequence[tuple[Op, str]]) -> str:
        tags = {"delete": ("<del>", "</del>"), "insert": ("<ins>", "</ins>"), "equal": ("", "")}
        return "".join(f"{tags[op][0]}{html.escape(piece)}{tags[op][1]}" for op, piece in words)

    text = marked(found.text).replace("\n\n", "<br><br>\n")
    facts = "".join(f"<p>{each.label}: {marked(each.pieces)}</p>\n" for each in found.fields if each.field != "title")
    return (
        '<!doctype html>\n<html>\n<head><meta charset="utf-8">'
        f"<title>{found.article_id}: revisions {found.old.number} and {found.new.number}</title>\n"
        "<style>del{background:#fdd}ins{background:#dfd;text-decoration:none}</style></head>\n"
        f"<body>\n<p>Revision {found.old.number} ({found.old.captured_at}) to {found.new.number} "
        f"({found.new.captured_at}): {found.said}</p>\n<h1>{marked(found.title)}</h1>\n"
        f"{facts}<p>{text}</p>\n</body>\n</html>"
    )
