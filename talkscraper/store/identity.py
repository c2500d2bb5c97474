"""Identity of articles: which article a page is, and its other addresses, each with the reason.

In this order:

1. The canonical address declared by the page, if it is accepted: on the same site, not the homepage, not a section,
   not the first page of several, not the address of a clearly different text.
2. An article that the archive already has under the page's address.
3. An article whose address is similar: another spelling (http for https, ``www.``, a slash, an index page), or,
   if the texts agree too, AMP, the mobile host, more parameters, the same identifier or slug.
4. The page's own address; of an AMP page that declares no canonical, the address without the AMP mark.

A page can't claim another site's article: a canonical on a foreign site is noted and never merged. Copies on other
sites stay separate articles, joined by ``clusters``. What is decided from the page alone (1 and 4) doesn't depend
on the order in which captures arrive; what depends on the archive (2 and 3) keeps the address that was there first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from talkscraper.model import Article, Capture, Extraction
from talkscraper.store.database import select
from talkscraper.store.shingles import triples
from talkscraper.store.text_values import storable
from talkscraper.urls.canonical import canonical, host_of, is_within, site_of
from talkscraper.urls.shape import Shape, judge
from talkscraper.urls.slugs import shared_with
from talkscraper.urls.variants import Need, further_page, keys, relation, without_amp

if TYPE_CHECKING:
    from sqlite_utils import Database

HARDLY = 0.15
"""Minimum share of the shorter text's word triples; below it two texts are unrelated."""
NEARLY = 0.6
"""Minimum share of the shorter text's triples from which one text is the other with additions."""
SAME = 0.85
"""Minimum share of the triples of both texts."""
FEW_TRIPLES = 12
"""Minimum number of triples; a shorter text can't be compared."""
MAX_COMPARED = 50
"""Maximum number of addresses with a common key that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another address of an article, and the reason."""

    url: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The canonical URL of a page's article, and its other addresses."""

    article_url: str
    aliases: tuple[Alias, ...] = ()
    notes: tuple[str, ...] = ()
    """A declared address that wasn't accepted, with the reason; for display."""


def resolve(db: Database, capture: Capture, extraction: Extraction, *, source_hosts: tuple[str, ...] = ()) -> Identity:
    """Decide which article the page of ``capture`` is.

    Args:
        db: The archive, only read here.
        capture: The capture of the page.
        extraction: The extraction of the page; must be an article.
        source_hosts: Hosts of the source (without ``www.``); canonical addresses between these are accepted.
    """
    assert extraction.article is not None
    return _Decision(db, capture, extraction.article, source_hosts).made()


def remember(db: Database, article_id: str, identity: Identity) -> None:
    """Store the keys that variants of these addresses share with them; call it once the article's row exists."""
    for url in (identity.article_url, *(alias.url for alias in identity.aliases)):
        for key in keys(url):
            db.execute(
                "insert or ignore into address_keys (key, url, article_id) values (?, ?, ?)",
                [storable(key), storable(url), article_id],
            )


@dataclass(slots=True)
class _Decision:
    db: Database
    capture: Capture
    article: Article
    source_hosts: tuple[str, ...]
    aliases: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _triples: frozenset[str] | None = None

    def made(self) -> Identity:
        fetched = canonical(self.capture.url)
        claimed = self._claimed(fetched)
        url = self._known(claimed, fetched) if claimed else None
        if url is None and claimed is None:
            claimed = self._without_amp(fetched)
            url = self._known(claimed or fetched, fetched)
        url = url or self._alike(claimed or fetched) or claimed or fetched
        if fetched != url:
            self.aliases.setdefault(fetched, "fetched from here")
        if self.capture.url not in (url, fetched):
            self.aliases.setdefault(self.capture.url, "the same address, spelt differently")
        self._amp_version(url)
        self.aliases.pop(url, None)
        return Identity(
            article_url=url,
            aliases=tuple(Alias(url=each, why=why) for each, why in self.aliases.items()),
            notes=tuple(self.notes),
        )

    # the page's own declaration

    def _claimed(self, fetched: str) -> str | None:
        """Return the canonical address that the page declares, if it is accepted; else None."""
        for stated in dict.fromkeys(filter(None, (self.article.canonical_url, self.article.url))):
            claim = canonical(stated)
            if claim == fetched:
                return fetched
            doubt = self._doubt(claim, fetched)
            if doubt is None:
                self.aliases[fetched] = "the page names another address canonical"
                return claim
            self.notes.append(f"names {claim[:300]} canonical, not believed: {doubt}")
        return None

    def _doubt(self, claim: str, fetched: str) -> str | None:
        if not self._own(claim, fetched):
            return "another site's; a page can't claim another site's article"
        if urlsplit(claim).path in ("", "/") and not urlsplit(claim).query:
            return "the front page"
        page = further_page(fetched, claim)
        if page is not None:
            return f"this is page {page} of it"
        related = relation(claim, fetched)
        if related is None and judge(fetched).shape is Shape.ARTICLE:
            shape = judge(claim)
            if shape.shape is not Shape.ARTICLE and _above(claim, fetched):
                return f"a list above it ({shape.why})"
            if shape.shape is Shape.SECTION or shape.why.startswith(("under", "a day", "a page of")):
                return f"doesn't look like an article ({shape.why})"
        if related is None and self.article.title:
            mine, theirs = shared_with(fetched, self.article.title), shared_with(claim, self.article.title)
            if mine is not None and theirs is not None and mine >= 0.6 and theirs == 0:
                return "its slug has nothing of the title, this page's has"
        return None

    def _own(self, claim: str, fetched: str) -> bool:
        if site_of(claim) == site_of(fetched):
            return True
        return all(is_within(host_of(url), self.source_hosts) for url in (claim, fetched)) and (
            ":" not in site_of(claim) + site_of(fetched)
        )

    def _without_amp(self, fetched: str) -> str | None:
        bare = without_amp(fetched)
        if bare is not None:
            self.aliases[fetched] = "its AMP version"
        return bare

    def _amp_version(self, url: str) -> None:
        """Return the AMP address that an article declares as an alias, if the two are similar."""
        if self.article.amp_url is None:
            return
        amp = canonical(self.article.amp_url)
        if amp != url and relation(amp, url) is not None and self._own(amp, url):
            self.aliases.setdefault(amp, "the page names it its AMP version")

    # knowledge of the archive

    def _known(self, address: str, fetched: str) -> str | None:
        """Return the article with this address, the page's address or a spelling of it; None if there is none."""
        owner = self._owner([address])
        if owner is not None and (address == fetched or owner["url"] == self._url_of(fetched) or self._may_be(owner)):
            if owner["url"] != address:
                self.aliases.setdefault(address, "known as an address of it")
            return str(owner["url"])
        if owner is not None:
            self.notes.append(f"{address[:300]} is an article with another text: not merged")
            self.aliases.pop(fetched, None)
            return self._url_of(fetched) or fetched
        if address != fetched:
            before = self._owner([fetched])
            if before is not None and self._may_be(before):
                self.aliases[address] = "the page names it canonical by now"
                return str(before["url"])
        return None

    def _alike(self, address: str) -> str | None:
        """Return an article with a similar address, if its text agrees as far as the similarity requires."""
        asked = keys(address)
        rows = select(
            self.db,
            "select k.url as spelling, a.url, a.title, a.text, a.text_digest from address_keys k"
            f" join articles a on a.id = k.article_id where k.key in ({', '.join('?' * len(asked))})"
            " order by a.first_captured_at, k.url limit ?",
            [*asked, MAX_COMPARED],
        )
        related = [(found, row) for row in rows if (found := relation(address, row["spelling"])) is not None]
        for found, row in sorted(related, key=lambda each: each[0].need):
            if self._agrees(found.need, row, address):
                agreeing = "" if found.need <= Need.NO_CONTRADICTION else ", and the text is nearly the same"
                self.aliases[address] = found.why + agreeing
                return str(row["url"])
        return None

    def _agrees(self, need: Need, other: dict[str, Any], address: str) -> bool:
        if need is Need.NOTHING:
            return True
        if need is Need.NO_CONTRADICTION:
            return self._may_be(other)
        mine, theirs = self._mine(), triples(other["text"])
        telling = min(len(mine), len(theirs)) >= FEW_TRIPLES and _shared(mine, theirs) >= NEARLY
        if not telling and other["text_digest"] != self.article.text_digest:
            return False
        if need is Need.NEARLY_SAME:
            return True
        says_so_itself = self.article.canonical_url is not None and canonical(self.article.canonical_url) == address
        same_title = (self.article.title or "").casefold() == (other["title"] or "").casefold()
        return same_title and not says_so_itself and len(mine & theirs) >= SAME * len(mine | theirs)

    def _owner(self, urls: list[str]) -> dict[str, Any] | None:
        return next(iter(self._owners(urls)), None)

    def _owners(self, urls: list[str]) -> list[dict[str, Any]]:
        """Return articles with one of these addresses, those with it as canonical URL first."""
        marks = ", ".join("?" * len(urls))
        return list(
            select(
                self.db,
                f"select url, title, text, url as spelling, 0 as rank from articles where url in ({marks})"
                " union all"
                " select a.url, a.title, a.text, n.url, 1 from aliases n join articles a on a.id = n.article_id"
                f" where n.url in ({marks}) order by 5, 1",
                [*urls, *urls],
            )
        )

    def _url_of(self, fetched: str) -> str | None:
        owner = self._owner([fetched])
        return str(owner["url"]) if owner is not None else None

    # comparison of texts

    def _mine(self) -> frozenset[str]:
        if self._triples is None:
            self._triples = triples(self.article.text)
        return self._triples

    def _may_be(self, owner: dict[str, Any]) -> bool:
        """Whether an article's text is compatible with its being this page."""
        theirs = triples(owner["text"])
        if min(len(theirs), len(self._mine())) < FEW_TRIPLES:
            return True
        return _shared(self._mine(), theirs) >= HARDLY


def _shared(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _above(claim: str, fetched: str) -> bool:
    """Whether an address is a parent folder of another."""
    one, other = urlsplit(claim), urlsplit(fetched)
    return other.path.startswith(one.path.rstrip("/") + "/") and len(one.path) < len(other.path)
