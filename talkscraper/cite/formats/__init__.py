"""One module per format of references; each declares a ``CitationFormat``."""
