"""The archive's database: rows in, identity, full text, search, export. No Scrapy, no trafilatura."""
