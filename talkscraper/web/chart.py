"""Charts as SVG: bars that are links, a line for shares, labels that don't overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 960, 200
LEFT, BOTTOM, TOP = 48, 22, 8
_LABELS = 9
_WIDEST = 48.0
"""Minimum number of slots, so that a few bars don't fill the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day, week or month."""

    label: str
    short: str
    """The label under the axis."""
    count: int
    all: int
    share: float
    link: str
    """The link of the bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The bars of a timeline, oldest first."""

    bars: tuple[Bar, ...]


def count_svg(chart: Chart, title: str) -> Markup:
    """Return bars of the counts; each is a link with its numbers as a tooltip."""
    most = _round_up(max((bar.count for bar in chart.bars), default=0))
    return _svg(
        chart,
        title,
        top=float(most),
        value=lambda bar: float(bar.count),
        tick=lambda v: f"{v:,.0f}",
        # counts are integers
        halves=most % 2 == 0,
    )


def share_svg(chart: Chart, title: str) -> Markup:
    """Return bars of the shares of all articles."""
    most = max((bar.share for bar in chart.bars), default=0.0)
    top = next((each for each in (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0) if most <= each), 1.0)
    return _svg(chart, title, top=top, value=lambda bar: bar.share, tick=lambda v: f"{v * 100:.3g} %")


def _svg(
    chart: Chart,
    title: str,
    *,
    top: float,
    value: Callable[[Bar], float],
    tick: Callable[[float], str],
    halves: bool = True,
) -> Markup:
    inner_width, inner_height = WIDTH - LEFT, HEIGHT - BOTTOM - TOP
    step = min(_WIDEST, inner_width / max(1, len(chart.bars)))
    gap = min(2.0, step * 0.2)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{escape(title)}">',
    ]
    for part in (0.0, 0.5, 1.0):
        y = TOP + inner_height * (1 - part)
        if part != 0.5 or halves:
            parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(tick(top * part))}</text>')
    every = max(1, -(-len(chart.bars) // _LABELS))
    for index, bar in enumerate(chart.bars):
        x = LEFT + index * step
        height = inner_height * min(1.0, value(bar) / top) if top else 0.0
        label = f"{bar.label}: {bar.count:,} of {bar.all:,} ({bar.share * 100:.2g} %)"
        parts.append(
            f'<a href="{escape(bar.link)}" aria-label="{escape(label)}"><title>{escape(label)}</title>'
            f'<rect class="hit" x="{x:.2f}" y="{TOP}" width="{step:.2f}" height="{inner_height}"/>'
            f'<rect class="bar" x="{x + gap / 2:.2f}" y="{TOP + inner_height - height:.2f}" '
            f'width="{max(step - gap, 0.5):.2f}" height="{height:.2f}"/></a>'
        )
        if index % every == 0:
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 6}">{escape(bar.short)}</text>')
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  every value in it is escaped above


def _round_up(value: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 …, so that the axis has round numbers."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if value <= step * size:
                return step * size
        size *= 10
