"""Data dictionary: the meaning of every table and column, for docs/schema.md, releases and Datasette.

A test compares it with the database, and docs/schema.md with it.
"""
