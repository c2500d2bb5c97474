"""``verify``: records, digests, index lines and rows compared with each other, and optionally with a second reader."""
