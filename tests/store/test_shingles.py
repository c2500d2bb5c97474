"""What counts as a copy of a text, and that a copy is found by its sketch."""

import random
import re
import sys
from hashlib import blake2b

import pytest

from talkscraper.store.fulltext import UNSPACED, is_unspaced, normal
from talkscraper.store.shingles import KEYS, compare, pack, sketch, unpack

CHANCE = random.Random(17)
VOCABULARY = ["".join(CHANCE.choices("abcdefghiklmnoprstuw", k=CHANCE.randint(2, 9))) for _ in range(3_000)]
KANJI = [chr(code) for code in range(0x4E00, 0x5200)]


def words(count):
    return " ".join(CHANCE.choice(VOCABULARY) for _ in range(count))


def story():
    return "\n\n".join(words(45) + "." for _ in range(CHANCE.randint(4, 12)))


def found(one, other):
    return compare(one, other).is_copy and not set(sketch(one)).isdisjoint(sketch(other))


def cut(text, share):
    parts = text.split(" ")
    return " ".join(parts[: int(len(parts) * share)])


COPIES = {
    "98": (0.99, lambda text: cut(text, 0.98)),
    "95": (0.98, lambda text: cut(text, 0.95)),
    "90": (0.97, lambda text: cut(text, 0.90)),
    "80": (0.90, lambda text: cut(text, 0.80)),
    "headline": (0.99, lambda text: f"{words(9)}\n\n{text}"),
    "agency": (0.99, lambda text: f"TOWN (AP) — {text}\n\n(AP)"),
    "lead": (0.97, lambda text: f"{words(40)}\n\n{text.partition(chr(10))[2]}"),
    "additions": (0.97, lambda text: f"{text[:400]} {words(40)} {text[400:]}\n\n{words(40)}"),
    "words left out": (0.95, lambda text: " ".join(word for word in text.split(" ") if CHANCE.random() < 0.95)),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found_as_often_as_promised(kind):
    least, copied = COPIES[kind]
    texts = [story() for _ in range(200)]
    assert sum(found(text, copied(text)) for text in texts) >= least * len(texts)


def test_unrelated_texts_are_no_copies():
    texts = [story() for _ in range(150)]
    assert not [1 for at, one in enumerate(texts) for other in texts[:at] if compare(one, other).is_copy]


def test_a_text_without_spaces_is_compared_by_its_letters():
    text = "".join(CHANCE.choice(KANJI) for _ in range(600))
    assert found(text, "東京（共同）" + text[:480])
    assert not compare(text, "".join(CHANCE.choice(KANJI) for _ in range(600))).is_copy
    mixed = "".join(f"{CHANCE.choice(KANJI)}{CHANCE.choice(KANJI)} Word{number} " for number in range(150))
    assert found(mixed, mixed[:900])


def weather(chance):
    return " ".join(
        f"On {day} it will be {chance.randint(-9, 35)} degrees in the north and {chance.randint(-9, 35)} in the south,"
        " and the wind will come from the sea along the whole coast as far as the border of the country."
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    )


def result(chance):
    names = chance.sample(VOCABULARY, 12)
    return (
        "{} beat {} at home. {} and {} scored before the break for {}. Coach {} praised the team of {} and said that"
        " {} would play. {} is ahead of {} in the table now. The next match of {} is against {}."
    ).format(*names) * 2


@pytest.mark.parametrize("form", [weather, result])
def test_a_form_filled_in_anew_is_no_copy(form):
    texts = [form(CHANCE) for _ in range(60)]
    assert all(sketch(text) for text in texts)
    assert not [1 for at, one in enumerate(texts) for other in texts[:at] if compare(one, other).is_copy]
    assert compare(texts[0], f"{words(5)} {texts[0]}").is_copy


def test_short_texts_are_never_copies():
    assert sketch("The council met on Thursday.") == ()


def test_the_order_of_the_texts_does_not_matter():
    for _ in range(50):
        one = story()
        other = " ".join(word for word in one.split(" ") if CHANCE.random() < 0.8)
        assert compare(one, other) == compare(other, one)
        assert compare(one, one[::-1]) == compare(one[::-1], one)


def test_a_sketch_is_the_same_after_it_was_stored():
    keys = sketch(story())
    assert len(keys) == KEYS
    assert list(keys) == sorted(keys)
    assert unpack(pack(keys)) == keys


def by_definition(text):
    """Return the smallest hashes of all runs of six words, a letter without spaces being half a word."""
    split = re.findall(r"[\u3041-\u30ff\u4e00-\u9fff]|[^\W\u3041-\u30ff\u4e00-\u9fff]+", normal(text).casefold())
    weights = [1 if re.match("[\u3041-\u30ff\u4e00-\u9fff]", word) else 2 for word in split]
    hashes = set()
    for start in range(len(split)):
        end, weight = start, 0
        while end < len(split) and weight < 12:
            weight += weights[end]
            end += 1
        if weight >= 12:
            run = " ".join(split[start:end]).encode("utf-8", "replace")
            hashes.add(int.from_bytes(blake2b(run, digest_size=6).digest(), "big"))
    return tuple(sorted(hashes)[:KEYS])


@pytest.mark.parametrize(
    "text",
    [
        words(60),
        words(2_000),
        "Größe, été, Łódź: ﬁne \ud800 \u0301 İstanbul. " + words(50),
        words(46) + words(5) + " over and over again they said" * 300,
        "東京都は" + words(60) + "".join(KANJI[:90]),
        "".join(KANJI[:300]),
    ],
    ids=["short", "long", "accents", "repeated", "mixed", "letters"],
)
def test_a_sketch_is_what_its_definition_says(text):
    """The shortcuts (slices of one buffer, a limit under which hashes are looked for) leave the result as it is."""
    assert sketch(text) == by_definition(text)


def test_every_letter_of_a_script_without_spaces_is_known_by_its_bytes_and_nothing_else_is():
    """What decides at once for most texts must not miss a letter that the pattern would find."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    letters = re.findall(f"[{UNSPACED}]", everything)
    assert len(letters) > 80_000
    assert all(map(is_unspaced, letters))
    assert not is_unspaced(re.sub(f"[{UNSPACED}]", "", everything))
