"""Import contracts (pyproject.toml): a new package can't be forgotten in one of them."""

import pkgutil
import tomllib
from pathlib import Path

import talkscraper

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in CONFIG["contracts"]}
MODULES = {f"talkscraper.{module.name}" for module in pkgutil.iter_modules(talkscraper.__path__)} - {
    "talkscraper.__main__"
}
"""Every package and module right under ``talkscraper``."""
EXEMPT = {
    "What keeps and reads the archive knows nothing of Scrapy": {"addon", "capture", "crawl", "fetch", "spiders"},
    "Only extraction knows trafilatura": {"extraction"},
}
"""Who may import what all others must not."""
ONLY = {
    "The reading room reads: it starts no crawl": {"web", "datasette", "monitor"},
    "Ingest fetches nothing, not even indirectly": {"ingest"},
    "Extraction is pure: no database, no network": {"extraction"},
    "Compressed bytes are read and written in warc/ alone": {"cite", "archive", "preserve", "replay", "web"},
}
"""Contracts that are about these packages alone."""


def _named(names):
    return {f"talkscraper.{name}" for name in names}


def test_what_all_others_must_not_import_is_forbidden_to_every_other_package():
    """Each package stands in the contract or is named here as the one that may; none in both."""
    for name, exempt in EXEMPT.items():
        assert set(CONTRACTS[name]["source_modules"]) == MODULES - _named(exempt), name


def test_contracts_about_a_few_packages_name_these():
    """Nobody takes a package out of a contract without changing this test too."""
    for name, sources in ONLY.items():
        assert set(CONTRACTS[name]["source_modules"]) == _named(sources), name


def test_the_layers_hold_every_package():
    """The contract of the layers is exhaustive, and leaves nothing out but the entry point."""
    layers = CONTRACTS["Data flows one way"]
    assert layers["exhaustive"] is True
    assert layers["exhaustive_ignores"] == ["__main__"]
    listed = [part.strip() for layer in layers["layers"] for part in layer.replace("|", ":").split(":")]
    assert sorted(f"talkscraper.{part}" for part in listed) == sorted(MODULES)


def test_no_contract_is_unknown_here():
    """A new contract says here whom it concerns."""
    whole = {name for name, contract in CONTRACTS.items() if contract.get("source_modules") == ["talkscraper"]}
    inside = {name for name, contract in CONTRACTS.items() if contract.get("containers") == ["talkscraper.preserve"]}
    assert set(CONTRACTS) == {*EXEMPT, *ONLY, *whole, *inside, "Data flows one way"}
