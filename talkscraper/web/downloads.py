"""Stand-in until the store's search is there."""

from starlette.responses import Response

from talkscraper.web.common import Table


def export(table: Table) -> Response:
    return table.page("room_told.html", message="soon", code=200)
