"""docs/performance.md is written from kept runs: the newest good one of each, the same text from the same file."""

import json

import pytest
import report

MACHINE = {"cores": 2, "python": "3.11.2", "system": "Linux"}
MAIN_JOB = """| | does | pages/s | ratio | CPU ms a page | peak MiB | KB on disk a page | articles |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| talkscraper | captures, articles, database | 40.0 | 1.00 | 50.0 | 300 | 55.0 | 9 |
| plain script | captures, articles, database | 20.0 | 0.50 | 60.0 | 400 | 50.0 | 9 |
| scrapy-webarchive | captures | 80.0 | 2.00 | 9.0 | 100 | 50.0 | – |
| newspaper4k | failed: exit code 1 | | | | | | |"""
EXTRACTION = """
talkscraper.extract, each source apart
                            pages         f1      exact
papers                        123      0.969      0.300
  goal                                 0.965       0.28

CPU per page: 0.756 of trafilatura's (goal 0.75); rounds 0.756; 29.5 ms beside 39.0 ms

newspaper4k
                            pages         f1      exact
papers                        123      0.900      0.300"""
CAPTURE = """CPU per page of 60 KB, 9 pages, least of 1 rounds

bodies     way              ms  over stock  of warcio  KB kept
chunked    stock          2.00        0.00                 0.0
chunked    talkscraper    2.50        0.50      0.25x     21.0
chunked    warcio         4.00        2.00      1.00x     20.0"""
SEARCHES = """| question | CPU p50 ms |
| --- | ---: |
| **all, best first** | 14.0 |
| a rare word: ours | 1.0 |
| a rare word: SQL, ranked | 0.5 |"""
FIRST_QUERY = """| | commands | lines to write first |
| --- | ---: | ---: |
| talkscraper | 5 | 0 |
| plain script | 4 | 48 |"""
VERIFY = """one core, CPU s
talkscraper verify     0.45 s       66 MB/s,   31 unpacked     0.7 x warcio's speed
warcio check           0.32 s       33 MB/s,   43 unpacked     1.0 x warcio's speed

2 cores, wall-clock s
talkscraper verify     2.17 s        3 MB/s,    6 unpacked     0.6 x warcio's speed"""
CRAWL = """newspaper  policy        requests       KiB
sound      talkscraper        690       679
sound      Scrapy           1,380      9941

CPU per unchanged page: 2.5 ms (304), 4.81 ms (same bytes), 5.0 ms (Scrapy); 304 is 0.8 × Scrapy"""


def kept(benchmark, output, *, at="2026-11-28T09:00:00Z", code=0, arguments=()):
    from keep import tables

    lines = output.splitlines()
    return {
        "benchmark": benchmark, "arguments": list(arguments), "at": at, "seconds": 61.5, "exit_code": code,
        "commit": "abc", "machine": MACHINE, "versions": {"trafilatura": "2.0" if at < "2026-11-28" else "2.1"}, "figures": None, "tables": tables(lines), "output": lines,
    }  # fmt: skip


@pytest.fixture
def results(tmp_path):
    path = tmp_path / "results.jsonl"
    runs = [
        kept("verify", VERIFY),
        kept("main_job", MAIN_JOB, arguments=["--corpus", "/home/ann/corpus", "--pages", "9"]),
        kept("main_job", MAIN_JOB.replace("40.0", "1.0"), at="2026-11-27T09:00:00Z"),
        kept("main_job", "", at="2026-11-29T09:00:00Z", code=1),
        kept("crawl", CRAWL),
        kept("extraction", EXTRACTION),
        kept("capture", CAPTURE),
        kept("first_query", FIRST_QUERY),
        kept(
            "disk",
            "| table or index | bytes an article |\n| --- | ---: |\n| **database, without free pages** | **10,047** |",
        ),
        kept("cluster", "2 workers / 1, by CPU time: 1.90\nmerged/s (new articles): 250"),
        kept("store", SEARCHES, arguments=["/home/ann/.bench/archive-100000"]),
    ]
    path.write_text("".join(json.dumps(run) + "\n" for run in runs))
    return path


def test_talkscraper_is_compared_with_each_peer(results):
    lines = list(report.report(report.newest(results)))
    for line in (
        "| main job: pages/s | 40 | plain script (captures, articles, database) | 20 | 2.00 |",
        "| main job: peak MiB | 300 | scrapy-webarchive (captures) | 100 | 3.00 |",
        "| CPU ms to read a page, with metadata | 29.5 | trafilatura | 39 | 0.76 |",
        "| F1 of texts, pages of papers | 0.969 | newspaper4k | 0.9 | 1.08 |",
        "| CPU ms of a page fetched and captured, chunked | 2.5 | Scrapy that records nothing | 2 | 1.25 |",
        "| CPU ms of a search for a rare word | 1 | SQL, ranked | 0.5 | 2.00 |",
        "| lines of program to the first answered query | 0 | plain script | 48 | 0.00 |",
        "| MB of .warc.gz verified in a CPU second | 66 | warcio check | 33 | 2.00 |",
        "| requests to a newspaper, looked at every hour | 690 | Scrapy | 1,380 | 0.50 |",
        "| CPU ms of an unchanged page | 2.5 | Scrapy, which keeps nothing | 5 | 0.50 |",
        "| bytes of database an article | 10,047 |  |  |  |",
        "| cluster: merged/s (new articles) | 250 |  |  |  |",
    ):
        assert line in lines, line


def test_runs_are_told_without_the_folders_of_the_machine(results):
    text = "\n".join(report.report(report.newest(results)))
    assert (
        '| main_job | `BENCH_CORPUS=FOLDER make bench-main_job ARGS="--pages 9"` | abc | 2026-11-28T09:00:00Z | 61.5 | 2 |'
        in text
    )
    assert "| search | `BENCH_ARTICLES=100000 make bench-search` |" in text
    assert "/home/ann" not in text
    assert "| **all, best first** | 14.0 |" in text


def test_what_failed_and_which_versions_were_compared_is_told(results):
    text = "\n".join(report.report(report.newest(results)))
    assert "| newspaper4k | failed: exit code 1 |" in text
    assert "| trafilatura | 2.1 |" in text
    assert "| trafilatura | 2.0 |" not in text


def test_each_benchmark_says_what_it_measures(results):
    text = "\n".join(report.report(report.newest(results)))
    assert "### verify\n\nSpeed of `talkscraper verify` beside `warcio check`" in text
    assert "python benchmarks/verify.py" not in text


def test_the_page_keeps_its_prose_and_is_the_same_when_written_again(results, tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text(report.PAGE.read_text("utf-8"))
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["report.py", str(results), "--write"])
    report.main()
    first = page.read_text()
    report.main()
    assert page.read_text() == first
    assert first.startswith("# Performance\n\n`make bench` measures")
    assert first.count("<!-- report.py -->") == first.count("<!-- end of report.py -->") == 1
    assert first.index("### main_job") < first.index("### crawl") < first.index("### verify")
