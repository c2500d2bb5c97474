"""``talkscraper timeline`` and ``talkscraper kwic``, as they are typed."""

import csv
import json

import pytest

from talkscraper.cli.main import main
from tests.support.archives import SITE, built, extraction, published, reader, store  # noqa: F401  fixtures


@pytest.fixture
def ask(built, capsys):  # noqa: F811
    """Runs a command on an archive of four articles; gives its exit code, output and errors."""
    for number in range(4):
        url, day = f"{SITE}/{number}", f"2025-10-0{number + 1}"
        capture = built.respond(url, f"{day}T10:00:00", "<p>x")
        text = "The old wall holds." if number else "Nets are torn."
        store(
            built,
            capture,
            extraction(url, f"Piece {number}", text, published=published(day)),
            "quay" if number < 3 else "pier",
        )
    built.done()

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(["--archive", str(built.folder.root), *words])
        said = capsys.readouterr()
        return left.value.code, said.out, said.err

    return run


def test_a_timeline_is_drawn_with_its_numbers(ask):
    """Plain text where there is no terminal; a bar for each day, none for none."""
    code, out, _ = ask("timeline", "wall", "torn", "--source", "quay")
    assert code == 0
    assert out.splitlines()[:4] == [
        "wall: 2 of the 3 articles of Quay, per day",
        "2025-10-01  0 of 1    0.0 %",
        f"2025-10-02  1 of 1  100.0 %  {'█' * 60}",
        f"2025-10-03  1 of 1  100.0 %  {'█' * 60}",
    ]
    assert "torn: 1 of the 3 articles of Quay, per day" in out
    assert "\x1b" not in out
    assert ask("timeline", "nothing")[:2] == (0, "no article found\n")
    assert ask("timeline", "wall", "--unit", "week")[1].splitlines()[1].startswith("2025-W40 2025-09-29  3 of 4")


def test_a_timeline_is_written_as_csv_and_json(ask, tmp_path):
    """To a file, whole or not at all, or to stdout."""
    target = tmp_path / "out.csv"
    code, out, _ = ask("timeline", "wall", "--by", "source", "--unit", "month", "--csv", str(target))
    assert (code, out) == (0, f"wrote 2 rows to {target}\n")
    assert list(csv.reader(target.read_text().splitlines())) == [
        ["period", "series", "matches", "total", "share"],
        ["2025-10-01", "quay", "2", "3", "0.666667"],
        ["2025-10-01", "pier", "1", "1", "1.000000"],
    ]
    assert ask("timeline", "wall", "--csv", "-", "--unit", "month")[1].splitlines()[1] == "2025-10-01,wall,3,4,0.750000"
    assert json.loads(ask("timeline", "wall", "--json")[1])["series"][0]["matches"] == 3


def test_a_concordance_is_aligned_and_paged(ask, tmp_path):
    """The keyword stands in one column; the last line leads on."""
    code, out, _ = ask("kwic", "wall", "--limit", "2")
    lines = out.splitlines()
    assert code == 0
    assert {line.index("wall") for line in lines[:2]} == {9}
    assert lines[2:] == ["3 places in 3 articles", "more: --page 2"]
    assert len(ask("kwic", "wall", "--limit", "2", "--page", "2")[1].splitlines()) == 2
    assert json.loads(ask("kwic", "wall", "--json")[1])["lines"][0]["keyword"] == "wall"
    target = tmp_path / "out.csv"
    assert ask("kwic", "wall", "--csv", str(target))[0] == 0
    assert len(list(csv.reader(target.read_text().splitlines()))) == 4


def test_what_cannot_be_read_is_one_line_and_exit_code_2(ask):
    """Unknown fields, sources and syntax."""
    for words in (("timeline", '"x'), ("timeline", "x", "--by", "colour"), ("timeline", "x", "--source", "nobody")):
        code, out, err = ask(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
    for words in (("kwic",), ("kwic", "source:quay"), ("kwic", "x", "--width", "5")):
        assert ask(*words)[0] == 2
