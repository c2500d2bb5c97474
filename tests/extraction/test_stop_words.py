"""The words of justext: kept once, and the same verdicts as trafilatura's and justext's own sets."""

from types import FunctionType
from typing import cast

import pytest
from justext.core import ParagraphMaker, classify_paragraphs
from justext.utils import get_stoplist, get_stoplists
from lxml import html
from trafilatura import external

from talkscraper.extraction.stop_words import StopWords
from talkscraper.extraction.trafilatura_copy import bare_extraction

PAGE = """<html><body><nav><ul><li><a href="/a">Harbour</a><li><a href="/b">Weather today</a></ul></nav>
<p>The wall of the harbour was mended in spring, and the boats came back before the first of the summer storms, said
the master of the port, who had waited for them since the winter in which it broke.</p>
<p>Die Mauer am Hafen wurde im Frühjahr ausgebessert, und die Boote kamen zurück, bevor der erste Sturm des Sommers
begann, sagte der Hafenmeister, der seit dem Winter auf sie gewartet hatte.</p>
<p>Zxq wvu tsr qpo nml kji hgf edc baz yxw vut srq pon mlk jih gfe dcb azy xwv uts rqp onm lkj ihg fed cba zyx wvu tsr.</p>
</body></html>"""


@pytest.fixture(scope="module")
def words() -> StopWords:
    return StopWords(map(get_stoplist, get_stoplists()))


def test_holds_the_words_of_every_list_and_no_others(words: StopWords) -> None:
    """Every word of justext's lists is one; those with another letter added, and what is no word, aren't."""
    listed = {word for language in get_stoplists() for word in get_stoplist(language)}
    assert all(word in words for word in listed)
    assert not [word for word in listed if word + "\x00" in words]
    assert "" not in words or "" in listed


def test_it_is_as_small_as_its_table(words: StopWords) -> None:
    """No string is kept: 8 bytes a place, at least three in ten of them free."""
    assert len(words._table) * 8 <= 4 * 1024**2
    assert words._table.count(-1) >= 0.3 * len(words._table)


def test_none_of_no_lists() -> None:
    """Without lists nothing is a stop word."""
    assert "the" not in StopWords([])


def test_paragraphs_are_classified_as_with_justext_s_own_set() -> None:
    """trafilatura's copy calls a copy of justext that uses the table, and gives each paragraph the same class."""
    copied = cast(FunctionType, cast(FunctionType, bare_extraction()).__globals__["compare_extraction"]).__globals__
    makes = copied["jt_stoplist_init"]
    assert isinstance(makes(), StopWords)
    assert makes() is makes()
    classes = []
    for maker, classify, stop_words in (
        (ParagraphMaker, classify_paragraphs, external.jt_stoplist_init()),
        (copied["ParagraphMaker"], copied["classify_paragraphs"], makes()),
    ):
        paragraphs = maker.make_paragraphs(html.fromstring(PAGE))
        classify(paragraphs, stop_words, 50, 150, 0.1, 0.2, 0.25, True)
        classes.append([paragraph.cf_class for paragraph in paragraphs])
    assert classes[0] == classes[1]
    assert {"good", "bad"} <= set(classes[0])
