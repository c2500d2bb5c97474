"""Captures read again, without the network: pages into articles, for ``import``, ``extract`` and ``repair``."""
