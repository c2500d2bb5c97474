"""Survey of a site, page by page: robots.txt, homepage, feeds, sitemaps, sections, and the articles they name.

Pure but for ``get``, which the caller passes: a polite client (``sources.http_client``), or a test's table. Responses
are parsed in ``pool``, so that a page that hangs or exhausts memory affects nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from talkscraper.discovery import feeds, listings, sitemaps
from talkscraper.discovery.article_rules import own, refusal
from talkscraper.discovery.dated_patterns import dated_patterns
from talkscraper.discovery.model import Link, LinkKind, Unreadable
from talkscraper.discovery.page_links import parse_page
from talkscraper.discovery.probe import guesses, probe
from talkscraper.discovery.robots import sitemaps_of
from talkscraper.errors import ExtractionFailed, SourceUnreachable
from talkscraper.pool import Task, WorkerPool
from talkscraper.sources.http_client import OffSiteRedirect, SiteResponse, robots_url
from talkscraper.sources.model import Source
from talkscraper.sources.robots_rules import RobotsRules
from talkscraper.urls.canonical import cleaned

_P = ParamSpec("_P")
_R = TypeVar("_R")

MAX_FEEDS = 8
MAX_SITEMAPS = 6
MAX_SECTIONS = 4
"""Maximum number of documents of a kind that are fetched; a crawl fetches all."""
MAX_GUESSES = 5
SAMPLES = 5
STALE = timedelta(days=30)
"""Age of a feed's newest entry from which the feed is reported as stale."""
CONFIGURED = "sources.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedSeed:
    """A feed, sitemap, section or homepage, as found."""

    url: str
    kind: str
    """``homepage``, ``feed``, ``sitemap`` or ``listing``."""
    via: str
    """Where it was named: ``sources.toml``, an address, or ``usual places``."""
    named: int = 0
    """Number of addresses that it names."""
    articles: int = 0
    """Number of these that are articles of the source."""
    newest: datetime | None = None
    form: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSurvey:
    """The results for a site."""

    source_id: str
    homepage: str
    """The homepage's URL after redirects."""
    title: str | None
    site_name: str | None
    language: str | None
    robots: str
    crawl_delay_s: float | None
    seen: tuple[SurveyedSeed, ...]
    articles: tuple[str, ...]
    """Distinct addresses of articles, those of the homepage first."""
    others: tuple[str, ...]
    """Other addresses on its homepage, which a pattern must not match."""
    problems: tuple[str, ...]
    sample: tuple[str, ...] = ()
    """Differences of the source's sample page from sources.toml."""

    @property
    def failed(self) -> bool:
        """Whether nothing can be crawled (the site doesn't respond, or names no article), or the sample differs."""
        return not self.articles or bool(self.sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """Return a few of the articles."""
        return self.articles[:SAMPLES]

    def found(self, kind: str) -> tuple[str, ...]:
        """Addresses of a kind that work and lead to articles."""
        return tuple(each.url for each in self.seen if each.kind == kind and each.problem is None and each.articles)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """What a front page says of its newsroom."""

    announced: tuple[Link, ...] = ()
    """Feeds, sitemaps and the like."""
    title: str | None = None
    site_name: str | None = None
    language: str | None = None
    sections: tuple[Link, ...] = ()
    own: frozenset[str] = frozenset()
    """Addresses of the newsroom that it links to."""


def read_front(body: bytes, url: str, source: Source) -> FrontPage:
    """A front page; runs in a worker process.

    Raises:
        Unreadable: it isn't HTML.
    """
    page = parse_page(body, url)
    listing = listings.read_listing(body, url, source)
    return FrontPage(
        announced=tuple(probe(body, url)),
        title=listing.title,
        site_name=page.meta("og:site_name"),
        language=page.language,
        sections=tuple(link for link in listing.links if link.kind is LinkKind.LISTING),
        own=frozenset(cleaned(anchor.url) for anchor in page.anchors() if own(anchor.url, source)),
    )


READ_FRONT = Task(read_front)
READ_LISTING = Task(listings.read_listing)
PARSE_FEED: Task[[bytes, str], feeds.Feed] = Task(feeds.parse_feed)
PARSE_SITEMAP: Task[[bytes, str], sitemaps.Sitemap] = Task(sitemaps.parse_sitemap)


@dataclass(slots=True)
class _Surveyor:
    source: Source
    get: Callable[[str], SiteResponse]
    pool: WorkerPool
    now: datetime
    look_around: bool
    seen: list[SurveyedSeed] = field(default_factory=list)
    articles: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def read(self, about: str, task: Task[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """What a page holds."""
        return self.pool.ask(about, task, *args, **kwargs).result()

    def front(self) -> SiteResponse | None:
        """The front page, where it can be read."""
        url = self.source.homepage
        answer = self._ask(url, "homepage", CONFIGURED)
        if answer is None:
            return None
        try:
            found = self.read(answer.url, READ_LISTING, answer.body, answer.url, self.source)
        except (Unreadable, ExtractionFailed) as e:
            self._failed(url, "homepage", CONFIGURED, str(e))
            return None
        if not own(answer.url, self.source):
            self.problems.append(f"the homepage redirects to {answer.url}, another site: make that the homepage")
        self._note(url, "homepage", CONFIGURED, found.links, found.articles)
        return answer

    def feeds(self, announced: Iterable[Link]) -> None:
        """The source's feeds, else those that its homepage announces, else those in the usual places."""
        links = _of(LinkKind.FEED, announced, self.source.feeds)
        for link in links[:MAX_FEEDS]:
            self._feed(link)
        if not links and self.look_around:
            for link in _of(LinkKind.FEED, guesses(self.source.homepage))[:MAX_GUESSES]:
                if self._feed(link, guessed=True):
                    return

    def sitemaps(self, announced: Iterable[Link]) -> None:
        """The source's sitemaps, else those of robots.txt and the homepage, else those in the usual places."""
        links = _of(LinkKind.SITEMAP, announced, self.source.sitemaps)
        asked: set[str] = set()
        for link in _news_first(links)[:MAX_SITEMAPS]:
            self._sitemap(link, asked)
        if not links and self.look_around:
            for link in _of(LinkKind.SITEMAP, guesses(self.source.homepage))[:MAX_GUESSES]:
                if self._sitemap(link, asked, guessed=True):
                    return

    def sections(self, announced: Iterable[Link]) -> None:
        """The source's sections, else those in its homepage's navigation."""
        for link in _of(LinkKind.LISTING, announced, self.source.sections)[:MAX_SECTIONS]:
            answer = self._ask(link.url, "listing", link.via)
            if answer is None:
                continue
            try:
                found = self.read(answer.url, READ_LISTING, answer.body, answer.url, self.source)
            except (Unreadable, ExtractionFailed) as e:
                self._failed(link.url, "listing", link.via, str(e))
                continue
            self._note(link.url, "listing", link.via, found.links, found.articles)

    def _feed(self, link: Link, *, guessed: bool = False) -> bool:
        answer = self._ask(link.url, "feed", link.via, guessed=guessed)
        if answer is None:
            return False
        try:
            feed = self.read(answer.url, PARSE_FEED, answer.body, answer.url)
        except (Unreadable, ExtractionFailed) as e:
            if not guessed:
                self._failed(link.url, "feed", link.via, str(e))
            return False
        self._note(link.url, "feed", link.via, feed.entries, self._of_source(feed.entries, feed.form), form=feed.form)
        return True

    def _sitemap(self, link: Link, asked: set[str], *, guessed: bool = False) -> bool:
        if link.url in asked or len(asked) >= MAX_SITEMAPS:
            return False
        asked.add(link.url)
        answer = self._ask(link.url, "sitemap", link.via, guessed=guessed)
        if answer is None:
            return False
        try:
            sitemap = self.read(answer.url, PARSE_SITEMAP, answer.body, answer.url)
        except (Unreadable, ExtractionFailed) as e:
            if not guessed:
                self._failed(link.url, "sitemap", link.via, str(e))
            return False
        articles = self._of_source(sitemap.entries, sitemap.form)
        self._note(link.url, "sitemap", link.via, sitemap.entries, articles, form=sitemap.form)
        for child in _news_first(_of(LinkKind.SITEMAP, sitemap.entries)):
            self._sitemap(child, asked)
        return True

    def _of_source(self, links: Iterable[Link], form: str) -> tuple[Link, ...]:
        return tuple(
            link
            for link in links
            if link.kind is LinkKind.ARTICLE
            and own(link.url, self.source)
            and not refusal(link, self.source, form=form)
        )

    def _ask(self, url: str, kind: str, via: str, *, guessed: bool = False) -> SiteResponse | None:
        try:
            answer = self.get(url)
        except SourceUnreachable as e:
            if not guessed:
                moved = ": make that the homepage" if kind == "homepage" and isinstance(e, OffSiteRedirect) else ""
                self._failed(url, kind, via, f"{e}{moved}")
            return None
        if answer.ok:
            return answer
        if not guessed:
            self._failed(url, kind, via, answer.describe())
        return None

    def _failed(self, url: str, kind: str, via: str, problem: str) -> None:
        self.seen.append(SurveyedSeed(url=url, kind=kind, via=via, problem=problem))
        self.problems.append(problem if url in problem else f"{url}: {problem}")

    def _note(
        self,
        url: str,
        kind: str,
        via: str,
        named: tuple[Link, ...],
        articles: tuple[Link, ...],
        form: str | None = None,
    ) -> None:
        self.articles.update(dict.fromkeys(link.url for link in articles))
        newest = max((link.declared_at for link in articles if link.declared_at is not None), default=None)
        self.seen.append(
            SurveyedSeed(
                url=url, kind=kind, via=via, named=len(named), articles=len(articles), newest=newest, form=form
            )
        )
        if kind == "feed" and newest is not None and newest < self.now - STALE:
            self.problems.append(f"{url}: its newest entry is of {newest:%Y-%m-%d}")
        elif kind in ("feed", "sitemap") and not named:
            self.problems.append(f"{url}: empty")


def _of(kind: LinkKind, links: Iterable[Link], configured: tuple[str, ...] = ()) -> list[Link]:
    """Links of a kind, each once; what sources.toml gives instead, where it gives any."""
    if configured:
        return [Link(url=url, kind=kind, via=CONFIGURED) for url in configured]
    return list({link.url: link for link in links if link.kind is kind}.values())


def _news_first(links: list[Link]) -> list[Link]:
    """Sitemaps for news before the others; these stay as they come, newest first."""
    return sorted(links, key=lambda link: "news" not in link.url.rpartition("/")[2].lower())


def survey(
    source: Source,
    *,
    get: Callable[[str], SiteResponse],
    robots: Callable[[str], RobotsRules],
    pool: WorkerPool,
    now: datetime,
    look_around: bool = False,
) -> SiteSurvey:
    """Ask a newsroom what it offers.

    Args:
        source: Whom; what sources.toml leaves out is looked for.
        get: Fetches an address; raises ``SourceUnreachable``.
        robots: The robots.txt of an address's site.
        pool: Where pages are read.
        now: To tell what is stale.
        look_around: Also try the usual places for feeds and sitemaps, where nothing announces any.

    Raises:
        SourcesError: a public address without a contact, or a private one that isn't allowed.
    """
    work = _Surveyor(source, get, pool, now, look_around)
    rules = robots(source.homepage)
    front = work.front()
    homepage = front.url if front is not None else source.homepage
    page = FrontPage()
    if front is not None:
        try:
            page = work.read(front.url, READ_FRONT, front.body, front.url, source)
        except (Unreadable, ExtractionFailed) as e:
            work.problems.append(str(e))
    in_robots = list(sitemaps_of(rules.body.encode(), robots_url(source.homepage)))
    work.feeds(page.announced)
    work.sitemaps([*in_robots, *page.announced])
    if front is not None:
        work.sections(page.sections)
    if rules.unreachable:
        work.problems.insert(0, f"robots.txt {rules.status}: nothing may be fetched")
    work.problems.extend(dated_patterns(source))
    if not work.articles and front is not None:
        work.problems.append("no address looks like an article's: check article_urls")
    return SiteSurvey(
        source_id=source.id,
        homepage=homepage,
        title=page.title,
        site_name=page.site_name,
        language=page.language,
        robots=rules.status.removesuffix(" (200)"),
        crawl_delay_s=rules.crawl_delay_s,
        seen=tuple(work.seen),
        articles=tuple(work.articles),
        others=tuple(sorted(page.own - set(work.articles))),
        problems=tuple(work.problems),
    )
