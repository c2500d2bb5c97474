"""``verify``: records, digests, index lines and rows held against each other, and by a second reader."""
