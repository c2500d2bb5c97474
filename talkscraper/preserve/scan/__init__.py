"""Any WARC, record by record: the bytes, the records with their places and digests, and the captures they are."""
