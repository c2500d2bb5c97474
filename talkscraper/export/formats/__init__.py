"""One module per format of exports; each declares an ``ExportFormat``."""
