"""The version, in a module without imports, so that importing it is cheap."""

__version__ = "0.1.0"
