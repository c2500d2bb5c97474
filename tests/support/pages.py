"""Pages of an invented newspaper, The Quay."""

from __future__ import annotations

PARAGRAPHS = (
    (
        "The harbour office said on Tuesday that the wall would be raised by a metre before the winter storms, and that "
        "the fishing boats would have to leave the inner basin for three weeks while the stones are brought in by barge."
    ),
    (
        "Residents of the lower town have asked for the work since the flood of the year before last, when water stood in "
        "the market hall for two days and the ferry could not land at all; the council set money aside in the spring."
    ),
    (
        "An engineer who has inspected the old wall called it sound but too low. Divers will look at its foot in the coming "
        "days, and the plans will be shown in the library, where anybody may write a comment into the book on the table."
    ),
)

FERRY = (
    "The old ferry goes back into the water next week, the harbour master said, and takes the school children.",
    "It had stood in the yard since the spring before last, when a plank gave way under a cart of potatoes.",
    "Four carpenters worked on it through the winter; the council paid for the oak, and the church for the paint.",
)
"""The paragraphs of a short report in another newspaper."""
FERRY_MARKUP = "".join(f"<p>{each}</p>" for each in FERRY)


def article(
    title: str,
    *,
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    more: str = "",
    head: str = "",
    after: str = "",
    day: int = 20,
) -> bytes:
    """A page with a headline, a date in October 2025 and paragraphs.

    Args:
        title: the headline.
        paragraphs: the text.
        more: a further paragraph.
        head: markup in the head.
        after: markup behind the text.
        day: the day of October.
    """
    text = "".join(f"<p>{paragraph}</p>" for paragraph in (*paragraphs, *([more] if more else [])))
    return (
        f'<!doctype html><html lang="en"><head><title>{title} | The Quay</title>{head}'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2025-10-{day:02}T08:00:00+00:00"></head>'
        f"<body><main><article><h1>{title}</h1>{text}{after}</article></main></body></html>"
    ).encode()


def listing(*paths: str) -> bytes:
    """A front page that links to articles."""
    links = "".join(f'<li><a href="{path}">A story about {path.rsplit("/", 1)[-1]}</a></li>' for path in paths)
    return f"<!doctype html><html><head><title>The Quay</title></head><body><ul>{links}</ul></body></html>".encode()


def feed(base: str, *paths: str) -> bytes:
    """An RSS feed of articles."""
    items = "".join(
        f"<item><title>{path}</title><link>{base}{path}</link><pubDate>Mon, 20 Oct 2025 08:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Q</title>{items}</channel></rss>'.encode()
