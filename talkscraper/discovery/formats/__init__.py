"""Kinds of seeds and the formats of their documents; what a module here declares is read by the whole program.

The modules are imported wherever sources.toml is read: what is slow to import (lxml) belongs in a reader's function.
"""
