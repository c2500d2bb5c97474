"""The archive's database: rows, article identity, full-text search, export. Uses neither Scrapy nor trafilatura."""
