"""Which address is due, leased or done: rows in SQLite, so that ``kill -9`` at any moment loses none.

``seeding`` puts a source's homepage, feeds, sitemaps and sections in; ``discovery`` adds what they name; ``leasing``
hands out what is due and takes it back; ``outcomes`` writes what came of a fetch, in the transaction that stores the
article; ``schedule`` says when to look again (pure functions of the clock).
"""
