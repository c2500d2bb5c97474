"""From one capture and its extraction to rows: the one path of crawl, import, ``extract`` and ``repair``.

| module | task |
| --- | --- |
| ``page`` | a page's capture and extraction: article, revision, aliases, rights signals, its row in the frontier |
| ``seed`` | a homepage, feed, sitemap or listing: its links, its row in the frontier |
| ``capture_rows`` | records read from a file: rows of captures, runs and requisites |
| ``attribution`` | to which source a capture belongs |
| ``site_signals`` | rights signals of whole sites |
| ``page_reader`` | captures of the archive, read from their WARC files and extracted in worker processes |
| ``derivation`` | many captures of the archive through all of this |

Nothing here fetches: a crawl calls it with what it has captured.
"""
