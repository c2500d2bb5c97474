"""Word diffs and the kind of a change."""

import difflib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.store import diff as diffing
from talkscraper.store.content import Content, text_digest
from talkscraper.store.diff import kinds_of, word_diff

BODY = (
    "The council met on Thursday to decide about the wall. It will cost 340,000, the harbour master said.\n\n"
    "“We had asked for repairs since the spring,” she told reporters after the meeting.\n\n"
    "Engineers will look at the stones this week, and nobody may drive along the top until they have."
)


def content(text=BODY, title="The wall", authors='["Ann Reed"]', published="2025-10-28T08:00:00Z"):
    return Content(
        title=title, authors=authors, published_at=published, published_precision="minute", modified_at=None, text=text,
        text_digest=text_digest(text), word_count=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (content(title="The harbour wall"), "headline"),
        (content(title="The Wall!"), "boring"),
        (content(authors='["Bob Ito"]'), "authors"),
        (content(published="2025-10-28T09:00:00Z"), "dates"),
        (content(BODY.replace("“", '"').replace("”", '"').replace(" The", "  The")), "boring"),
        (content(BODY.replace("340,000", "430,000")), "number"),
        (content(BODY.replace("Thursday", "Thurdsay").replace("repairs", "repair")), "typo"),
        (content(BODY.replace("“We had asked for repairs since the spring,” she told reporters after the meeting.\n\n", "")), "quote-removed"),
        (content(BODY.replace("We had asked for repairs since the spring", "We asked for repairs since spring")), "removal"),
        (content(BODY + "\n\nNobody was hurt."), "addition"),
        (content(BODY.replace(", and nobody may drive along the top until they have", "")), "removal"),
        (content(BODY.replace("Engineers will look at", "Divers have seen")), "edit"),
        (content("Something else was found entirely: a fish market, open as ever, with ice and people who buy."), "quote-removed"),
        (content(BODY, title=None), "headline"),
    ],
)  # fmt: skip
def test_each_change_has_its_kind(new, kind):
    assert kinds_of(content(), new)[0] == kind


def test_a_rewrite_that_drops_a_quotation_is_both():
    """The quotation is the more significant."""
    assert kinds_of(content(), content("Something else was found entirely: a fish market.")) == (
        "quote-removed",
        "rewrite",
    )


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("港の時計台が修理される。百年ぶりだ。", "港の時計台が修理される。九十年ぶりだ。", "edit"),
        ("市長は「必ず直す」と約束した。工事は十月に始まる予定で、町の人は待っている。", "市長は約束した。工事は十月に始まる予定で、町の人は待っている。", "removal"),
        ("会費は300円だという。", "会費は500円だという。", "number"),
    ],
)  # fmt: skip
def test_languages_without_spaces_are_compared_by_character(old, new, kind):
    assert kinds_of(content(old), content(new))[0] == kind


TEXTS = st.text(alphabet=st.sampled_from([*"ab .,\n1“”é東京"]), max_size=80)


@given(old=st.one_of(TEXTS, st.text()), new=st.one_of(TEXTS, st.text()))
def test_a_diff_holds_both_texts(old, new):
    diff = word_diff(old, new)
    assert "".join(piece for op, piece in diff if op != "insert") == old
    assert "".join(piece for op, piece in diff if op != "delete") == new
    assert all(piece for _, piece in diff)
    assert kinds_of(content(old), content(new))


def test_words_are_whole_and_neighbours_are_joined():
    assert word_diff("nine old boats sank", "ten new boats sank") == [
        ("delete", "nine old "),
        ("insert", "ten new "),
        ("equal", "boats sank"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 60_000, "a " * 59_999 + "b"),
        ("a\n" * 60_000, "b\n" * 60_000),
        (
            "".join(f"“quotation {n} of many” word{n}\n" for n in range(9_000)),
            "".join(f"“quotatjon {n * n} ov many” word{n}\n" for n in range(9_000)),
        ),
        ("“a quotation” " * 9_000, "“another one” " * 9_000),
        (
            "".join(f"“quotation {n} of many” " for n in range(9_000)),
            "".join(f"“other {n} of many” " for n in range(9_000)),
        ),
        ("ab " * 30_000, "ba " * 30_000),
        ("".join(chr(0x4E00 + n % 900) for n in range(60_000)), "".join(chr(0x4E00 + n % 901) for n in range(60_000))),
    ],
)
def test_hostile_texts_are_compared_in_bounded_time(old, new):
    """difflib is quadratic on repeated words; the bound keeps a page of them from holding the store for minutes."""
    began = time.process_time()
    diff = word_diff(old, new)
    assert "".join(piece for op, piece in diff if op != "delete") == new
    assert kinds_of(content(old), content(new))
    assert time.process_time() - began < 30


def _words(count):
    return [f"word{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_words(20_000), [word for at in range(0, 20_000, 2) for word in (f"word{at + 1}", f"word{at}")]),
        (_words(20_000), _words(20_000)[::-1]),
        (["ab" * 200_000], ["ba" * 200_000]),
        (_words(400_000), ["first", *_words(400_000), "last"]),
    ],
    ids=["swapped", "reversed", "one endless word", "too long for words"],
)
@pytest.mark.parametrize("between", [" ", "\n"])
def test_a_comparison_takes_so_many_steps_and_no_more(monkeypatch, old, new, between):
    """Words that come in another order, or without end: the steps of Python's matcher are counted, and bounded."""
    taken = 0
    original = difflib.SequenceMatcher.find_longest_match

    def counted(self, alo=0, ahi=None, blo=0, bhi=None):
        nonlocal taken
        taken += (len(self.a) if ahi is None else ahi) - alo
        return original(self, alo, ahi, blo, bhi)

    monkeypatch.setattr(difflib.SequenceMatcher, "find_longest_match", counted)
    monkeypatch.setattr(diffing, "MAX_STEPS", 300_000)
    before, after = between.join(old), between.join(new)
    diff = word_diff(before, after)
    assert "".join(piece for op, piece in diff if op != "insert") == before
    assert "".join(piece for op, piece in diff if op != "delete") == after
    assert taken <= 300_000
    assert kinds_of(content(before), content(after))[0] in {"edit", "rewrite"}


def test_quotations_that_resemble_each_other_are_compared_in_bounded_steps(monkeypatch):
    """Fifty by fifty quotations of one letter: told to be lost when the steps are spent."""
    monkeypatch.setattr(diffing, "MAX_STEPS", 300_000)
    old = "\n".join(f"He said “{'ab' * 150}{number}” again." for number in range(100, 150))
    new = "\n".join(f"He said “{'ba' * 150}{number}” again." for number in range(200, 250))
    assert kinds_of(content(old), content(new))[0] in {"quote-removed", "rewrite", "edit"}
