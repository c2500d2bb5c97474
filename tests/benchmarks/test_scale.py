"""The tables of docs/scale.md are those that benchmarks/scale.py computes."""

import re

import scale
from scale import BETWEEN, PAGE, short, tables


def test_the_page_has_the_computed_tables():
    """After a figure was measured anew: ``python benchmarks/scale.py --write``."""
    (written,) = BETWEEN.findall(PAGE.read_text("utf-8"))
    assert written == tables()


def test_every_command_that_measures_is_a_benchmark():
    """``make bench-NAME`` names a script, or one that run.sh knows."""
    for figure in scale.MEASURED:
        for name in re.findall(r"`make bench-(\w+)`", figure.source):
            assert (PAGE.parents[1] / "benchmarks" / f"{name}.py").is_file()


def test_numbers_have_two_significant_digits():
    assert [short(each) for each in (0.000578, 1.84, 12.3, 123, 17_969, 500_000)] == [
        "0.00058", "1.8", "12", "120", "18,000", "500,000",
    ]  # fmt: skip
