"""Keeping the archive whole: repair, verify, import, extract again, takedown, backup. Nothing here fetches anything.

| module | what |
| --- | --- |
| ``findings`` | what can be wrong with a file, an index line or a row |
| ``scanning`` | one pass over any WARC: every record with its place and digests, and the gaps between |
| ``digests`` | a declared digest held against bytes, in whatever spelling |
| ``rules`` | the header rules of WARC/1.1 |
| ``describing`` | the capture that a record is: the row that a crawl would have written |
| ``places`` | the files of an archive and where they lie |
"""
