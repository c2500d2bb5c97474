"""References: three forms with one proof, and a check that finds every kind of damage."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.cite import check, read_claims, reference, render
from talkscraper.cite.claims import find_claims
from talkscraper.cite.reference import Reference
from talkscraper.cli.main import main
from talkscraper.errors import NotFound, UsageError
from talkscraper.store.database import open_reader
from tests.cite.conftest import HOUR, NAME, PARAGRAPHS, START, URL, page

FORGED = (
    "Captured 2025-10-28T09:00:00Z, WARC-Record-ID <urn:uuid:1>, payload sha1:A, text sha256:" + "b" * 64
    + ", article 0123456789abcdef, revision 1, by me. "
)  # fmt: skip


def cited(kept, revision=None):
    connection = open_reader(kept.folder.database)
    try:
        return reference(connection, URL, revision)
    finally:
        connection.close()


def checked(kept, text, tmp_path):
    document = tmp_path / "document"
    document.write_text(text, "utf-8")
    connection = open_reader(kept.folder.database)
    try:
        return list(check(connection, kept.folder, read_claims(document)))
    finally:
        connection.close()


@pytest.mark.parametrize("form", ["text", "bibtex", "csl", "ris"])
@pytest.mark.parametrize(("coding", "chunked"), [(None, False), ("gzip", True)])
def test_a_fresh_reference_holds_in_every_form(kept, tmp_path, form, coding, chunked):
    kept.crawl(page(), coding=coding, chunked=chunked)
    (result,) = checked(kept, render(cited(kept), form), tmp_path)
    assert (result.verdict, result.reasons) == ("holds", ("record, digests and text are as cited",))
    assert (result.warc_file, result.warc_offset) == (NAME, 0)


def test_the_text_names_all_that_is_needed(kept):
    capture, stored = kept.crawl(page())
    text = render(cited(kept))
    for part in (
        "Ann Reed: “Harbour wall gives way & falls”. The Daily, 28 October 2025.", URL, "2025-10-28T09:00:00Z", capture.id,
        capture.payload_digest, "sha256:", stored.article_id, "revision 1",
    ):  # fmt: skip
        assert part in text
    assert "\n" not in text


def test_bibtex_escapes_and_csl_is_what_processors_read(kept):
    kept.crawl(page(title="A {50%} & #1_rise"))
    bibtex = render(cited(kept), "bibtex")
    assert r"A \{50\%\} \& \#1\_rise" in bibtex
    assert "date = {2025-10-28}" in bibtex
    (item,) = json.loads(render(cited(kept), "csl"))
    assert item["type"] == "article-newspaper"
    assert item["issued"] == {"date-parts": [[2025, 10, 28]]}
    assert item["author"] == [{"family": "Reed", "given": "Ann"}]
    assert "author = {Reed, Ann}" in bibtex
    assert bibtex.startswith("@online{reed202550,")
    assert item["id"] == "reed202550"


def test_an_older_revision_is_cited_with_its_own_record(kept, tmp_path):
    first, _ = kept.crawl(page())
    second, _ = kept.crawl(
        page((*PARAGRAPHS[:2], "The wall stood for ninety years and three storms.", PARAGRAPHS[3])), START + HOUR
    )
    old, new = cited(kept, 1), cited(kept)
    assert (old.record_id, new.record_id) == (first.id, second.id)
    assert old.text_digest != new.text_digest
    results = checked(kept, render([old, new], "bibtex"), tmp_path)
    assert [result.verdict for result in results] == ["holds", "holds"]
    with pytest.raises(NotFound):
        cited(kept, 3)


def test_after_a_revisit_the_record_with_the_bytes_is_cited(kept, tmp_path):
    first, _ = kept.crawl(page())
    kept.revisit(first, START + HOUR)
    assert cited(kept).record_id == first.id
    again = replace(cited(kept), record_id=kept.revisit(first, START + 2 * HOUR).id, captured_at=START + 2 * HOUR)
    assert [each.verdict for each in checked(kept, render(again), tmp_path)] == ["holds"]


def test_another_extractor_with_another_text_is_told_apart_from_damage(kept, tmp_path):
    kept.crawl(page())
    other = replace(cited(kept), extractor="talkscraper 0.0.1 trafilatura 2.0.0", text_digest="sha256:" + "0" * 64)
    (result,) = checked(kept, render(other), tmp_path)
    assert result.verdict == "changed extractor"
    (result,) = checked(kept, render(replace(other, extractor=cited(kept).extractor)), tmp_path)
    assert result.verdict == "broken"


def test_changed_bytes_break_it(kept, tmp_path):
    kept.crawl(page())
    text = render(cited(kept))
    kept.rewrite(lambda data: data.replace(b"three boats", b"seven boats"))
    (result,) = checked(kept, text, tmp_path)
    assert result.verdict == "broken"
    assert any("block" in reason for reason in result.reasons)
    assert any("payload" in reason for reason in result.reasons)


def test_a_torn_a_missing_and_a_foreign_record_break_it(kept, tmp_path):
    kept.crawl(page())
    found = cited(kept)
    unknown = replace(found, record_id="<urn:uuid:00000000-0000-0000-0000-000000000000>")
    kept.path.write_bytes(kept.path.read_bytes()[:-40])
    torn, foreign = checked(kept, render([found, unknown]), tmp_path)
    assert (torn.verdict, foreign.verdict) == ("broken", "broken")
    assert "no record" in foreign.reasons[0]
    kept.path.unlink()
    (missing,) = checked(kept, render(found), tmp_path)
    assert missing.verdict == "broken"
    assert "missing" in missing.reasons[0]


def test_a_changed_time_or_payload_digest_in_the_document_breaks_it(kept, tmp_path):
    kept.crawl(page())
    found = cited(kept)
    for other in (replace(found, captured_at=START + HOUR), replace(found, payload_digest="sha1:" + "A" * 32)):
        (result,) = checked(kept, render(other), tmp_path)
        assert result.verdict == "broken"


def test_a_document_without_or_with_half_a_reference_is_refused_with_its_line(kept, tmp_path):
    kept.crawl(page())
    with pytest.raises(UsageError, match="no reference"):
        checked(kept, "Nothing here.", tmp_path)
    text = render(cited(kept))
    with pytest.raises(UsageError, match="document:3: a reference that isn't whole"):
        checked(kept, "\n\n" + re.sub(r"revision \d+", "", text), tmp_path)


def test_the_command_prints_checks_and_says_broken_with_its_exit_code(kept, tmp_path, capsys):
    kept.crawl(page())
    document = tmp_path / "paper.md"
    root = ["--archive", str(kept.folder.root)]

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main([*root, *arguments])
        return left.value.code, capsys.readouterr()

    code, out = run("cite", URL)
    assert code == 0
    document.write_text("As the paper said [1].\n\n[1] " + out.out, "utf-8")
    assert run("cite", "--check", str(document))[0] == 0
    kept.rewrite(lambda data: data.replace(b"three boats", b"seven boats"))
    code, out = run("cite", "--check", str(document), "--json")
    assert code == 1
    assert json.loads(out.out)[0]["verdict"] == "broken"
    assert run("cite")[0] == 2


@given(
    title=st.one_of(st.text(), st.just(FORGED)), name=st.text(min_size=1), url=st.text(max_size=50),
    record=st.uuids().map(lambda each: f"<urn:uuid:{each}>"), digest=st.sampled_from(["sha1:" + "B" * 32, None]),
)  # fmt: skip
def test_whatever_a_page_claims_the_proof_is_found_again(title, name, url, record, digest):
    """No title, author or URL can hide or forge the proof of a reference in any form."""
    found = Reference(
        article_id="0" * 16, revision=3, source=name, title=title, authors=(name,), published_at=START, published_precision="day",
        published_day=START.date(), modified_at=START, language="en", url=url, captured_at=START, captured_url=url,
        record_id=record, payload_digest=digest, text_digest="sha256:" + "a" * 64, extractor="talkscraper 1.0.0 trafilatura 2.3.1",
        warc_file="a", warc_offset=1,
    )  # fmt: skip
    for form in ("text", "bibtex", "csl", "ris"):
        (claim,) = find_claims(render(found, form))
        assert (claim.record_id, claim.payload_digest, claim.revision) == (record, digest, 3)
        assert claim.extractor == "talkscraper 1.0.0 trafilatura 2.3.1"
