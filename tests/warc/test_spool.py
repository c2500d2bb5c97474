"""Spools: bytes in memory while few, in a temporary file when they grow."""

import gc
import warnings

from talkscraper.warc.spool import Spool


def test_a_spool_that_is_dropped_closes_its_file():
    """Records that are only iterated over leave no open file behind, and no ResourceWarning."""
    spool = Spool(limit=4)
    spool.write(b"longer than that")
    assert not spool.in_memory
    file = spool._file
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del spool
        gc.collect()
    assert file.closed
    assert [str(each.message) for each in caught if "unclosed" in str(each.message)] == []
