"""Pages captured by hand: ``crawl URL`` and ``crawl -``, ``--retry-failed`` and ``--full``."""

from __future__ import annotations

import json
import subprocess

from tests.support import cli, pages


def _answers(run):
    return {each["url"]: each for each in run.summary["urls"]}


def _crawl_list(archive, text, *arguments):
    return subprocess.run(
        archive.command("crawl", "--json", *arguments, "-"),
        input=text, capture_output=True, timeout=cli.TIMEOUT_S, check=False,
    )  # fmt: skip


def test_a_page_is_captured_at_once_and_nothing_else_is_fetched(quay, archive):
    """Only robots.txt and the page are requested: neither the front page nor what else is due."""
    archive.sources_for(quay, extra="requisites = false")
    quay.add("/other/page", pages.article("A page that nothing names"))
    url = f"{quay.base}/other/page"
    run = archive.crawl(url)
    assert run.code == 0, run.stderr
    assert set(quay.paths()) == {"/robots.txt", "/other/page"}
    answer = _answers(run)[url]
    assert (answer["outcome"], answer["source"]) == ("new", "quay")
    assert archive.rows("select id, source_id from articles") == [(answer["article_id"], "quay")]
    again = archive.crawl(url)
    assert (again.code, _answers(again)[url]["outcome"]) == (0, "unchanged")
    quay.add("/other/page", pages.article("A page that nothing names, rewritten"))
    assert _answers(archive.crawl(url))[url]["outcome"] == "revised"


def test_a_page_of_a_source_is_captured_whatever_its_rhythm(quay, archive):
    """After a crawl nothing is due; a known article given by hand is fetched all the same."""
    archive.sources_for(quay, extra="requisites = false")
    assert archive.crawl().code == 0
    quay.log.clear()
    url = f"{quay.base}/posts/story-2"
    run = archive.crawl(url)
    assert _answers(run)[url]["outcome"] == "unchanged"
    assert quay.paths() == ["/posts/story-2"]


def test_a_page_that_fails_makes_the_exit_code_3_and_says_why(quay, archive):
    """A missing page, one that robots.txt forbids, and a sound one: each has its line."""
    archive.sources_for(quay, extra="requisites = false")
    missing, forbidden, sound = (f"{quay.base}{path}" for path in ("/no", "/private/x", "/posts/story-1"))
    run = archive.crawl(missing, forbidden, sound)
    answers = _answers(run)
    assert run.code == 3
    assert (answers[missing]["outcome"], answers[missing]["detail"]) == ("failed", "answered 404")
    assert answers[forbidden]["outcome"] == "failed"
    assert "robots.txt" in answers[forbidden]["detail"]
    assert answers[sound]["outcome"] == "new"
    assert run.source()["diagnosis"] == "idle", "pages given by hand say nothing about their source"
    text = archive.run("crawl", missing)
    assert f"failed {missing} (quay): answered 404" in text.stdout
    assert text.returncode == 3


def test_a_private_page_of_no_source_is_refused(quay, other_site, archive):
    """The inbox allows no private address, so nothing is sent; a contact is needed for all others."""
    archive.sources_for(quay)
    other_site.add("/page", pages.article("A page on another port"))
    url = f"http://localhost:{other_site.base.rpartition(':')[2]}/page"
    run = archive.crawl(url)
    assert run.code == 3
    assert _answers(run)[url]["source"] == "inbox"
    assert "private address" in _answers(run)[url]["detail"]
    assert other_site.paths() == []
    assert archive.rows("select name, homepage from sources where id = 'inbox'") == [("Pages captured by hand", "")]
    assert archive.run("status").returncode == 0
    archive.sources_for(quay, top="")
    refused = archive.run("crawl", url)
    assert refused.returncode == 2
    assert "has no contact" in refused.stderr


def test_a_list_on_standard_input_has_comments_and_is_refused_as_a_whole(quay, archive):
    """A line that is no URL is named by its number, and nothing is fetched."""
    archive.sources_for(quay, extra="requisites = false")
    one, two = f"{quay.base}/posts/story-1", f"{quay.base}/posts/story-2"
    refused = _crawl_list(archive, f"{one}\nstory-2\n".encode())
    assert refused.returncode == 2
    assert refused.stderr.decode().count("\n") == 1
    assert "line 2" in refused.stderr.decode()
    assert quay.paths() == []
    done = _crawl_list(archive, f"# of today\n{one}\n\n  {two}  # the second\n{one}#top\n".encode())
    answers = {each["url"]: each["outcome"] for each in json.loads(done.stdout)["urls"]}
    assert answers == {one: "new", two: "new", f"{one}#top": "same"}
    quay.log.clear()
    assert _crawl_list(archive, b"# nothing\n").returncode == 0
    assert quay.paths() == [], "an empty list isn't everything"


def test_what_a_stopped_run_left_of_a_list_stays_due(quay, archive):
    """A budget of one page; the next ordinary run fetches the rest."""
    archive.sources_for(quay, extra="requisites = false")
    for number in range(4):
        quay.add(f"/extra/{number}", pages.article(f"Extra page number {number}"))
    urls = [f"{quay.base}/extra/{number}" for number in range(4)]
    run = archive.crawl("--max-pages", "1", *urls)
    assert run.code == 4
    assert run.summary["by_hand"] == {"due": 3, "new": 1}
    archive.crawl()
    assert {f"/extra/{number}" for number in range(4)} <= set(quay.paths())


def test_names_and_urls_mix(quay, archive):
    """The named source is crawled, and the page as well."""
    archive.sources_for(quay, extra="requisites = false")
    quay.add("/other/page", pages.article("A page that nothing names"))
    run = archive.crawl("quay", f"{quay.base}/other/page")
    assert run.code == 0
    assert run.source()["new"] == 3


def test_a_bad_url_is_one_line(archive, quay):
    """Neither a scheme of another kind nor a URL without a host is fetched."""
    archive.sources_for(quay)
    for url in ("ftp://example.org/x", "http://", "https://a b/", "http://user:secret@example.org/"):
        refused = archive.run("crawl", url)
        assert refused.returncode == 2, url
        assert refused.stderr.count("\n") == 1


def test_failed_addresses_are_tried_again(quay, archive):
    """A page that answered 500 rests for hours; ``--retry-failed`` fetches it now and says how many there were."""
    archive.sources_for(quay, extra="requisites = false")
    quay.add("/posts/story-2", b"", status=500)
    archive.crawl()
    planned = json.loads(archive.run("crawl", "--retry-failed", "--dry-run", "--json").stdout)
    assert planned["sources"][0]["urls"] == [f"{quay.base}/posts/story-2"]
    quay.add("/posts/story-2", pages.article("Story number 2 is back"))
    quay.log.clear()
    run = archive.crawl("--retry-failed")
    assert run.summary["notes"] == ["1 failed address is due now"]
    assert quay.paths() == ["/posts/story-2"]
    assert run.source()["new"] == 1


def test_full_looks_at_everything_again_without_conditions(quay, archive):
    """All seeds and articles, one that was gone too, although nothing is due; none is asked conditionally."""
    archive.sources_for(quay, extra="requisites = false")
    archive.crawl()
    quay.log.clear()
    planned = json.loads(archive.run("crawl", "quay", "--full", "--dry-run", "--json").stdout)
    run = archive.crawl("quay", "--full")
    assert run.code == 0, run.stderr
    wanted = {"/robots.txt", "/", "/posts/story-1", "/posts/story-2"}
    assert wanted <= set(quay.paths())
    assert planned["sources"][0]["due_now"]["article"] == 2
    assert run.source()["unchanged"] == 2


def test_the_plan_of_a_source_and_an_address_of_it_names_the_source_once(quay, archive):
    """What was given comes first, nothing is counted twice, and the run fetches what was planned."""
    archive.sources_for(quay, extra="requisites = false")
    story = f"{quay.base}/posts/story-1"
    (planned,) = json.loads(archive.run("crawl", "quay", story, "--dry-run", "--json").stdout)["sources"]
    assert planned["urls"][0] == story
    assert planned["due_now"]["article"] == 1
    archive.crawl()
    (planned,) = json.loads(archive.run("crawl", "quay", f"{quay.base}/", "--dry-run", "--json").stdout)["sources"]
    assert planned["urls"].count(f"{quay.base}/") == 1
    assert sum(planned["due_now"].values()) == len(planned["urls"])
