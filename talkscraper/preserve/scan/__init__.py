"""Scan of any WARC, record by record: bytes, records with positions and digests, and their captures."""
