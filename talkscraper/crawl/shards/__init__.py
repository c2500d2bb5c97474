"""A crawl on a cluster: groups of sources are crawled into shards by worker processes, and one process merges these.

A shard is a small archive in ``shards/`` of the archive's folder. Its worker crawls into it with the code of a local
run, and keeps a journal of what it changed; the merger applies the journal to the archive, so that the archive becomes
what a local run would have made of it.
"""
