"""An archive made by hand, and a connection on it."""

from tests.support.archives import built, reader  # noqa: F401  fixtures
