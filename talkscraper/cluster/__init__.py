"""Work distributed among processes, here or on a Dask cluster: an ``Executor`` maps units of work to receipts.

Commands get one from ``open_executor`` and don't know which kind it is. Dask is imported only when it is used.
"""

from talkscraper.cluster.address import check_address, is_local, open_executor
from talkscraper.cluster.advance import advance
from talkscraper.cluster.executor import Executor, Unit, UnitFailure, UnitReceipt

__all__ = ["Executor", "Unit", "UnitFailure", "UnitReceipt", "advance", "check_address", "is_local", "open_executor"]
