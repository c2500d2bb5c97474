"""Survey of a site, page by page: robots.txt, homepage, feeds, sitemaps, sections, and the articles they name.

Pure but for ``get``, which the caller passes: a polite client (``sources.http_client``), or a test's table. Responses
are parsed in ``pool``, so that a page that hangs or exhausts memory affects nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, TypeVar

from talkscraper.discovery.article_rules import own, refusal
from talkscraper.discovery.dated_patterns import dated_patterns
from talkscraper.discovery.formats.web_page import LISTING
from talkscraper.discovery.listings import read_listing
from talkscraper.discovery.model import Link, Unreadable
from talkscraper.discovery.page_links import parse_page
from talkscraper.discovery.probe import guesses, probe
from talkscraper.discovery.robots import sitemaps_of
from talkscraper.discovery.seed_format import SeedContents, read_document
from talkscraper.errors import ExtractionFailed, SourceUnreachable
from talkscraper.html.onward import MIN_ARTICLES_TO_STAY, onward_of_header
from talkscraper.pool import Task, WorkerPool
from talkscraper.sources.edit import Value
from talkscraper.sources.http_client import MAX_DELAY_S, OffSiteRedirect, SiteResponse, robots_url
from talkscraper.sources.model import Source
from talkscraper.sources.robots_rules import MAX_REDIRECTS, RobotsRules
from talkscraper.sources.seed_kinds import CONFIGURED, HOMEPAGE, SeedKind, seed_kind, seed_kinds
from talkscraper.urls.canonical import cleaned

_P = ParamSpec("_P")
_R = TypeVar("_R")

MAX_GUESSES = 5
SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedSeed:
    """A feed, sitemap, section or homepage, as found."""

    url: str
    kind: str
    """The name of its kind (``sources.seed_kinds``)."""
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
    """The Crawl-delay of its robots.txt."""
    delay_s: float
    """The delay that a crawl keeps between two requests: ``delay`` of sources.toml, or that Crawl-delay."""
    seen: tuple[SurveyedSeed, ...]
    articles: tuple[str, ...]
    """Distinct addresses of articles, those of the homepage first."""
    others: tuple[str, ...]
    """Other addresses on its homepage, which a pattern must not match."""
    problems: tuple[str, ...]
    sample: tuple[str, ...] = ()
    """Differences of the source's sample page from sources.toml."""
    mends: Mapping[str, Value | None] = field(default_factory=dict)
    """Keys of its entry that should have other values (``source_corrections``); None: the key should go."""

    @property
    def delay_why(self) -> str:
        """What the kept delay follows."""
        requested = self.crawl_delay_s or 0.0
        if requested > MAX_DELAY_S:
            return f"robots.txt asks for {requested:g} s, and no more than {MAX_DELAY_S:g} s are kept"
        return "robots.txt" if requested >= self.delay_s and requested else "delay in sources.toml"

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
    """What a front page says about its source."""

    announced: tuple[Link, ...] = ()
    """Feeds, sitemaps and the like."""
    title: str | None = None
    site_name: str | None = None
    language: str | None = None
    sections: tuple[Link, ...] = ()
    own: frozenset[str] = frozenset()
    """Addresses of the source that it links to."""


def read_front(body: bytes, url: str, source: Source, content_type: str | None) -> FrontPage:
    """Return what a front page says; runs in a worker process.

    Raises:
        Unreadable: it isn't HTML.
    """
    page = parse_page(body, url, content_type)
    listing = read_listing(page, source)
    return FrontPage(
        announced=probe(page),
        title=listing.title,
        site_name=page.meta("og:site_name"),
        language=page.language,
        sections=tuple(link for link in listing.links if link.kind == LISTING.name),
        own=frozenset(cleaned(anchor.url) for anchor in page.anchors if own(anchor.url, source)),
    )


READ_FRONT = Task(read_front)
READ_DOCUMENT = Task(read_document)


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
        """Return the result of a task in the pool."""
        return self.pool.ask(about, task, *args, **kwargs).result()

    def _read(self, kind: str, answer: SiteResponse) -> SeedContents:
        return self.read(answer.url, READ_DOCUMENT, kind, answer.body, answer.url, self.source, answer.content_type)

    def front(self) -> SiteResponse | None:
        """Fetch the homepage and record its links; None if it can't be read."""
        url = self.source.homepage
        answer = self._ask(url, HOMEPAGE, CONFIGURED)
        fault: str | None = None
        for _ in range(MAX_REDIRECTS + 1):
            if answer is None:
                return None
            found, fault = SeedContents(links=(), form="empty"), None
            try:
                found = self._read(LISTING.name, answer)
            except (Unreadable, ExtractionFailed) as e:
                fault = str(e)
            onward = onward_of_header(answer.header("Refresh"), answer.url) or found.onward
            count = len(found.articles)
            if (
                onward is None
                or not onward.leaves(empty=not count, little=count < MIN_ARTICLES_TO_STAY)
                or not own(onward.url, self.source)
            ):
                break
            answer = self._ask(onward.url, HOMEPAGE, CONFIGURED)
        if answer is None:
            return None
        if fault is not None:
            self._failed(url, HOMEPAGE, CONFIGURED, fault)
            return None
        if not own(answer.url, self.source):
            self.problems.append(f"the homepage redirects to {answer.url}, another site: make that the homepage")
        self._note(url, HOMEPAGE, CONFIGURED, found, found.articles)
        return answer

    def seeds(self, kind: SeedKind, announced: Iterable[Link]) -> None:
        """Those of sources.toml, else those that the homepage or robots.txt announces, else those in the usual places.

        Documents of the kind that these name are read too.
        """
        links = self._of(kind, announced)
        asked: set[str] = set()
        for link in links[: kind.max_surveyed]:
            self._seed(kind, link, asked)
        if not links and self.look_around:
            usual = [link for link in guesses(self.source.homepage) if link.kind == kind.name]
            for link in usual[:MAX_GUESSES]:
                if self._seed(kind, link, asked, guessed=True):
                    return

    def _of(self, kind: SeedKind, announced: Iterable[Link]) -> list[Link]:
        configured = self.source.seeds_of(kind.name)
        if configured:
            links = [Link(url=url, kind=kind.name, via=CONFIGURED) for url in configured]
        else:
            links = list({link.url: link for link in announced if link.kind == kind.name}.values())
        return links if kind.max_depth is None else _news_first(links)

    def _seed(self, kind: SeedKind, link: Link, asked: set[str], *, guessed: bool = False) -> bool:
        if link.url in asked or len(asked) >= kind.max_surveyed:
            return False
        asked.add(link.url)
        answer = self._ask(link.url, kind.name, link.via, guessed=guessed)
        if answer is None:
            return False
        try:
            found = self._read(kind.name, answer)
        except (Unreadable, ExtractionFailed) as e:
            if not guessed:
                self._failed(link.url, kind.name, link.via, str(e))
            return False
        self._note(link.url, kind.name, link.via, found, self._of_source(found))
        if kind.max_depth is not None:
            for child in _news_first([each for each in found.links if each.kind == kind.name]):
                self._seed(kind, child, asked)
        return True

    def _of_source(self, found: SeedContents) -> tuple[Link, ...]:
        return tuple(
            link
            for link in found.articles
            if own(link.url, self.source) and not refusal(link, self.source, names_all_pages=found.names_all_pages)
        )

    def _ask(self, url: str, kind: str, via: str, *, guessed: bool = False) -> SiteResponse | None:
        try:
            answer = self.get(url)
        except SourceUnreachable as e:
            if not guessed:
                moved = ": make that the homepage" if kind == HOMEPAGE and isinstance(e, OffSiteRedirect) else ""
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

    def _note(self, url: str, kind: str, via: str, found: SeedContents, articles: tuple[Link, ...]) -> None:
        self.articles.update(dict.fromkeys(link.url for link in articles))
        newest = max((link.declared_at for link in articles if link.declared_at is not None), default=None)
        expected, named = seed_kind(kind), len(found.links)
        self.seen.append(
            SurveyedSeed(
                url=url, kind=kind, via=via, named=named, articles=len(articles), newest=newest,
                form=None if expected.is_page else found.form,
            )
        )  # fmt: skip
        if expected.stale_after is not None and newest is not None and newest < self.now - expected.stale_after:
            self.problems.append(f"{url}: its newest entry is of {newest:%Y-%m-%d}")
        elif not (expected.is_page or named):
            self.problems.append(f"{url}: empty")
        elif not (expected.is_page or articles) and not any(link.kind == kind for link in found.links):
            why = "matches article_urls" if self.source.article_urls else "looks like an article"
            self.problems.append(f"{url}: of the addresses that it names none {why}: {found.links[0].url}")
        if found.kind is not None and seed_kind(found.kind).is_page:
            self.problems.append(f"{url}: a web page, not a {kind}; its links are read")


def _news_first(links: list[Link]) -> list[Link]:
    """Return sitemaps with those for news first, otherwise in their order (newest first)."""
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
    """Survey a site.

    Args:
        source: The source; what its entry leaves out is searched for.
        get: Fetches an address; raises ``SourceUnreachable``.
        robots: The robots.txt of an address's site.
        pool: The processes in which responses are parsed.
        now: The time, to recognise stale feeds.
        look_around: Whether to try the usual places for feeds and sitemaps where none are announced.

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
            page = work.read(front.url, READ_FRONT, front.body, front.url, source, front.content_type)
        except (Unreadable, ExtractionFailed) as e:
            work.problems.append(str(e))
    announced = [*sitemaps_of(rules.body, robots_url(source.homepage)), *page.announced, *page.sections]
    for kind in seed_kinds().values():
        if kind.name != HOMEPAGE and (front is not None or not kind.is_page):
            work.seeds(kind, announced)
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
        delay_s=max(source.delay, min(rules.crawl_delay_s or 0.0, MAX_DELAY_S)),
        seen=tuple(work.seen),
        articles=tuple(work.articles),
        others=tuple(sorted(page.own - set(work.articles))),
        problems=tuple(work.problems),
    )
