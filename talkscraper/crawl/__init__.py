"""A crawl run, from the lock to the report: options, the shared session, response handling, results per source."""
