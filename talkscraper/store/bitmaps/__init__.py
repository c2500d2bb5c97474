"""Bitmaps of the commonest words and values: which articles have them, one bit each.

SQLite's full-text index reads the list of all articles that have a word, with the places in each text, whenever it
counts them; for a word that most articles have, that takes longer than everything else on a page. ``layout`` says which
bit is whose, ``build`` makes the bitmaps out of the index itself, ``validity`` takes back what no longer holds,
``expression`` evaluates a search on them, and ``counts`` counts.
"""
