"""docs/api.md: its addresses, its example in Python and its error are those of the program."""

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path

from talkscraper.web.api.registry import endpoints
from tests.web.api.conftest import ARTICLES

PAGE = (Path(__file__).parents[3] / "docs/api.md").read_text("utf-8")
PORT = "http://127.0.0.1:8000"


def test_every_operation_has_its_row():
    assert [each.path for each in endpoints() if f"| `{each.path}` |" not in PAGE] == []


def test_the_addresses_answer_with_the_members_that_are_shown(shelf, serve):
    room = serve(shelf.folder)
    (address,) = re.findall(rf"curl '{PORT}(\S+)'", PAGE)
    reply = json.loads(room.get(address).body)
    shown = re.search(r"^    \{\n(.*?)^    \}$", PAGE, re.MULTILINE | re.DOTALL)[1]
    assert re.findall(r'^      "(\w+)":', shown, re.MULTILINE) == list(reply)
    for path in re.findall(r"`(/(?:api|opensearch)[^`{…]*)`", PAGE):
        assert room.get(path).status == (404 if path == "/api/" else 200), path


def test_the_example_in_python_prints_every_hit(shelf, serve):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code.replace(PORT, serve(shelf.folder).room).replace('"limit": 100', '"limit": 5'), {})
    assert len(printed.getvalue().splitlines()) == ARTICLES


def test_the_error_is_the_one_that_is_shown(shelf, serve):
    reply = json.loads(serve(shelf.folder).get("/api/search?limit=many").body)
    assert json.dumps(reply) in PAGE
