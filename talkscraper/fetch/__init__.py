"""Fetching over Scrapy: politeness, robots.txt, back-off, conditional requests, no private addresses."""
