"""Run a command of talkscraper with workers that Slurm starts; the exit code is the command's.

    python with_slurm_workers.py --jobs 8 extract --archive /scratch/archive

Needs ``pip install 'talkscraper[cluster]' dask-jobqueue``, and jobqueue.yaml in ~/.config/dask. The scheduler runs here,
and ends with the command; so do the jobs. It begins when the first worker is there, however long that is queued.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster

TALKSCRAPER = Path(sys.executable).with_name("talkscraper")


def main():
    parser = argparse.ArgumentParser(usage="%(prog)s [--jobs N] COMMAND [ARGUMENT…]")
    parser.add_argument("--jobs", type=int, default=1)
    options, command = parser.parse_known_args()
    # SIGTERM while workers are queued ends this program in order too, so that no job is left
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
    with SLURMCluster(scheduler_options={"dashboard": False}) as cluster:
        cluster.scale(jobs=options.jobs)
        cluster.wait_for_workers(1)
        running = subprocess.Popen([TALKSCRAPER, *command, "--cluster", cluster.scheduler_address])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda given, _: running.send_signal(given))
        return running.wait()


if __name__ == "__main__":
    sys.exit(main())
