"""A study on a cluster of two nodes has the bytes of a local one, whoever dies meanwhile (PYPKG-8).

The cluster lives in namespaces of its own with nothing but a loopback: it reaches nobody, nobody reaches it, and its processes end
with it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ratchet
from ratchet import distributed

from conftest import tree
from scenarios import LONGER, SWEEP

ALONE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


def missing() -> str | None:
    """Why there can be no cluster here."""
    if importlib.util.find_spec("ray") is None:
        return "ray is not installed"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "unshare or ip is not there"
    done = subprocess.run([*ALONE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return None if done.returncode == 0 else f"no namespaces: {done.stderr.decode().strip()}"


MISSING = missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The studies of ray_cluster.py, in the order in which they were done."""
    out = tmp_path_factory.mktemp("ray")
    script = Path(__file__).with_name("ray_cluster.py")
    inside = 'ip link set lo up && mkdir -p /tmp/ray && mount -t tmpfs tmpfs /tmp/ray && exec "$0" "$@"'
    command = [*ALONE, "sh", "-c", inside, sys.executable, str(script), str(out), "nothing", "worker", "stopped", "node"]
    done = subprocess.run(command, input=json.dumps([LONGER, SWEEP]), capture_output=True, text=True, check=False, cwd=out)
    assert done.returncode == 0, "\n".join(done.stderr.splitlines()[-40:])
    return out, json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same studies on one thread and on two."""
    out = tmp_path_factory.mktemp("local")
    for threads in (1, 2):
        ratchet.simulate(LONGER, runs=120, threads=threads, out=out / f"simulate{threads}")
        ratchet.sweep(SWEEP, threads=threads, out=out / f"sweep{threads}")
        assert tree(out / f"simulate{threads}") == tree(out / "simulate1")
        assert tree(out / f"sweep{threads}") == tree(out / "sweep1")
    return out


def test_both_nodes_work_and_change_no_byte(cluster: tuple[Path, dict[str, Any]], local: Path) -> None:
    """PYPKG-8: one thread, two threads, two nodes: the same runs.bin, tables, charts and report."""
    out, report = cluster
    placement = report["nothing"]["placement"]
    assert len(placement) == 2 and min(placement.values()) > 0
    assert sum(placement.values()) == 2 * 120
    assert tree(out / "nothing") == tree(local / "simulate1")


@pytest.mark.parametrize("event", ["worker", "node"])
def test_who_dies_loses_nothing(cluster: tuple[Path, dict[str, Any]], local: Path, event: str) -> None:
    """PYPKG-8: a worker, or a whole node, killed in the middle."""
    out, report = cluster
    assert len(report[event]["killed"]) == 1
    assert sum(report[event]["placement"].values()) == 2 * 120
    assert tree(out / event) == tree(local / "simulate1")


def test_a_study_that_was_stopped_goes_on(cluster: tuple[Path, dict[str, Any]], local: Path) -> None:
    """PYPKG-8, PYPKG-4: an exception of the callback comes out, pieces under way are taken back, and the next call does the rest."""
    out, report = cluster
    [done] = report["stopped"]["killed"]
    assert 0 < done <= 240 - sum(report["stopped"]["placement"].values())
    assert tree(out / "stopped") == tree(local / "simulate1")


def test_another_version_is_refused() -> None:
    """PYPKG-8: a worker that would come to other runs says so and does none."""
    spec = {"text": SWEEP.encode(), "files": {}, "runs": 1, "seed": 1, "sweep": False, "fingerprint": "0", "version": "9.9.9"}
    with pytest.raises(ratchet.RatchetError, match="would come to other runs than 9.9.9"):
        distributed._records(spec, [0])


def test_a_sweep_on_a_cluster(cluster: tuple[Path, dict[str, Any]], local: Path) -> None:
    """PYPKG-8: a sweep too, here on the node that is left."""
    out, report = cluster
    assert tree(out / "sweep") == tree(local / "sweep1")
    assert sum(report["sweep"]["placement"].values()) > 0
