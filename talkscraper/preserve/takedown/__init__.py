"""``takedown``: addresses are hidden, deleted or removed from their WARC files, with a receipt."""
