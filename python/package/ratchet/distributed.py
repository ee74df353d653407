"""Studies that are too large for one machine: replications spread over a Ray cluster.

The runs are the same bytes as those of a local study, because a run depends on scenario, plans, seed and its number alone. A
worker or a node that dies changes nothing: Ray hands its runs to another one.

>>> import ray, ratchet.distributed
>>> ray.init("auto")
>>> result = ratchet.distributed.simulate("panic", runs=100_000, out="panic")
>>> result.placement              # runs by node

Every node needs this package in the same version; a worker with another one is refused.
"""

from __future__ import annotations

import os
import time
from typing import Any

from . import _native
from ._native import RatchetError
from ._progress import Tell, Watcher, watching
from ._results import Study
from ._source import Source

__all__ = ["simulate", "sweep"]

CHUNKS_PER_CPU = 8
"""So many pieces of work for each CPU: enough to even out, few enough to cost little."""
CHUNK_RUNS_MAX = 256
"""Runs that are lost at most when a worker dies."""

_known: tuple[str, _native.Study] | None = None
"""What this worker read last: the next piece is most likely of the same study."""


def simulate(
    scenario: Source,
    *,
    runs: int | None = None,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    progress: Watcher = None,
    chunk: int | None = None,
    retries: int = 5,
) -> Study:
    """As :func:`ratchet.simulate`, on the Ray cluster that this process is connected to (else one on this machine).

    :param chunk: runs in one piece of work; by default so many that each CPU gets some.
    :param retries: how often a piece is given to another worker after the one that had it died.
    """
    return _spread(_native.Study(scenario, runs=runs, seed=seed), False, runs, seed, out, progress, chunk, retries)


def sweep(
    scenario: Source,
    *,
    runs: int | None = None,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    progress: Watcher = None,
    chunk: int | None = None,
    retries: int = 5,
) -> Study:
    """As :func:`ratchet.sweep`, on the Ray cluster that this process is connected to (else one on this machine)."""
    study = _native.Study(scenario, runs=runs, seed=seed, sweep=True)
    return _spread(study, True, runs, seed, out, progress, chunk, retries)


def _records(spec: dict[str, Any], jobs: list[int]) -> tuple[str, bytes]:
    """On a worker: these runs, and the node on which they were done."""
    global _known
    import ray

    if _known is None or _known[0] != spec["fingerprint"]:
        study = _native.Study(
            spec["text"], runs=spec["runs"], seed=spec["seed"], sweep=spec["sweep"], files=spec["files"]
        )
        if study.fingerprint != spec["fingerprint"]:
            raise RatchetError(
                f"a worker has ratchet {_native.__version__} and would come to other runs than {spec['version']}; "
                "install the same version on every node"
            )
        _known = (spec["fingerprint"], study)
    return ray.get_runtime_context().get_node_id(), _known[1].records(jobs)


def _spread(
    study: _native.Study,
    is_sweep: bool,
    runs: int | None,
    seed: int,
    out: str | os.PathLike[str] | None,
    progress: Watcher,
    chunk: int | None,
    retries: int,
) -> Study:
    import ray

    if not ray.is_initialized():
        ray.init()
    collected = study.begin(out)
    spec = {
        # Bytes are a text even without a line break.
        "text": study.text.encode(),
        "files": study.files,
        "runs": runs,
        "seed": seed,
        "sweep": is_sweep,
        "fingerprint": study.fingerprint,
        "version": _native.__version__,
    }
    placement: dict[str, int] = {}
    with watching(progress) as tell:
        _collect(collected, spec, study.jobs, chunk, retries, placement, tell)
        return Study(collected.finish(tell), placement)


def _collect(
    collected: _native.Collected,
    spec: dict[str, Any],
    total: int,
    chunk: int | None,
    retries: int,
    placement: dict[str, int],
    tell: Tell | None,
) -> None:
    import ray

    missing = collected.missing()
    cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
    size = chunk or max(1, min(CHUNK_RUNS_MAX, len(missing) // (cpus * CHUNKS_PER_CPU)))
    pieces = (missing[first : first + size] for first in range(0, len(missing), size))
    task = ray.remote(num_cpus=1, max_retries=retries, scheduling_strategy="SPREAD")(_records)
    sent = ray.put(spec)
    pending: dict[Any, list[int]] = {}
    done, told = total - len(missing), 0.0
    try:
        while True:
            # Two pieces a CPU wait at most: memory does not grow with the runs.
            while len(pending) < 2 * cpus and (jobs := next(pieces, None)):
                pending[task.remote(sent, jobs)] = jobs
            if not pending:
                break
            ready, _ = ray.wait(list(pending), timeout=0.5)
            for reference in ready:
                jobs = pending.pop(reference)
                node, records = ray.get(reference)
                collected.put(jobs, records)
                placement[node] = placement.get(node, 0) + len(jobs)
                done += len(jobs)
            if tell is not None and (time.monotonic() - told > 0.1 or done == total):
                told = time.monotonic()
                tell("simulating", done, total)
    finally:
        # Something went wrong, or somebody wants to stop: what has arrived is kept.
        for reference in pending:
            ray.cancel(reference, force=True)
