"""The site that programs are compared on: as many pages as asked for, no two with the same text."""

from __future__ import annotations

import re

import page_server


def test_further_pages_have_the_words_of_the_first_ones_in_another_order():
    """Markup and scripts stay as they are; so do length and words."""
    count = page_server.INVENTED * 2 + 1
    made = page_server.bodies(count, None)
    assert len(set(made)) == count
    first, again = made[0], made[page_server.INVENTED]
    assert len(first) == len(again)
    assert sorted(re.findall(rb"\w+", first)) == sorted(re.findall(rb"\w+", again))
    assert re.findall(rb"<[^>]+>", first) == re.findall(rb"<[^>]+>", again)


def test_scripts_are_never_reordered():
    """A page's JSON-LD stays valid."""
    script = b'<script>{"headline": "> a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f <"}</script>'
    text = b"<p>" + b" ".join(b"word%d" % number for number in range(20)) + b"</p>"
    changed = b"".join(page_server._reordered(script + text, 1))
    assert changed.startswith(script)
    assert changed != script + text
