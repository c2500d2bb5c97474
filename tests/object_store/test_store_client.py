"""Requests to stores: bounded in time and number, and errors in one line."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator

import pytest

from talkscraper.errors import ObjectReplaced, StorageError, StoreSilent, StoreUnreachable, UsageError
from talkscraper.object_store import store_errors
from talkscraper.object_store.patience import MIN_BYTES_PER_S, Patience, patience
from talkscraper.object_store.store import delete_object, read_range, stat_object, upload
from talkscraper.object_store.store_client import client_of
from tests.support.object_stores import BUCKET, S3, _moto, s3  # noqa: F401

URL = f"s3://{BUCKET}/a.warc"


@pytest.fixture
def hasty(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:  # noqa: F811
    """A store with an object of 1,000 bytes, which is asked twice, a second each."""
    monkeypatch.setenv("TALKSCRAPER_STORE_TIMEOUT", "1")
    monkeypatch.setenv("TALKSCRAPER_STORE_TRIES", "2")
    s3.put("a.warc", bytes(range(250)) * 4)
    yield s3


def test_a_silent_store_is_waited_for_once(hasty):
    """A store that never answers fails after two tries of a second, in one line; what follows isn't sent at all."""
    hasty.faults.always |= dict.fromkeys(("GET", "HEAD", "PUT"), "hang")
    with pytest.raises(StoreSilent, match="doesn't answer \\(2 tries of 1 s"):
        stat_object(URL)
    asked = len(hasty.faults.seen)
    assert asked == 2
    for _ in range(3):
        with pytest.raises(StoreSilent, match=r"b\.warc: the store doesn't answer"):
            read_range(f"s3://{BUCKET}/b.warc", 0, 10)
    assert len(hasty.faults.seen) == asked
    hasty.faults.always.clear()
    store_errors._silent.clear()
    assert stat_object(URL).size == 1000


def test_a_store_that_was_silent_is_asked_again_after_a_while(hasty, monkeypatch):
    """After the pause one request is made, and if it is answered, all are."""
    hasty.faults.always["HEAD"] = "hang"
    with pytest.raises(StoreSilent):
        stat_object(URL)
    hasty.faults.always.clear()
    with pytest.raises(StoreSilent):
        stat_object(URL)
    monkeypatch.setattr(store_errors.time, "monotonic", lambda now=store_errors.time.monotonic: now() + 61)
    assert stat_object(URL).size == 1000
    assert not store_errors._silent


def test_a_body_that_stalls_or_breaks_off(hasty):
    """The second half that never comes is waited for as often as a request; one that breaks off is asked for again."""
    hasty.faults.get += ["cut"]
    assert read_range(URL, 0, 1000) == bytes(range(250)) * 4
    hasty.faults.always["GET"] = "stall"
    with pytest.raises(StoreSilent):
        read_range(URL, 0, 1000)


def test_an_upload_that_nobody_reads_ends(hasty, tmp_path):
    """A store that accepts a large upload and reads nothing of it fails like one that doesn't answer."""
    path = tmp_path / "large"
    path.write_bytes(bytes(12_000_000))
    hasty.faults.always["PUT"] = "hang"
    with pytest.raises(StoreUnreachable, match="large"):
        upload(path, f"s3://{BUCKET}/large")


def test_bytes_of_another_range_or_object_are_refused(hasty):
    """Bytes from elsewhere in the object, of another one, or more of them than were asked for, are named and not used."""
    found = stat_object(URL)
    hasty.faults.get += ["other"]
    with pytest.raises(StoreUnreachable, match="sends bytes 11-20 where 10-19 were asked for"):
        read_range(URL, 10, 20)
    hasty.faults.get += ["replace"]
    with pytest.raises(ObjectReplaced, match="was replaced while it was read"):
        read_range(URL, 10, 20, found)
    hasty.put("a.warc", b"another" * 100)
    with pytest.raises(ObjectReplaced):
        read_range(URL, 10, 20, found)
    hasty.faults.always["GET"] = "longer"
    with pytest.raises(StoreUnreachable, match="sends more than 10 bytes where 10 were asked for"):
        read_range(URL, 10, 20)
    hasty.faults.always["GET"] = "short"
    with pytest.raises(StoreUnreachable, match="sends 5 bytes where 10 were asked for"):
        read_range(URL, 10, 20)


@pytest.mark.parametrize("scheme", ["gs", "abfs", "sftp", "hdfs"])
def test_a_store_whose_package_is_missing(scheme, monkeypatch):
    """One line says what to install, and nothing is asked."""
    packages = {"gcsfs", "adlfs", "paramiko", "pyarrow"}
    # their modules too, where another test has loaded them
    for module in packages | {each for each in sys.modules if each.partition(".")[0] in packages}:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=f"^{scheme}:// needs what isn't installed: .*") as caught:
        client_of(f"{scheme}://bucket/prefix")
    assert "\n" not in str(caught.value)
    assert {"gs": "gcsfs", "abfs": "adlfs", "sftp": "paramiko", "hdfs": "pyarrow"}[scheme] in str(caught.value)


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "4000", "²"])
def test_settings_that_are_no_number(text, monkeypatch):
    """A wrong number is a usage error which names the variable, never a default."""
    monkeypatch.setenv("TALKSCRAPER_STORE_TIMEOUT", text)
    with pytest.raises(UsageError, match="TALKSCRAPER_STORE_TIMEOUT"):
        patience()


def test_a_request_of_many_bytes_is_waited_for_longer():
    """A slow line may take its time for a piece, in proportion to its size."""
    some = Patience(timeout=10, tries=2)
    assert some.limit(100 * MIN_BYTES_PER_S) == some.limit() + 200


def test_errors_pass_between_processes():
    """A worker's error about a store arrives in the process that asked."""
    error = pickle.loads(pickle.dumps(StoreSilent("a", "s3://b", "why")))
    assert (str(error), error.store, error.reason) == ("a", "s3://b", "why")
    assert isinstance(error, StorageError)


def test_parts_of_an_upload_that_was_killed_go_with_the_object(hasty):
    """What a killed upload left in S3, which no listing shows, is deleted with its object, and no other upload is."""
    client = client_of(URL)
    for key in ("a.warc", "a.warc.2"):
        client.ask("call_s3", "create_multipart_upload", Bucket=BUCKET, Key=key)
    delete_object(URL)
    left = client.ask("call_s3", "list_multipart_uploads", Bucket=BUCKET)
    assert [each["Key"] for each in left["Uploads"]] == ["a.warc.2"]
    assert hasty.keys() == []
