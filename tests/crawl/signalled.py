"""``python signalled.py MODULE:NAME SIGNAL ARGUMENT...``: talkscraper, which sends itself a signal as it calls NAME."""

import functools
import importlib
import os
import signal
import sys


def _signal_at(place: str, number: int) -> None:
    module, _, path = place.partition(":")
    owner = importlib.import_module(module)
    *parts, name = path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    original = getattr(owner, name)

    @functools.wraps(original)
    def signalled(*args, **kwargs):
        os.kill(os.getpid(), number)
        return original(*args, **kwargs)

    setattr(owner, name, signalled)


if __name__ == "__main__":
    from talkscraper.cli.main import main

    _signal_at(sys.argv[1], getattr(signal, sys.argv[2]))
    main(sys.argv[3:])
