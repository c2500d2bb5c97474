"""One entry of sources.toml is changed; every other byte stays, however the file is written."""

import random
import tomllib
from pathlib import Path

import pytest

from talkscraper.errors import SourcesError
from talkscraper.sources.edit import edit_file, with_keys, with_name, without_entry
from talkscraper.sources.load import load, parse

FILE = """# ours, since 2019
contact = 'a@b.example'   # <- keep

# the quay, and its selectors
[sources.quay]  # the first
  homepage="https://quay.example/"   # spelt so
  feeds = [
     "https://quay.example/feed",  # by hand
  ]
  # delay = 5

[sources.quay.selectors]
drop = [".quiz"]

# --- inland ---

# the mill
[sources."mill.er"]
homepage = '''https://mill.example/'''
enabled = false # asleep
# end of the mill
[sources.lock]
homepage = "https://lock.example/"

# Another newsroom: see the docs
"""
OTHER_FORMS = [
    '[sources]\nquay.homepage = "https://quay.example/"  # here\nquay.delay = 3\nlock.homepage = "https://l.example/"\n',
    '[sources]\nquay = { homepage = "https://quay.example/", delay = 3 } # here\nlock = {homepage="https://l.example/"}\n',
    'sources.quay.homepage = "https://quay.example/"\nsources.lock.homepage = "https://l.example/"\n',
    "[sources.'quay']\nhomepage = \"https://quay.example/\"\n[ sources . lock ]\nhomepage = 'https://l.example/'",
    (
        '[sources.lock]\nhomepage = "https://l.example/"\n[sources.quay.selectors]\nbody = "p"\n'
        '[sources.quay]\nhomepage = "https://quay.example/"\n'
    ),
]


def test_an_entry_goes_with_its_comments_and_nothing_else_does():
    """Its tables, the comment above it and those within; the comments of others and of the file stay to the letter."""
    after = without_entry(FILE, "quay")
    start, end = FILE.index("# the quay"), FILE.index("# --- inland")
    assert after == FILE[:start] + FILE[end:]
    after = without_entry(FILE, "mill.er")
    assert "# the mill" not in after
    assert after.count("# --- inland ---") == 1
    assert after.endswith(FILE[FILE.index("# end of the mill") :])


def test_a_name_is_replaced_wherever_the_entry_has_it():
    """In the headers of its tables too, with their spacing and comments."""
    after = with_name(FILE, "quay", "the.quay")
    assert after == FILE.replace("[sources.quay", '[sources."the.quay"')
    assert with_name(FILE, "mill.er", "miller") == FILE.replace('"mill.er"', "miller")


def test_values_are_replaced_in_place_and_new_keys_follow_the_last():
    """The comment behind a value stays; a new key is indented as its neighbours are."""
    after = with_keys(FILE, "mill.er", {"enabled": True})
    assert after == FILE.replace("enabled = false #", "enabled = true #")
    after = with_keys(FILE, "quay", {"tags": ("local",), "homepage": "https://new.example/"})
    assert '  homepage="https://new.example/"   # spelt so\n' in after
    assert '  ]\n  tags = ["local"]\n  # delay = 5\n' in after


@pytest.mark.parametrize("text", [*OTHER_FORMS, *(each.replace("\n", "\r\n") for each in (FILE, *OTHER_FORMS))])
def test_every_way_of_writing_an_entry_is_edited(text):
    """Dotted keys, inline tables, quoted names, tables in any order, CRLF; the other entry's lines stay."""
    renamed = with_name(text, "quay", "kai")
    assert list(tomllib.loads(renamed)["sources"]) == [
        "kai" if each == "quay" else each for each in tomllib.loads(text)["sources"]
    ]
    changed = with_keys(renamed, "kai", {"renamed_from": "quay", "hosts": ("a.example", "b.example"), "enabled": False})
    parse(changed, Path("s"))
    gone = without_entry(changed, "kai")
    assert gone.splitlines() == without_entry(text, "quay").splitlines()
    assert "lock" in gone
    assert ("\r" in text) == ("\r" in changed)
    assert changed.count("\n") - changed.count("\r\n") in (0, changed.count("\n"))


def test_an_entry_in_a_way_that_is_not_handled_is_refused():
    """One inline table for the whole of sources: nothing is guessed."""
    with pytest.raises(SourcesError, match="can't be edited"):
        without_entry('sources = { quay = { homepage = "https://quay.example/" } }', "quay")


def test_a_link_and_the_mark_of_utf_8_stay(tmp_path):
    """What the link leads to is replaced; a byte order mark stays the first."""
    real, link = tmp_path / "real.toml", tmp_path / "sources.toml"
    real.write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    link.symlink_to(real)
    edit_file(link, lambda text: with_keys(text, "lock", {"enabled": False}))
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"\xef\xbb\xbf# ours")
    assert "lock" in load(link).disabled


@pytest.mark.parametrize("seed", range(40))
def test_any_sequence_of_edits_leaves_the_others_as_they_were(seed):
    """Removed, renamed and switched in any order: the file is valid, and every untouched entry's lines are its own."""
    maker = random.Random(seed)
    text, blocks = "# the file's\n\n", {}
    for number in range(6):
        name = f"s{number}" if number % 2 else f"s.{number}"
        written = name if number % 2 else f'"{name}"'
        blocks[name] = (
            f"# about {name}\n[sources.{written}] # {name}\nhomepage = 'https://s{number}.example/' # home of {name}\n"
            + ("feeds = [\n  # one\n  'https://f.example/', # its\n]\n" if maker.random() < 0.5 else "")
            + (f"[sources.{written}.selectors]\nbody = 'p' # body of {name}\n" if maker.random() < 0.5 else "")
        )
        text += blocks[name] + "\n"
    for step in range(8):
        names = list(tomllib.loads(text).get("sources", {}))
        if not names:
            break
        name = maker.choice(names)
        match maker.randrange(3):
            case 0:
                text = without_entry(text, name)
            case 1:
                text = with_name(text, name, f"new-{step}")
            case 2:
                text = with_keys(text, name, {"enabled": maker.random() < 0.5, "tags": ("a", "b")})
        blocks.pop(name, None)
        parse(text, Path("s"))
        assert text.startswith("# the file's\n")
        assert all(block in text for block in blocks.values())
