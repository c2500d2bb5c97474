"""The search page: words, filters, facets, paging, the timeline, and downloads; every state in the address."""

import csv
import gzip
import hashlib
import html
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from warcio.archiveiterator import ArchiveIterator

from talkscraper.urls.canonical import urlkey
from tests.support.archives import SITE, extraction, published, store

ARTICLES = 45


@pytest.fixture
def shelf(built):
    """45 articles of two sources over three months, one Japanese, one with accents."""
    for number in range(ARTICLES):
        day = f"2025-{8 + number // 20:02d}-{1 + number % 20:02d}"
        url = f"{SITE}/posts/{number}"
        capture = built.respond(url, f"{day}T10:00:00", f"<p>{number}")
        text = f"The harbour wall number {number} holds.\n\n" + (
            "Oysters are cheap." if number % 2 else "Nets are torn."
        )
        store(
            built,
            capture,
            extraction(
                url, f"Wall {number}", text, published=published(day), section="Harbour" if number % 3 else "Market"
            ),
            "quay" if number % 2 else "pier",
        )
    for name, title, text, language in (
        ("ja", "港の経済", "政府は港湾の経済対策を決めた。", "ja"),
        ("fr", "Le café du port", "Le café est fermé à Noël.", "fr"),
    ):
        capture = built.respond(f"{SITE}/{name}", "2025-10-30", "<p>x")
        store(
            built,
            capture,
            extraction(f"{SITE}/{name}", title, text, language=language, published=published("2025-10-30")),
            "pier",
        )
    built.done()
    return built


def titles(text):
    return [
        html.unescape(re.sub(r"<[^>]+>", "", each))
        for each in re.findall(r"<h3.*?<a [^>]*>(.*?)</a></h3>", text, re.DOTALL)
    ]


def test_the_front_page_shows_what_is_newest_and_a_form_with_q(shelf, serve):
    """A GET form on the same address; counts; sources."""
    reply = serve(shelf.folder).get("/")
    assert reply.status == 200
    assert re.search(r'<form[^>]*method="get" action="/"', reply.text)
    assert 'name="q"' in reply.text
    assert titles(reply.text)[:2] == ["Le café du port", "港の経済"] or titles(reply.text)[:2] == [
        "港の経済",
        "Le café du port",
    ]
    assert "47 articles" in reply.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cafe noel", ["Le café du port"]),
        ("経済", ["港の経済"]),
        ("港湾の経済", ["港の経済"]),
        ('"wall number 7"', ["Wall 7"]),
        ("oysters wall -number", []),
        ("title:café OR 政府", ["Le café du port", "港の経済"]),
        ("language:fr", ["Le café du port"]),
    ],
)
def test_a_search_finds_what_a_reader_expects(shelf, serve, query, expected):
    """Accents, scripts without spaces, phrases, operators, fields."""
    reply = serve(shelf.folder).get("/?q=" + quote(query))
    assert reply.status == 200
    assert sorted(titles(reply.text)) == sorted(expected)


def test_hits_are_marked_and_filters_and_facets_narrow(shelf, serve):
    """Facets carry counts and lead to the narrowed search; chips lead back."""
    served = serve(shelf.folder)
    reply = served.get("/?q=harbour")
    assert "<mark>harbour</mark>" in reply.text
    link = re.search(
        r'href="(\?[^"]*source=quay[^"]*)"><span class="label" dir="auto">Quay</span><span class="n">22</span>',
        reply.text,
    ).group(1)
    narrowed = served.get("/" + html.unescape(link))
    assert "22 articles" in narrowed.text
    assert re.search(r'<a href="\?q=harbour" title="Remove this filter">source: Quay', narrowed.text)
    assert "5 articles" in served.get("/?q=harbour&since=2025-10-01&until=2025-10-31").text


def test_a_hit_without_a_printed_date_shows_the_day_it_was_captured(built, serve):
    """It is ordered by that day, so a reader sees why it stands where it does."""
    url = f"{SITE}/undated"
    store(
        built, built.respond(url, "2025-11-03T10:00:00", "<p>x"), extraction(url, "Undated", "The quay holds."), "quay"
    )
    room = serve(built.done())
    for path in ("/", "/?q=quay"):
        assert " · captured 3 November 2025" in room.get(path).text


def test_paging_reaches_every_match_once_in_both_orders(shelf, serve):
    """By cursor, not by offset; the address holds the whole state."""
    served = serve(shelf.folder)
    for order in ("", "&order=newest"):
        path, seen = f"/?q=harbour{order}", []
        while path:
            text = served.get(path).text
            seen += titles(text)
            found = re.search(r'<a rel="next" href="([^"]+)"', text)
            path = "/" + html.unescape(found.group(1)) if found else None
        assert sorted(seen) == sorted(f"Wall {number}" for number in range(ARTICLES))


@pytest.mark.parametrize(
    "query",
    [
        '"harbour',
        "(harbour",
        "harbour OR",
        "NOT harbour",
        "title:",
        "since:never x",
        "*",
        "-",
        "AND",
        '"',
        "((((",
        "a" * 3000,
        "\u0000",
        "NEAR(",
        "title:*",
    ],
)
def test_bad_syntax_is_explained_and_never_an_error_page(shelf, serve, query):
    """200 with a message, or simply results."""
    served = serve(shelf.folder)
    for path in ("/", "/timeline"):
        reply = served.get(f"{path}?q=" + quote(query))
        assert reply.status == 200
        assert "Traceback" not in reply.text
    assert served.get("/?q=x&after=nonsense").status == 200
    assert served.get("/?q=x&since=nonsense").status == 200


def test_the_timeline_counts_matches_and_their_share(shelf, serve):
    """As chart, as table, as CSV; a bar leads to its days."""
    served = serve(shelf.folder)
    rows = list(csv.reader(io.StringIO(served.get("/timeline.csv?q=oysters&unit=month").text)))
    assert rows == [
        ["period", "series", "matches", "total", "share"],
        ["2025-08-01", "oysters", "10", "20", "0.500000"],
        ["2025-09-01", "oysters", "10", "20", "0.500000"],
        ["2025-10-01", "oysters", "2", "7", "0.285714"],
    ]
    page = served.get("/timeline?q=oysters&unit=month").text
    assert page.count('<rect class="bar') == 6
    link = html.unescape(re.search(r'<a href="([^"]+)" aria-label="August 2025: 10 of 20 \(50 %\)"', page).group(1))
    narrowed = served.get(link).text
    assert "10 articles, per day" in narrowed
    assert "since=2025-08-02&amp;until=2025-08-02" in narrowed
    assert "as CSV" in served.get("/timeline").text


def test_packages_hold_the_whole_result_set(shelf, serve):
    """Not the page: a WARC by streaming, a WACZ that opens; a bad query is refused before anything is sent."""
    served = serve(shelf.folder)
    warc = served.get("/export.warc.gz?q=harbour")
    assert warc.headers["Content-Disposition"].startswith("attachment")
    found = [record for record in ArchiveIterator(io.BytesIO(warc.body)) if record.rec_type == "response"]
    assert len(found) == ARTICLES
    package = zipfile.ZipFile(io.BytesIO(served.get("/export.wacz?q=harbour&source=quay").body))
    assert len(package.read("pages/pages.jsonl").splitlines()) == 23
    assert served.get("/export.wacz?q=%22x").status == 400
    # the next instalment, of captures too
    package = zipfile.ZipFile(io.BytesIO(served.get("/export.wacz?q=harbour&since_indexed=2026-01-01").body))
    assert len(package.read("pages/pages.jsonl").splitlines()) == 1
    later = served.get("/export.warc.gz?q=harbour&since_indexed=2026-01-01").body
    assert [record.rec_type for record in ArchiveIterator(io.BytesIO(later))] == ["warcinfo"]
    assert served.get("/export.exe?q=x").status == 404


def test_a_frozen_release_can_be_taken_from_the_page(shelf, serve):
    """One ZIP with the table, its schema, the question, the WARCs' hashes, and sums that hold."""
    pytest.importorskip("pyarrow")
    reply = serve(shelf.folder).get("/export.release.zip?q=harbour&source=quay")
    packed = zipfile.ZipFile(io.BytesIO(reply.body))
    files = {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
    assert sorted(files) == ["README.md", "SHA256SUMS", "articles.parquet", "query.json", "schema.json"]
    assert json.loads(files["query.json"])["request"] == {"text": "harbour", "source": "quay"}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest


def test_tables_hold_the_whole_result_set_with_their_sources(shelf, serve):
    """CSV, JSON Lines and Parquet say the same of all 45 matches, though a page shows 20."""
    served = serve(shelf.folder)
    rows = list(csv.DictReader(io.StringIO(served.get("/export.csv?q=harbour").text)))
    lines = [json.loads(line) for line in served.get("/export.jsonl?q=harbour&order=best&after=1").text.splitlines()]
    assert len(rows) == len(lines) == ARTICLES
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert {row["source_id"] for row in rows} == {"quay", "pier"}
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(served.get("/export.parquet?q=harbour").body))
    assert table.column("id").to_pylist() == [row["id"] for row in rows]
    assert served.get("/export.csv?q=%28").status == 400
    assert len(served.get("/export.jsonl?q=harbour&since_indexed=2026-01-01").text.splitlines()) == 0
    assert len(served.get("/export.jsonl?q=harbour&since_indexed=2025-12-01").text.splitlines()) == ARTICLES
    assert served.get("/export.jsonl?q=harbour&since_indexed=soon").status == 400


def test_state_in_the_form_is_escaped(shelf, serve):
    """A hostile address is shown as text in every field of the page."""
    evil = quote('"><script>alert(1)</script>')
    served = serve(shelf.folder)
    for path in ("/", "/timeline"):
        text = served.get(
            f"{path}?q={evil}&source={evil}&since={evil}&section={evil}&author={evil}&order={evil}&unit={evil}&after={evil}"
        ).text
        assert "<script>alert" not in text


def test_hidden_articles_are_nowhere(shelf, serve):
    """Not on the front page, in results, by id, in packages."""
    from talkscraper.store.articles import hide_article
    from tests.support.clock import at

    article_id = shelf.db.execute("select id from articles where title = 'Wall 7'").fetchone()[0]
    with shelf.db.conn:
        hide_article(shelf.db, article_id, now=at("2025-12-01"))
    served = serve(shelf.folder)
    assert titles(served.get("/?q=%22number+7%22").text) == []
    assert served.get(f"/article/{article_id}").status == 404
    lines = zipfile.ZipFile(io.BytesIO(served.get("/export.wacz").body)).read("pages/pages.jsonl").splitlines()[1:]
    assert "Wall 7" not in [json.loads(line)["title"] for line in lines]


@pytest.mark.parametrize("depth", ["hide", "delete", "rewrite"])
def test_what_was_taken_down_is_on_no_page_in_no_index_and_in_no_export(shelf, serve, depth):
    """By every way in: its words, id, address, record, mementos, index, WARC, downloads, the operators' page."""

    from talkscraper.preserve.receipts import Depth
    from talkscraper.preserve.takedown import takedown
    from tests.support.clock import at

    url = f"{SITE}/posts/7"
    article_id, record = shelf.db.execute("select id, capture_id from articles where url = ?", [url]).fetchone()
    today = datetime.now(UTC).date().isoformat()
    with shelf.db.conn:
        shelf.db.execute(
            "insert into urls (url, urlkey, source_id, kind, state, discovered_at, discovered_via)"
            " values (?, ?, 'quay', 'article', 'done', ?, 'feed') on conflict do update set discovered_at = ?",
            [url, urlkey(url), *[f"{today}T00:00:00Z"] * 2],
        )
    shelf.db.conn.close()
    served = serve(shelf.folder)
    ways = [
        f"/article/{article_id}",
        f"/article/{article_id}.json",
        f"/article/{article_id}/cite.txt",
        f"/article/{article_id}/diff",
        f"/article/{article_id}/20250808100000",
        f"/article?url={quote(url, safe='')}",
        f"/capture/{record.strip('<>').removeprefix('urn:uuid:')}",
        f"/capture/{record.strip('<>').removeprefix('urn:uuid:')}/record.warc.gz",
    ]
    assert {served.get(way).status for way in ways} == {200, 302}, "all of them were there before"
    takedown(shelf.folder, [url], reason="asked by the author", depth=Depth(depth), now=at("2025-12-01"))
    assert {way: served.get(way).status for way in ways} == dict.fromkeys(ways, 404)
    assert titles(served.get("/?q=%22number+7%22").text) == []
    assert "1 capture of this address" not in served.get(f"/?q={quote(url)}").text
    for path in ("/?order=newest&q=harbour", "/", "/sources", "/timeline?q=number", "/export.csv", "/export.jsonl"):
        assert url not in served.get(path).text.replace(f"{url}0", ""), path
    for path in ("/export.warc.gz", "/export.wacz"):
        assert f"{url}\r\n".encode() not in b"".join(plain(served.get(path).body)), path
    assert served.play(f"/web/{url}").status == 451
    assert served.play(f"/web/2025id_/{url}").status == 451
    assert served.play(f"/web/timemap/link/{url}").status in (404, 451)
    assert served.play(f"/cdx?url={SITE}/*&filter==url:{url}").text == ""


def plain(data):
    """What a ZIP's WARCs or a WARC holds, unpacked."""
    if data.startswith(b"PK"):
        packed = zipfile.ZipFile(io.BytesIO(data))
        for name in packed.namelist():
            content = packed.read(name)
            yield gzip.decompress(content) if name.endswith(".gz") else content
    else:
        yield gzip.decompress(data)


def test_an_address_in_the_search_box_leads_to_its_captures_and_its_article(shelf, serve):
    """Archivists come with addresses; /article?url= leads there too."""
    served = serve(shelf.folder)
    text = served.get("/?q=" + quote(f"{SITE}/posts/7")).text
    assert f'{served.replay}/web/*/{SITE}/posts/7">1 capture of this address' in text
    article = re.search(r'<a href="(/article/[0-9a-f]{16})">the article', text).group(1)
    reply = served.get("/article?url=" + quote(f"{SITE}/posts/7", safe=""))
    assert (reply.status, reply.headers["Location"]) == (302, article)
    assert served.get("/article?url=http://none.example/").status == 404
    assert served.get("/?q=http://none.example/").status == 200
