"""The JSON interface under ``/api/``: each endpoint is declared in a module of ``endpoints/``."""
