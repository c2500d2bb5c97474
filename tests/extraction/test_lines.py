"""Lines among the paragraphs that aren't the article's, and lines like them that are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import talkscraper
from tests.support.pages import FERRY

AT = datetime(2026, 3, 1, tzinfo=UTC)
*BEFORE, AFTER = FERRY


def paragraphs(line: str) -> list[str]:
    """The paragraphs found of an article with this line in its middle."""
    text = "".join(f"<p>{each}</p>" for each in (*BEFORE, line, AFTER))
    page = f"<html lang=en><body><article><h1>Ferry returns to the lake</h1>{text}</article>"
    article = talkscraper.extract(page.encode(), "https://courier.example/news/1", AT).article
    assert article is not None
    return article.text.split("\n\n")


@pytest.mark.parametrize(
    "line",
    [
        "Empfohlener redaktioneller Inhalt",
        "An dieser Stelle finden Sie einen externen Inhalt, der den Artikel ergänzt. Sie können ihn ein- und ausblenden.",
        "Ich bin damit einverstanden, dass mir externe Inhalte angezeigt werden.",
        "To view this content, please enable cookies for our partners in your settings.",
        "This content is hosted by a third party that may set cookies when you open it.",
        "Ce contenu est bloqué car vous n'avez pas accepté les traceurs de nos partenaires.",
        "Para ver este contenido, acepte las cookies de terceros en la configuración de su cuenta.",
        "Om deze inhoud te tonen moeten wij je toestemming hebben voor het plaatsen van cookies.",
        "Wie hat Ihnen dieser Artikel gefallen?",
        "Did you find this article helpful?",
    ],
)
def test_placeholders_of_embeds_and_ratings_are_left_out(line):
    """What a newsroom writes in place of a video or a post, until somebody agrees to it."""
    assert paragraphs(line) == [*BEFORE, AFTER]


@pytest.mark.parametrize(
    "line",
    [
        "To view the harbour from above, the engineers climbed the church tower and counted the piles one by one.",
        "Average rating of the yard among sailors was poor for years, the report says, and nobody wondered why.",
        "This post is hosted by nobody now: the lighthouse stands empty, and its lamp was sold to a museum inland.",
    ],
)
def test_sentences_that_begin_alike_stay(line):
    """They tell something."""
    assert line in paragraphs(line)
