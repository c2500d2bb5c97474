"""A Parquet lake: articles in files by source and month, which ``export --parquet-lake`` extends by instalments.

- ``partitions``: in which folder an article's rows are.
- ``place``: the folder or bucket of a lake: files appear whole, and those of an unfinished instalment are removed.
- ``manifest``: what an instalment consists of; the instalment exists when its manifest does.
- ``state``: what the lake holds, by all its instalments.
- ``instalment``: the difference of archive and lake, written.
"""

from talkscraper.export.lake.instalment import Instalment, write_instalment
from talkscraper.export.lake.place import open_place

__all__ = ["Instalment", "open_place", "write_instalment"]
