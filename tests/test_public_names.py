"""The public names of ``talkscraper``: whole, and light to import."""

import inspect
import subprocess
import sys
from typing import get_args, get_type_hints

import talkscraper
from talkscraper.extraction import page, selectors


def _ours(hint):
    """The classes of talkscraper that a type hint is made of."""
    if inspect.isclass(hint) and hint.__module__.startswith("talkscraper."):
        yield hint
    for part in get_args(hint):
        yield from _ours(part)


def _hints(thing):
    """The type hints of a function, or of a class with its public methods and properties."""
    names = {"Headers": page.Headers, "SelectorSet": selectors.SelectorSet}
    yield from get_type_hints(thing, localns=names).values()
    if inspect.isclass(thing):
        for name, member in vars(thing).items():
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) and not name.startswith("_"):
                yield from get_type_hints(function, localns=names).values()


def test_every_type_that_the_public_names_take_and_give_is_public():
    """Callers can annotate with what ``extract`` and ``Archive`` give out, however deep it lies in there."""
    waiting, seen = [talkscraper.extract, talkscraper.Archive], set()
    while waiting:
        for hint in _hints(waiting.pop()):
            fresh = set(_ours(hint)) - seen
            seen |= fresh
            waiting += fresh
    assert {"StoredArticle", "StoredRevision", "Capture", "Rival", "Precision"} <= {each.__name__ for each in seen}
    assert sorted({each.__name__ for each in seen} - set(talkscraper.__all__)) == []


def test_every_public_name_is_there():
    """Each loads from the module it is listed under, and that is where it is defined."""
    for name in talkscraper.__all__:
        thing = getattr(talkscraper, name)
        assert name == "__version__" or thing.__module__ == talkscraper._HOMES[name]
    assert set(talkscraper.__all__) == {*talkscraper._HOMES, "__version__"}
    assert set(talkscraper.__all__) <= set(dir(talkscraper))


def test_importing_the_package_loads_none_of_its_libraries():
    """A search doesn't pay for Scrapy, lxml or trafilatura."""
    code = (
        "import sys, talkscraper; print(*sorted(n for n in sys.modules if n.startswith('talkscraper') or n in HEAVY))"
    )
    heavy = "HEAVY = {'scrapy', 'twisted', 'lxml', 'trafilatura', 'sqlite_utils', 'sqlite3', 'starlette', 'click'}; "
    done = subprocess.run([sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["talkscraper", "talkscraper.version"]
