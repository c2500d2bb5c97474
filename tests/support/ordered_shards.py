"""Shards that are ordered as by a run on a cluster which has been killed since."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.by_hand import Owners
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run_setup import open_session
from talkscraper.crawl.shards import order
from talkscraper.crawl.shards.seed_rows import make_template
from talkscraper.sources.groups import source_groups
from talkscraper.sources.load import load
from tests.support.crawls import CrawlArchive


@contextlib.contextmanager
def ordered(archive: CrawlArchive) -> Iterator[list[Path]]:
    """Begin a run, and order a shard for each of its groups; leave the run without closing it, as a killed one.

    Yields the folders of the shards, while the run has the archive.
    """
    folder = ArchiveFolder(archive.root)
    no_pool: Any = SimpleNamespace()
    with open_session(folder, CrawlOptions(pool=no_pool)) as session:
        template = archive.root / "shards" / ".template.db"
        template.parent.mkdir(exist_ok=True)
        make_template(template)
        owners = Owners(load(folder.sources_toml))
        shards = []
        for group in source_groups(session.sources.values()):
            now = session.now()
            token, name = session.writer.run(order.lease_group, group, run_id=session.run_id, now=now, expires=now)
            order.write_shard(
                session,
                template,
                folder.shards / name,
                group,
                token=token,
                quota=None,
                leased=(),
                owners=owners,
                sources=order.SourcesFile.read(folder.sources_toml),
                now=now,
            )
            shards.append(folder.shards / name)
        template.unlink()
        yield shards
