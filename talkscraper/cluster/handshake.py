"""Whether a Dask scheduler answers at an address, before a client is made of it.

A client of Dask waits without limit for the first word of what has accepted its connection: a scheduler that hangs, or
is stopped, or another server. One that has failed waits when it is deleted, too, and prints a traceback.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any


def shake_hands(distributed: Any, address: str, timeout: float) -> None:
    """Connect to a scheduler and leave again.

    Raises:
        OSError: nobody is there, or says a word in the time, in seconds.
        Exception: whatever Dask raises if it isn't spoken to as a scheduler does.
    """
    errors: list[BaseException] = []

    async def connect() -> None:
        arguments = distributed.Security().get_connection_args("client")
        comm = await distributed.comm.connect(address, timeout=timeout, **arguments)
        await comm.close()

    def run() -> None:
        try:
            asyncio.run(asyncio.wait_for(connect(), timeout + 1))
        except TimeoutError:
            errors.append(OSError(f"it accepts connections, and says nothing for {timeout:g} s"))
        except BaseException as e:  # noqa: BLE001  whatever it is, it is for the thread that waits
            errors.append(e)

    # on a thread of its own: who calls may have an event loop
    thread = threading.Thread(target=run, name="talkscraper-handshake", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
