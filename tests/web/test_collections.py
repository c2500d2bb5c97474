"""Collections in the browser: shown to all readers, changed only where the operator allows it, from its own pages."""

import contextlib
import http.client
import json
import re
from urllib.parse import urlencode

import pytest

from talkscraper.collections import add, collection
from talkscraper.errors import UsageError
from talkscraper.store.database import open_reader
from talkscraper.web.credentials import Credentials
from tests.support.archives import SITE, at, extraction, store

HOSTILE = "</p><script>alert(1)</script>\n=cmd"


@pytest.fixture
def shelf(built):
    """Two articles, one of them in a collection with a hostile note."""
    built.ids = []
    for number in range(2):
        capture = built.respond(f"{SITE}/posts/{number}", "2025-10-28", "<p>x")
        built.ids.append(
            store(built, capture, extraction(f"{SITE}/posts/{number}", f"Wall {number}", "It holds."), "quay")
        )
    built.done()
    with contextlib.closing(open_reader(built.folder.database)) as connection:
        add(connection, built.folder, "harbour", built.ids[:1], note=HOSTILE, now=at("2025-11-01"))
    return built


def post(room, fields, path="/collections", **headers):
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", room.port, timeout=60)) as connection:
        connection.request("POST", path, body, {name: value for name, value in sent.items() if value is not None})
        response = connection.getresponse()
        response.read()
        return response


def form(shelf, number=1, **fields):
    return {"action": "add", "name": "harbour", "article": shelf.ids[number], "note": "second", **fields}


def test_a_collection_is_shown_with_its_notes_escaped_and_its_downloads(shelf, serve):
    room = serve(shelf.folder)
    assert 'href="/collections/harbour"' in room.get("/collections").text
    page = room.get("/collections/harbour").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert "<form" not in page and 'method="post"' not in room.get(f"/article/{shelf.ids[0]}").text
    rows = [json.loads(line) for line in room.get("/export.jsonl?collection=harbour").body.splitlines()]
    assert [row["id"] for row in rows] == shelf.ids[:1]
    assert room.get("/export.jsonl?collection=none").status == 404
    assert room.get("/collections/none").status == 404
    assert room.get("/collections/..%2f..%2fsources").status in (400, 404)
    assert room.get("/collections/NONE").status == 400


def test_without_permission_nothing_is_changed(shelf, serve):
    room = serve(shelf.folder)
    assert post(room, form(shelf)).status == 405
    assert len(collection(shelf.folder, "harbour").articles) == 1


def test_a_reader_puts_in_and_takes_out_where_that_is_allowed(shelf, serve):
    room = serve(shelf.folder, allow_collections=True, base_path="/news")
    page = room.get(f"/news/article/{shelf.ids[1]}")
    assert 'action="/news/collections"' in page.text
    # with "no-referrer" a browser would name no origin
    assert page.headers["Referrer-Policy"] == "same-origin"
    reply = post(room, form(shelf, revision="1"), "/news/collections")
    assert (reply.status, reply.headers["Location"]) == (303, "/news/collections/harbour")
    assert [(each.id, each.note) for each in collection(shelf.folder, "harbour").articles] == [
        (shelf.ids[0], HOSTILE), (shelf.ids[1], "second")
    ]  # fmt: skip
    assert 'value="remove"' in room.get("/news/collections/harbour").text
    assert post(room, form(shelf, 0, action="remove"), "/news/collections").status == 303
    assert [each.id for each in collection(shelf.folder, "harbour").articles] == shelf.ids[1:]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"}, {"Sec_Fetch_Site": None},
        {"Sec_Fetch_Site": None, "Origin": "null"}, {"Sec_Fetch_Site": None, "Origin": "https://elsewhere.test"},
        {"Sec_Fetch_Site": None, "Origin": "http://["}, {"Sec_Fetch_Site": "cross-site", "Origin": "SELF"},
    ],
)  # fmt: skip
def test_a_page_from_elsewhere_changes_nothing(shelf, serve, headers):
    room = serve(shelf.folder, allow_collections=True)
    headers = {name: room.room if value == "SELF" else value for name, value in headers.items()}
    assert post(room, form(shelf), **headers).status == 403
    assert len(collection(shelf.folder, "harbour").articles) == 1
    # the replay's origin is another one, though of the same host
    assert post(room, form(shelf), Sec_Fetch_Site=None, Origin=room.replay).status == 403
    assert post(room, form(shelf), Sec_Fetch_Site=None, Origin=room.room).status == 303


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        (b"x" * 70_000, {}, 413), (b"{}", {"Content_Type": "application/json"}, 415), (b"action=delete&name=a", {}, 400),
        (b"action=add&name=..%2Fx&article=ffffffffffffffff", {}, 400), (b"action=add&name=a&article=ffffffffffffffff", {}, 404),
        (b"&".join(b"a=1" for _ in range(30)), {}, 400), (b"\xff=%ff", {}, 400), (b"", {"Host": "elsewhere.test"}, 421),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_is_refused(shelf, serve, fields, headers, status):
    room = serve(shelf.folder, allow_collections=True)
    assert post(room, fields, **headers).status == status
    assert {each.name for each in (shelf.folder.root / "collections").iterdir()} == {"harbour.toml", ".lock"}


def test_only_readers_with_a_password_change_collections(shelf, serve):
    room = serve(shelf.folder, allow_collections=True, credentials=Credentials(token="t" * 20))
    assert post(room, form(shelf)).status == 401
    assert post(room, form(shelf), Authorization="Bearer " + "t" * 20).status == 303
    with pytest.raises(UsageError, match="--auth"):
        serve(shelf.folder, allow_collections=True, host="0.0.0.0", allow_remote=True)


def test_other_addresses_stay_read_only(shelf, serve):
    room = serve(shelf.folder, allow_collections=True)
    for path in ("/", "/collections/harbour", "/api/search", f"/article/{shelf.ids[0]}"):
        assert post(room, {}, path).status == 405


def test_collections_are_in_the_menu_where_there_are_any_or_may_be(shelf, serve):
    """On every page, an error's too; elsewhere the menu stays short."""
    link = '<a href="/collections"'
    room = serve(shelf.folder)
    for path in ("/", f"/article/{shelf.ids[0]}", "/nothing"):
        menu = re.search(r"<nav.*?</nav>", room.get(path).text, re.DOTALL)[0]
        assert link in menu
    assert f'{link} aria-current="page"' in room.get("/collections/harbour").text
    assert '<a href="/?source=quay">Quay</a>' in room.get("/collections/harbour").text
    shelf.folder.root.joinpath("collections/harbour.toml").unlink()
    assert link not in re.search(r"<nav.*?</nav>", room.get("/").text, re.DOTALL)[0]
    assert link in re.search(r"<nav.*?</nav>", serve(shelf.folder, allow_collections=True).get("/").text, re.DOTALL)[0]
