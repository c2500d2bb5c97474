"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.feed_entries import (
    MAX_ENTRIES,
    WEB_ADDRESS,
    FeedEntry,
    FeedHead,
    add_entry,
    feed_contents,
    language_tag,
)
from talkscraper.discovery.formats.feed import FEED
from talkscraper.discovery.model import LinkSet, Unreadable, joined
from talkscraper.discovery.seed_format import SeedContents, SeedDocument, SeedFormat


def _read(document: SeedDocument) -> SeedContents:
    url = document.url
    try:
        feed: Any = json.loads(document.text)
    except (ValueError, RecursionError) as e:
        raise Unreadable(f"{url}: not a feed (JSON that can't be read: {e})") from e
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise Unreadable(f"{url}: not a feed (JSON without items)")
    found = LinkSet(via=url, most=MAX_ENTRIES)
    next_url = feed.get("next_url")
    title = feed.get("title")
    head = FeedHead(
        title=title[:300] if isinstance(title, str) else None,
        language=language_tag(feed.get("language")),
        next_url=joined(url, next_url) if isinstance(next_url, str) and next_url else None,
    )
    for item in feed["items"]:
        if isinstance(item, dict):
            add_entry(found, _entry(item, url), head.language)
    return feed_contents(found, "json", head)


def _entry(item: dict[str, Any], url: str) -> FeedEntry:
    def text(*names: str) -> str | None:
        return next(
            (item[name].strip() for name in names if isinstance(item.get(name), str) and item[name].strip()), None
        )

    link = text("url") or text("external_url")
    if link is None and (identifier := text("id")) and WEB_ADDRESS.match(identifier):
        link = identifier
    title = text("title")
    return FeedEntry(
        url=joined(url, link) if link else None,
        title=" ".join(title[:1000].split()) if title else None,
        published=moment(text("date_published")),
        modified=moment(text("date_modified")),
    )


JSON_FEED = SeedFormat(
    name="JSON Feed",
    kind=FEED,
    recognises=lambda document: document.text.startswith(("{", "[")),
    read=_read,
    certain=lambda document: document.text.startswith("{") and "jsonfeed.org/version" in document.head,
    # not application/json: WordPress announces an API by it
    media_types=("application/feed+json",),
)
