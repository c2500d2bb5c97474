"""The timeline: matches per day, week or month, as a chart, a table and CSV."""

from __future__ import annotations

import csv
import io
import os
from contextlib import ExitStack
from datetime import date, timedelta

from starlette.responses import Response

from talkscraper.errors import QueryError
from talkscraper.store.timeline import Bucket, Unit, timeline
from talkscraper.web import chart
from talkscraper.web.context import RequestContext
from talkscraper.web.search_params import SearchParams, parse_search_params
from talkscraper.web.templates import query

DAYS_BY_DAY = 62
DAYS_BY_WEEK = 366
HELPERS = min(4, os.cpu_count() or 1) - 1
"""Number of further connections that count in parallel."""


def show(context: RequestContext) -> Response:
    """``/timeline``."""
    params = parse_search_params(context.request.query_params)
    buckets: tuple[Bucket, ...] = ()
    unit: Unit = "month"
    error = None
    try:
        unit, buckets = measured(context, params)
    except QueryError as e:
        error = str(e)[:1].upper() + str(e)[1:] + "."
    drawn = chart.Chart(bars=tuple(_bar(each, unit, params, context.root) for each in buckets))
    total = sum(each.count for each in buckets)
    return context.page(
        "timeline.html",
        here="timeline",
        params=params,
        error=error,
        notes=(),
        unit=unit,
        total=total,
        chart=drawn,
        count_svg=chart.count_svg(drawn, f"Matching articles per {unit}") if total else "",
        share_svg=chart.share_svg(drawn, f"Matching articles as a share of all articles per {unit}") if total else "",
        known_sources=context.known.sources.get(context.connection),
    )


def as_csv(context: RequestContext) -> Response:
    """``/timeline.csv``: the numbers of the chart.

    Raises:
        QueryError: the query is invalid.
    """
    params = parse_search_params(context.request.query_params)
    unit, buckets = measured(context, params)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([unit, "matches", "all", "share"])
    writer.writerows([each.start.isoformat(), each.count, each.all, f"{each.share:.6f}"] for each in buckets)
    return Response(
        out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="timeline.csv"'},
    )


def measured(context: RequestContext, params: SearchParams) -> tuple[Unit, tuple[Bucket, ...]]:
    """Return the buckets and their unit: the requested one, or one that suits the range.

    Raises:
        QueryError: the query is invalid.
    """
    request = params.request(after=None, order="newest")

    def by(unit: Unit) -> tuple[Bucket, ...]:
        return context.remember(f"timeline by {unit}", request, lambda: count(unit))

    def count(unit: Unit) -> tuple[Bucket, ...]:
        with ExitStack() as stack:
            helpers = [stack.enter_context(context.readers.lease()) for _ in range(HELPERS)]
            return timeline(context.connection, request, unit, helpers)

    unit: Unit = params.unit or _suiting(params)  # type: ignore[assignment]
    buckets = by(unit)
    if not params.unit and not (params.filters["since"] or params.filters["until"]) and buckets:
        span = (buckets[-1].start - buckets[0].start).days
        if span <= DAYS_BY_DAY:
            unit = "day"
            buckets = by(unit)
    return _unit_of(buckets, unit), buckets


def _unit_of(buckets: tuple[Bucket, ...], params: Unit) -> Unit:
    """Return the unit that was counted: a long range of days is counted by week, one of weeks by month."""
    if len(buckets) < 2:
        return params
    gap = (buckets[1].start - buckets[0].start).days
    return "day" if gap == 1 else "week" if gap == 7 else "month"


def _suiting(params: SearchParams) -> Unit:
    try:
        span = (date.fromisoformat(params.filters["until"]) - date.fromisoformat(params.filters["since"])).days
    except ValueError:
        return "month"
    return "day" if span <= DAYS_BY_DAY else "week" if span <= DAYS_BY_WEEK else "month"


def _bar(bucket: Bucket, unit: Unit, params: SearchParams, root: str) -> chart.Bar:
    start = bucket.start
    if unit == "day":
        end, label, short = start, f"{start.day} {start:%B %Y}", f"{start.day} {start:%b}"
        link = f"{root}/" + query(params.state, since=start.isoformat(), until=end.isoformat(), unit=None, after=None)
    elif unit == "week":
        end = start + timedelta(days=6)
        label, short = f"week of {start.day} {start:%B %Y}", f"{start.day} {start:%b %y}"
        days = query(params.state, since=start.isoformat(), until=end.isoformat(), unit="day", after=None)
        link = f"{root}/timeline{days}"
    else:
        end = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        label, short = f"{start:%B %Y}", f"{start:%b %Y}"
        days = query(params.state, since=start.isoformat(), until=end.isoformat(), unit="day", after=None)
        link = f"{root}/timeline{days}"
    return chart.Bar(label=label, short=short, count=bucket.count, all=bucket.all, share=bucket.share, link=link)
