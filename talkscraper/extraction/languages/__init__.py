"""Detection of a text's language."""
