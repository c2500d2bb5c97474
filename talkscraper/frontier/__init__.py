"""The frontier: which addresses are due, leased or done, as rows in SQLite, so that ``kill -9`` loses none.

``seeds`` adds a source's homepage, feeds, sitemaps and sections; ``additions`` adds what they name; ``lease_queue``
hands out what is due and takes it back; ``outcomes`` writes the result of a fetch, in the transaction that stores the
article; ``schedule`` computes when to fetch again (pure functions of the clock).
"""
