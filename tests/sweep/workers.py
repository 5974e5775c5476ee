"""One sweep by Dask on this machine: python3 workers.py TUTEE FOLDER

200 runs, some of which diverge, by one, two and three workers, each a process of its own, with the example that the command ships
(`cli/examples/shards.py`, `by_dask`). The table that `collect` makes is the same, byte for byte, as that of one process without Dask.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from distributed import Client, LocalCluster

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "cli" / "examples"))
import shards  # noqa: E402

PLAN = """\
task = ["conv-relu", "graph-leaky", "token-selection", "group-sparse", "conv-leaky"]
mode = ["population", "online"]
scalar = ["f32", "f64"]
seed = [1, 2, 3, 4, 5]
rate = [0.125, 900]
tokens = 8
features = 3
steps = 6
"""
RUNS = 200


def table(tutee: str, folder: Path) -> bytes:
    """The table of a folder, digests of all students included."""
    subprocess.run([tutee, "collect", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return (folder / "table.csv").read_bytes()


def main() -> int:
    tutee, place = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
    place.mkdir(parents=True)
    plan = place / "plan.toml"
    plan.write_text(PLAN)
    alone = place / "alone"
    # Runs at the largest rate diverge, and the exit code says so.
    sweep = [tutee, "sweep", str(plan), "--out", str(alone), "--quiet"]
    code = subprocess.run(sweep, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if code != 1:
        sys.exit(f"a sweep of which runs diverge ended with {code}; expected 1")
    expected = table(tutee, alone)
    rows = expected.count(b"\n") - 1
    if rows != RUNS:
        sys.exit(f"{rows} rows; expected {RUNS}")
    for workers in (1, 2, 3):
        folder = place / f"workers-{workers}"
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, local_directory=place) as cluster,
            Client(cluster) as client,
        ):
            codes = shards.by_dask(client, str(plan), str(folder), workers, tutee)
        if codes != [1] * workers:
            sys.exit(f"{workers} workers ended with {codes}; expected 1 of each")
        if table(tutee, folder) != expected:
            sys.exit(f"the table of {workers} workers is not that of one process")
    digest = hashlib.sha256(expected).hexdigest()[:16]
    print(f"{RUNS} runs by 1, 2 and 3 workers of Dask, and by one process: one table, {len(expected)} bytes, {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
