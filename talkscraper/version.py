"""The version, in a module without imports, so that importing it is cheap."""

__version__ = "1.0.0"


def user_agent(contact: str | None) -> str:
    """Return the User-Agent of every request, which names the operator's contact for complaints."""
    return f"talkscraper/{__version__} (+{contact})" if contact else f"talkscraper/{__version__}"
