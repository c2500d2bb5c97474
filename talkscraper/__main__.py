"""``python -m talkscraper``."""

from talkscraper.cli.main import main

main()
