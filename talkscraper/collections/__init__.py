"""Collections: articles that readers put together under a name, with notes, in files beside the archive."""

from talkscraper.collections.model import CollectedArticle, Collection
from talkscraper.collections.shelf import add, collection, collections, has_collections, remove

__all__ = ["CollectedArticle", "Collection", "add", "collection", "collections", "has_collections", "remove"]
