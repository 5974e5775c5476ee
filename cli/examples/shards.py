"""A sweep by several workers: python3 shards.py PLAN.toml DIR [WORKERS [TUTEE]]

Each worker makes one shard in a process of its own, all into DIR; the table that `tutee collect` makes is the same for every
number of them. With Dask the workers may be other machines that share DIR: see `by_dask`.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def shard(plan: str, folder: str, number: int, workers: int, tutee: str = "tutee") -> int:
    """Shard `number`, from 1, of `workers`; its exit code, 1 where a run has failed."""
    command = [tutee, "sweep", plan, "--out", folder, "--resume", "--threads", "1", "--shard", f"{number}/{workers}"]
    return subprocess.run(command, check=False).returncode


def by_threads(plan: str, folder: str, workers: int, tutee: str = "tutee") -> list[int]:
    """Workers on this machine."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda number: shard(plan, folder, number, workers, tutee), range(1, workers + 1)))


def by_dask(client, plan: str, folder: str, workers: int, tutee: str = "tutee") -> list[int]:
    """Workers of a `dask.distributed.Client`, each of which has the program and sees the folder."""
    tasks = [client.submit(shard, plan, folder, number, workers, tutee, pure=False) for number in range(1, workers + 1)]
    return client.gather(tasks)


def main() -> int:
    plan, folder, *rest = sys.argv[1:]
    workers = int(rest[0]) if rest else 2
    tutee = rest[1] if len(rest) > 1 else "tutee"
    codes = by_threads(plan, folder, workers, tutee)
    if max(codes) > 1:
        return max(codes)
    # A run that has failed has its row, too.
    return max(subprocess.run([tutee, "collect", folder], check=False).returncode, *codes)


if __name__ == "__main__":
    sys.exit(main())
