"""What Scrapy is taught: politeness, robots.txt, back-off, conditional requests, and never to touch a private address."""
