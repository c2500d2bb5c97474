"""Newsrooms as data: sources.toml becomes ``Source`` objects, or is refused by file, line and nearest known key."""
