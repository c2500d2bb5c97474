"""The detector's model: the one of py3langid, with the same answers, and without numpy."""

import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from talkscraper.extraction.languages import model
from talkscraper.extraction.languages.model import MODEL, LanguageModel, language_model, zstd
from tests.tools.language_model import converted

SENTENCES = (
    "",
    "   \n",
    "1234 5678",
    "a",
    "THE HARBOUR MASTER CLOSED THE LOCK AFTER THE STORM",
    "The harbour master closed the lock after the storm, and the barges waited in the river.",
    "Der Hafenmeister schloss nach dem Sturm die Schleuse, und die Kähne warteten im Fluss.",
    "Le capitaine du port a fermé l'écluse après la tempête.",
    "Начальник порта закрыл шлюз после бури.",
    "Лучки капетан је затворио преводницу после олује.",
    "港長は嵐のあと水門を閉じた。",
    "أغلق مدير الميناء البوابة بعد العاصفة",
    "e\u0301tait \ud800",
)


@pytest.fixture(scope="module")
def reference() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def test_the_model_is_py3langid_s() -> None:
    """The file is what tests/tools/language_model.py makes of the pinned py3langid."""
    assert zstd.decompress(MODEL.read_bytes()) == converted()


@pytest.mark.parametrize("text", SENTENCES)
def test_answers_are_py3langid_s(text: str, reference: LanguageIdentifier) -> None:
    code, probability = language_model().classify(text)
    expected, expected_probability = reference.classify(text)
    assert code == expected
    assert probability == pytest.approx(expected_probability, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=400) | st.text(string.ascii_lowercase + " éßøłç", min_size=40, max_size=1500))
def test_any_text_has_py3langid_s_probability(reference: LanguageIdentifier, text: str) -> None:
    """Whatever the letters; where two languages are as likely, either may come first."""
    _, probability = language_model().classify(text)
    assert probability == pytest.approx(reference.classify(text)[1], abs=1e-4)


def test_a_long_text_is_read_in_part() -> None:
    """No lane of a sum overflows: the n-gram that repeats longest is counted, and what follows isn't read."""
    assert language_model().classify("der Hafen und die Schleuse " * 20_000)[0] == "de"


def test_detection_needs_no_numpy() -> None:
    """A process that detects a language has imported neither."""
    script = (
        "import sys; from talkscraper.extraction.language import language_of; "
        "print(language_of('The harbour master closed the lock after the storm, and went home. ' * 3, None)[0], "
        "sorted({'numpy', 'py3langid'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert out == "en []\n"


def test_few_rows_are_kept_and_answers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that reads many languages doesn't grow with them, and what it forgot it reads again."""
    with zstd.open(MODEL) as unpacked:
        small = LanguageModel(unpacked)
    monkeypatch.setattr(model, "MAX_ROWS", 40)
    for _ in range(2):
        for text in SENTENCES:
            assert small.classify(text) == language_model().classify(text)
            assert len(small._lanes) <= 40
            assert len(small._former) <= 40
