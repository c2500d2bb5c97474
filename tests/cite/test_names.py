"""Names are split where their language splits them, and stay whole where that isn't known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.cite.names import PersonName, split_name


@pytest.mark.parametrize(
    ("name", "language", "family", "first"),
    [
        ("Ann Reed", "en", "Reed", "Ann"), ("J. R. R. Moss", None, "Moss", "J. R. R."), ("Reed, Ann", "en", "Reed", "Ann"),
        ("Dr. Ann Reed", "en", "Reed", "Ann"), ("Robert De Boer", "en", "De Boer", "Robert"), ("Van Moss", "en", "Moss", "Van"),
        ("Jean DURAND", "fr", "DURAND", "Jean"), ("DURAND Jean", "fr", "DURAND", "Jean"), ("ANN REED", "en", "REED", "ANN"),
        ("Gabriel Rivas Mora", "es", "Rivas Mora", "Gabriel"), ("José Luis Rivas", "es", "Rivas", "José Luis"),
        ("Pablo Rivas y Mora", "es", "Rivas y Mora", "Pablo"), ("Rui Costa Neto", "pt", "Costa Neto", "Rui"),
        ("王小明", "zh", "王", "小明"), ("歐陽小明", "zh-Hant", "歐陽", "小明"), ("山田 太郎", "ja", "山田", "太郎"),
        ("佐藤さくら", "ja", "佐藤", "さくら"), ("アン・リード", "ja", "リード", "アン"), ("김민수", "ko", "김", "민수"),
        ("남궁민수", "ko", "남궁", "민수"), ("Nagy Péter", "hu", "Nagy", "Péter"), ("Nguyễn Văn An", "vi", "Nguyễn", "Văn An"),
        ("Nguyen Van An", "en", "Nguyen", "Van An"), ("Choe Min-su", "en", "Choe", "Min-su"),
        ("Иван Петрович Ванин", "ru", "Ванин", "Иван Петрович"), ("Ванин Иван Петрович", "ru", "Ванин", "Иван Петрович"),
        ("Omar el-Sayed", "en", "el-Sayed", "Omar"), ("María del Carmen López", "es", "López", "María del Carmen"),
    ],
)  # fmt: skip
def test_given_and_family_names(name, language, family, first):
    assert split_name(name, "person", language) == PersonName(family=family, given=first)


@pytest.mark.parametrize(
    ("name", "language", "dropped", "kept", "family"),
    [
        ("Otto von Moor", "de", "von", "", "Moor"), ("Anna von und zu Moor", "de", "von und zu", "", "Moor"),
        ("Jan van der Berg", "nl", "", "van der", "Berg"), ("Berg, Jan van der", "nl", "", "van der", "Berg"),
        ("Luc de Moor", "fr", "de", "", "Moor"), ("Luc d’Aure", "fr", "d’", "", "Aure"), ("Luc de la Cruz", "es", "de", "la", "Cruz"),
        ("Rui da Silva Filho", "pt", "da", "", "Silva Filho"), ("Omar bin Saif", "en", "", "bin", "Saif"),
    ],
)  # fmt: skip
def test_particles(name, language, dropped, kept, family):
    found = split_name(name, "person", language)
    assert (found.dropping_particle, found.non_dropping_particle, found.family) == (dropped, kept, family)


@pytest.mark.parametrize("name", ["Martin King Jr.", "Martin King, Jr.", "Martin King III"])
def test_suffixes(name):
    found = split_name(name)
    assert (found.given, found.family, found.suffix) == ("Martin", "King", name.split()[-1])


@pytest.mark.parametrize(
    ("name", "kind", "language"),
    [
        ("Madonna", "person", "en"), ("Harbour Press", "organisation", "en"), ("山田太郎", "person", "ja"), ("Dr. Reed", "person", "en"),
        ("von Moor", "person", "de"), ("a b, c d, e f", "person", "en"), ("", "person", "en"), ("王", "person", "zh"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_for_certain_stays_whole(name, kind, language):
    assert split_name(name, kind, language) == PersonName(literal=name)


@given(
    st.text(max_size=80),
    st.sampled_from(["person", "organisation"]),
    st.sampled_from([None, "en", "es", "ja", "zh", "nl"]),
)
def test_no_letter_of_a_name_is_lost(name, kind, language):
    found = split_name(name, kind, language)
    assert bool(found.literal) != bool(found.family) or not name.split()
    parts = found.literal or found.inverted
    titles = ("dr", "prof", "mr", "mrs", "ms", "sir", "dame", "dott", "ing")
    if not any(word.lower().strip(".") in titles for word in name.split()):
        assert sorted(c for c in name if c.isalnum()) == sorted(c for c in parts if c.isalnum())
