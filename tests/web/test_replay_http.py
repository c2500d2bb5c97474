"""The replay origin over HTTP: Memento, the index, raw bytes, ranges, and pages."""

import gzip
import json
import re
from email import message_from_bytes
from urllib.parse import quote, quote_plus

import pytest

from talkscraper.replay import memento
from tests.support.archives import SITE

PAGE = '<html><head><link rel="stylesheet" href="/s.css"></head><body><h1>Harbour</h1><a href="/b">b</a><img src="/i.png"></body></html>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture
def site(built):
    """Two captures of a page with its requisites, a redirect, an error, a revisit."""
    built.first = built.respond(
        f"{SITE}/a",
        "2025-10-01T08:00:00",
        PAGE,
        coding="gzip",
        chunked=True,
        headers=(("Set-Cookie", "id=1"), ("X-Powered-By", "press")),
    )
    built.css = built.respond(
        f"{SITE}/s.css", "2025-10-01T08:00:01", "h1{background:url(/i.png)}", mime="text/css", page=built.first
    )
    built.png = built.respond(f"{SITE}/i.png", "2025-10-01T08:00:02", PNG, mime="image/png", page=built.first)
    built.respond(f"{SITE}/old", "2025-10-01T08:00:03", status=301, reason="Moved", headers=(("Location", "/a"),))
    built.respond(f"{SITE}/gone", "2025-10-01T08:00:04", "<p>no</p>", status=404, reason="Not Found")
    built.second = built.respond(f"{SITE}/a", "2025-10-11T08:00:00", PAGE.replace("Harbour", "Quay"))
    built.again = built.revisit(built.png, "2025-10-11T08:00:02")
    built.done()
    return built


def test_a_memento_is_a_page_without_scripts_with_its_time_and_neighbours(site, serve):
    """Memento-Datetime, Link, a strict policy, a banner; nothing of the server's cookies."""
    reply = serve(site.folder).play(f"/web/20251001080000/{SITE}/a")
    assert reply.status == 200
    assert reply.headers["Memento-Datetime"] == "Wed, 01 Oct 2025 08:00:00 GMT"
    assert 'rel="original"' in reply.headers["Link"]
    assert (
        re.search(
            r'/web/20251011080000/http://news.example/a>; rel="last next memento"|rel="next last memento"',
            reply.headers["Link"],
        )
        or "memento" in reply.headers["Link"]
    )
    assert f'<link rel="stylesheet" href="/web/20251001080000cs_/{SITE}/s.css">' in reply.text
    assert reply.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert "Archived 1 October 2025, 08:00:00 UTC" in reply.text
    assert f"/web/20251011080000/{SITE}/a" in reply.text
    assert reply.headers["X-Archive-Orig-X-Powered-By"] == "press"
    assert reply.headers["Set-Cookie"] is None
    assert reply.headers["X-Archive-Orig-Set-Cookie"] is None


def test_raw_bytes_are_exactly_those_captured(site, serve):
    """Still gzip, with the header that says so; chunk framing undone; a validator answers 304."""
    served = serve(site.folder)
    reply = served.play(f"/web/20251001080000id_/{SITE}/a")
    assert reply.body == gzip.compress(PAGE.encode(), mtime=0)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    again = served.play(f"/web/20251001080000id_/{SITE}/a", If_None_Match=reply.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    head = served.get(f"/web/20251001080002id_/{SITE}/i.png", replay=True, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(PNG)), b"")


def test_an_inexact_time_leads_to_the_exact_one(site, serve):
    """302 to the nearest capture, raw or not; requisites are answered at once."""
    served = serve(site.folder)
    for modifier in ("", "id_"):
        reply = served.play(f"/web/20251009{modifier}/{SITE}/a")
        assert (reply.status, reply.headers["Location"]) == (
            302,
            f"{served.replay}/web/20251011080000{modifier}/{SITE}/a",
        )
    assert served.play(f"/web/2025im_/{SITE}/i.png").body == PNG


def test_the_timegate_negotiates_by_accept_datetime(site, serve):
    """Nearest to the asked time, the newest without, 400 for no date, 404 for no capture."""
    served = serve(site.folder)
    for asked, expected in (
        ("Thu, 02 Oct 2025 00:00:00 GMT", "20251001080000"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "20251011080000"),
    ):
        reply = served.play(f"/web/{SITE}/a", Accept_Datetime=asked)
        assert (reply.status, reply.headers["Location"]) == (302, f"{served.replay}/web/{expected}/{SITE}/a")
        assert reply.headers["Vary"] == "accept-datetime"
        assert f'<{SITE}/a>; rel="original"' in reply.headers["Link"]
    assert served.play(f"/web/{SITE}/a").headers["Location"].endswith(f"/web/20251011080000/{SITE}/a")
    for nonsense in ("yesterday", "Thu, 02 Oct 2025 00:00:00 +99999999999999999999"):
        assert served.play(f"/web/{SITE}/a", Accept_Datetime=nonsense).status == 400
    assert served.play(f"/web/{SITE}/nothing").status == 404
    assert served.play("/web/news.example/a").status == 302


def test_the_timemap_lists_every_capture(site, serve):
    """In link format, with first and last."""
    served = serve(site.folder)
    reply = served.play(f"/web/timemap/link/{SITE}/a")
    assert reply.headers["Content-Type"].startswith("application/link-format")
    assert reply.text.count("memento") == 2
    assert (
        f'<{served.replay}/web/20251001080000/{SITE}/a>; rel="first memento"; datetime="Wed, 01 Oct 2025 08:00:00 GMT"'
        in reply.text
    )
    assert served.play(f"/web/timemap/link/{SITE}/none").status == 404


def test_redirects_errors_and_revisits_replay(site, serve):
    """A redirect leads on inside the archive; an error keeps its status; a revisit shows its original's bytes."""
    served = serve(site.folder)
    reply = served.play(f"/web/20251001080003/{SITE}/old")
    assert (reply.status, reply.headers["Location"]) == (301, f"{served.replay}/web/20251001080003/{SITE}/a")
    assert served.play(f"/web/20251001080004/{SITE}/gone").status == 404
    assert served.play(f"/web/20251011080002id_/{SITE}/i.png").body == PNG
    assert 'url("/web/' in served.play(f"/web/20251001080001cs_/{SITE}/s.css").text


def test_not_archived_is_a_proper_page(site, serve):
    """404, the address, pages of the same site; for a requisite a short answer; nothing of the address is markup."""
    served = serve(site.folder)
    reply = served.play(f"/web/20251001/{SITE}/" + quote("<img src=x onerror=alert(1)>"))
    assert reply.status == 404
    assert "<img" not in reply.text
    assert f"/web/20251011080000/{SITE}/a" in reply.text or f"/web/20251001080000/{SITE}/a" in reply.text
    assert served.play(f"/web/20251001im_/{SITE}/none.png").headers["Content-Type"].startswith("text/plain")


def test_what_was_taken_down_is_not_served_anywhere(site, serve):
    """451 for the page and its bytes, no index line, no range of the WARC that holds it."""
    site.take_down(f"{SITE}/a")
    served = serve(site.folder)
    assert served.play(f"/web/20251001080000/{SITE}/a").status == 451
    assert served.play(f"/web/20251001080000id_/{SITE}/a").status == 451
    assert served.play(f"/cdx?url={SITE}/a").body == b""
    start = site.first.warc_offset
    assert served.play(f"/warc/{site.name}", Range=f"bytes={start}-{start + 10}").status == 451
    assert served.play(f"/warc/{site.name}", Range=f"bytes=0-{start - 1}").status == 206
    assert served.play(f"/warc/{site.name}", Range=f"bytes=0-1,{start}-{start + 10}").status == 451


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"url={SITE}/a", ["20251001080000", "20251011080000"]),
        (f"url={SITE}/a&sort=reverse", ["20251011080000", "20251001080000"]),
        (f"url={SITE}/a&limit=1", ["20251001080000"]),
        (f"url={SITE}/a&limit=-1", ["20251011080000"]),
        (f"url={SITE}/a&from=20251002", ["20251011080000"]),
        (f"url={SITE}/a&to=20251001", ["20251001080000"]),
        (f"url={SITE}/a&closest=20251010&sort=closest&limit=1", ["20251011080000"]),
        (f"url={SITE}/*&filter=mime:text/css", ["20251001080001"]),
        (f"url={SITE}/*&filter=statuscode:[34]..", ["20251001080004", "20251001080003"]),
        (f"url={SITE}/*&filter=!status:200&filter=!=mime:warc/revisit&filter=~status:4", ["20251001080004"]),
        ("url=*.news.example&filter==mime:warc/revisit", ["20251011080002"]),
        ("url=news.example&matchType=host&filter=original:.*i.png&limit=1", ["20251001080002"]),
        (f"url={SITE}/&matchType=prefix&collapse=urlkey&filter=urlkey:/a", ["20251001080000"]),
        (f"url={SITE}/none", []),
    ],
)
def test_the_index_answers_pywbs_and_the_internet_archives_parameters(site, serve, query, expected):
    """Each parameter by the times it lets through."""
    reply = serve(site.folder).play(f"/cdx?{query}")
    assert reply.status == 200
    assert [line.split(" ")[1] for line in reply.text.splitlines()] == expected


def test_a_time_map_comes_in_pages(site, serve, monkeypatch):
    """Each names its neighbours, and only the outer ones have the first and the last memento; JSON says the same."""
    monkeypatch.setattr(memento, "TIMEMAP_PAGE", 1)
    served = serve(site.folder)
    first, second = (served.play(f"/web/timemap/link/{page}{SITE}/a").text for page in ("", "2/"))
    assert re.findall('rel="([a-z ]*)"', first) == ["original", "timegate", "self", "timemap next", "first memento"]
    assert re.findall('rel="([a-z ]*)"', second) == ["original", "timegate", "self", "timemap prev", "last memento"]
    assert f"/web/timemap/link/2/{SITE}/a>" in first
    assert served.play(f"/web/timemap/link/3/{SITE}/a").status == 404
    found = json.loads(served.play(f"/web/timemap/json/{SITE}/a").text)
    assert found["mementos"]["list"] == [found["mementos"]["first"]]
    assert found["mementos"]["first"]["datetime"] == "2025-10-01T08:00:00Z"
    assert found["mementos"]["first"]["uri"].endswith(f"/web/20251001080000/{SITE}/a")
    following = json.loads(served.play(found["pages"]["next"].partition("/web/")[2].join(("/web/", ""))).text)
    assert following["mementos"]["last"]["datetime"] == "2025-10-11T08:00:00Z"
    assert "next" not in following["pages"]


def test_captures_of_the_same_minute_are_told_apart(site, serve):
    """The list of an address's captures shows seconds."""
    assert ":00 UTC</a>" in serve(site.folder).play(f"/web/*/{SITE}/a").text


EVERY = (
    "url=*.news.example",
    "url=*.news.example&sort=reverse",
    f"url={SITE}/*&filter=!status:404",
    "url=*.news.example&collapse=urlkey",
    "url=*.news.example&collapse=timestamp:8&sort=reverse",
)


@pytest.mark.parametrize("query", EVERY)
def test_pages_together_are_the_whole_answer(site, serve, query):
    """Page after page until one is empty, as many as are announced; offset and limit cut the same list."""
    served = serve(site.folder)
    whole = served.play(f"/cdx?{query}").text.splitlines()
    assert len(whole) > 1
    for size in (1, 2, 3, 100):
        pages = []
        while page := served.play(f"/cdx?{query}&pageSize={size}&page={len(pages)}").text.splitlines():
            pages.append(page)
        assert [line for page in pages for line in page] == whole
        assert served.play(f"/cdx?{query}&pageSize={size}&showNumPages=true").text == f"{len(pages)}\n"
        assert served.play(f"/cdx?{query}&pageSize={size}&page=99").text == ""
        assert served.play(f"/cdx?{query}&offset=1&limit={size}").text.splitlines() == whole[1:][:size]
        assert served.play(f"/cdx?{query}&limit=-{size}").text.splitlines() == whole[-size:]
        assert served.play(f"/cdx?{query}&limit=-{size}&offset=1").text.splitlines() == whole[1:][-size:]
    assert served.play(f"/cdx?{query}&pageSize=2&page=0&limit=-1").text.splitlines() == whole[1:2]


@pytest.mark.parametrize("query", EVERY)
@pytest.mark.parametrize("encoded", [False, True])
def test_a_resume_key_goes_on_where_a_response_ended(site, serve, query, encoded):
    """Nothing is repeated or left out, whether a client encodes the key again or not; the last response has none."""
    served = serve(site.folder)
    whole = served.play(f"/cdx?{query}").text.splitlines()
    lines, more = [], ""
    while True:
        found = served.play(f"/cdx?{query}&limit=1&showResumeKey=true{more}").text.split("\n")
        lines.append(found[0])
        if found[1:] == [""]:
            break
        assert (found[1], found[3:]) == ("", [""])
        more = "&resumeKey=" + (quote_plus(found[2]) if encoded else found[2])
    assert lines == whole
    array = json.loads(served.play(f"/cdx?{query}&limit=1&showResumeKey=true&output=json-array").text)
    assert array[2] == []
    assert len(array[3]) == 1
    rows = served.play(f"/cdx?{query}&limit=1&showResumeKey=true&output=json").text.splitlines()
    assert set(json.loads(rows[1])) == {"resumeKey"}


def test_the_number_of_pages_has_each_servers_form(site, serve):
    """A line of text, pywb's object, the Internet Archive's array."""
    served = serve(site.folder)
    query = f"/cdx?url={SITE}/a&showNumPages=true&pageSize=1"
    assert served.play(query).text == "2\n"
    assert json.loads(served.play(f"{query}&output=json").text) == {"pages": 2, "pageSize": 1, "blocks": 2}
    assert json.loads(served.play(f"{query}&output=json-array").text) == [["numpages"], ["2"]]
    assert served.play(f"/cdx?url={SITE}/none&showNumPages=true").text == "0\n"


def test_a_revisit_is_resolved_to_its_original(site, serve):
    """Its line gets the original's media type, status and place; other lines get dashes."""
    served = serve(site.folder)
    query = "/cdx?url=*.news.example&output=json&resolveRevisits=true"
    lines = [json.loads(line) for line in served.play(query).text.splitlines()]
    (revisit,) = [each for each in lines if each["orig.offset"] != "-"]
    (original,) = [each for each in lines if each["offset"] == revisit["orig.offset"]]
    assert (revisit["orig.filename"], revisit["orig.length"]) == (original["filename"], original["length"])
    assert (revisit["mime"], revisit["status"]) == (original["mime"], original["status"])
    assert served.play(f"{query}&filter=mime:warc/revisit").text == ""
    plain = served.play("/cdx?url=*.news.example&output=text&resolveRevisits=1&fl=timestamp,orig.filename&limit=1").text
    assert plain.endswith(" -\n")


def test_index_lines_are_those_of_the_cdxj_file(site, serve):
    """And the same fields come as NDJSON, as one array, and as text."""
    served = serve(site.folder)
    lines = (site.folder.index / (site.name.removesuffix(".warc.gz") + ".cdxj")).read_text().splitlines()
    assert sorted(served.play(f"/cdx?url={SITE}/*").text.splitlines()) == sorted(lines)
    ndjson = [json.loads(line) for line in served.play(f"/cdx?url={SITE}/a&output=json").text.splitlines()]
    assert [each["timestamp"] for each in ndjson] == ["20251001080000", "20251011080000"]
    array = json.loads(served.play(f"/cdx?url={SITE}/a&output=json-array&fl=timestamp,original,statuscode").text)
    assert array == [
        ["timestamp", "original", "statuscode"],
        ["20251001080000", f"{SITE}/a", "200"],
        ["20251011080000", f"{SITE}/a", "200"],
    ]
    names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length", "offset", "filename"]
    assert json.loads(served.play(f"/cdx?url={SITE}/none&output=json-array").text) == [names]
    assert (
        served.play(f"/cdx?url={SITE}/a&output=text&fl=timestamp,mimetype&limit=1").text == "20251001080000 text/html\n"
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "url=",
        f"url={SITE}/a&output=xml",
        f"url={SITE}/a&filter=nonsense",
        f"url={SITE}/a&filter=~url:(a)(?=b)",
        f"url={SITE}/a&filter=~url:(",
        f"url={SITE}/a&limit=many",
        f"url={SITE}/a&from=x",
        f"url={SITE}/a&fl=nothing",
        f"url={SITE}/a&sort=up",
        f"url={SITE}/a&limits=2",
        f"url={SITE}/a&page=-1",
        f"url={SITE}/a&pageSize=0",
        f"url={SITE}/a&page=first",
        f"url={SITE}/a&showNumPages=perhaps",
        f"url={SITE}/a&resumeKey=nonsense",
        f"url={SITE}/a&showResumeKey=true&limit=-1",
        f"url={SITE}/a&showResumeKey=true&closest=2025",
        f"url={SITE}/a&fl=orig.offset",
        f"url={SITE}/a&collapse=timestamp:x",
        f"url={SITE}/a" + "&filter==status:200" * 21,
    ],
)
def test_a_wrong_index_query_is_told_in_one_line(site, serve, query):
    """400 and what to write instead."""
    reply = serve(site.folder).play(f"/cdx?{query}")
    assert reply.status == 400
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert len(reply.text.splitlines()) == 1


def test_warcs_are_served_whole_and_by_ranges_and_never_decoded(site, serve):
    """200, 206, suffix, 416, If-Range, 304, HEAD; no Content-Encoding; no name but those of the archive."""
    served = serve(site.folder)
    data = site.path.read_bytes()
    whole = served.play(f"/warc/{site.name}")
    assert (whole.status, whole.body, whole.headers["Content-Encoding"]) == (200, data, None)
    assert whole.headers["Accept-Ranges"] == "bytes"
    start, stop = site.css.warc_offset, site.css.warc_offset + site.css.warc_length
    part = served.play(f"/warc/{site.name}", Range=f"bytes={start}-{stop - 1}")
    assert (part.status, part.body) == (206, data[start:stop])
    assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    assert served.play(f"/warc/{site.name}", Range="bytes=-10").body == data[-10:]
    assert served.play(f"/warc/{site.name}", Range=f"bytes={len(data) - 5}-").body == data[-5:]
    beyond = served.play(f"/warc/{site.name}", Range=f"bytes={len(data)}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert served.play(f"/warc/{site.name}", Range="lines=1-2").status == 200
    several = served.play(f"/warc/{site.name}", Range="bytes=0-9, -5")
    assert (several.status, several.headers["Content-Length"]) == (206, str(len(several.body)))
    message = message_from_bytes(f"Content-Type: {several.headers['Content-Type']}\r\n".encode() + several.body)
    pieces = [(each["Content-Range"], each.get_payload(decode=True)) for each in message.get_payload()]
    assert pieces == [
        (f"bytes 0-9/{len(data)}", data[:10]),
        (f"bytes {len(data) - 5}-{len(data) - 1}/{len(data)}", data[-5:]),
    ]
    assert served.play(f"/warc/{site.name}", Range="bytes=0-9,5-12").body == data, "ranges that overlap"
    assert served.play(f"/warc/{site.name}", Range=f"bytes={len(data)}-,{len(data) + 9}-").status == 416
    assert served.play(f"/warc/{site.name}", Range="bytes=0-1", If_Range='"old"').status == 200
    assert served.play(f"/warc/{site.name}", If_None_Match=whole.headers["ETag"]).status == 304
    assert served.get(f"/warc/{site.name}", replay=True, method="HEAD").headers["Content-Length"] == str(len(data))
    for name in ("../talkscraper.db", "..%2ftalkscraper.db", "%2e%2e/talkscraper.db", "other.warc.gz", "%00"):
        assert served.play(f"/warc/{name}").status == 404


def test_all_captures_of_an_address_are_listed(site, serve):
    """At /web/*/URL, newest first."""
    reply = serve(site.folder).play(f"/web/*/{SITE}/a")
    assert reply.status == 200
    assert reply.text.index("11 October 2025") < reply.text.index("1 October 2025, 08")


def test_damage_is_told_and_not_shown_as_a_page(site, serve):
    """A flipped byte in the record: 500 with file and offset, and the next page still works."""
    data = bytearray(site.path.read_bytes())
    data[site.second.warc_offset + site.second.warc_length // 2] ^= 0xFF
    site.path.write_bytes(data)
    served = serve(site.folder)
    reply = served.play(f"/web/20251011080000/{SITE}/a")
    assert reply.status == 500
    assert f"{site.name} at byte {site.second.warc_offset}" in reply.text
    assert served.play(f"/web/20251001080000/{SITE}/a").status == 200


def test_other_hosts_methods_and_workers_are_refused(site, serve):
    """A name that isn't ours may be DNS rebinding; archived scripts may not become service workers."""
    served = serve(site.folder, host_names=("archive.example",))
    for replay in (False, True):
        assert served.get("/", replay=replay, Host="evil.example").status == 421
        assert served.get("/", replay=replay, Host="archive.example:1").status == 200
        assert served.get("/", replay=replay, Host="[::1]:1").status == 200
        assert served.get("/", replay=replay, method="POST").status == 405
    assert served.play(f"/web/20251001080000id_/{SITE}/a", Service_Worker="script").status == 403


def test_scripts_are_never_served_as_scripts(built, serve):
    """A captured script is plain text unless its very bytes are asked for."""
    built.respond(f"{SITE}/x.js", "2025-10-01", "alert(1)", mime="application/javascript")
    served = serve(built.done())
    assert served.play(f"/web/20251001000000js_/{SITE}/x.js").headers["Content-Type"] == "text/plain; charset=utf-8"
    raw = served.play(f"/web/20251001000000id_/{SITE}/x.js")
    assert raw.headers["Content-Type"] == "application/javascript"
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def test_lying_codings_still_show(built, serve):
    """A body that isn't gzip under a gzip header: shown as it is, and its raw bytes without the lie."""
    built.respond(f"{SITE}/lie", "2025-10-01", PAGE, headers=(("Content-Encoding", "gzip"),))
    served = serve(built.done())
    assert "Harbour" in served.play(f"/web/20251001000000/{SITE}/lie").text
    raw = served.play(f"/web/20251001000000id_/{SITE}/lie")
    assert (raw.body, raw.headers["Content-Encoding"]) == (PAGE.encode(), None)


@pytest.mark.parametrize(
    "headers",
    [
        (("X-Long", "a" + " " * 200_000 + "b"),),
        (("X-Tab", "a\tb"), ("X-High", "caf\xe9\xa0"), ("X-Del", "\x7f \x01")),
        tuple((f"X-Many-{number}", "x" * 500) for number in range(500)),
        (("X" * 70_000, "x"),),
        (("Content-Encoding", " " * 9000), ("Content-Language", "en" + " " * 9000 + "x")),
        (("Location", "http://a:b/"), ("ETag", '"' + "a" * 90_000)),
    ],
    ids=["long", "odd", "many", "long name", "spaces", "others"],
)
@pytest.mark.parametrize("modifier", ["", "id_"])
def test_whatever_was_archived_of_headers_an_answer_comes(built, serve, headers, modifier):
    """Servers sent them, or an archive's writer made them up."""
    built.respond(
        f"{SITE}/a", "2025-10-01", "<h1>Harbour", mime="text/html;charset=" + " " * 9000 + "!", headers=headers
    )
    built.respond(f"{SITE}/r", "2025-10-01", "", status=302, headers=(*headers, ("Location", "/a")))
    served = serve(built.done())
    reply = served.play(f"/web/20251001000000{modifier}/{SITE}/a")
    assert reply.status == 200
    assert b"Harbour" in reply.body
    assert sum(len(name) + len(value) for name, value in reply.headers.items()) < 40_000
    assert served.play(f"/web/20251001000000{modifier}/{SITE}/r").status in (200, 302)
