"""What Scrapy is taught: politeness, robots.txt, back-off, conditional requests, no private addresses."""
