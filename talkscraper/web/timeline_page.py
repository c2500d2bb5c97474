"""The timeline: matches per day, week or month, of several searches or values, as charts, a table, CSV and JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from talkscraper.errors import QueryError
from talkscraper.export.timeline_csv import timeline_csv
from talkscraper.store import timeline as lines
from talkscraper.store.periods import UNITS, last_day, period_name, short_name
from talkscraper.store.timeline import Point, Series, Timeline, sized_base, timeline
from talkscraper.store.timeline_counts import BYS
from talkscraper.web import chart, facet_view
from talkscraper.web.context import RequestContext
from talkscraper.web.templates import query, sentence
from talkscraper.web.timeline_params import TimelineParams, parse_timeline_params

HELPERS = min(4, os.cpu_count() or 1) - 1
"""Number of further connections that count in parallel."""
SMALL_BASE = 20
"""A share of fewer articles is drawn pale: it says little."""
MAX_COMPARED_PERIODS = 400
"""Number of periods of a page with several series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A chart of counts and one of shares."""

    name: str
    base: str
    matches: int
    counts: Markup
    shares: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: a period, with each series' bar."""

    label: str
    link: str
    bars: tuple[chart.Bar, ...]


def show(context: RequestContext) -> Response:
    """``/timeline``."""
    params = parse_timeline_params(context.request.query_params)
    found, error = None, None
    try:
        compares = len(params.terms) > 1 or bool(params.by)
        found = measured(context, params, MAX_COMPARED_PERIODS if compares else lines.MAX_PERIODS, lines.MAX_SERIES)
    except QueryError as e:
        error = sentence(str(e))
    drawn = [_bars(each, found, params, context.root) for each in found.series] if found and found.matches else []
    return context.page(
        "timeline.html",
        here="timeline",
        params=params.search,
        terms=params.terms,
        by=params.by,
        units=UNITS,
        bys=BYS,
        state=params.state,
        error=error,
        notes=[sentence(note) for note in (found.notes if found else ())],
        found=found,
        panels=_panels(found, drawn) if found and drawn else (),
        is_one_chart=len(drawn) <= chart.MAX_LINES,
        has_small=any(bar.is_small for bars in drawn for bar in bars),
        small_base=SMALL_BASE,
        rows=_rows(drawn),
        chips=facet_view.chips(
            params.search, context.source_names, path=f"{context.root}/timeline", state=params.state
        ),
        known_sources=context.known.sources.get(context.connection),
    )


def as_csv(context: RequestContext) -> Response:
    """``/timeline.csv``: a row for each period and series.

    Raises:
        QueryError: a query is invalid.
    """
    found = _listed(context)
    return Response(
        "".join(timeline_csv(found)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="timeline.csv"'},
    )


def _listed(context: RequestContext) -> Timeline:
    params = parse_timeline_params(context.request.query_params)
    return measured(context, params, lines.MAX_LISTED_PERIODS, lines.MAX_LISTED_SERIES)


def measured(context: RequestContext, params: TimelineParams, most_periods: int, most_series: int) -> Timeline:
    """Return the timeline of a page's parameters.

    Raises:
        QueryError: a query is invalid.
    """
    requests, by, unit = params.requests(), params.field(), params.period()

    def count() -> Timeline:
        with ExitStack() as stack:
            helpers = [stack.enter_context(context.readers.lease()) for _ in range(HELPERS)]
            return timeline(
                context.connection,
                requests,
                by=by,
                unit=unit,
                helpers=helpers,
                most_periods=most_periods,
                most_series=most_series,
            )

    return context.remember("timeline", (requests, by, unit, most_periods, most_series), count)


def _bars(series: Series, found: Timeline, params: TimelineParams, root: str) -> tuple[chart.Bar, ...]:
    return tuple(_bar(each, series, found, params, root) for each in series.points)


def _bar(point: Point, series: Series, found: Timeline, params: TimelineParams, root: str) -> chart.Bar:
    days = {"since": point.start.isoformat(), "until": last_day(point.start, found.unit).isoformat()}
    link = ""
    if found.by is None and len(found.series) == 1:
        target = "/" if found.unit == "day" else "/timeline"
        link = root + target + query({**params.state, **days, "unit": None if found.unit == "day" else "day"})
    elif found.by != "country" and (found.by is None or series.value):
        # the articles themselves
        narrowed: dict[str, str | None] = {found.by: series.value} if found.by else {}
        link = f"{root}/" + query({**params.state, **days, **narrowed, "q": series.query, "by": None, "unit": None})
    return chart.Bar(
        label=period_name(point.start, found.unit),
        short=short_name(point.start, found.unit),
        count=point.matches,
        all=point.total,
        share=point.share,
        link=link,
        is_small=0 < point.total < SMALL_BASE,
    )


def _panels(found: Timeline, drawn: Sequence[Sequence[chart.Bar]]) -> list[Panel]:
    every = [bar for bars in drawn for bar in bars]
    counts, shares = chart.counts(every), chart.shares(every)
    if 1 < len(drawn) <= chart.MAX_LINES:
        named = [(each.name, bars) for each, bars in zip(found.series, drawn, strict=True)]
        return [
            Panel(
                name="",
                base="",
                matches=found.matches,
                counts=chart.line_chart(named, counts, f"Matching articles per {found.unit}", "counts"),
                shares=chart.line_chart(named, shares, f"Shares per {found.unit}", "shares"),
            )
        ]
    small = len(drawn) > 1
    panels = []
    for number, (each, bars) in enumerate(zip(found.series, drawn, strict=True), 1):
        base = sized_base(each.base, each.articles)
        panels.append(
            Panel(
                name=each.name,
                base=base,
                matches=each.matches,
                counts=chart.bar_chart(
                    bars, counts, f"{each.name}: matching articles per {found.unit}", f"counts-{number}", small=small
                ),
                shares=chart.bar_chart(
                    bars, shares, f"{each.name}: share of {base} per {found.unit}", f"shares-{number}", small=small
                ),
            )
        )
    return panels


def _rows(drawn: Sequence[Sequence[chart.Bar]]) -> list[Row]:
    return [
        Row(label=bars[0].label, link=bars[0].link if len(bars) == 1 else "", bars=tuple(bars))
        for bars in zip(*drawn, strict=True)
    ]
