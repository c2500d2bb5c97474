"""Check of a source's sample page: what extraction finds on it now, compared with the values in sources.toml.

Selectors break when a site is redesigned. ``sources check`` fetches the one page whose expected values are in
sources.toml and names each field that is no longer found.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from talkscraper.errors import ExtractionFailed
from talkscraper.extraction import extract
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.model import Article
from talkscraper.pool import Task
from talkscraper.sources.http_client import SiteResponse
from talkscraper.sources.model import Sample, Source

EXTRACT_RESPONSE = Task(extract)
_SHOWN = 80
"""Maximum number of characters of a value that are shown."""


def examine_sample(source: Source, get: Callable[[str], SiteResponse], now: datetime) -> tuple[str, ...]:
    """Return the differences from the sample, one line each; none without a sample or where all values match.

    Args:
        source: The source.
        get: Fetches a page, obeying politeness.
        now: The time of the fetch; aware.

    Raises:
        SourceUnreachable: the site doesn't respond.
    """
    sample = source.selectors.sample
    if sample is None:
        return ()
    response = get(sample.url)
    if not response.ok:
        return (f"sample {sample.url}: {response.describe()}",)
    try:
        with ExtractorPool(1) as pool:
            found = pool.ask(
                response.url, EXTRACT_RESPONSE, response.body, response.url, now, response.headers,
                selectors=source.reading, status=response.status,
            ).result()  # fmt: skip
    except ExtractionFailed as e:
        return (f"sample {e}",)
    if found.article is None:
        return (f"sample {sample.url}: no article but {found.page_kind}: {found.reason}",)
    rotten = next((line.value for line in found.provenance if line.field == "selectors"), None)
    lines = [f"sample {sample.url}: {line}" for line in _differences(sample, found.article)]
    if rotten:
        lines.append(f"sample {sample.url}: the selectors for {rotten} find nothing that can be believed")
    return tuple(lines)


def _differences(sample: Sample, article: Article) -> list[str]:
    lines: list[str] = []

    def compare(name: str, wanted: object, found: object) -> None:
        if wanted is not None and wanted != found:
            lines.append(f"{name} is {_short(found)}, not {_short(wanted)}")

    compare("title", sample.title, article.title)
    compare("published", sample.published, article.published.day if article.published else None)
    compare("authors", sample.authors, tuple(author.name for author in article.authors))
    if sample.begins is not None and not article.text.startswith(sample.begins):
        lines.append(f"the text begins {_short(article.text)}, not {_short(sample.begins)}")
    if sample.ends is not None and not article.text.endswith(sample.ends):
        lines.append(f"the text ends {_short(article.text[-_SHOWN:])}, not {_short(sample.ends)}")
    return lines


def _short(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return repr(text[:_SHOWN])
