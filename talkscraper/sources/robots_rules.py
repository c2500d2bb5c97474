"""What every reader of robots.txt here has in common (RFC 9309)."""

ROBOTS_NAME = "talkscraper"
"""The product token of talkscraper in robots.txt (§2.2.1)."""
MAX_ROBOTS_BYTES = 500 * 1024
"""Maximum number of bytes that are read (§2.5)."""
