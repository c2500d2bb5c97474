"""The spiders: ``news`` crawls any source of sources.toml, ``talkofnations`` shows how little a site needs."""
