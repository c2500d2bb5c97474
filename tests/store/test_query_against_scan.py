"""Every operator of the query language, held against a scan that reads each text of a small archive letter by letter.

The scan knows nothing of the index: it has a folding of its own, made of lists of the spellings used here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import normalize

import pytest

from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest, match, matches
from talkscraper.store.query import parse
from talkscraper.store.snippets import CLOSE, OPEN, Highlighter
from tests.support.row_archives import RowArchive, article

SPELLINGS = [
    ("горбачев", ["Горбачёв", "Горбачев", "горбачёв", "ГОРБАЧЕВ", "Горбаче\u0308в"]),
    ("мой", ["мой", "Мой", "мои\u0306"]),
    ("мои", ["мои", "МОИ"]),
    ("киів", ["Київ", "київ"]),
    ("ομηρος", ["Όμηρος", "όμηρος", "ΟΜΗΡΟΣ", "Ὅμηρος", "ομηρος"]),
    ("احمد", ["أحمد", "احمد", "أَحْمَد", "أحمـــد"]),
    ("المدرسه", ["المدرسة", "المدرسه"]),
    ("على", ["على", "علي"]),
    ("strasse", ["Straße", "Strasse", "STRASSE", "STRAẞE"]),
    ("lodz", ["Łódź", "Lodz", "łódź", "LÓDZ"]),
    ("orsted", ["Ørsted", "orsted", "ØRSTED"]),
    ("nang", ["Nẵng", "nang", "Na\u0306\u0303ng"]),
    ("coeur", ["cœur", "coeur", "CŒUR"]),
    ("istanbul", ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul"]),
    ("isik", ["Işık", "ışık", "IŞIK", "isik"]),
    ("muller", ["Müller", "muller"]),
    ("mueller", ["Mueller"]),
    ("हिन्दी", ["हिन्दी"]),
    ("हिन्द", ["हिन्द"]),
    ("जमीन", ["ज़मीन", "जमीन", "ज\u093cमीन"]),
    ("को", ["को"]),
    ("की", ["की"]),
    ("fine", ["ﬁne", "fine", "ｆｉｎｅ"]),
    ("2025", ["2025", "٢٠٢٥", "２０２５"]),
    ("woman", ["woman", "Woman"]),
    ("women", ["women", "WOMEN"]),
    ("wagon", ["wagon"]),
    ("rundfahrt", ["Rundfahrt", "rundfahrt"]),
    ("fahrt", ["Fahrt"]),
    ("fahrten", ["Fahrten"]),
    ("climate", ["Climate", "climate"]),
    ("change", ["change", "Change"]),
    ("charge", ["charge"]),
]
FOLDED = {spelling: plain for plain, spellings in SPELLINGS for spelling in spellings} | {"علي": "على"}
TYPED = [spelling for _, spellings in SPELLINGS for spelling in spellings]
FREE = ["がっこう", "かつこう", "東京都", "ภาษาไทย", "น้ำ", "한국어"]
SYMBOLS = ["C++", "C#", ".NET", "$100", "#hashtag", "@name", "C", "NET", "100", "hashtag", "name", "50%"]
PARTED = ["½", "R&D", "1 2", "R D"]


@dataclass(frozen=True)
class Scanned:
    """A text as the scan reads it."""

    typed: list[str]

    @property
    def folded(self) -> list[str]:
        return [FOLDED.get(each, each) for each in self.typed]


@pytest.fixture(scope="module")
def texts() -> dict[str, Scanned]:
    """Texts of words in many scripts and spellings, by address."""
    chance = random.Random(7)
    made = {}
    for number in range(160):
        words = chance.choices(TYPED, k=chance.randint(4, 14)) + chance.choices(SYMBOLS, k=1)
        chance.shuffle(words)
        # these are several words for NEAR, so nothing stands behind them
        words += [chance.choice(FREE), chance.choice(PARTED)]
        made[f"https://news.test/{number}"] = Scanned(words)
    return made


@pytest.fixture
def archive_of(archive: RowArchive, texts: dict[str, Scanned]) -> RowArchive:
    """An archive of these texts, without other words."""
    for url, scanned in texts.items():
        archive.page(article(url, " ".join(scanned.typed), title="", authors=()))
    return archive


def _queries(texts: dict[str, Scanned]) -> Iterator[tuple[str, Callable[[list[str]], bool]]]:
    chance = random.Random(11)

    def has(words: list[str], *wanted: str) -> bool:
        size = len(wanted)
        return any(words[at : at + size] == list(wanted) for at in range(len(words)))

    def near(words: list[str], a: str, b: str, distance: int) -> bool:
        places = [(i, j) for i, x in enumerate(words) for j, y in enumerate(words) if x == a and y == b and i != j]
        return any(abs(i - j) - 1 <= distance for i, j in places)

    for typed in TYPED:
        plain = FOLDED[typed]
        yield typed, lambda words, w=plain: has(words, w)
        yield f'"{typed}"', lambda words, w=plain: has(words, w)
    for _ in range(60):
        a, b, c = (chance.choice(TYPED) for _ in range(3))
        x, y, z = FOLDED[a], FOLDED[b], FOLDED[c]
        yield f"{a} {b}", lambda words, x=x, y=y: has(words, x) and has(words, y)
        yield f"{a} OR {b}", lambda words, x=x, y=y: has(words, x) or has(words, y)
        yield f"{a} -{b}", lambda words, x=x, y=y: has(words, x) and not has(words, y)
        yield (
            f"({a} OR {b}) NOT {c}",
            lambda words, x=x, y=y, z=z: (has(words, x) or has(words, y)) and not has(words, z),
        )
        if x not in (y, z):
            distance = chance.randint(0, 6)
            for query in (f'"{a} {b}"~{distance}', f"{a} NEAR/{distance} {b}", f"{b} W/{distance} {a}"):
                yield query, lambda words, x=x, y=y, d=distance: near(words, x, y, d)
            yield f"{a} NEAR {b}", lambda words, x=x, y=y: near(words, x, y, 10)
            yield (
                f"{a} NEAR/2 ({b} OR {c})",
                lambda words, x=x, y=y, z=z: near(words, x, y, 2) or near(words, x, z, 2),
            )
    for scanned in list(texts.values())[:40]:
        spaced = [each for each in scanned.typed if each in FOLDED]
        pairs = [each for each in pairwise(scanned.typed) if each[0] in FOLDED and each[1] in FOLDED]
        assert spaced
        for a, b in pairs[:3]:
            yield f'"{a} {b}"', lambda words, a=FOLDED[a], b=FOLDED[b]: has(words, a, b)
            start = b if len(FOLDED[b]) < 4 else FOLDED[b][:3]
            beginning = FOLDED.get(start, start)
            yield (
                f'"{a} {start}*"',
                lambda words, a=FOLDED[a], s=beginning: any(x == a and y.startswith(s) for x, y in pairwise(words)),
            )
    for pattern in ("wom?n", "w*n", "wo*n", "*fahrt", "*fahrt*", "fahrt?n", "strAß*e", "m?ller", "ГОРБ?чёв", "*ηρος", "cha?ge", "?िन्दी",
                    "го*в", "र*न", "ज*न", "ا*د", "?ahrt", "cl?m*e"):  # fmt: skip
        folded = pattern.lower().replace("ß", "ss").replace("ё", "е").replace("ς", "σ")
        wild = re.compile("".join(".*" if e == "*" else "." if e == "?" else re.escape(e) for e in folded))
        yield pattern, lambda words, wild=wild: any(wild.fullmatch(w.replace("ς", "σ")) for w in words)
        yield f"climate NEAR/3 {pattern}", None  # only that it runs
    yield (
        '"climate ch*"',
        lambda words: any(a == "climate" and b[:2] == "ch" for a, b in pairwise(words)),
    )
    yield '"clim* change"', lambda words: has(words, "climate", "change")
    yield '"cl?mate cha?ge"', lambda words: has(words, "climate", "change")
    for word in FREE:
        yield word, lambda words, w=word: has(words, w)
    yield "か", lambda words: has(words, "かつこう")
    yield "が", lambda words: has(words, "がっこう")
    for word in ("C++", "C#", ".NET", "½", "$100", "#hashtag", "@name", "R&D", "50%"):
        yield word, lambda words, w=word: has(words, w)
        yield f"text:{word}", lambda words, w=word: has(words, w)
        yield f"climate -{word}", lambda words, w=word: has(words, "climate") and not has(words, w)
    yield "C", lambda words: any(each in ("C", "C++", "C#") for each in words)
    yield "$", lambda words: has(words, "$100")


def test_every_operator_finds_what_a_scan_finds(archive_of: RowArchive, texts: dict[str, Scanned]) -> None:
    """Recall and precision are 1 for words, phrases, OR, NOT, NEAR, wildcards and symbols in every script here."""
    connection = open_reader(archive_of.path)
    urls = {row["seq"]: row["url"] for row in archive_of.rows("select seq, url from articles")}
    wrong = []
    count = 0
    for query, holds in _queries(texts):
        matched = match(connection, SearchRequest(text=query))
        if holds is None:
            continue
        count += 1
        wanted = {url for url, scanned in texts.items() if holds(scanned.folded)}
        found = {urls[seq] for seq in matches(connection, matched.prepared)}
        if found != wanted:
            wrong.append((query, len(wanted), sorted(found - wanted)[:3], sorted(wanted - found)[:3]))
    connection.close()
    assert count > 500
    assert wrong == [], len(wrong)


def test_marks_are_set_on_the_words_of_the_original(archive_of: RowArchive, texts: dict[str, Scanned]) -> None:
    """What is marked is the word as printed, and every printing of it."""
    for typed in [*TYPED, *("C++", "C#", "$100", "½", "@name", "R&D")]:
        plain = FOLDED.get(typed, typed)
        highlighter = Highlighter(parse(typed).wanted)
        for scanned in list(texts.values())[:60]:
            text = " ".join(scanned.typed)
            marked = highlighter.mark(text, "text")
            assert marked.replace(OPEN, "").replace(CLOSE, "") == re.sub(" +", " ", _composed(text))
            inside = re.findall(f"{OPEN}(.*?){CLOSE}", marked)
            wanted = [_composed(each) for each in scanned.typed if FOLDED.get(each, each) == plain]
            assert inside == wanted, (typed, marked)


def _composed(text: str) -> str:
    return normalize("NFC", text)
