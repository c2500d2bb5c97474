"""Empty archives of rows."""

from tests.support.row_archives import archive, make

__all__ = ["archive", "make"]
