"""Names of languages: those of CLDR, for every tag that an archive may have."""

import pytest

from talkscraper.lexicon import languages
from talkscraper.lexicon.names import language_name, language_names, main_language


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "German"),
        ("la", "Latin"),
        ("no", "Norwegian"),
        ("prs", "Dari"),
        ("pt-BR", "Portuguese (pt-BR)"),
        ("iw", "Hebrew"),
        ("und", "und"),
        ("qqq", "qqq"),
    ],
)
def test_a_language_is_named_in_english_and_an_unknown_tag_by_itself(tag, name):
    assert language_name(tag) == name


def test_every_language_of_the_lexicon_has_a_name():
    assert [tag for tag in languages() if tag != "und" and language_name(tag) == tag] == []


def test_a_language_has_its_names_and_its_usual_code():
    assert language_names("de") == ("German", "Deutsch")
    assert "Brazilian Portuguese" in language_names("pt-BR")
    assert language_names("und") == language_names("qqq") == language_names("../de") == ()
    assert [main_language(tag) for tag in ("en-GB", "en_US", "eng", "iw", "qqq")] == ["en", "en", "en", "he", "qqq"]
