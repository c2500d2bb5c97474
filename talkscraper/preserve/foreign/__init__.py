"""``import``: anyone's WARC, ARC and WACZ files become part of the archive."""
