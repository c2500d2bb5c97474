"""What feeds, sitemaps, robots.txt and pages name: bytes in, links out. No network, no database, no clock."""
