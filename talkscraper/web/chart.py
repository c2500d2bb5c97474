"""Charts as SVG: bars that are links, lines of several series, labels that don't overlap.

Widths are percentages and heights pixels, so a chart fills any screen while its text keeps its size. The stylesheet
hides every second label of the axis on a phone. Colours and dashes are the stylesheet's, too (``series-1`` …).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

HEIGHT, SMALL_HEIGHT = 220, 120
MAX_LINES = 5
"""Number of series that can be told apart on one chart."""
_TOP, _BOTTOM = 18, 22
_LABELS = 8
_SMALL_LABELS = 3
_LAST_LABEL, _LAST_SMALL_LABEL = 0.9, 0.78
"""Where the last label may begin, as a part of the width, to have room; on a phone as in a small chart."""
_DEEP = 100.0
"""Height of a drawing of lines in its own units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day, week or month of a series."""

    label: str
    short: str
    """The label under the axis."""
    count: int
    all: int
    share: float
    link: str
    """The link of the bar; empty for none."""
    is_small: bool = False
    """Whether it is a share of so few articles that it says little."""

    @property
    def said(self) -> str:
        """The bar in words."""
        return f"{self.label}: {self.count:,} of {self.all:,} ({self.share * 100:.2g} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What is drawn, and how the axis is labelled."""

    value: Callable[[Bar], float]
    tick: Callable[[float], str]
    top: float
    halves: bool
    """Whether the axis has a label at half its height."""
    is_share: bool


def counts(bars: Sequence[Bar]) -> Scale:
    """Return the scale of the numbers of matches."""
    most = _round_up(max((bar.count for bar in bars), default=0))
    # counts are integers
    return Scale(
        value=lambda bar: float(bar.count),
        tick=lambda value: f"{value:,.0f}",
        top=float(most),
        halves=most % 2 == 0,
        is_share=False,
    )


def shares(bars: Sequence[Bar]) -> Scale:
    """Return the scale of shares."""
    most = max((bar.share for bar in bars), default=0.0)
    steps = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    top = next((each for each in steps if most <= each), 1.0)
    return Scale(
        value=lambda bar: bar.share, tick=lambda value: f"{value * 100:.3g} %", top=top, halves=True, is_share=True
    )


def bar_chart(bars: Sequence[Bar], scale: Scale, title: str, name: str, *, small: bool = False) -> Markup:
    """Return bars; each has its numbers as a tooltip, and may be a link.

    Args:
        bars: Oldest first.
        scale: ``counts`` or ``shares``.
        title: What is drawn, for readers who don't see it.
        name: The chart's id on its page.
        small: One of several: lower, with fewer labels.
    """
    height = SMALL_HEIGHT if small else HEIGHT
    inner = height - _BOTTOM - _TOP
    slots = max(len(bars), _LABELS)
    step = 100 / slots
    gap = step * 0.12
    parts = [*_opening(title, _described(bars, scale), name, height, scale, is_group=any(bar.link for bar in bars))]
    for index, bar in enumerate(bars):
        x = index * step
        tall = inner * min(1.0, scale.value(bar) / scale.top) if scale.top else 0.0
        label = escape(bar.said)
        kind = "bar small" if bar.is_small and scale.is_share else "bar"
        drawn = (
            f"<title>{label}</title>"
            f'<rect class="hit" x="{x:.3f}%" y="{_TOP}" width="{step:.3f}%" height="{inner}"/>'
            f'<rect class="{kind}" x="{x + gap / 2:.3f}%" y="{_TOP + inner - tall:.2f}" '
            f'width="{step - gap:.3f}%" height="{tall:.2f}"/>'
        )
        # the table below has the same links for the keyboard
        link = f'<a href="{escape(bar.link)}" aria-label="{label}" tabindex="-1">{drawn}</a>'
        parts.append(link if bar.link else f"<g>{drawn}</g>")
    parts += _labels(bars, scale, slots, height, _SMALL_LABELS if small else _LABELS)
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  every value in it is escaped above


def line_chart(lines: Sequence[tuple[str, Sequence[Bar]]], scale: Scale, title: str, name: str) -> Markup:
    """Return a line for each of a few series, by their names."""
    bars = lines[0][1]
    inner = HEIGHT - _BOTTOM - _TOP
    slots = max(len(bars), 1)
    said = "; ".join(f"{each}: {_described(some, scale)}" for each, some in lines)
    parts = [*_opening(title, said, name, HEIGHT, scale, is_group=False)]
    parts.append(
        f'<svg class="lines" x="0" y="{_TOP}" width="100%" height="{inner}" viewBox="0 0 {slots} {_DEEP:.0f}"'
        ' preserveAspectRatio="none" overflow="visible">'
    )
    for number, (_, some) in enumerate(lines, 1):
        for kind, path in _paths(some, scale).items():
            if path:
                parts.append(f'<path class="line series-{number}{kind}" d="{path}"/>')
    parts.append("</svg>")
    parts += _labels(bars, scale, slots, HEIGHT, _LABELS)
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  every value in it is escaped above


def _paths(bars: Sequence[Bar], scale: Scale) -> dict[str, str]:
    """Return the path of a line, and of its parts that are shares of few articles; without any, it is broken."""
    paths = {"": "", " small": "", " dot": "", " small dot": ""}
    before: tuple[Bar, str] | None = None
    for index, bar in enumerate(bars):
        if scale.is_share and not bar.all:
            before = None
            continue
        deep = _DEEP * (1 - min(1.0, scale.value(bar) / scale.top)) if scale.top else _DEEP
        at = f"{index + 0.5:g} {deep:.2f}"
        is_small = scale.is_share and (bar.is_small or (before is not None and before[0].is_small))
        is_alone = before is None and scale.is_share and not any(each.all for each in bars[index + 1 : index + 2])
        # a dot where the line begins, a larger one that is all of it
        kind = f"{' small' if is_small else ''}{' dot' if is_alone else ''}"
        paths[kind] += f"M{before[1]}L{at}" if before else f"M{at}h.001"
        before = bar, at
    return paths


def _opening(title: str, described: str, name: str, height: int, scale: Scale, *, is_group: bool) -> list[str]:
    opening = (
        f'<svg class="chart" width="100%" height="{height}" role="{"group" if is_group else "img"}"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(described)}</desc>'
    )
    parts = [opening]
    inner = height - _BOTTOM - _TOP
    for part in (0.0, 0.5, 1.0):
        y = _TOP + inner * (1 - part)
        if part != 0.5 or (scale.halves and height == HEIGHT):
            parts.append(f'<line class="axis" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
    return parts


def _labels(bars: Sequence[Bar], scale: Scale, slots: int, height: int, most: int) -> list[str]:
    """Return the texts of both axes, which lie above bars and lines."""
    inner = height - _BOTTOM - _TOP
    ticks = [
        f'<text class="tick" x="2" y="{_TOP + inner * (1 - part) - 4:.1f}">'
        f"{escape(scale.tick(scale.top * part))}</text>"
        for part in (0.5, 1.0)
        if part == 1 or (scale.halves and height == HEIGHT)
    ]
    every = max(1, -(-slots // most))
    labels = []
    for number, index in enumerate(range(0, len(bars), every)):
        at = index / slots
        if at > (_LAST_SMALL_LABEL if height == SMALL_HEIGHT else _LAST_LABEL):
            break
        kind = "label minor" if number % 2 or at > _LAST_SMALL_LABEL else "label"
        labels.append(f'<text class="{kind}" x="{at * 100:.3f}%" y="{height - 6}">{escape(bars[index].short)}</text>')
    return ticks + labels


def _described(bars: Sequence[Bar], scale: Scale) -> str:
    """Return a chart in a sentence."""
    most = max(bars, key=scale.value, default=None)
    if most is None:
        return ""
    return f"{bars[0].label} to {bars[-1].label}; most in {most.said}"


def _round_up(value: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 …, so that the axis has round numbers."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if value <= step * size:
                return step * size
        size *= 10
