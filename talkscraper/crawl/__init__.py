"""A run, from the lock to the report: options, the shared session, what came of it, and why a source went quiet."""
