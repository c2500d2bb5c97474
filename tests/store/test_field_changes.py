"""What changed between two revisions beside the text: headline, byline and times, in `diff` and the reading room."""

import json
from datetime import timedelta

import pytest

from talkscraper.cli.main import main
from talkscraper.model import Author, Precision
from tests.support.archives import BuiltArchive, extraction, published, store
from tests.support.row_archives import START, article
from tests.support.row_archives import published as instant
from tests.support.web_servers import ServedArchive

TEXT = "Ten boats sank in the night."


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ({}, {"title": "Harbour wall breaks"}, "Harbour [-wall-]{+wall breaks+}"),
        ({}, {"authors": (Author(name="Ann Reed"), Author(name="Bo Ito"))}, "Authors: Ann Reed{+; Bo Ito+}"),
        ({}, {"authors": ()}, "Authors: [-Ann Reed-]"),
        ({}, {"authors": (Author(name="Ann B. Reed"),)}, "Authors: [-Ann Reed-]{+Ann B. Reed+}"),
        (
            {"authors": (Author(name="Ann Reed"), Author(name="Cy Dow"), Author(name="Bo Ito"))},
            {"authors": (Author(name="Bo Ito"), Author(name="Ed Fox"))},
            "Authors: [-Ann Reed-][-; Cy Dow; -]Bo Ito{+; Ed Fox+}",
        ),
        (
            {},
            {"published": instant(START - timedelta(hours=2))},
            "Published: [-2025-10-28 08:00:00 UTC (second)-]{+2025-10-28 07:00:00 UTC (second)+}",
        ),
        (
            {},
            {"published": instant(START, Precision.DAY)},
            "Published: [-2025-10-28 08:00:00 UTC (second)-]{+2025-10-28 (day)+}",
        ),
        ({}, {"published": None}, "Published: [-2025-10-28 08:00:00 UTC (second)-]"),
        ({}, {"modified": instant(START - timedelta(minutes=5))}, "Modified: {+2025-10-28 08:55:00 UTC+}"),
    ],
)  # fmt: skip
def test_diff_shows_each_field_that_changed(archive, capsys, before, after, shown):
    """A revision without another text says what is different in it: words of the headline, names, times as known."""
    archive.page(article(text=TEXT, **before))
    archive.page(article(text=TEXT, **after), START + timedelta(hours=1))
    archive.writer.close()
    outputs = []
    for option in ((), ("--json",), ("--html",)):
        with pytest.raises(SystemExit):
            main(["--archive", str(archive.path.parent), "diff", "https://news.test/a", *option])
        outputs.append(capsys.readouterr().out)
    text, document, html = outputs
    assert shown in text
    (field,) = json.loads(document)["fields"]
    assert field["before"] != field["after"]
    assert "<ins>" in html or "<del>" in html


def test_the_reading_room_shows_each_field_that_changed(tmp_path):
    """The page of a comparison has a part for each field that differs, and none for others."""
    built = BuiltArchive(tmp_path / "archive")
    for day, found in (
        ("2025-10-28", extraction("http://news.example/a", "Wall", TEXT, published=published("2025-10-28"))),
        ("2025-10-29", extraction("http://news.example/a", "Wall", TEXT, published=published("2025-10-27"))),
    ):
        article_id = store(built, built.respond("http://news.example/a", day, day), found)
    folder = built.done()
    built.db.conn.close()
    with ServedArchive(folder) as served:
        page = served.get(f"/article/{article_id}/diff").text
    assert "<del>2025-10-28 (day)</del>" in page
    assert "<ins>2025-10-27 (day)</ins>" in page
    assert 'aria-label="Published"' in page
    assert 'aria-label="Headline"' not in page
