"""OpenSearch description: a browser adds the archive to its search engines, a program finds the search in it.

OpenSearch 1.1 (https://github.com/dewitt/opensearch). Addresses in it are absolute.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from talkscraper.web.context import RequestContext, archive_name

MEDIA_TYPE = "application/opensearchdescription+xml"
MAX_SHORT_NAME = 16
"""Characters; the format's own limit."""


def show(context: RequestContext) -> Response:
    """``/opensearch.xml``."""
    name = _printable(archive_name(context.folder))
    html = quoteattr(f"{context.room}/?q={{searchTerms}}")
    api = quoteattr(f"{context.room}/api/search?q={{searchTerms}}&limit={{count?}}")
    own = quoteattr(f"{context.room}/opensearch.xml")
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{escape(name[:MAX_SHORT_NAME].strip())}</ShortName>\n"
        f"<LongName>{escape(name[:48].strip())}</LongName>\n"
        f"<Description>{escape(f'Articles of {name}'[:1024])}</Description>\n"
        f'<Url type="text/html" template={html}/>\n'
        f'<Url type="application/json" template={api}/>\n'
        f'<Url type="{MEDIA_TYPE}" rel="self" template={own}/>\n'
        "<InputEncoding>UTF-8</InputEncoding>\n<OutputEncoding>UTF-8</OutputEncoding>\n"
        "</OpenSearchDescription>\n",
        media_type=MEDIA_TYPE,
    )


def _printable(text: str) -> str:
    """Return a text without the characters that XML can't hold."""
    return "".join(c for c in text if c.isprintable()) or "archive"
