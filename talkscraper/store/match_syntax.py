"""Where an expression of the full-text index can be cut: outside of its brackets and quotation marks."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"]|"")*"|\{[^}]*\}|[()]|\b(?:AND|OR|NOT)\b|[^\s"{}()]+|\s+')


def divided(match: str, operator: str) -> list[str]:
    """Return what stands between an operator outside of brackets and quotation marks."""
    pieces, depth = [""], 0
    for piece in _TOKEN.findall(match):
        depth += (piece == "(") - (piece == ")")
        if piece == operator and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += piece
    return [each.strip() for each in pieces]


def without_brackets(match: str) -> str:
    """Return an expression without the brackets around all of it."""
    while match.startswith("(") and match.endswith(")"):
        depth = 0
        for at, piece in enumerate(tokens := _TOKEN.findall(match)):
            depth += (piece == "(") - (piece == ")")
            if depth == 0 and at < len(tokens) - 1:
                return match
        match = match[1:-1].strip()
    return match
