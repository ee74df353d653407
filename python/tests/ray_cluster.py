"""Run by test_ray.py in a network namespace of its own: a cluster of two nodes, a study on it, and what became of it.

Writes report.json. Arguments: a folder for results, and what happens meanwhile: ``nothing``, ``worker`` or ``node`` (one is killed),
``stopped`` (somebody stops the study and begins it again).
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray  # noqa: E402
import ratchet.distributed  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

LONGER, SWEEP = json.load(sys.stdin)


def workers() -> list[int]:
    """Processes that run a piece of the study now: Ray names them after it."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                title = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(b"ray::_records"):
                found.append(int(folder.name))
    return found


class Enough(Exception):
    """Somebody stops the study."""


def main() -> None:
    out, events = Path(sys.argv[1]), sys.argv[2:]
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20},
    )
    other = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    ray.init(address=cluster.address, log_to_driver=False)
    assert len([node for node in ray.nodes() if node["Alive"]]) == 2
    report = {}
    for event in events:
        killed: list[int] = []

        def disturb(progress: ratchet.Progress, event: str = event, killed: list[int] = killed) -> None:
            if killed or progress.phase != "simulating" or not 0 < progress.done < progress.total:
                return
            if event == "worker" and (found := workers()):
                os.kill(found[0], signal.SIGKILL)
                killed.append(found[0])
            if event == "node":
                cluster.remove_node(other, allow_graceful=False)
                killed.append(1)
            if event == "stopped":
                killed.append(progress.done)
                raise Enough

        study = functools.partial(ratchet.distributed.simulate, LONGER, runs=120, out=out / event, chunk=4)
        try:
            done = study(progress=disturb)
        except Enough:
            done = study()
        report[event] = {"placement": done.placement, "killed": killed, "summary": done.summary_json}
    swept = ratchet.distributed.sweep(SWEEP, out=out / "sweep")
    report["sweep"] = {"placement": swept.placement, "killed": [], "summary": swept.summary_json}
    (out / "report.json").write_text(json.dumps(report))
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
