"""Folding: which spellings are the same, which letters stay apart, and where each part of a folded text came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.store.folding import fold, fold_with_places
from talkscraper.store.query import parse
from talkscraper.store.snippets import CLOSE, OPEN, Highlighter, clean

SAME = [
    ("Горбачёв", "горбачев"), ("Ѝ", "и"), ("Ґудзь", "гудзь"), ("Όμηρος", "ομηρος"), ("ΟΔΟΣ", "οδος"), ("ΐ", "ι"), ("ᾳ", "α"),
    ("أحمد", "احمد"), ("إسلام", "اسلام"), ("آمن", "امن"), ("المدرسة", "المدرسه"), ("مصطفى", "مصطفي"), ("مُحَمَّد", "محمد"),
    ("محمـــد", "محمد"), ("مسئول", "مسيول"), ("کتاب", "كتاب"), ("Straße", "strasse"), ("ẞ", "ss"), ("Łódź", "lodz"),
    ("Ørsted", "orsted"), ("Ǿ", "o"), ("Đà Nẵng", "da nang"), ("cœur", "coeur"), ("Ærø", "aero"), ("Þór", "thor"),
    ("İstanbul", "istanbul"), ("Işık", "isik"), ("IŞIK", "ışık"), ("ﬁne", "fine"), ("ＡＢＣ", "abc"), ("שָׁלוֹם", "שלום"),
    ("ज़मीन", "जमीन"), ("٢٠٢٥", "2025"), ("２０", "20"), ("ｶﾞ", "ガ"), ("e\u0301", "e"), ("co\u00adoperate", "cooperate"),
    ("Ŋ", "n"), ("Ħal", "hal"), ("Müller", "muller"), ("Àéîõü", "aeiou"), ("п’ять", "п’ять"), ("пʼять", "п'ять"),
]  # fmt: skip
APART = [
    ("мой", "мои"), ("が", "か"), ("ば", "ぱ"), ("हिन्दी", "हन्द"), ("कि", "की"), ("क्", "क"), ("มา", "ม้า"), ("กิ", "กี"), ("한", "하"),
    ("Müller", "mueller"), ("Đ", "dj"), ("ئ", "و"), ("কি", "কী"), ("က", "ကေ"), ("ខ្មែរ", "ខមរ"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_that_are_the_same(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_letters_of_their_own(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [("2½", "2 1⁄2"), ("iPhone™", "iphone tm"), ("№5", "no 5"), ("5℃", "5 °c"), ("①", "1")],
)
def test_signs_that_stand_for_words_are_words_of_their_own(text, words):
    """They don't become part of the word beside them: iPhone™ is found by iphone."""
    assert fold(text).split() == words.split()


LETTERS = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            list("aÉßŁœİıёйЙὍςأةـשׁ״हिन्दज़़กำ้がｶﾞﾞ\u3099한ㄱㅏᄀ\u1161ﬁ½™…①٢ \u0301\u0306\u00ad\u200d\ufe0f😀𝔘")
        ),
        st.characters(),
    ),
    max_size=30,
)


@given(LETTERS)
def test_each_part_of_a_folded_text_has_its_place_in_the_original(text):
    """Folding with places folds the same, and what it says of a part folds to that part or more."""
    text = unicodedata.normalize("NFC", text)
    folded = fold_with_places(text)
    assert folded.text == fold(text)
    last = 0
    for at in range(len(folded.text)):
        start, end = folded.original(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last
        last = start
        assert folded.text[at] in fold(text[start:end])


@given(LETTERS)
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(once).split() == once.split()


@given(before=LETTERS, number=st.integers(0, len(SAME) - 1), after=LETTERS)
def test_the_word_as_printed_is_marked(before, number, after):
    """A snippet is the original, and the match is marked from its first letter to its last."""
    printed, typed = SAME[number]
    text = clean(f"{before} | {printed} | {after}")
    marked = Highlighter(parse(f'"{typed}"').wanted).mark(text)
    assert marked.replace(OPEN, "").replace(CLOSE, "") == text
    assert f"| {OPEN}{clean(printed)}{CLOSE} |" in marked
