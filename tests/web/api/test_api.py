"""The JSON interface does what its own description says: every operation is called by it, and every answer held to it."""

import json
from urllib.parse import quote, urlencode

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from talkscraper.web.api.registry import description, endpoints
from tests.support.archives import SITE, extraction, store
from tests.web.api.conftest import ARTICLES

OPERATIONS = [each.path for each in endpoints()]


def document(reply, status=200):
    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return json.loads(reply.body)


def held(spec, path, reply):
    """The answer, after it was compared with the schema of its status."""
    declared = spec["paths"][path]["get"]["responses"]
    assert str(reply.status) in declared, (reply.status, reply.text)
    schema = {**declared[str(reply.status)]["content"]["application/json"]["schema"], "components": spec["components"]}
    found = document(reply, reply.status)
    jsonschema.Draft202012Validator(schema).validate(found)
    return found


def address(path, parameters, values):
    """The address of a request with these values of an operation's parameters."""
    query = []
    for each in parameters:
        if each["name"] not in values:
            continue
        value = values[each["name"]]
        many = value if isinstance(value, list) else [value]
        written = [json.dumps(one) if isinstance(one, bool) else str(one) for one in many]
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", quote(written[0], safe=""))
        else:
            query += [(each["name"], one) for one in written]
    return path + ("?" + urlencode(query) if query else "")


def values_of(schema):
    """Values that a schema allows."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "array":
        return st.lists(values_of(schema["items"]), max_size=3)
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum", 0), schema.get("maximum", 10**6))
    if schema["type"] == "boolean":
        return st.booleans()
    # a text is trimmed, and an empty one is as none
    alphabet = st.characters(exclude_categories=("Cs", "Cc"))
    return st.text(alphabet, min_size=1, max_size=min(40, schema["maxLength"]))


def test_the_description_is_openapi():
    OpenAPIV31SpecValidator(description("")).validate()
    assert description("/news")["servers"] == [{"url": "/news"}]
    assert {"/api/search", "/api/article/{id}"} <= set(OPERATIONS)


def test_the_description_is_served_and_leads_to_the_operations_under_a_base_path(shelf, serve):
    room = serve(shelf.folder, base_path="/news")
    spec = document(room.get("/news/api/openapi.json"))
    assert spec == description("/news")
    assert document(room.get(spec["servers"][0]["url"] + "/api/search"))["total"] == ARTICLES


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_operation_answers_its_examples_as_described(shelf, serve, path):
    room = serve(shelf.folder)
    spec = document(room.get("/api/openapi.json"))
    parameters = spec["paths"][path]["get"]["parameters"]
    known = document(room.get("/api/search"))["hits"][0]["id"]
    required = {each["name"]: known for each in parameters if each["in"] == "path"}
    held(spec, path, room.get(address(path, parameters, required)))
    for each in parameters:
        if "example" in each:
            held(spec, path, room.get(address(path, parameters, {**required, each["name"]: each["example"]})))


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_operation_keeps_to_its_description_whatever_it_is_asked(shelf, serve, path):
    """Values that its schemas allow give an answer or an error of the schemas that it declares, never a 500."""
    room = serve(shelf.folder)
    spec = document(room.get("/api/openapi.json"))
    parameters = spec["paths"][path]["get"]["parameters"]
    required = {each["name"]: values_of(each["schema"]) for each in parameters if each["in"] == "path"}
    rest = {each["name"]: values_of(each["schema"]) for each in parameters if each["in"] == "query"}

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries(required, optional=rest))
    def drive(values):
        held(spec, path, room.get(address(path, parameters, values)))

    drive()


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_operation_refuses_what_its_schemas_forbid_in_a_sentence(shelf, serve, path):
    room = serve(shelf.folder)
    spec = document(room.get("/api/openapi.json"))
    parameters = spec["paths"][path]["get"]["parameters"]
    known = document(room.get("/api/search"))["hits"][0]["id"]
    required = {each["name"]: known for each in parameters if each["in"] == "path"}
    for each in parameters:
        schema, wrong = each["schema"], []
        if "enum" in schema:
            wrong += ["no-such-value"]
        if schema["type"] == "integer":
            wrong += [
                "many",
                "1.5",
                schema.get("minimum", 0) - 1,
                *([schema["maximum"] + 1] if "maximum" in schema else []),
            ]
        if schema["type"] == "boolean":
            wrong += ["perhaps"]
        if "maxLength" in schema and each["in"] == "query":
            wrong += ["x" * (schema["maxLength"] + 1)]
        for value in wrong:
            reply = room.get(address(path, parameters, {**required, each["name"]: value}))
            found = held(spec, path, reply)
            assert (reply.status, found["status"]) == (400, 400), (each["name"], value)
            assert each["name"] in found["error"]
            assert found["error"][0].isupper() and "\n" not in found["error"]


def test_the_cursor_leads_through_all_hits_once_in_either_order(shelf, serve):
    room = serve(shelf.folder)
    for order in ("best", "newest"):
        seen, path = [], f"/api/search?q=harbour&limit=5&order={order}"
        while path:
            page = document(room.get(path))
            assert page["total"] == ARTICLES
            seen += [hit["id"] for hit in page["hits"]]
            path = page["next"] and page["next"].removeprefix(room.room)
            assert (path is None) == (page["next_cursor"] is None)
        assert len(seen) == len(set(seen)) == ARTICLES
    assert document(room.get("/api/search?q=harbour&cursor=elsewhere"), 400)["status"] == 400


def test_filters_facets_and_snippets(shelf, serve):
    room = serve(shelf.folder)
    page = document(room.get("/api/search?q=wall&source=quay&since=2025-10-03&limit=2"))
    assert page["total"] == 5
    assert {hit["source_id"] for hit in page["hits"]} == {"quay"}
    assert page["facets"]["source"] == [{"value": "quay", "count": 5}]
    assert page["facets"]["year"] == [{"value": "2025", "count": 5}]
    hit = page["hits"][0]
    assert hit["snippet"].startswith("The harbour <wall> ")
    assert hit["snippet_html"].startswith("The harbour &lt;<mark>wall</mark>&gt; ")
    assert hit["title_html"].startswith("<mark>Wall</mark> &amp; quay ")
    assert room.get(hit["page"].removeprefix(room.room)).status == 200
    assert "facets" not in document(room.get("/api/search?facets=false"))


def test_an_unknown_parameter_or_source_is_noted(shelf, serve):
    room = serve(shelf.folder)
    notes = document(room.get("/api/search?limits=3&source=piers"))["notes"]
    assert len(notes) == 2
    assert "'limits'" in notes[0] and "limit" in notes[0]
    assert "'pier'" in notes[1]


def test_an_article_with_the_text_of_any_revision(shelf, serve):
    room = serve(shelf.folder)
    found = document(room.get("/api/search?until=2025-10-01"))["hits"][0]
    assert found["revision_count"] == 2
    newest = document(room.get(f"/api/article/{found['id'][:12]}"))
    assert newest["id"] == found["id"] and newest["text"] == newest["revision"]["text"]
    assert [each["number"] for each in newest["revisions"]] == [1, 2]
    assert newest["provenance"][0]["rivals"] == [{"value": "Another", "rule": "og:title"}]
    first = document(room.get(f"/api/article/{found['id']}?revision=1"))
    assert first["revision"]["text"].count("Nets") == 1 and first["text"].count("Nets") == 2
    assert room.get(first["permalink"].removeprefix(room.room)).text.count("Nets are torn") == 1


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/article/ffffffffffffffff", 404, "No article"), ("/api/article/0123?revision=7", 404, "No article"),
        ("/api/nothing", 404, "/api/search"), ("/api/", 404, "/api/openapi.json"), ("/api", 404, "/api/search"),
        ('/api/search?q="open', 400, "quot"), ("/api/search?since=yesterday", 400, "yesterday"),
        ("/api/search?q=a&q=b", 400, "q is given 2 times"), ("/api/search?" + "x=1&" * 101, 400, "at most 100"),
    ],
)  # fmt: skip
def test_errors_are_json_with_a_sentence(shelf, serve, path, status, word):
    found = document(serve(shelf.folder).get(quote(path, safe="/?&=")), status)
    assert found["status"] == status
    assert word in found["error"]
    assert not found["error"][0].islower() and found["error"].endswith(".") and "\n" not in found["error"]


def test_the_guard_holds_for_the_interface(shelf, serve):
    room = serve(shelf.folder)
    assert room.get("/api/search", method="POST").status == 405
    assert room.get("/api/search", Host="elsewhere.test").status == 421
    reply = room.get("/api/search", Origin="https://elsewhere.test")
    assert reply.headers["Access-Control-Allow-Origin"] is None
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_hostile_title_is_data_in_json_and_escaped_in_its_html(built, serve):
    capture = built.respond(f"{SITE}/x", "2025-10-28", "<p>x")
    store(built, capture, extraction(f"{SITE}/x", "<script>wall</script>", "wall \x02 text\n\n</mark>"), "quay")
    built.done()
    (hit,) = document(serve(built.folder).get("/api/search?q=wall"))["hits"]
    assert hit["title"] == "<script>wall</script>"
    assert hit["title_html"] == "&lt;script&gt;<mark>wall</mark>&lt;/script&gt;"
    assert "<script" not in hit["snippet_html"] and "&lt;/mark&gt;" in hit["snippet_html"]
    assert "\x02" not in hit["snippet"]


def test_browsers_find_the_search_by_its_description(shelf, serve):
    """OpenSearch 1.1: absolute templates, a name of at most 16 characters, and a link from every page."""
    from lxml import etree, html

    room = serve(shelf.folder, base_path="/news")
    page = html.fromstring(room.get("/news/").text)
    (link,) = page.xpath("//link[@rel='search']")
    assert link.get("type") == "application/opensearchdescription+xml"
    reply = room.get(link.get("href"))
    assert reply.headers["Content-Type"].startswith(link.get("type"))
    tree = etree.fromstring(reply.body)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    assert 0 < len(tree.findtext("o:ShortName", namespaces=names)) <= 16
    templates = {each.get("type"): each.get("template") for each in tree.findall("o:Url", names)}
    assert all(each.startswith(room.room + "/news/") for each in templates.values())
    found = room.get(templates["text/html"].replace("{searchTerms}", "harbour").removeprefix(room.room))
    assert f"{ARTICLES} articles" in found.text
    api = templates["application/json"].replace("{searchTerms}", "harbour").replace("{count?}", "3")
    assert len(document(room.get(api.removeprefix(room.room)))["hits"]) == 3
