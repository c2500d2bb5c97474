"""Discovery of links in feeds, sitemaps, robots.txt and pages: bytes in, links out. No network, database or clock."""
