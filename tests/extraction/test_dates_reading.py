"""Laws of reading printed dates, and the calendars."""

import string
from datetime import UTC, date, datetime, timedelta

import pytest
from hijridate import Hijri
from hypothesis import given, settings
from hypothesis import strategies as st

from talkscraper.extraction.dates import calendars, machine_formats
from talkscraper.extraction.dates.builder import in_zone
from talkscraper.extraction.dates.months import locale_data, month_names, names_of
from talkscraper.extraction.dates.normalization import fold
from talkscraper.extraction.dates.parser import readings
from talkscraper.extraction.dates.region import Locale, country_of
from talkscraper.extraction.dates.relative_dates import find_relative
from talkscraper.extraction.dates.zones import offset_of
from talkscraper.model import Precision

CAPTURED = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
LANGUAGES = [
    "en",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "pl",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "ru",
    "uk",
    "el",
    "tr",
    "hr",
    "sl",
    "et",
    "lv",
    "lt",
    "id",
    "vi",
    "sw",
    "ar",
    "fa",
    "he",
    "hi",
    "bn",
    "ta",
    "te",
    "th",
    "ka",
    "hy",
    "is",
    "ca",
    "gl",
    "eu",
    "sq",
    "mk",
    "az",
    "kk",
    "af",
]
ENGLISH = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


def locale(language: str, order: str = "DMY") -> Locale:
    languages = ("en",) if language == "en" else (language, "en")
    return Locale(languages, None, order, CAPTURED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_long_month_name_of_cldr_is_read(language: str) -> None:
    """Day, month name and year of each language come back as that day."""
    for index, month in enumerate(ENGLISH):
        name = max(locale_data(language)[month], key=len)
        if fold(name).strip(". ") not in names_of(language):
            continue
        if names_of(language)[fold(name).strip(". ")] != index + 1:
            continue  # CLDR lists one abbreviation under two months
        found = readings(fold(f"17 {name} 2024"), locale(language))
        assert [r.date.day for r in found] == [date(2024, index + 1, 17)], name


@given(st.dates(date(1996, 1, 1), date(2026, 6, 15)), st.sampled_from(["-", "/", "."]))
def test_year_first_is_never_ambiguous(day: date, mark: str) -> None:
    """Year, month, day with any separator is that day in any language."""
    for language, order in (("en", "MDY"), ("de", "DMY"), ("ja", "YMD")):
        found = readings(f"{day.year}{mark}{day.month:02}{mark}{day.day:02}", locale(language, order))
        assert [r.date.day for r in found] == [day]


@given(st.dates(date(1996, 1, 1), date(2026, 6, 14)))
def test_numeric_order_follows_the_locale(day: date) -> None:
    """The same day printed by both orders is read back by both locales."""
    british = readings(f"{day.day:02}/{day.month:02}/{day.year}", locale("en", "DMY"))
    american = readings(f"{day.month:02}/{day.day:02}/{day.year}", locale("en", "MDY"))
    assert british[0].date.day == american[0].date.day == day


@settings(max_examples=300)
@given(st.text(alphabet=string.digits + " ./-:,|年月日年월일" + "abcdemnorstuvyقكтавгуا०१२३", max_size=80))
def test_nothing_is_read_from_after_the_capture(text: str) -> None:
    """Whatever the text, no date lies after the capture plus a day, and reading it never fails."""
    for language, order in (("en", "MDY"), ("fa", "YMD"), ("th", "DMY"), ("ja", "YMD")):
        for reading in readings(fold(text), locale(language, order)):
            assert reading.date.instant <= CAPTURED + timedelta(days=1)


@settings(max_examples=300)
@given(st.text(max_size=90))
def test_machine_dates_never_fail(text: str) -> None:
    """Any string is a date or None."""
    machine_formats.parse(text)


@given(st.datetimes(datetime(1996, 1, 1), datetime(2026, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_iso_keeps_instant_offset_and_printed_day(local: datetime, offset: int) -> None:
    """ISO 8601 with an offset gives the instant in UTC, the offset, and the day as it was written."""
    local = local.replace(microsecond=0)
    sign = "+" if offset >= 0 else "-"
    text = f"{local.isoformat()}{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    found = machine_formats.parse(text)
    assert found is not None
    assert (found.instant, found.day, found.offset_minutes, found.precision) == (
        datetime.fromisoformat(text).astimezone(UTC),
        local.date(),
        offset,
        Precision.SECOND,
    )
    assert found.as_printed.date() == found.day


def test_persian_days_are_iran_s_official_ones() -> None:
    """New years and leap days as Iran's calendar centre announced them."""
    known = {
        (1357, 11, 22): date(1979, 2, 11),
        (1375, 12, 30): date(1997, 3, 20),
        (1399, 12, 30): date(2021, 3, 20),
        (1400, 1, 1): date(2021, 3, 21),
        (1403, 12, 30): date(2025, 3, 20),
        (1404, 8, 6): date(2025, 10, 28),
    }
    assert {k: calendars.persian(*k) for k in known} == known
    assert calendars.persian(1404, 13, 1) is None


def test_persian_years_follow_each_other_without_gap() -> None:
    """The day after the last of a year is the first of the next, for 150 years."""
    for year in range(1300, 1450):
        first = calendars.persian(year + 1, 1, 1)
        last = max(d for day in (29, 30) if (d := calendars.persian(year, 12, day)) and first and d < first)
        assert first == last + timedelta(days=1)


def test_islamic_days_are_umm_al_qura_s() -> None:
    """Days that Saudi Arabia's calendar prints."""
    assert calendars.islamic(1447, 1, 1) == date(2025, 6, 26)
    assert calendars.islamic(1445, 9, 1) == date(2024, 3, 11)
    assert calendars.islamic(1200, 1, 1) is None


def test_islamic_days_are_hijridate_s() -> None:
    """Every day of 1343–1500, and none before or after or between, as the package hijridate has them."""
    for year in range(1342, 1502):
        for month in range(14):
            for day in (0, 1, 15, 28, 29, 30, 31, 32):
                try:
                    expected = date(*Hijri(year, month, day).to_gregorian().datetuple())
                except (ValueError, OverflowError):
                    expected = None
                assert calendars.islamic(year, month, day) == expected, (year, month, day)


@pytest.mark.parametrize(
    ("language", "text", "hours"),
    [
        ("en", "3 hours ago", 3), ("en", "an hour ago", 1), ("en", "posted 2h ago", 2), ("de", "vor 3 Stunden", 3),
        ("fr", "il y a 3 heures", 3), ("es", "hace una hora", 1), ("pt", "há 3 horas", 3), ("it", "2 ore fa", 2),
        ("nl", "3 uur geleden", 3), ("sv", "för 3 timmar sedan", 3), ("da", "for 3 timer siden", 3),
        ("fi", "3 tuntia sitten", 3), ("pl", "3 godziny temu", 3), ("cs", "před 3 hodinami", 3), ("hu", "3 órája", 3),
        ("ro", "acum 3 ore", 3), ("ru", "3 часа назад", 3), ("uk", "3 години тому", 3), ("el", "πριν από 3 ώρες", 3),
        ("tr", "3 saat önce", 3), ("ar", "منذ 3 ساعات", 3), ("fa", "۳ ساعت پیش", 3), ("he", "לפני 3 שעות", 3),
        ("hi", "3 घंटे पहले", 3), ("bn", "৩ ঘণ্টা আগে", 3), ("th", "3 ชั่วโมงที่แล้ว", 3), ("vi", "3 giờ trước", 3),
        ("id", "3 jam yang lalu", 3), ("zh", "3小时前", 3), ("ja", "3時間前", 3), ("ko", "3시간 전", 3),
    ],
)  # fmt: skip
def test_hours_ago_in_many_languages(language: str, text: str, hours: int) -> None:
    """The capture time is the base, and the precision is an hour."""
    (found,) = readings(fold(text), locale(language))
    assert found.date.instant == CAPTURED - timedelta(hours=hours)
    assert found.date.precision == Precision.HOUR


@pytest.mark.parametrize(
    "text", ["5 min read", "14:00", "may", "in 2025", "version 2.10.3", "1,234.56", "10-12 people", "call 555-12-34"]
)
def test_what_looks_like_a_date_and_is_none(text: str) -> None:
    """Durations, versions, amounts and lone words are no days."""
    assert readings(fold(text), locale("en", "MDY")) == []


def test_yesterday_belongs_to_the_capture_s_day() -> None:
    """Yesterday is the day before the capture in UTC, whatever the machine's zone."""
    ago = find_relative("yesterday", ("en",), CAPTURED)
    assert ago is not None
    assert ago.moment.date() == date(2026, 6, 14)


def test_zones_that_mean_two_things_are_refused() -> None:
    """CST is Chicago, China and Cuba; in a known country it is one."""
    assert offset_of("CST", date(2025, 1, 1)) is None
    assert offset_of("CST", date(2025, 1, 1), "us") == -360
    assert offset_of("ET", date(2025, 1, 1)) == -300
    assert offset_of("ET", date(2025, 7, 1)) == -240
    assert offset_of("GMT+3", date(2025, 1, 1)) == 180
    assert offset_of("+0530", date(2025, 1, 1)) == 330
    assert offset_of("+99:00", date(2025, 1, 1)) is None


def test_country_of_a_url() -> None:
    """Only a country's own domain tells a country; .com, .io and .tv don't."""
    assert country_of("https://news.example.co.uk/a") == "gb"
    assert country_of("https://example.de") == "de"
    assert country_of("https://example.com.au/") == "au"
    assert [country_of(u) for u in ("https://example.com", "https://example.io", "https://example.tv", "::", "")] == [
        None
    ] * 5


def test_a_known_zone_gives_times_their_offset() -> None:
    """A time without an offset is read in the newsroom's zone, and keeps its printed day."""
    from zoneinfo import ZoneInfo

    naive = machine_formats.parse("2025-10-28T01:30:00")
    assert naive is not None
    nairobi = in_zone(naive, ZoneInfo("Africa/Nairobi"))
    assert nairobi.instant == datetime(2025, 10, 27, 22, 30, tzinfo=UTC)
    assert (nairobi.day, nairobi.offset_minutes) == (date(2025, 10, 28), 180)
    told = machine_formats.parse("2025-10-28T01:30:00Z")
    assert told is not None
    assert in_zone(told, ZoneInfo("Africa/Nairobi")) == told


def test_folding_makes_one_form_of_digits_letters_and_numerals() -> None:
    """Digits of any script, Arabic and Persian letters, Chinese numerals and accents."""
    assert fold("٢٨ أُكتوبر ٢٠٢٥") == "28 اکتوبر 2025"
    assert fold("२८-०१-२०२५") == "28-01-2025"
    assert fold("二〇二五年十月二十八日") == "2025年10月28日"
    assert fold("令和元年五月一日") == "令和1年5月1日"
    assert fold("İSTANBUL Ağustos  Μαΐου") == "istanbul agustos μαιου"


def test_month_patterns_of_two_languages_prefer_the_first() -> None:
    """Listopad is October in Croatian and November in Polish and Czech."""
    assert month_names(("hr", "en")).number["listopada"] == 10
    assert month_names(("pl", "en")).number["listopada"] == 11
