"""The newsroom knows what its articles say, and extraction must say the same: title, text, days, authors, tags, captions."""

from datetime import UTC, datetime

import pytest

import talkscraper
from talkscraper.fixture_site.minato_shimbun import MinatoShimbun
from talkscraper.fixture_site.stories import edition
from talkscraper.fixture_site.talk_of_harbours import TalkOfHarbours

BASE = "http://127.0.0.1:8461"
LATER = datetime(2025, 11, 1, tzinfo=UTC)


def articles():
    for name, site, path in (
        ("talk_of_harbours", TalkOfHarbours(), "/posts/{}"),
        ("minato_shimbun", MinatoShimbun(), "/news/{}.html"),
    ):
        for story in edition(name, 0).stories:
            yield pytest.param(site, path.format(story.slug), story, id=f"{name}-{story.slug}")


@pytest.mark.parametrize(("site", "path", "story"), list(articles()))
def test_the_article_is_what_its_newspaper_holds(site, path, story):
    reply = site.answer(path, BASE)
    found = talkscraper.extract(reply.body, BASE + path, LATER, {"Content-Type": reply.content_type})
    article = found.article
    assert article is not None, found.reason
    assert article.title == story.title
    assert article.text == "\n\n".join(story.paragraphs)
    assert tuple(author.name for author in article.authors) == ((story.author,) if story.author else ())
    assert article.published_at == datetime.fromisoformat(story.published)
    assert article.published_at.date().isoformat() == story.published[:10], (
        "the printed day, in the newsroom's own time"
    )
    assert article.modified_at == (datetime.fromisoformat(story.modified) if story.modified else None)
    assert article.tags == story.tags
    assert story.caption in [image.caption for image in article.images]
