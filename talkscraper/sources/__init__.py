"""Sources: sources.toml is parsed into ``Source`` objects; errors give file, line and nearest known key."""
