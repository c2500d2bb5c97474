"""The article's page, its revisions, its record."""

import json
import re

import pytest

from tests.support.archives import SITE, extraction, published, store

OLD = "The harbour wall holds.\n\nEngineers counted 12 cracks."
NEW = "The harbour wall holds.\n\nEngineers counted 21 cracks."
URL = f"{SITE}/posts/wall"


@pytest.fixture
def wall(built):
    """An article with two revisions, a picture, provenance and rivals."""
    from talkscraper.model import Author, Image

    fields = {
        "published": published("2025-10-28"),
        "authors": (Author(name="Wanjiru Kamau"),),
        "images": (
            Image(url=f"{SITE}/i.png", alt="Wall", caption="The wall <b>today</b>"),
            Image(url=f"{SITE}/none.png", position=1),
        ),
        "section": "Harbour",
    }
    built.first = built.respond(URL, "2025-10-28T10:00:00", f"<h1>Wall</h1><p>{OLD}")
    built.respond(f"{SITE}/i.png", "2025-10-28T10:00:01", b"png", mime="image/png", page=built.first)
    built.id = store(built, built.first, extraction(URL, "Wall holds", OLD, **fields), "quay")
    built.second = built.respond(URL, "2025-10-29T10:00:00", f"<h1>Wall</h1><p>{NEW}")
    store(built, built.second, extraction(URL, "Wall holds", NEW, **fields), "quay")
    built.done()
    return built


def test_the_page_shows_text_metadata_pictures_revisions_and_the_archived_page(wall, serve):
    """Everything issue 6.3 names, and the frame is on the replay origin in a sandbox."""
    served = serve(wall.folder)
    reply = served.get(f"/article/{wall.id}")
    assert reply.status == 200
    for expected in (
        "Wall holds",
        ">Engineers counted 21 cracks.</p>",
        "Wanjiru Kamau",
        "published 28 October 2025",
        "og:title",
        "Another",
        "2 revisions",
        "The wall &lt;b&gt;today&lt;/b&gt;",
        "Not archived",
    ):
        assert expected in reply.text, expected
    frame = re.search(r'<iframe src="([^"]+)"[^>]*\bsandbox\b', reply.text)
    assert frame.group(1) == f"{served.replay}/web/20251029100000if_/{URL}"
    assert f'img src="{served.replay}/web/20251029100000im_/{SITE}/i.png"' in reply.text
    policy = reply.headers["Content-Security-Policy"]
    assert f"frame-src {served.replay};" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_permalink_of_a_time_shows_the_text_of_that_time(wall, serve):
    """By 14 digits; before the first capture, the first text."""
    served = serve(wall.folder)
    for stamp in ("20251028100000", "20251028235959", "2020"):
        reply = served.get(f"/article/{wall.id}/{stamp}")
        assert "12 cracks" in reply.text
        assert "This is revision 1 of 2" in reply.text
    assert "21 cracks" in served.get(f"/article/{wall.id}/2026").text
    assert served.get(f"/article/{wall.id}/never").status == 400


def test_ids_may_be_shortened_and_wrong_ones_are_told(wall, serve):
    """A unique beginning works; nothing else does."""
    served = serve(wall.folder)
    assert served.get(f"/article/{wall.id[:8]}").status == 200
    for ref in ("ffffffffffffffff", "x", "%3Cscript%3E", "a" * 500, "%00"):
        reply = served.get(f"/article/{ref}")
        assert reply.status == 404
        assert "<script>" not in reply.text


def test_two_revisions_are_compared_word_by_word(wall, serve):
    """What went, what came, and the kind of change."""
    served = serve(wall.folder)
    reply = served.get(f"/article/{wall.id}/diff?a=1&b=2")
    assert re.search(r"<del>12 ?</del><ins>21 ?</ins>", reply.text)
    assert '<span class="change">number</span>' in reply.text
    assert served.get(f"/article/{wall.id}/diff").status == 200
    assert served.get(f"/article/{wall.id}/diff?a=1&b=9").status == 404
    assert served.get(f"/article/{wall.id}/diff?a=x").status == 400


def test_the_article_as_json(wall, serve):
    """With revisions, provenance and images; without what is ours alone."""
    document = json.loads(serve(wall.folder).get(f"/article/{wall.id}.json").text)
    assert document["title"] == "Wall holds"
    assert document["authors"] == ["Wanjiru Kamau"]
    assert [each["number"] for each in document["revisions"]] == [1, 2]
    assert document["provenance"][0]["rivals"] == [{"value": "Another", "rule": "og:title"}]
    assert "seq" not in document


def test_the_record_is_shown_with_its_place_and_its_digest_checked_again(wall, serve):
    """File, offset, digest, both kinds of headers; the record itself is the very gzip member."""
    served = serve(wall.folder)
    ref = wall.second.id.strip("<>").removeprefix("urn:uuid:")
    reply = served.get(f"/capture/{ref}")
    for expected in (
        wall.name,
        str(wall.second.warc_offset),
        wall.second.payload_digest,
        "holds: computed again just now",
        "HTTP/1.1 200 OK",
        "WARC-Record-ID: &lt;urn:uuid:",
    ):
        assert expected in reply.text, expected
    member = served.get(f"/capture/{ref}/record.warc.gz")
    start = wall.second.warc_offset
    assert member.body == wall.path.read_bytes()[start : start + wall.second.warc_length]
    assert served.get("/capture/none").status == 404


def test_a_damaged_record_is_shown_as_damaged(wall, serve):
    """The page stays, and says what is wrong."""
    data = bytearray(wall.path.read_bytes())
    data[wall.second.warc_offset + 200] ^= 0xFF
    wall.path.write_bytes(data)
    ref = wall.second.id.strip("<>").removeprefix("urn:uuid:")
    reply = serve(wall.folder).get(f"/capture/{ref}")
    assert reply.status == 200
    assert "This record can’t be read" in reply.text


def test_hostile_titles_and_fields_are_text(built, serve):
    """Markup in a title, a text, a URL, a caption, a rival: shown, never run."""
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    url = f"{SITE}/posts/%22%3E%3Cscript%3E"
    capture = built.respond(url, "2025-10-28", "<p>x")
    article_id = store(
        built, capture, extraction(url, evil, f"{evil}\n\n\x02{evil}\x03", section=evil, tags=(evil,)), "quay"
    )
    served = serve(built.done())
    for path in (f"/article/{article_id}", f"/capture/{capture.id[10:-1]}", "/"):
        text = served.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_operators_see_what_is_quiet_or_missing_or_damaged_and_why(wall, serve):
    """Diagnoses of sources, counts of each source in a run, days with the addresses that lack, the damaged file."""
    from datetime import UTC, datetime

    today = datetime.now(UTC).date().isoformat()
    with wall.db.conn:
        wall.db.execute(
            "insert into runs (id, started_at, finished_at, exit_code) values (7, '2025-10-28T10:00:00Z', '2025-10-28T10:01:00Z', 3)"
        )
        wall.db.execute(
            "insert into run_sources (run_id, source_id, found, fetched, new, revised, failed, diagnosis)"
            " values (7, 'quay', 40, 30, 5, 2, 1, 'quiet: nothing new for 9 days, never more than 2 before')"
        )
        for number in range(2):
            url = f"{SITE}/named/{number}"
            wall.db.execute(
                "insert into urls (url, urlkey, source_id, kind, state, reason, discovered_at) values (?, ?, 'quay', 'article', 'refused', ?, ?)",
                [url, url, "robots.txt <b>", f"{today}T00:00:00Z"],
            )
        wall.db.execute("update warc_files set verified_at = '2025-11-01T00:00:00Z', verdict = 'damaged'")
    page = serve(wall.folder).get("/sources").text
    assert page.index("Problems<") < page.index("nothing new for 9 days") < page.index("of captures")
    assert "nothing new for 9 days, never more than 2 before" in page
    assert "5 new, 2 revised, 1 failed" in page
    assert "40 found, 30 fetched" in page
    assert ">0/2<" in page
    assert "2 missing, and why" in page
    assert "refused: robots.txt &lt;b&gt;" in page
    assert "something wrong with 1 WARC file" in page
    assert '<span class="bad">damaged</span>' in page


def test_operators_see_sources_runs_disk_and_verdicts(wall, serve):
    """Also where nothing was crawled yet."""
    with wall.db.conn:
        wall.db.execute(
            "insert into runs (started_at, finished_at, exit_code, reason) values ('2025-10-28T10:00:00Z', '2025-10-28T10:01:00Z', 3, 'quay went quiet')"
        )
        wall.db.execute("update warc_files set verified_at = '2025-11-01T00:00:00Z', verdict = 'ok'")
    reply = serve(wall.folder).get("/sources")
    assert reply.status == 200
    for expected in ("Quay", "quay went quiet", wall.name, "1 November 2025", "free of"):
        assert expected in reply.text, expected


def test_static_files_and_unknown_addresses(wall, serve):
    """Styles may be kept for ever, since their address holds their digest; nothing outside is reachable."""
    served = serve(wall.folder)
    css = re.search(r'href="(/static/room.css\?[0-9a-f]+)"', served.get("/help").text).group(1)
    reply = served.get(css)
    assert reply.headers["Content-Type"].startswith("text/css")
    assert "immutable" in reply.headers["Cache-Control"]
    for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/nothing", "/static/"):
        assert served.get(path).status == 404


def test_an_archive_without_a_database_says_what_to_do(tmp_path, serve):
    """503 and the command that fills it."""
    from talkscraper.archive_folder import ArchiveFolder

    served = serve(ArchiveFolder(tmp_path).make())
    for replay in (False, True):
        reply = served.get("/" if not replay else "/web/http://x.example/", replay=replay)
        assert reply.status == 503
        assert "talkscraper crawl" in reply.text


def test_the_reference_names_the_record_and_its_digests_in_three_forms(wall, serve, tmp_path):
    """As text, BibTeX and CSL-JSON, for the newest and for an older text; and the check finds that it holds."""
    from talkscraper.cite import read_claims

    served = serve(wall.folder)
    page = served.get(f"/article/{wall.id}").text
    assert f"WARC-Record-ID &lt;{wall.second.id[1:-1]}" in page
    for form in ("txt", "bib", "json"):
        newest = served.get(f"/article/{wall.id}/cite.{form}")
        assert wall.second.id[10:-1] in newest.text
        assert wall.second.payload_digest in newest.text
        assert wall.first.id[10:-1] in served.get(f"/article/{wall.id}/cite.{form}?revision=1").text
        file = tmp_path / f"cited.{form}"
        file.write_bytes(newest.body)
        assert len(list(read_claims(file))) == 1
    assert served.get(f"/article/{wall.id}/cite.doc").status == 404
    assert served.get(f"/article/{wall.id}/cite.txt?revision=9").status == 404
