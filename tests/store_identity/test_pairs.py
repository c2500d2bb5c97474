"""One article, one row: measured on a made set of pairs of pages."""

from pathlib import Path

PAIRS = Path(__file__).with_name("pairs.tsv")
MIN_PAIRS = 300
PRECISION = 0.99
RECALL = 0.95


def test_pages_are_merged_only_when_they_are_one_article(archive, texts):
    """Each pair is stored in both orders, in one archive with all others: precision ≥ 0.99, recall ≥ 0.95."""
    right = wrong = missed = pairs = 0
    faults = []
    for number, line in enumerate(PAIRS.read_text("utf-8").splitlines()):
        if line.startswith("#"):
            continue
        pairs += 1
        expected, how, *addresses, what = line.split("\t")
        for turn, order in enumerate(((0, 1), (1, 0))):
            # hosts of its own for each pair, so that pairs don't meet; the texts differ from pair to pair as well
            hosted = [_on_its_own(each, number * 2 + turn) for each in addresses]
            pages = [(hosted[0], hosted[1]), (hosted[2], hosted[3])]
            words = texts(how, f"{number} {turn}")
            ids = {}
            for at in order:
                url, canonical = pages[at]
                title = _title(url, what)
                ids[at] = archive.page(url, words[at], canonical=None if canonical == "-" else canonical, title=title)
            merged = ids[0] == ids[1]
            right += merged and expected == "same"
            wrong += merged and expected == "other"
            missed += not merged and expected == "same"
            if merged != (expected == "same"):
                faults.append(f"{expected}: {what} ({how}), {'second first' if turn else 'first first'}: {pages}")
    assert pairs >= MIN_PAIRS
    assert right / (right + wrong) >= PRECISION, "\n".join(faults)
    assert right / (right + missed) >= RECALL, "\n".join(faults)


def _on_its_own(url, number):
    for host in ("quay.example", "morning-tide.example", "quay.co.uk", "tide.co.uk"):
        url = url.replace(host, host.replace(".", f"{number}.", 1))
    for host in ("one.blogspot", "two.blogspot", "alice.github", "bob.github"):
        url = url.replace(host, host.replace(".", f"{number}.", 1))
    return url.replace("127.0.0.1:80", f"127.0.{number // 200}.{number % 200 + 1}:80")


def _title(url, what):
    if "slug" in what and "another section" not in what:
        return "Harbour news of the day"
    slug = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return slug.replace("-", " ") if "template's" in what else "Harbour news of the day"
