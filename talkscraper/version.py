"""The version, in a file that imports nothing: everything may ask for it without loading the package's public names."""

__version__ = "0.1.0"


def user_agent(contact: str | None) -> str:
    """Return the User-Agent of every request, which names the operator's contact for complaints."""
    return f"talkscraper/{__version__} (+{contact})" if contact else f"talkscraper/{__version__}"
