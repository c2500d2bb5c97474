"""Several newsrooms at once: from tables, plain lists and addresses; a bad one doesn't stop the others."""

import json

import pytest

from talkscraper.discovery.source_list import read_list
from talkscraper.errors import UsageError
from talkscraper.fixture_site import FixtureSite
from talkscraper.sources.load import load
from tests.support import cli


@pytest.fixture
def archive(tmp_path):
    root = tmp_path / "archive"
    root.mkdir()
    (root / "sources.toml").write_text('contact = "https://example.org/us"\n# ours\n')
    return root


def _list(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


TABLE = (
    "url,name,language,tags,feeds\r\n"
    'https://quay.example/,"Quay, The",en,"local, coast",https://quay.example/feed\r\n'
    "# asleep,,,,\r\n"
    "mill.example,Mühle,de,,\r\n"
)


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        "\ufeff" + TABLE,
        (
            'homepage;name;language;tags;feeds\nhttps://quay.example/;"Quay, The";en;local coast;https://quay.example/feed\n'
            "mill.example;Mühle;de;;\n"
        ),
    ],
)
@pytest.mark.parametrize("name", ["list.csv", "list.txt"])
def test_a_table_is_read_by_its_header(tmp_path, text, name):
    """Commas, semicolons, a byte order mark, quoted cells; whatever the file's name ends with."""
    quay, mill = read_list(_list(tmp_path, name, text))
    assert (quay.url, quay.name, quay.tags) == ("https://quay.example/", "Quay, The", ("local", "coast"))
    assert quay.seeds == (("feeds", ("https://quay.example/feed",)),)
    assert (mill.url, mill.name, mill.language, mill.tags) == ("mill.example", "Mühle", "de", ())


def test_a_plain_list_has_one_address_a_line(tmp_path):
    """Comments and blank lines are passed over; a fragment is no comment."""
    found = read_list(_list(tmp_path, "l", "# ours\n\nhttps://a.example/  # the first\nb.example\n"))
    assert [each.url for each in found] == ["https://a.example/", "b.example"]
    assert found[1].where.endswith("l:4")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("url,languages\nhttps://a.example/,A\n", "did you mean 'language'"),
        ("# nothing\n", "names no newsrooms"),
        ("url\nhttps://a.example/\xff".encode("latin-1"), ":2: not UTF-8"),
        ("https://a.example/,A\n", "must name the columns"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_one_line(tmp_path, text, told):
    """With its place and what was probably meant."""
    with pytest.raises(UsageError, match=told):
        read_list(_list(tmp_path, "l.csv", text))


def test_a_list_is_added_without_asking_anybody(archive, tmp_path):
    """What can be added is; what can't is told with its line, and exit code 3; a second time all are there."""
    file = _list(tmp_path, "l.csv", TABLE + "http://no host/,X,,,\nhttps://www.quay.example,Again,,,\n")
    done = cli.run_here(archive, "sources", "add", "--from", file, "--json")
    assert done.returncode == 3, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [(each["id"], each["duplicate"]) for each in results] == [
        ("quay", False),
        ("mill", False),
        (None, False),
        (None, True),
    ]
    assert results[2]["where"].endswith("l.csv:5")
    everything = load(archive / "sources.toml").sources
    assert (everything["quay"].tags, everything["mill"].name) == (("local", "coast"), "Mühle")
    assert (archive / "sources.toml").read_text().startswith('contact = "https://example.org/us"\n# ours\n')
    again = cli.run_here(archive, "sources", "add", "--from", _list(tmp_path, "m.csv", TABLE))
    assert again.returncode == 2
    assert "all of these newsrooms" in again.stderr


def test_each_newsroom_of_a_list_is_surveyed_with_probe(archive, tmp_path):
    """Their feeds and names are found; what the list says is kept; one that doesn't answer is told with its reason."""
    with FixtureSite() as site:
        text = f"url,name,tags\n{site.talk_url},My Talk,local\nhttp://127.0.0.1:9/,Dead,\n{site.minato_url},,local\n"
        file = _list(tmp_path, "l.csv", text)
        done = cli.run_here(archive, "sources", "add", "--from", file, "--probe", "--allow-private")
        assert done.returncode == 3, done.stderr
        assert "My Talk" in done.stdout
        assert "l.csv:3: http://127.0.0.1:9/" in done.stdout
        assert "3 of 3" in done.stderr
        both = load(archive / "sources.toml").sources.values()
        assert [each.name for each in both] == ["My Talk", "港新聞"]
        assert all(each.tags == ("local",) and (each.seeds_of("feed") or each.seeds_of("listing")) for each in both)
        assert [
            each["id"]
            for each in json.loads(cli.run_here(archive, "sources", "list", "@local", "--json").stdout)["sources"]
        ]
        again = cli.run_here(archive, "sources", "add", site.talk_url, site.minato_url, "--allow-private")
        assert again.returncode == 2
