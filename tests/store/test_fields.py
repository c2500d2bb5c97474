"""``talkscraper.fields``: the declarations agree with each other, and whatever reads a field reads them."""

import json
from dataclasses import fields

import pytest
from click.testing import CliRunner

import talkscraper
from talkscraper.cli.main import cli
from talkscraper.fields import EXPORTED, FIELD, FIELDS, FILTERED, FILTERS, PAGE_FIELDS, Filters, PageFields
from talkscraper.store.database import open_reader
from talkscraper.store.export import rows
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from tests.support.row_archives import article

PYTHON_TYPES = {"text": "str | None", "list": "tuple[str, ...]", "integer": "int | None"}


def value_of(field):
    """A value of the field's kind that no other field has."""
    return {"list": (f"one {field.name}", "two"), "integer": 7}.get(field.kind, f"some {field.name}")


@pytest.fixture
def whole(archive):
    """The row of an article that has a value in every field of a page, and the folder of its archive."""
    archive.path.parent.joinpath("warc").mkdir()
    stored = archive.page(article(**{each.name: value_of(each) for each in PAGE_FIELDS}))
    return archive.row("select * from articles where id = ?", stored.article_id), archive.path.parent


def test_the_fields_of_a_page_are_declared_with_their_types():
    """A kind that the row holds as it is: other kinds need code of their own in ``article_rows``."""
    assert {each.name: each.type for each in fields(PageFields)} == {
        each.name: PYTHON_TYPES[each.kind] for each in PAGE_FIELDS
    }


def test_no_two_declarations_have_the_same_name_word_mark_or_place():
    """A word of the query language is one field, and a column of an export has its place alone."""
    assert len(FIELD) == len(FIELDS)
    words = [word for _, each in FILTERED for word in each.words]
    assert len(set(words)) == len(words)
    marks = [each.mark for _, each in FILTERED if each.how == "exact"]
    assert all(marks)
    assert len(set(marks)) == len(marks)
    assert [each.exported for each in EXPORTED] == list(range(1, len(EXPORTED) + 1))
    assert [each.place for each in FILTERS] == list(range(1, len(FILTERS) + 1))


def test_the_filters_are_the_keyword_arguments_of_a_search():
    """``Filters``, which type checkers read, names those that are declared with a label, and no other."""
    names = [each.name for each in FILTERS]
    assert list(Filters.__annotations__) == names, f"Filters must name {', '.join(names)}, in this order"
    assert all(each.help and each.metavar for each in FILTERS)
    with pytest.raises(TypeError, match="'sauce'"):
        SearchRequest(sauce="x")


def test_a_field_of_a_page_passes_from_the_page_to_its_row_and_to_every_reader(whole):
    """Row, ``Archive``, export and ``show --json`` give what extraction found."""
    row, folder = whole
    with talkscraper.Archive(folder) as archive:
        stored = archive.article(row["id"])
        (exported,) = rows(archive.connection, SearchRequest())
    shown = CliRunner().invoke(cli, ["--archive", str(folder), "show", row["id"], "--json"])
    document = json.loads(shown.output)
    for field in PAGE_FIELDS:
        value = value_of(field)
        as_json = list(value) if field.kind == "list" else value
        assert row[field.name] == (json.dumps(value) if field.kind == "list" else value)
        assert getattr(stored, field.name) == value
        assert document[field.name] == as_json
        if field.exported:
            assert exported[field.name] == as_json


def test_a_field_with_a_label_is_a_line_of_show(whole):
    row, folder = whole
    shown = CliRunner().invoke(cli, ["--archive", str(folder), "show", row["id"]])
    for field in PAGE_FIELDS:
        value = value_of(field)
        line = f"{field.label}:".ljust(13) + (", ".join(value) if field.kind == "list" else str(value))
        assert (line in shown.output.splitlines()) == (field.label is not None), field.name


@pytest.mark.parametrize(
    ("field", "filter_"),
    [pair for pair in FILTERED if pair[0] in PAGE_FIELDS and pair[1].how == "exact"],
    ids=lambda each: each.name,
)
def test_an_exact_filter_finds_its_values_and_no_others(whole, field, filter_):
    """By each of its words in a query, and as a parameter if it is one."""
    row, folder = whole
    value = value_of(field)[0] if field.kind == "list" else value_of(field)
    connection = open_reader(folder / "talkscraper.db")

    def found(request):
        return [hit.article_id for hit in search(connection, request).hits]

    for word in filter_.words:
        assert found(SearchRequest(text=f'{word}:"{value}"')) == [row["id"]]
        assert found(SearchRequest(text=f'{word}:"another"')) == []
    if filter_.label:
        assert found(SearchRequest(**{filter_.name: value})) == [row["id"]]
        assert found(SearchRequest(**{filter_.name: "another"})) == []
    connection.close()
