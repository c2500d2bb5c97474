"""Articles derived from captures without the network, for ``import``, ``extract`` and ``repair``."""
