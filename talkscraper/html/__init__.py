"""Parsing of HTML: charset, tree, and small syntaxes with one scanner each (style sheets, ``srcset``, attributes).

Capture and replay must find the same addresses, so both use these. Every scanner runs in linear time for any input, and
stops at a limit that no legitimate page reaches.
"""
