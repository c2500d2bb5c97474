"""search, show, diff and export as commands: what they print, how they end, and what they don't import."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from talkscraper.cli.main import main
from tests.support.row_archives import START, article

EVIL = "\x1b]0;owned\x07\x1b[31mred \u202eback"


@pytest.fixture
def folder(archive):
    """An archive with an article of two revisions, and one that attacks the terminal."""
    archive.page(article("https://news.test/wall", "Nine boats sank at the old harbour wall."))
    archive.page(
        article("https://news.test/wall", "Ten boats sank at the old harbour wall."), START + timedelta(hours=1)
    )
    archive.page(article("https://news.test/evil", f"{EVIL} text", title=EVIL))
    archive.writer.close()
    return archive.path.parent


@pytest.fixture
def run(folder, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["--archive", str(folder), *arguments])
        return left.value.code, capsys.readouterr()

    return call


def test_search_prints_hits_for_people_and_json_for_programs(run):
    code, out = run("search", "harbour", "wall")
    assert code == 0
    assert "Harbour wall" in out.out
    assert "2 revisions" in out.out
    assert "1 article found" in out.out
    code, out = run("search", "harbour wall", "--since", "2025-10-28", "--json")
    page = json.loads(out.out)
    assert page["total"] == 1
    assert "\x02harbour\x03" in page["hits"][0]["snippet"]
    assert run("search", "--lang", "de")[1].out.splitlines() == [
        "no article found",
        "the archive has no articles with the language 'de'",
    ]


def test_a_query_that_cannot_be_read_is_one_line_and_exit_2(run):
    code, out = run("search", "(harbour")
    assert code == 2
    assert out.err.strip().count("\n") == 0
    assert "isn't closed" in out.err


@pytest.mark.parametrize("arguments", [["search", "text"], ["show", "https://news.test/evil"], ["search", "--json"]])
def test_a_page_cannot_drive_the_terminal(run, arguments):
    code, out = run(*arguments)
    assert code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(out.out)


def test_show_finds_by_id_beginning_and_any_address(run):
    row = json.loads(run("show", "https://news.test/wall", "--json")[1].out)
    for ref in (row["id"], row["id"][:8], "http://news.test/wall?utm_source=x"):
        assert json.loads(run("show", ref, "--json")[1].out)["id"] == row["id"]
    assert row["text"].startswith("Ten")
    assert [each["change"] for each in row["revisions"]] == ["first", "number"] or row["revisions"][1][
        "change"
    ] == "edit"
    first = json.loads(run("show", row["id"], "--revision", "1", "--json")[1].out)
    assert first["text"].startswith("Nine")
    assert "<p>Ten boats" in run("show", row["id"], "--html")[1].out
    assert run("show", row["id"], "--revision", "9")[0] == 1
    code, out = run("show", "https://news.test/none")
    assert code == 1
    assert "no article" in out.err


def test_html_of_a_hostile_article_is_escaped(archive, capsys):
    archive.page(
        article("https://news.test/x", "<script>alert(1)</script>", title='"><script>x</script>', language='"onload=')
    )
    archive.page(article("https://news.test/x", "<b>changed</b> & so", title="y"), START + timedelta(hours=1))
    archive.writer.close()
    for arguments in (
        ["show", "https://news.test/x", "--html", "--revision", "1"],
        ["diff", "https://news.test/x", "--html"],
    ):
        with pytest.raises(SystemExit):
            main(["--archive", str(archive.path.parent), *arguments])
        out = capsys.readouterr().out
        assert "<script>" not in out
        assert "<b>" not in out
        assert 'lang=""' not in out


def test_diff_shows_the_words(run):
    code, out = run("diff", "https://news.test/wall")
    assert code == 0
    assert "[-Nine -]{+Ten +}boats sank" in out.out
    assert json.loads(run("diff", "https://news.test/wall", "2", "1", "--json")[1].out)["text"][0] == ["delete", "Ten "]
    assert "nothing to compare" in run("diff", "https://news.test/evil")[1].out
    assert run("diff", "https://news.test/wall", "1", "7")[0] == 1


def test_export_writes_and_counts(run, tmp_path):
    out = tmp_path / "out.jsonl"
    code, told = run("export", str(out), "harbour", "--json")
    assert (code, json.loads(told.out)["articles"]) == (0, 1)
    assert json.loads(out.read_text())["url"] == "https://news.test/wall"
    assert run("export", str(tmp_path / "x.csv"), "--since-indexed", "yesterday")[0] == 2


@pytest.mark.parametrize(
    "arguments", ["search wall", "show https://news.test/wall", "diff https://news.test/wall", "export {out} wall"]
)
def test_reading_imports_nothing_heavy(folder, tmp_path, arguments):
    """Start-up stays under 0.4 s because these aren't loaded; seconds themselves depend on the machine."""
    code = (
        "import sys\nfrom talkscraper.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        "heavy = {'scrapy', 'twisted', 'trafilatura', 'sqlite_utils', 'lxml', 'requests', 'pyarrow', 'asyncio', 'warcio'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    words = arguments.format(out=tmp_path / "out.csv").split()
    done = subprocess.run(
        [sys.executable, "-c", code, "--archive", str(folder), *words], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []", done.stderr


def test_copies_are_collapsed_in_search_and_left_out_of_exports(archive, capsys, tmp_path):
    text = "The harbour wall holds. " + " ".join(f"Berth {number} was measured twice." for number in range(30))
    for number in range(3):
        archive.page(article(f"https://site{number}.test/", text), START + timedelta(hours=number))
    archive.page(article("https://other.test/", "Another harbour."))
    archive.writer.close()

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["--archive", str(archive.path.parent), *arguments])
        assert left.value.code == 0
        return capsys.readouterr().out

    assert "4 articles found" in run("search", "harbour")
    printed = run("search", "harbour", "--copies", "collapse")
    assert "2 stories found" in printed
    assert "2 copies" in printed
    page = json.loads(run("search", "harbour", "--copies", "collapse", "--json"))
    assert sorted(len(hit["copies"]) for hit in page["hits"]) == [0, 2]
    out = tmp_path / "stories.jsonl"
    assert json.loads(run("export", str(out), "harbour", "--dedupe", "--json"))["articles"] == 2
    assert len(out.read_text().splitlines()) == 2
