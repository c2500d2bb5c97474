"""A Parquet lake: what its instalments hold together is what the archive shows, whatever happened between them."""

import itertools
import json
import random
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from talkscraper.errors import ArchiveError, ArchiveLocked, StorageError, UsageError
from talkscraper.export.lake import open_place, write_instalment
from talkscraper.export.lake.partitions import Partition, partition_of
from talkscraper.export.lake.place import _Folder
from talkscraper.model import Precision
from talkscraper.store.articles import hide_article, unhide_article
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from tests.support.cli import run_here
from tests.support.object_stores import _moto, s3  # noqa: F401
from tests.support.row_archives import START, article, published

duckdb = pytest.importorskip("duckdb")

SCALE = Path(__file__).parents[2] / "docs/scale.md"
_BLOCK = re.compile(r"^```(sql|py)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def statements(language):
    """The examples of docs/scale.md."""
    return [block for kind, block in _BLOCK.findall(SCALE.read_text()) if kind == language]


VIEWS = statements("sql")[0]
"""The views that docs/scale.md defines over a lake."""


def current(lake, sql="select id, text, source_id from articles order by id"):
    """The current state, as docs/scale.md reads it."""
    if not list(Path(lake).glob("source=*/month=*/*.parquet")):
        return []
    with duckdb.connect() as connection:
        connection.execute(VIEWS.replace("news-lake", str(lake)))
        return connection.execute(sql).fetchall()


def shown(archive):
    """What the archive shows."""
    rows = archive.rows("select id, text, source_id from articles where hidden_at is null order by id")
    return [(row["id"], row["text"], row["source_id"]) for row in rows]


def page(archive, number, text="The wall stands.", at=START, source="paper", **fields):
    what = article(f"https://news.test/{number}", text, **fields)
    return archive.store(archive.capture(what.url, at), what, source_id=source)


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def export_to(export_of, lake):
    """Writes the next instalment."""

    def run(text="", place=None, **options):
        return write_instalment(export_of(text), place or open_place(str(lake)), **options)

    return run


def test_rows_are_in_folders_by_source_and_month_with_typed_times(archive, export_to, lake):
    page(archive, 1)
    page(archive, 2, published=published(START - timedelta(days=200)))
    page(archive, 3, published=None)
    page(archive, 4, source=None)
    done = export_to()
    assert (done.number, done.new, done.changed, done.removed) == (1, 4, 0, 0)
    assert sorted(str(each.parent.relative_to(lake)) for each in lake.glob("source=*/*/*.parquet")) == [
        "source=%28none%29/month=2025-10",
        "source=paper/month=2025-04",
        "source=paper/month=2025-10",
        "source=paper/month=undated",
    ]
    assert current(lake) == shown(archive)
    found = current(
        lake, "select source, month, typeof(published_at), typeof(authors), typeof(day) from articles order by 1, 2"
    )
    assert found[0] == ("(none)", "2025-10", "TIMESTAMP WITH TIME ZONE", "VARCHAR[]", "DATE")


def test_an_instalment_continues_where_the_last_one_ended(archive, export_to, lake):
    page(archive, 1)
    page(archive, 2)
    first = export_to()
    assert export_to().number is None
    page(archive, 2, "The wall fell.", at=START + timedelta(hours=1))
    page(archive, 3, at=START + timedelta(hours=1))
    second = export_to()
    assert (second.number, second.new, second.changed, second.removed) == (2, 1, 1, 0)
    assert sum(each.rows for each in second.files) == 2
    manifest = json.loads((lake / "_instalments/000002.json").read_text())
    assert manifest["since"] == first.until < manifest["until"] == second.until
    assert current(lake) == shown(archive)


def test_an_article_of_the_same_second_as_the_last_instalment_is_in_the_next_one(archive, export_to, lake):
    page(archive, 1)
    export_to()
    page(archive, 2)
    assert export_to().new == 1
    assert current(lake) == shown(archive)


def test_a_taken_down_article_leaves_the_lake_and_comes_back(archive, export_to, lake):
    stored = page(archive, 1)
    page(archive, 2)
    export_to()
    archive.writer.run(hide_article, stored.article_id, now=START + timedelta(hours=2))
    done = export_to()
    assert (done.new, done.changed, done.removed) == (0, 0, 1)
    assert len(current(lake)) == 1
    tombstone = current(lake, "select * from lake where removed_at is not null")
    assert len(tombstone) == 1
    assert "news.test" not in str(tombstone)
    archive.writer.run(unhide_article, stored.article_id, now=START + timedelta(hours=3))
    assert export_to().new == 1
    assert current(lake) == shown(archive)


def test_an_article_that_moves_to_another_month_or_source_is_there_once(archive, export_to, lake):
    page(archive, 1)
    page(archive, 2)
    export_to()
    page(archive, 1, "Dated anew.", at=START + timedelta(hours=1), published=published(START - timedelta(days=90)))
    done = export_to()
    assert (done.new, done.changed, done.moved, done.removed) == (0, 1, 1, 0)
    assert current(lake) == shown(archive)
    archive.writer.run(lambda db: db.execute("update articles set source_id = 'renamed'"))
    assert export_to().moved == 2
    assert current(lake) == shown(archive)
    assert current(lake, "select count(*) from articles where source = 'paper'") == [(0,)]


def test_a_rebuilt_database_continues_the_same_lake(archive, export_to, lake):
    page(archive, 1)
    page(archive, 2)
    export_to()
    archive.writer.run(lambda db: db.execute("update articles set seq = seq + 7, indexed_at = '2026-01-01T00:00:00Z'"))
    assert export_to().changed == 2
    assert current(lake) == shown(archive)


class Killed(BaseException):
    """The process ends here."""


class Dying(_Folder):
    """A folder whose process is killed at its n-th change."""

    left = 0

    def _step(self):
        if self.left == 0:
            raise Killed
        self.left -= 1

    def write(self, path, content):
        self._step()
        super().write(path, content)

    def put(self, local, path):
        self._step()
        super().put(local, path)

    def remove(self, path):
        self._step()
        super().remove(path)


@pytest.mark.slow
def test_killed_at_any_change_the_next_export_doubles_and_loses_nothing(archive, export_to, lake):
    """Also without the view: once the next export is done, the files hold each row once."""
    page(archive, 1)
    page(archive, 2, published=None)
    export_to()
    for step in itertools.count():
        page(archive, 1, f"Text {step}", at=START + timedelta(hours=1 + step))
        page(archive, 3 + step, at=START + timedelta(hours=1 + step))
        place = Dying(str(lake), lake)
        place.left = step
        try:
            export_to(place=place)
        except Killed:
            export_to()
            finished = False
        else:
            finished = True
        assert current(lake) == shown(archive)
        assert current(lake, "select max(n) from (select count(*) n from lake group by id, instalment)") == [(1,)]
        listed = {
            each["path"]
            for manifest in lake.glob("_instalments/??????.json")
            for each in json.loads(manifest.read_text())["files"]
        }
        assert listed == {str(each.relative_to(lake)) for each in lake.glob("source=*/month=*/*")}
        assert not list(lake.glob("_instalments/*pending*"))
        if finished:
            break
    assert step >= 4


@pytest.mark.slow
def test_random_histories_end_in_what_the_archive_shows(archive, export_to, lake):
    """Pages change, move, are hidden and shown again, in any order, with an export now and then."""
    chance = random.Random(7)
    ids = {}
    for step in range(80):
        at = START + timedelta(minutes=step)
        number = chance.randrange(9)
        what = chance.randrange(5)
        if what <= 1 or number not in ids:
            days = chance.choice((0, 40, 80))
            ids[number] = page(
                archive, number, f"Text {chance.randrange(4)}", at=at, published=published(START - timedelta(days=days))
            ).article_id
        elif what == 2:
            archive.writer.run(hide_article, ids[number], now=at)
        elif what == 3:
            archive.writer.run(unhide_article, ids[number], now=at)
        else:
            export_to()
            assert current(lake) == shown(archive)
    export_to()
    assert current(lake) == shown(archive)


def test_only_the_articles_of_the_search_are_in_the_lake(archive, export_to, lake):
    page(archive, 1, "The pier.")
    page(archive, 2, "The garden.")
    assert export_to("pier").new == 1
    with pytest.raises(UsageError, match="a lake of another search"):
        export_to("garden")
    page(archive, 1, "No longer about it.", at=START + timedelta(hours=1))
    assert export_to("pier").removed == 1
    assert current(lake) == []


def test_another_archive_is_refused_before_it_replaces_everything(archive, make, export_to, export_of, lake):
    page(archive, 1)
    export_to()
    other = make()
    page(other, 2, at=START + timedelta(hours=1))
    with (
        closing(open_reader(other.path)) as connection,
        pytest.raises(UsageError, match="articles of another archive"),
    ):
        write_instalment(export_of(connection=connection), open_place(str(lake)))


def test_a_folder_of_something_else_is_refused(archive, export_to, lake):
    page(archive, 1)
    lake.mkdir()
    (lake / "notes.txt").touch()
    with pytest.raises(UsageError, match="neither empty nor a lake"):
        export_to()
    assert [each.name for each in lake.iterdir()] == ["notes.txt"]


def test_a_dry_run_writes_nothing(archive, export_to, lake):
    page(archive, 1)
    done = export_to(dry_run=True)
    assert (done.number, done.new, done.files) == (1, 1, ())
    assert not lake.exists()


def test_two_exports_at_once_one_is_refused(archive, export_to, lake):
    page(archive, 1)
    with open_place(str(lake)).lock(), pytest.raises(ArchiveLocked, match="another export"):
        export_to()


def test_changed_keys_and_missing_manifests_are_named(archive, export_to, lake):
    page(archive, 1)
    export_to()
    (keys,) = lake.glob("_instalments/*.keys.parquet")
    whole = keys.read_bytes()
    keys.write_bytes(whole[:-1])
    with pytest.raises(ArchiveError, match=r"keys\.parquet was changed"):
        export_to()
    keys.write_bytes(whole)
    page(archive, 2)
    export_to()
    (lake / "_instalments/000001.json").unlink()
    with pytest.raises(ArchiveError, match=r"lacks _instalments/000001\.json"):
        export_to()


HOSTILE = (
    "../../etc",
    "a/b",
    "..",
    "a=b",
    "x%2F",
    "100",
    "__HIVE_DEFAULT_PARTITION__",
    "Ω" * 300,
    "a\\b",
    "a'b\"",
    "né e",
)


def test_hostile_names_of_sources_stay_inside_the_lake_and_are_read_back(archive, export_to, lake, tmp_path):
    for number, source in enumerate(HOSTILE):
        page(archive, number, source=source)
    export_to()
    assert not list(tmp_path.rglob("etc*"))
    assert {each.name.partition("=")[0] for each in lake.iterdir()} == {"_instalments", "source"}
    assert current(lake) == shown(archive)
    pairs = current(lake, "select source, source_id from articles where source_id not like 'Ω%'")
    assert [one for one, _ in pairs] == [other for _, other in pairs]
    assert len(pairs) == len(HOSTILE) - 1
    assert all(len(each.name.encode()) < 255 for each in lake.iterdir())


@pytest.mark.parametrize(
    ("day", "precision", "month"),
    [
        ("2025-10-28", Precision.DAY, "2025-10"),
        ("2025-10-01", Precision.MONTH, "2025-10"),
        ("2025-01-01", Precision.YEAR, "undated"),
        (None, None, "undated"),
        ("../x", Precision.DAY, "undated"),
    ],
)
def test_a_month_is_only_what_the_page_says(day, precision, month):
    assert partition_of("paper", day, precision) == Partition("paper", month)


def test_a_bucket_by_fsspec_holds_the_same_lake(archive, export_to, lake, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    url = f"memory://{tmp_path.name}/news"
    page(archive, 1)
    page(archive, 2, published=None)
    assert export_to(place=open_place(url)).new == 2
    page(archive, 1, "Changed.", at=START + timedelta(hours=1))
    assert export_to(place=open_place(url)).changed == 1
    assert export_to(place=open_place(url)).number is None
    memory = fsspec.filesystem("memory")
    with duckdb.connect() as connection:
        connection.register_filesystem(memory)
        connection.execute(VIEWS.replace("news-lake", url))
        assert connection.execute("select id, text, source_id from articles order by id").fetchall() == shown(archive)


def test_the_command_tells_what_it_wrote(archive, lake, tmp_path):
    page(archive, 1, "The harbour wall.")
    command = [archive.path.parent, "export", "--parquet-lake", lake]
    assert "would have 1 new" in run_here(*command, "--dry-run").stdout
    assert json.loads(run_here(*command, "--json").stdout)["new"] == 1
    assert "up to date" in run_here(*command).stdout
    for more in (["--since-indexed", "2025"], ["--revisions"], ["--release"]):
        assert run_here(*command, *more).returncode == 2


def test_a_url_of_no_known_kind_is_one_line(export_to, archive):
    page(archive, 1)
    pytest.importorskip("fsspec")
    with pytest.raises(UsageError, match="nosuch"):
        export_to(place=open_place("nosuch://bucket/news"))


def test_a_search_is_kept_with_its_filters(export_of, archive, lake):
    page(archive, 1)
    write_instalment(export_of(request=SearchRequest(source="paper")), open_place(str(lake)))
    assert json.loads((lake / "_instalments/000001.json").read_text())["selection"] == {"source": "paper"}


def test_every_query_of_the_docs_runs(archive, export_to, lake):
    page(archive, 1, "The harbour wall.")
    page(archive, 2, published=None)
    export_to()
    views, *queries = statements("sql")
    assert len(queries) >= 3
    with duckdb.connect() as connection:
        connection.execute(views.replace("news-lake", str(lake)))
        for each in queries:
            for query in filter(str.strip, each.split(";")):
                if "httpfs" not in each:  # an extension that DuckDB would download
                    assert connection.execute(query.replace("news-lake", str(lake))).fetchall(), query


@pytest.mark.slow
def test_the_program_of_the_docs_reads_a_bucket(archive, export_to, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    page(archive, 1, "The harbour wall.")
    export_to(place=open_place("memory://my-bucket/news-lake"))
    (program,) = statements("py")
    told = []
    monkeypatch.setattr("builtins.print", told.append)
    memory = fsspec.filesystem("memory")
    monkeypatch.setattr(fsspec, "filesystem", lambda _: memory)
    exec(compile(program.replace("s3://", "memory://").replace("VIEWS", repr(VIEWS)), "docs/scale.md", "exec"), {})
    assert told


@pytest.fixture
def bucket(s3):  # noqa: F811
    """The URL of a folder in the only bucket of a store, which s3fs finds by the variables of the AWS tools."""
    s3.ask("POST", "/moto-api/reset")
    s3.ask("PUT", "/news")
    return "s3://news/lake"


def test_a_lake_on_s3_is_extended_and_read(archive, export_to, bucket):
    """Over HTTP, with DuckDB reading through fsspec."""
    import s3fs

    page(archive, 1)
    page(archive, 2, source="a/b ç")
    assert export_to(place=open_place(bucket)).new == 2
    assert export_to(place=open_place(bucket)).number is None
    page(archive, 1, "Changed.", at=START + timedelta(hours=1))
    assert export_to(place=open_place(bucket)).changed == 1
    with duckdb.connect() as connection:
        connection.register_filesystem(s3fs.S3FileSystem())
        connection.execute(VIEWS.replace("news-lake", bucket))
        assert connection.execute("select id, text, source_id from articles order by id").fetchall() == shown(archive)
    with pytest.raises(StorageError, match=r"there is no bucket .no-such-bucket. for s3://no-such-bucket/lake"):
        export_to(place=open_place("s3://no-such-bucket/lake"))
    assert s3fs.S3FileSystem().ls("") == ["news"], "no bucket is made"
