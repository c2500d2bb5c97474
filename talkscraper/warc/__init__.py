"""The WARC/1.1 format (ISO 28500:2017), without Scrapy: write a record, read one, CDXJ.

| module | content |
| --- | --- |
| ``digests`` | ``sha1:`` + base32, streaming |
| ``spool`` | bytes that move to a temporary file when they grow |
| ``headers`` | named fields: ordered, case-insensitive, safe to write |
| ``records`` | serialise a record; each becomes one gzip member |
| ``inflate`` | unpack gzip members, by ISA-L where it is installed |
| ``reader`` | read the record at an offset |
| ``http`` | parse the HTTP message in a block; undo chunking and content coding |
| ``chunked`` | the transfer coding itself, incrementally |
| ``cdxj`` | index lines exactly as cdxj-indexer writes them |
"""
