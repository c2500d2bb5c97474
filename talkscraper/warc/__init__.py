"""The WARC/1.1 format (ISO 28500:2017), without Scrapy: write records, read them, CDXJ.

| module | content |
| --- | --- |
| ``headers`` | a record's head: named fields, ordered, case-insensitive, safe to write |
| ``records`` | serialise a record; each becomes one gzip member |
| ``reader`` | read one record, by its place in a file |
| ``scan``, ``block_reader`` | read all records of a file of any writer, with digests, and the gaps between them |
| ``faults`` | what can be wrong with the bytes of a file; the header rules |
| ``members``, ``compression`` | gzip members, by ISA-L where it is installed |
| ``http``, ``chunked`` | the HTTP message in a block: heads, and the payload without transfer coding |
| ``content_coding`` | the payload decoded |
| ``digests`` | labelled digests: computed and compared |
| ``cdxj`` | index lines exactly as cdxj-indexer writes them |
| ``spool`` | bytes that move to a temporary file when they grow |
| ``copied_members`` | a record copied into another file |
| ``record_dates`` | the time of a record, or of the response in it |
| ``zstd_frames`` | ``.warc.zst`` files |
| ``arc``, ``zips`` | ARC files; ZIP files, as in WACZ |
"""
