"""Check an archive with workers that Slurm starts: python slurm_check.py /archive report.json

Run it where jobs may be submitted from, for as long as the check takes. It needs dcmlint, dcmlint-dask and
dask-jobqueue here, and the same environment on the nodes.
"""

import subprocess
import sys

from dask_jobqueue import SLURMCluster


def main() -> int:
    archive, report = sys.argv[1:]
    cluster = SLURMCluster(
        queue="batch",  # the partition
        account="radiology",
        cores=8,  # of one job: that many worker processes,
        processes=8,  # each with one thread, since dcmlint checks one file at a time in a process
        memory="16GB",  # of one job: 2 GB for each process, more than which Dask ends it
        walltime="04:00:00",
        # Workers leave before their time is over, so that no batch is lost by it.
        worker_extra_args=["--lifetime", "225m", "--lifetime-stagger", "10m"],
        # The environment of dcmlint on a file system that the nodes see too.
        python="/shared/dcmlint/bin/python",
        # The network between the nodes. Without TLS it must be one that only trusted people are in.
        interface="ib0",
        local_directory="/tmp",
        log_directory="dask-logs",
    )
    try:
        # As many jobs as there is work for: from none to twenty.
        cluster.adapt(minimum_jobs=1, maximum_jobs=20)
        shared = ["--executor", "dask", "--scheduler", cluster.scheduler_address]
        command = ["dcmlint", "check", archive, *shared, "--format", f"json:{report}"]
        return subprocess.run(command, check=False).returncode
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main())
