"""The version, in a file that imports nothing: everything may ask for it without loading the package's public names."""

__version__ = "0.1.0"
