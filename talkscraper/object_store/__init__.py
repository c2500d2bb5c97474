"""Finished WARCs in an object store: any URL that fsspec opens (S3 by s3fs), read in ranges, with a cache on disk.

``remote_warc.located`` is the one place that decides whether a WARC is read from the disk or from its store. fsspec is
imported when a store is first spoken to: who keeps all files on disk needs it not at all.
"""
