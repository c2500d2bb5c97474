"""``import``: WARC, ARC and WACZ files from any writer become part of the archive."""
