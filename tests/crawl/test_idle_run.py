"""A run with nothing due: most runs of a timetable are such, so they load nothing that only fetching needs."""

import json
import subprocess
import sys

MAX_MODULES = 640
"""An import takes half a millisecond and more: the run has 592, a third of them Python's own."""
RUN = (
    "import sys\nfrom talkscraper.cli.main import main\n"
    "try:\n    main(sys.argv[1:])\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
)
"""A command, after which the process goes on."""
LOADED = (
    "heavy = {'scrapy', 'twisted', 'trafilatura', 'lxml', 'dateparser', 'requests', 'tldextract', 'cryptography'}\n"
    "heavy |= {'pandas', 'numpy'}\n"
    "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    "print(len(sys.modules))\n"
    "from talkscraper.lexicon import loader\n"
    "print(loader._files.cache_info().currsize)"
)


def crawl_and(rest, archive, *options):
    """Crawl in a process of its own, and execute more code there."""
    command = [sys.executable, "-c", RUN + rest, "--archive", str(archive.root), "crawl", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_with_nothing_due_loads_nothing_that_only_fetching_needs(quay, archive, tmp_path):
    """Its row, report, metrics and exit code are those of any run; seconds would depend on the machine."""
    archive.sources_for(quay, extra="requisites = false")
    assert archive.crawl().code == 0
    asked = len(quay.paths())
    metrics = tmp_path / "crawl.prom"
    done = crawl_and(LOADED, archive, "--json", "--metrics", str(metrics))
    report, heavy, modules, lexicons = done.stdout.splitlines()
    assert heavy == "HEAVY []", done.stderr
    assert int(modules) <= MAX_MODULES
    assert lexicons == "0", "the words of every language are read only when something is fetched"
    assert len(quay.paths()) == asked
    summary = json.loads(report)
    assert (summary["exit_code"], summary["reason"]) == (0, "done")
    quay_figures = summary["sources"]["quay"]
    assert (quay_figures["diagnosis"], quay_figures["fetched"]) == ("idle", 0)
    assert archive.rows("select count(*), count(finished_at), max(exit_code) from runs") == [(2, 2, 0)]
    assert archive.rows("select diagnosis from run_sources order by run_id desc limit 1") == [("idle",)]
    assert 'source="quay"' in metrics.read_text()


def test_a_run_that_fetches_loads_no_built_in_component_that_is_off(quay, archive):
    """Scrapy loads what it is told to leave out: its remote control a web server, its cookies an HTTP client."""
    archive.sources_for(quay, extra="requisites = false")
    unused = ["aiohttp", "requests", "scrapy.extensions.remote_control", "scrapy.extensions.telnet"]
    told = f"print('LOADED', sorted(sys.modules.keys() & set({unused})), 'scrapy' in sys.modules)"
    done = crawl_and(told, archive, "--quiet")
    assert done.stdout.splitlines()[-1:] == ["LOADED [] True"], done.stderr
    assert archive.rows("select count(*) > 0 from articles") == [(1,)]


def test_a_run_that_fetches_reads_no_source_lines_of_the_modules_that_it_imports(quay, archive):
    """Scrapy looks at the stack of an import, with the lines of each frame: a sixth of a second below a dozen others."""
    archive.sources_for(quay, extra="requisites = false")
    told = "import linecache\nprint('READ', [each for each in linecache.cache if 'talkscraper/capture/' in each])"
    done = crawl_and(told, archive, "--quiet")
    assert done.stdout.splitlines()[-1:] == ["READ []"], done.stderr
