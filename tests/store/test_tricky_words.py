"""Words that are hard to find, each in a text of its own: a query finds that one, marks it, and finds no other."""

import pytest

from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from tests.support.row_archives import RowArchive, article

WORDS = {
    "Михаил Горбачёв приехал.": (
        "горбачев",
        "ГОРБАЧЁВ",
    ),
    "Ο Όμηρος και ο ΟΔΥΣΣΕΥΣ.": (
        "ομηρος",
        "οδυσσευς",
        "οδυσσεύς",
    ),
    "قال أحمد في المدرسة إن العـــربيّة جميلة": (
        "احمد",
        "المدرسه",
        "العربية",
        "العربيه",
    ),
    "Die Straße und die STRASSE, das Großmaß.": (
        "strasse",
        "straße",
        "STRASSE",
        "grossmass",
    ),
    "Łódź i Gdańsk, żółć": (
        "lodz",
        "Łódź",
        "gdansk",
        "zolc",
    ),
    "Ørsted og Århus, Kjærlighed": (
        "orsted",
        "arhus",
        "kjaerlighed",
    ),
    "Đà Nẵng và Hà Nội": (
        "da nang",
        "ha noi",
        '"đà nẵng"',
    ),
    "Le cœur d’un élève, l’été, aujourd’hui; Œuvre": (
        "coeur",
        "cœur",
        "oeuvre",
        "ete",
        "l'été",
        "aujourd'hui",
        "aujourd’hui",
        "d'un",
    ),
    'צה״ל הודיע, ארה"ב, שָׁלוֹם': (
        'צה"ל',
        "צה״ל",
        "ארה״ב",
        'ארה"ב',
        "שלום",
    ),
    "İstanbul ve Diyarbakır, ISPARTA, ılık": (
        "istanbul",
        "İSTANBUL",
        "diyarbakir",
        "diyarbakır",
        "isparta",
        "ısparta",
        "ilik",
    ),
    "Þórsmörk og Eyjafjallajökull": (
        "thorsmork",
        "þórsmörk",
        "eyjafjallajokull",
    ),
    "Written in C++ and C# on .NET, AT&T, R&D 50% $100 ½ #hashtag @name": (
        "C++",
        "C#",
        ".NET",
        "AT&T",
        "R&D",
        "50%",
        "$100",
        "½",
        "#hashtag",
        "@name",
    ),
    "Donau\u00addampf\u00adschiff fährt": (
        "donaudampfschiff",
        "donaudampf*",
    ),
    "zero\u200bwidth and join\u200der, word\u2060joiner": (
        "zerowidth",
        "joiner",
        "wordjoiner",
    ),
    "cafe\u0301 au lait, nai\u0308ve, A\u030angstro\u0308m": (
        "café",
        "cafe",
        "naïve",
        "naive",
        "ångström",
        "angstrom",
    ),
    "well-known e-mail co-operate state-of-the-art X-ray": (
        "well-known",
        '"well known"',
        "e-mail",
        "co-operate",
        "state-of-the-art",
        "x-ray",
    ),
    "O'Brien’s don't, rock ’n’ roll, Qur'an, Hawaiʻi": (
        "O'Brien",
        "o’brien",
        "don't",
        "don’t",
        "qur'an",
        "qur’an",
        "hawai'i",
        "hawaiʻi",
    ),
    "東京都は半角ｶﾀｶﾅとガイド、ﾊﾟﾝ、カタカナ": (
        "東京",
        "京都",
        "都",
        "カタカナ",
        "ｶﾀｶﾅ",
        "ガイド",
        "パン",
        "半角",
    ),
    "서울특별시 시장이 말했다": (
        "서울",
        "특별시",
    ),
    "กรุงเทพมหานคร ประเทศไทย": (
        "กรุงเทพ",
        "ไทย",
    ),
    "北京市政府，臺灣": (
        "北京",
        "臺灣",
    ),
    "ＡＢＣ１２３ full width": (
        "ABC123",
        "abc123",
        "ＡＢＣ１２３",
    ),
    "eﬃcient ﬁnance": (
        "efficient",
        "finance",
    ),
    "It cost 1,234.56 in 2025-10-28; 3.5 per cent; 10.000": (
        "1,234.56",
        '"1,234.56"',
        "2025-10-28",
        "3.5",
        "10.000",
    ),
    "Ștefan și Țara, Timişoara": (
        "stefan",
        "țara",
        "ţara",
        "timisoara",
        "timișoara",
    ),
    "Příliš žluťoučký kůň": (
        "prilis",
        "kun",
    ),
    "Árvíztűrő tükörfúrógép": ("arvizturo",),
    "Київ, їжак, Ґанок": (
        "київ",
        "їжак",
        "ґанок",
    ),
    "हिन्दी में समाचार, क़िला": (
        "हिन्दी",
        "समाचार",
        "क़िला",
    ),
    "বাংলা ভাষা": ("বাংলা",),
    "საქართველო": ("საქართველო",),
    "Հայաստան և Երևան": (
        "Հայաստան",
        "երևան",
        "երեւան",
    ),
    "Tromsø blåbær": (
        "tromso",
        "blabaer",
    ),
    "Õhtuleht, Jõgeva": (
        "ohtuleht",
        "jogeva",
    ),
    "Ħal Għaxaq": ("hal ghaxaq",),
    "El Niño, ¿qué? pingüino": (
        "nino",
        "que",
        "pinguino",
    ),
    "São João, coração": (
        "sao joao",
        "coracao",
    ),
    "«guillemets» „low“ “high” ‹single›": (
        "guillemets",
        "low",
    ),
    "H₂O and E=mc², No. 5 ﬀ": (
        "H2O",
        "h₂o",
        "mc2",
        "mc²",
    ),
    "علی کتاب\u200cها و ایران": (
        "علی",
        "علي",
        "کتاب\u200cها",
        "ایران",
        "ايران",
    ),
    "پاکستان کے وزیر": ("پاکستان",),
    "አዲስ አበባ": ("አዲስ",),
    "5 µm and 5 μm Ω": (
        "5 μm",
        "5 µm",
    ),
    "U.S.A. and USA, Ph.D.": (
        "USA",
        "U.S.A.",
        "ph.d.",
    ),
    "node.js example.org foo_bar": (
        "node.js",
        "example.org",
        "foo_bar",
    ),
    "war—peace now–then, und/oder": (
        "war",
        "peace",
        "war—peace",
        "und/oder",
    ),
    "flag 🇰🇪 smile😀face": (
        "face",
        "smile",
    ),
    "IJsland, geïnteresseerd": (
        "ijsland",
        "geinteresseerd",
    ),
    "Göteborg": (
        "goteborg",
        "göteborg",
    ),
    "Bjørnstjerne": ("bjornstjerne",),
    "Қазақстан Әлия": (
        "қазақстан",
        "әлия",
    ),
    "كتاب ي": (
        "کتاب",
        "كتاب",
    ),
}
"""Text → queries that find it: other accents, spellings, quotation marks, joiners, widths, and symbols."""
NOTHING = ("obrien", "goeteborg", "казахстан", "и", "е")
"""Spellings that are no foldings: another word, another language's habit, a letter alone."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    archive = RowArchive(tmp_path_factory.mktemp("words") / "talkscraper.db")
    for number, text in enumerate(WORDS):
        archive.page(article(f"https://news.test/{number}", text, title=f"T{number}", authors=()))
    archive.writer.close()
    connection = open_reader(archive.path)
    yield connection
    connection.close()


def found(connection, query):
    hits = search(connection, SearchRequest(text=query)).hits
    assert all("\x02" in hit.snippet for hit in hits), query
    return [int(hit.url.rpartition("/")[2]) for hit in hits]


def test_every_spelling_finds_its_text_and_no_other(connection):
    """And the snippet marks what was found."""
    wanted = {query: [number] for number, queries in enumerate(WORDS.values()) for query in queries}
    assert {query: found(connection, query) for query in wanted} == wanted


def test_what_is_another_word_is_not_found(connection):
    assert [query for query in NOTHING if found(connection, query)] == []
