"""Collections: what is put in stays as it was, is exported and cited as a set, and a damaged file is refused by name."""

import csv
import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.collections import file
from talkscraper.collections.model import CollectedArticle, Collection, set_digest
from talkscraper.store.articles import hide_article
from tests.cite.conftest import HOUR, PARAGRAPHS, START, URL, kept, page  # noqa: F401  fixture
from tests.support.cli import run_here
from tests.support.row_archives import archive, article, make  # noqa: F401  fixtures


@pytest.fixture
def filled(archive):  # noqa: F811
    """Three articles; their ids by title."""
    for number in range(3):
        archive.page(article(f"https://news.test/{number}", f"wall {number}", title=f"Piece {number}"))
    archive.ids = {row["title"][-1]: row["id"] for row in archive.rows("select id, title from articles")}
    archive.folder = archive.path.parent
    return archive


def done(root, *arguments, code=0):
    found = run_here(root, *arguments)
    assert found.returncode == code, (found.stdout, found.stderr)
    return found.stdout if code == 0 else found.stderr


def test_articles_are_put_in_shown_and_taken_out(filled):
    root, ids = filled.folder, filled.ids
    note = "see <b>this</b>\n\x1b[31mand that"
    assert "2 articles" in done(
        root, "collection", "add", "harbour", ids["0"][:8], "https://news.test/1", "--note", note
    )
    shown = json.loads(done(root, "collection", "show", "harbour", "--json"))
    assert [each["id"] for each in shown["articles"]] == [ids["0"], ids["1"]]
    assert shown["articles"][0]["note"] == "see <b>this</b>\n[31mand that"
    assert shown["articles"][0]["state"] == "as added"
    assert "\x1b" not in done(root, "collection", "show", "harbour")
    before = done(root, "collection", "list")
    done(root, "collection", "add", "harbour", ids["0"])
    assert done(root, "collection", "list") == before
    done(root, "collection", "remove", "harbour", ids["1"][:6])
    (left,) = json.loads(done(root, "collection", "list", "--json"))
    assert (left["name"], left["articles"], left["id"]) == ("harbour", 1, shown["id"])
    assert tomllib.loads((root / "collections/harbour.toml").read_text())["articles"][0]["id"] == ids["0"]


def test_the_digest_is_of_the_texts_whatever_their_order(filled):
    root, ids = filled.folder, filled.ids
    done(root, "collection", "add", "one", ids["0"], ids["1"])
    done(root, "collection", "add", "two", ids["1"], ids["0"])
    one, two = json.loads(done(root, "collection", "list", "--json"))
    assert one["digest"] == two["digest"] and one["id"] != two["id"]
    done(root, "collection", "add", "two", ids["2"])
    assert json.loads(done(root, "collection", "list", "--json"))[1]["digest"] != one["digest"]


def test_a_revised_article_and_one_taken_down_are_told(filled):
    root, ids = filled.folder, filled.ids
    done(root, "collection", "add", "harbour", ids["0"], ids["1"])
    filled.page(article("https://news.test/0", "wall 0 and much more", title="Piece 0"), START + HOUR)
    filled.writer.run(hide_article, ids["1"], now=START)
    shown = json.loads(done(root, "collection", "show", "harbour", "--json"))["articles"]
    assert [each["state"] for each in shown] == ["revised since", "not in the archive"]
    assert shown[1]["title"] is None
    assert "doesn't have the text" in done(root, "cite", "--collection", "harbour", code=2)
    done(root, "collection", "remove", "harbour", ids["1"])


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "ris", "bib", "zip"])
def test_a_collection_is_exported_in_every_format(filled, tmp_path, ending):
    root, ids = filled.folder, filled.ids
    done(root, "collection", "add", "harbour", ids["0"], ids["2"])
    out = tmp_path / f"out.{ending}"
    assert "2 articles" in done(root, "export", out, "--collection", "harbour")
    assert "2 articles" in done(root, "collection", "export", "harbour", out)
    assert "1 article " in done(root, "export", out, "--collection", "harbour", "title:2")
    if ending == "csv":
        assert [row["id"] for row in csv.DictReader(out.read_text().splitlines())] == [ids["2"]]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("show", "none"), 1, "no collection"), (("add", "../x", "a"), 2, "can't name"), (("add", "Big", "a"), 2, "can't name"),
        (("add", "x", "nothing"), 1, "no article"), (("remove", "none", "a"), 1, "no collection"),
        (("add", "x", "https://news.test/0", "--revision", "7"), 1, "no number 7"),
        (("add", "x", "https://news.test/0", "--note", "n" * 10_001), 2, "at most 10,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(filled, arguments, code, word):
    told = done(filled.folder, "collection", *arguments, code=code)
    assert word in told and told.count("\n") == 1
    assert not (filled.folder / "collections/x.toml").exists()


@pytest.mark.parametrize(
    "text",
    ["", "id = 3", "id = '" + "0" * 16 + "'\ncreated_at = 2025-01-01\narticles = 5", "[[", "\x00", "a = " + "[" * 5000],
)
def test_a_damaged_file_is_refused_by_name(filled, text):
    place = filled.folder / "collections"
    place.mkdir()
    (place / "bad.toml").write_text(text)
    told = done(filled.folder, "collection", "show", "bad", code=2)
    assert "bad.toml" in told and told.count("\n") == 1


@given(st.text(max_size=300))
def test_any_note_is_read_as_it_was_written(tmp_path_factory, note):
    folder = ArchiveFolder(tmp_path_factory.mktemp("notes"))
    kept_note = file.checked_note(note)
    member = CollectedArticle(id="0" * 16, revision=1, text_digest="sha256:" + "0" * 64, added_at=START, note=kept_note)
    written = Collection(name="a", id="1" * 16, created_at=START, articles=(member,))
    with file.changing(folder):
        file.write(folder, written)
    assert file.read(folder, "a") == written


def test_the_set_digest_is_what_the_docs_say():
    import hashlib

    pairs = [("b" * 16, "sha256:2"), ("a" * 16, "sha256:1")]
    expected = hashlib.sha256(f"{'a' * 16} sha256:1\n{'b' * 16} sha256:2\n".encode()).hexdigest()
    assert set_digest(pairs) == f"sha256:{expected}"


@pytest.mark.parametrize("form", ["text", "bibtex", "csl", "ris"])
def test_a_cited_set_can_be_checked(kept, tmp_path, form):  # noqa: F811
    """It holds after the article was revised, and is broken when a reference is missing."""
    kept.crawl(page())
    root = kept.folder.root
    done(root, "collection", "add", "harbour", URL, "--note", "see } this")
    kept.crawl(
        page((*PARAGRAPHS[:2], "The wall stood for ninety years and three storms.", PARAGRAPHS[3])), START + HOUR
    )
    paper = tmp_path / "paper"
    paper.write_text(done(root, "cite", "--collection", "harbour", "--format", form))
    told = done(root, "cite", "--check", paper)
    assert "2 checked, 0 broken" in told and "collection harbour  holds" in told
    paper.write_text(paper.read_text().replace(", 1 article,", ", 2 articles,"))
    assert run_here(root, "cite", "--check", paper).returncode == 1
