"""The WARC/1.1 format (ISO 28500:2017), without Scrapy: writing and reading records, gzip members, CDXJ.

| module | content |
| --- | --- |
| ``digests`` | ``sha1:`` + base32, streaming |
| ``spool`` | bytes that move to a temporary file when they grow |
| ``headers`` | named fields: ordered, case-insensitive, safe to write |
| ``records`` | serialise a record; each becomes one gzip member |
| ``members`` | walk the gzip members of a file of any size, and find where one is torn |
| ``reader`` | read the record at an offset, or all records of a file |
| ``http`` | parse the HTTP message in a block |
| ``chunked`` | the chunked transfer coding, incrementally |
| ``content_coding`` | decode gzip, deflate, br and zstd |
| ``cdxj`` | index lines exactly as cdxj-indexer writes them |
"""
