"""One module per address of the interface; each declares an ``Endpoint``."""
