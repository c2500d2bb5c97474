"""Adding to sources.toml without touching what people wrote there."""

import stat

import pytest

from talkscraper.errors import SourcesError
from talkscraper.sources.load import load
from talkscraper.sources.write import Draft, add_blocks, free_id, free_name

HAND_WRITTEN = """# ours, since 2019   <- keep
contact   = 'a@b.example'

[sources.quay]  # the first
homepage="https://quay.example/"
"""


def _draft(**more):
    return Draft(**{"id": "minato", "name": "港新聞", "homepage": "https://minato.example/", **more})


def test_what_was_there_stays_to_the_letter(tmp_path):
    """Comments, quotes and blanks; the new block follows, and reads back."""
    path = tmp_path / "sources.toml"
    path.write_text(HAND_WRITTEN, encoding="utf-8")
    path.chmod(0o640)
    draft = _draft(
        article_urls=("/news/[^/]+$", "it's"), seeds=(("feeds", ("https://minato.example/feed",)),), allow_private=True
    )
    block = add_blocks(path, [draft, _draft(id="x", name="X", homepage="https://x.example/")])
    text = path.read_text("utf-8")
    assert text.startswith(HAND_WRITTEN)
    assert text.endswith(block)
    minato = load(path).sources["minato"]
    assert (minato.name, minato.allow_private) == ("港新聞", True)
    assert [pattern.pattern for pattern in minato.article_urls] == ["/news/[^/]+$", "it's"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["sources.toml"]


@pytest.mark.parametrize("more", [{"id": "quay"}, {"homepage": "https://quay.example"}, {"homepage": "nonsense"}])
def test_a_draft_that_makes_no_sense_leaves_the_file_as_it_was(tmp_path, more):
    """Its id or homepage is taken, or is none."""
    path = tmp_path / "sources.toml"
    path.write_text(HAND_WRITTEN, encoding="utf-8")
    with pytest.raises(SourcesError):
        add_blocks(path, [_draft(**more)])
    assert path.read_text("utf-8") == HAND_WRITTEN


@pytest.mark.parametrize(
    ("homepage", "taken", "name"),
    [
        ("https://www.quay.example/", [], "quay"),
        ("https://www.quay.example/", ["quay", "quay-2"], "quay-3"),
        ("https://news.quay.co.uk/", [], "quay"),
        ("https://sport.quay.co.uk/", [], "sport-quay"),
        ("http://127.0.0.1:8001/", [], "127-0-0-1"),
        ("https://xn--u8jvc1drd.example/", [], "xn--u8jvc1drd"),
    ],
)
def test_a_source_is_named_after_its_site(homepage, taken, name):
    """And never like another."""
    assert free_id(homepage, taken) == name


def test_a_name_holds_no_control_characters_and_is_unique():
    """It comes from a page."""
    assert free_name("\x1b]0;evil\x07 The  Quay\n", "https://quay.example/", []) == "]0;evil The Quay"
    assert free_name("The Quay", "https://quay.example/", ["the quay"]) != "The Quay"
    assert free_name(None, "https://quay.example/", []) == "quay.example"


def test_a_link_to_sources_toml_stays_a_link(tmp_path):
    """An operator keeps the file in a repository elsewhere: that file is replaced, with its own permissions."""
    real = tmp_path / "repository" / "newsrooms.toml"
    real.parent.mkdir()
    real.write_text('contact = "https://example.org/bot"\n', encoding="utf-8")
    real.chmod(0o640)
    link = tmp_path / "sources.toml"
    link.symlink_to("repository/newsrooms.toml")
    add_blocks(link, [Draft(id="quay", name="The Quay", homepage="https://quay.example/")])
    assert link.is_symlink()
    assert "[sources.quay]" in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o640
