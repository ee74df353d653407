"""Simulations and sweeps in Python against the binary (PYPKG-1, PYPKG-4, PYPKG-5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest
import ratchet
from ratchet import _native

from conftest import Binary, tree
from scenarios import COMPARED, SWEEP, TINY

@pytest.mark.parametrize("threads", [1, 2])
def test_simulate_equals_the_binary(binary: Binary, tmp_path: Path, threads: int) -> None:
    """PYPKG-1: the whole folder, down to the records of runs, for one thread and two."""
    scenario = "scenarios/wash-orders.toml"
    said = binary("simulate", scenario, "--runs", 5, "--seed", 3, "--out", tmp_path / "out")
    expected = tree(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "binary")
    done = ratchet.simulate(scenario, runs=5, seed=3, threads=threads, out=tmp_path / "out")
    assert tree(tmp_path / "out") == expected
    assert done.text("en") == said
    assert done.summary_json.encode() == expected["summary.json"]
    assert done.summary_json == binary("simulate", scenario, "--runs", 5, "--seed", 3, "--json")
    for table in done.tables.values():
        assert table.to_arrow().equals(pyarrow.parquet.read_table(tmp_path / f"binary/{table.name}.parquet"))
    preset = ratchet.simulate("wash-orders", runs=5, seed=3, threads=threads)
    assert preset.summary_json == done.summary_json
    assert preset.runs.to_arrow().equals(done.runs.to_arrow())
    assert ratchet.simulate(scenario, runs=5, seed=4).summary_json != done.summary_json


def test_sweep_equals_the_binary(binary: Binary, tmp_path: Path) -> None:
    """PYPKG-1: a sweep over settings of behaviour and plan."""
    (tmp_path / "s.toml").write_text(SWEEP)
    binary("sweep", tmp_path / "s.toml", "--out", tmp_path / "binary")
    done = ratchet.sweep(tmp_path / "s.toml", out=tmp_path / "python")
    assert tree(tmp_path / "python") == tree(tmp_path / "binary")
    assert done.points is not None and done.sensitivity is not None
    assert {"selling.random.weight", "plan.pool.retention"} <= set(done.points.columns)
    assert done.sensitivity.to_arrow().equals(pyarrow.parquet.read_table(tmp_path / "binary/sensitivity.parquet"))
    assert set(done.tables) == {"days", "end", "convergence", "points", "sensitivity", "runs"}


def test_explain_equals_the_binary(binary: Binary) -> None:
    """PYPKG-1: what a scenario assumes."""
    for name in ratchet.scenarios():
        assert ratchet.explain(name) == binary("simulate", f"scenarios/{name}.toml", "--explain")
        assert ratchet.explain(name, "zh") == binary("simulate", f"scenarios/{name}.toml", "--explain", lang="zh")
        assert ratchet.preset(name) == Path(f"scenarios/{name}.toml").read_text()


def test_presets_are_those_of_the_repository() -> None:
    """PYPKG-7."""
    assert set(ratchet.scenarios()) == {path.stem for path in Path("scenarios").glob("*.toml")}
    assert set(ratchet.plans()) <= {path.stem for path in Path("plans").glob("*.toml")}
    for name in ratchet.plans():
        assert ratchet.preset(name) == Path(f"plans/{name}.toml").read_text()


def test_the_runs_table_is_a_stream(tmp_path: Path) -> None:
    """PYPKG-5: more rows than one batch holds, each in its place, as often as somebody asks."""
    done = ratchet.simulate(TINY, runs=5_000, out=tmp_path)
    batches = list(pyarrow.RecordBatchReader.from_stream(done.runs))
    assert [batch.num_rows for batch in batches] == [4096, 904]
    read = pyarrow.csv.read_csv(tmp_path / "runs.csv")
    assert pyarrow.Table.from_batches(batches).select(["run", "spent"]).equals(read.select(["run", "spent"]))
    assert len(done.runs) == 5_000 and done.runs.to_polars().height == 5_000


MEMORY = """
import resource, sys
import ratchet
done = ratchet.simulate(sys.stdin.read(), runs=int(sys.argv[1]), threads=2)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_is_flat_in_runs() -> None:
    """PYPKG-5: 20,000 runs need what 1,000 need, but for a number a run; their records are 18 MB."""

    def peak(runs: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, str(runs)], input=TINY, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    few, many = peak(1_000), peak(20_000)
    assert many - few < 8_000, f"{few} kB, then {many} kB"


def test_progress_is_told_and_can_stop_the_work(tmp_path: Path) -> None:
    """PYPKG-4: an exception of the callback comes out as it is; what is done is kept, and the rest follows."""
    news: list[ratchet.Progress] = []

    class Enough(Exception):
        pass

    def stop(progress: ratchet.Progress) -> None:
        news.append(progress)
        if progress.phase == "simulating" and progress.done >= 3:
            raise Enough

    with pytest.raises(Enough):
        ratchet.simulate("panic", runs=2_000, threads=1, out=tmp_path, progress=stop)
    assert [item.name for item in tmp_path.iterdir()] == ["runs.bin"]
    study = _native.Study("panic", runs=12)
    kept = study.jobs - len(study.begin(tmp_path).missing())
    assert kept >= 3
    begun: list[int] = []
    done = ratchet.simulate(
        "panic", runs=12, out=tmp_path, progress=lambda p: begun.append(p.done) if p.phase == "simulating" else None
    )
    assert begun[0] == kept and begun[-1] == 12
    assert done.summary_json == ratchet.simulate("panic", runs=12).summary_json
    assert news[0].phase == "simulating" and news[0].total == 2_000 and "simulating 0 %" in str(news[0])


@pytest.mark.parametrize("call", ["simulate", "backtest"])
def test_the_keyboard_stops_the_work(orders: Path, call: str) -> None:
    """PYPKG-4: Ctrl-C is a KeyboardInterrupt, in the middle of a run that would take hours."""
    endless = COMPARED.replace("daily = 3", "daily = 2000").replace("days = 40", "days = 3000")

    def press(progress: ratchet.Progress) -> None:
        if progress.phase in ("simulating", "running"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        if call == "simulate":
            ratchet.simulate(endless, runs=100_000, threads=2, progress=press)
        else:
            ratchet.backtest("value-growth", orders, progress=press)


def test_the_keyboard_stops_the_work_though_nobody_looks() -> None:
    """PYPKG-4: without progress too, and within a run: the first one would take minutes."""
    endless = COMPARED.replace("daily = 3", "daily = 2000").replace("days = 40", "days = 3000")
    pressed = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()
    with pytest.raises(KeyboardInterrupt):
        ratchet.simulate(endless, runs=1, threads=1, progress=False)
    pressed.join()


def test_other_threads_go_on() -> None:
    """PYPKG-4: the interpreter's lock is free while runs run."""
    finished = threading.Event()

    def work() -> None:
        ratchet.simulate("panic", runs=30, threads=1)
        finished.set()

    thread = threading.Thread(target=work)
    thread.start()
    counted = 0
    while not finished.is_set():
        counted += 1
        time.sleep(0.001)
    thread.join()
    assert counted > 20


def test_bars(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """PYPKG-4: a bar on request, none where nobody looks, and it goes away."""
    ratchet.simulate(TINY, runs=5, progress=True)
    shown = capsys.readouterr().err
    assert "simulating 100 %" in shown and shown.endswith(" \r")
    ratchet.simulate(TINY, runs=5)
    ratchet.simulate(TINY, runs=5, progress=False)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    ratchet.simulate(TINY, runs=5, progress=True)
    assert "模拟 100 %" in capsys.readouterr().err


def test_pieces_put_together_are_the_study(tmp_path: Path) -> None:
    """PYPKG-8: records made elsewhere, put in any order and twice, give the same file."""
    expected = ratchet.simulate(COMPARED, runs=6, out=tmp_path / "local")
    text = COMPARED.encode()
    study, elsewhere = (_native.Study(text, runs=6) for _ in range(2))
    assert study.fingerprint == elsewhere.fingerprint != _native.Study(text, runs=6, seed=2).fingerprint
    collected = study.begin(tmp_path / "pieces")
    jobs = collected.missing()
    assert jobs == list(range(12))
    for piece in ([11, 3, 7], [0, 1, 2], [4, 5, 6, 8, 9, 10], [7, 11]):
        if piece != [7, 11]:
            with pytest.raises(RuntimeError, match="runs are missing"):
                collected.finish()
        collected.put(piece, elsewhere.records(piece))
    assert collected.finish().summary_json == expected.summary_json
    assert tree(tmp_path / "pieces") == tree(tmp_path / "local")
    with pytest.raises(RuntimeError, match="another study"):
        collected.put([0], b"12345678")
    with pytest.raises(ratchet.UsageError, match="no run 12"):
        study.records([12])


def test_files_travel_with_the_scenario(orders: Path, tmp_path: Path) -> None:
    """PYPKG-8: what a scenario names is read once and sent along."""
    text = COMPARED.replace(
        '[spending.lognormal]\nmedian = "118.00"', '[spending.orders]\nfile = "orders.csv"'
    )
    (tmp_path / "orders.csv").write_bytes(orders.read_bytes())
    (tmp_path / "mine.toml").write_text(Path("plans/starter.toml").read_text())
    text = text.replace('["value-growth", "value-growth-2x"]', '"mine.toml"')
    (tmp_path / "s.toml").write_text(text)
    study = _native.Study(tmp_path / "s.toml", runs=2)
    assert set(study.files) == {"orders.csv", "mine.toml"}
    elsewhere = _native.Study(text.encode(), runs=2, files=study.files)
    assert elsewhere.fingerprint == study.fingerprint
    assert elsewhere.records([0, 1]) == study.records([0, 1])
    with pytest.raises(ratchet.Refused, match="was not sent along"):
        _native.Study(text.encode(), runs=2, files={})
