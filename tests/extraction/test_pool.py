"""Extraction in worker processes."""

import sys

from talkscraper.extraction import extract
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.pool import Task

PAGE = (
    "<html lang=en><head><title>A Quiet Bridge | The Paper</title></head><body><article><h1>A Quiet Bridge</h1>"
    + "".join(
        f"<p>Paragraph {n} tells at some length how the bridge was mended in the spring of that year.</p>"
        for n in range(6)
    )
    + "</article></body></html>"
).encode()


def test_a_page_comes_back_as_the_function_itself_would_give_it(make_payload):
    """A result from a process equals the result of a call."""
    payload = make_payload(PAGE)
    with ExtractorPool(workers=1) as pool:
        found = pool.submit(payload).result()
    assert found == extract(PAGE, payload.capture.url, payload.capture.captured_at, payload.headers, status=200)
    assert found.article.title == "A Quiet Bridge"


def _loaded(names):
    return sorted(set(names) & set(sys.modules))


def test_a_process_loads_no_numpy():
    """It would take 30 MB of each, for a detector of languages that trafilatura has and isn't asked."""
    with ExtractorPool(workers=1) as pool:
        assert pool.ask("modules", Task(_loaded), ("trafilatura", "numpy", "py3langid")).result() == ["trafilatura"]
