"""Which capture is meant by a URL and a time, and what it showed."""

import gzip

import pytest

from talkscraper.errors import DamagedRecord, NotFound
from talkscraper.replay import lookup
from talkscraper.replay.payload import load
from tests.support.archives import SITE
from tests.support.clock import at

PAGE = b"<p>The harbour wall holds.</p>" * 60


def test_the_nearest_capture_is_found_and_the_newest_without_a_time(built, reader):
    """Before, between and after the captures, at either side."""
    first, second = (built.respond(f"{SITE}/a", when, PAGE) for when in ("2025-10-01", "2025-10-11"))
    for wanted, expected in (
        ("2024-01-01", first),
        ("2025-10-04", first),
        ("2025-10-09", second),
        ("2030-01-01", second),
    ):
        assert lookup.closest(reader(), f"{SITE}/a", at(wanted)).id == expected.id
    assert lookup.closest(reader(), f"{SITE}/a").id == second.id
    assert lookup.closest(reader(), f"{SITE}/b") is None


def test_scheme_www_and_slash_do_not_matter_but_the_case_of_the_path_does_where_both_exist(built, reader):
    """People type addresses in many ways; two pages that differ in case stay two."""
    upper = built.respond(f"{SITE}/posts/A", "2025-10-01", PAGE)
    lower = built.respond(f"{SITE}/posts/a", "2025-10-02", PAGE + b"a")
    connection = reader()
    assert lookup.closest(connection, "https://www.news.example/posts/A/").id == upper.id
    assert lookup.closest(connection, f"{SITE}/posts/a", at("2025-01-01")).id == lower.id


def test_a_redirect_to_another_spelling_of_the_same_address_is_passed_over(built, reader):
    """Following http → https would lead back to the redirect."""
    built.respond(
        f"{SITE}/a", "2025-10-02", status=301, reason="Moved", headers=(("Location", "https://news.example/a"),)
    )
    page = built.respond("https://news.example/a", "2025-10-01", PAGE)
    assert lookup.closest(reader(), f"{SITE}/a", at("2025-10-02")).id == page.id


def test_requisites_prefer_answers_that_worked(built, reader):
    """A picture that failed at the page's time is taken from the time it worked; a page shows what happened."""
    good = built.respond(f"{SITE}/i.png", "2025-10-01", b"png", mime="image/png")
    bad = built.respond(f"{SITE}/i.png", "2025-10-05", b"", status=503)
    connection = reader()
    assert lookup.closest(connection, f"{SITE}/i.png", at("2025-10-05"), as_requisite=True).id == good.id
    assert lookup.closest(connection, f"{SITE}/i.png", at("2025-10-05")).id == bad.id


def test_what_was_taken_down_is_never_found(built, reader):
    """By URL, by id, as a neighbour."""
    capture = built.respond(f"{SITE}/secret", "2025-10-01", PAGE)
    built.take_down(f"{SITE}/secret")
    connection = reader()
    assert lookup.closest(connection, f"{SITE}/secret") is None
    assert lookup.taken_down(connection, "https://www.news.example/secret") == "asked by the author"
    assert list(lookup.all_of(connection, f"{SITE}/secret")) == []
    with pytest.raises(NotFound):
        lookup.by_id(connection, capture.id)


def test_neighbours_are_first_previous_next_and_last(built, reader):
    """Around the middle one of five."""
    five = [built.respond(f"{SITE}/a", f"2025-10-0{day}", PAGE + bytes([day])) for day in range(1, 6)]
    around = lookup.around(reader(), five[2])
    assert (around.first.id, around.previous.id, around.next.id, around.last.id) == tuple(
        five[i].id for i in (0, 1, 3, 4)
    )
    assert around.count == 5


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("coding", [None, "gzip"])
def test_a_payload_comes_back_as_it_was_sent_without_its_chunks(built, reader, chunked, coding):
    """In all pairs of framing and coding."""
    capture = built.respond(f"{SITE}/a", "2025-10-01", PAGE, chunked=chunked, coding=coding)
    shown = load(reader(), built.folder, capture)
    assert shown.payload() == (gzip.compress(PAGE, mtime=0) if coding else PAGE)
    assert shown.status == 200
    assert shown.raw_head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html")


def test_revisits_show_the_payload_they_refer_to(built, reader):
    """Also where the server said 304, and where the revisit has a head of its own."""
    original = built.respond(f"{SITE}/a", "2025-10-01", PAGE, coding="gzip")
    plain = built.revisit(original, "2025-10-02")
    unmodified = built.revisit(original, "2025-10-03", not_modified=True)
    headed = built.revisit(
        original, "2025-10-04", head=b"HTTP/1.1 200 Fine\r\nContent-Type: text/html\r\nX-Own: 1\r\n\r\n"
    )
    connection = reader()
    for capture in (plain, unmodified, headed):
        shown = load(connection, built.folder, capture)
        assert shown.status == 200
        assert gzip.decompress(shown.payload()) == PAGE
        assert shown.get("Content-Encoding") == "gzip"
        assert shown.original.id == original.id
    assert load(connection, built.folder, headed).get("X-Own") == "1"


def test_a_revisit_without_its_original_is_damage_and_said_so(built, reader):
    """The message names file and offset."""
    original = built.respond(f"{SITE}/a", "2025-10-01", PAGE)
    revisit = built.revisit(original, "2025-10-02")
    with built.db.conn:
        built.db.execute("delete from captures where id = ?", [original.id])
    with pytest.raises(DamagedRecord, match=f"{built.name} at byte {revisit.warc_offset}"):
        load(reader(), built.folder, revisit)


def test_a_row_that_points_at_another_record_is_not_believed(built, reader):
    """Offsets that moved must not show one page under another's address."""
    first = built.respond(f"{SITE}/a", "2025-10-01", PAGE)
    second = built.respond(f"{SITE}/b", "2025-10-01", PAGE + b"b")
    with built.db.conn:
        built.db.execute("delete from captures where id = ?", [first.id])
        built.db.execute("update captures set warc_offset = ? where id = ?", [first.warc_offset, second.id])
    connection = reader()
    moved = lookup.closest(connection, f"{SITE}/b")
    with pytest.raises(DamagedRecord):
        load(connection, built.folder, moved)


def test_a_file_that_is_still_being_written_replays(built, reader):
    """Its name ends in .open on disk, not in the database."""
    capture = built.respond(f"{SITE}/a", "2025-10-01", PAGE)
    built.path.rename(built.path.with_name(built.name + ".open"))
    assert load(reader(), built.folder, capture).payload() == PAGE


def test_a_picture_that_was_kept_in_one_size_stands_for_all_its_sizes(built, reader):
    """Next.js serves pictures through a resizer; the crawl keeps a few widths."""
    kept = built.respond(f"{SITE}/_next/image?url=%2Fa.png&w=640&q=75", "2025-10-01", b"png", mime="image/png")
    connection = reader()
    for url in ("/_next/image?url=%2Fa.png&w=1080&q=75", "/a.png"):
        assert lookup.resized(connection, SITE + url).id == kept.id
        assert lookup.is_archived(connection, SITE + url)
    for url in ("/_next/image?url=%2Fb.png&w=640&q=75", "/b.png", "/a.pn", "/_next/image"):
        assert lookup.resized(connection, SITE + url) is None


def test_a_row_of_another_picture_is_not_taken_for_a_resized_one(built, reader):
    """The address must be the same up to the width."""
    built.respond(f"{SITE}/_next/image?url=%2Fa.png2&w=640&q=75", "2025-10-01", b"png", mime="image/png")
    assert lookup.resized(reader(), f"{SITE}/a.png") is None
