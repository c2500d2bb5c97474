"""Stand-in until the store's search is there."""

from starlette.responses import Response

from talkscraper.web.common import Table


def show(table: Table) -> Response:
    return table.page("room_told.html", message="soon", code=200)


def as_csv(table: Table) -> Response:
    return table.page("room_told.html", message="soon", code=200)
