"""The package itself: types, documents, and what it does not need (PYPKG-2, PYPKG-9)."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pyarrow
import ratchet
from ratchet import distributed

ROOT = Path(__file__).resolve().parents[2]


def test_types_hold() -> None:
    """PYPKG-9: the annotations agree with each other, and the stubs with what is compiled."""
    package = ROOT / "python/package/ratchet"
    config = str(ROOT / "python/pyproject.toml")
    for command in (
        ["mypy", "--config-file", config, str(package)],
        ["mypy.stubtest", "--ignore-disjoint-bases", "--mypy-config-file", config, "ratchet"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT / "target"
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (Path(ratchet.__file__).parent / "py.typed").exists()


def test_everything_public_says_what_it_is() -> None:
    """PYPKG-9: each public name has a docstring, each argument of a function is in it."""
    for module in (ratchet, distributed):
        for name in module.__all__:
            thing = getattr(module, name)
            assert thing.__doc__, name
            if inspect.isfunction(thing) and ":param" in thing.__doc__ and module is ratchet:
                for parameter in inspect.signature(thing).parameters:
                    assert f":param {parameter}:" in thing.__doc__, f"{name}: {parameter}"


def test_columns_are_documented() -> None:
    """PYPKG-2: the guide names every column of a backtest and a check; those of a study stand in the reference."""
    guide = (ROOT / "docs/guide/python.md").read_text()
    reference = (ROOT / "docs/reference/simulate-columns.md").read_text()
    backtest = ratchet.backtest("starter", "order_id,member_id,ordered_at,amount\no1,ann,2026-01-01,10.00\n")
    check = ratchet.check("starter")
    for result in (backtest, check):
        for table in result.tables.values():
            for column in table.columns:
                assert f"`{column}`" in guide, f"{table.name}: {column}"
    study = ratchet.simulate("steady", runs=1)
    for table in study.tables.values():
        for column in table.columns:
            assert f"`{column}`" in reference, f"{table.name}: {column}"


BARE = """
import sys
for name in ("numpy", "pandas", "polars", "pyarrow", "IPython", "ray", "tqdm"):
    sys.modules[name] = None
import ratchet
done = ratchet.simulate("panic", runs=1, progress=True)
assert len(done.runs) == 1 and done.runs.columns[0] == "variant" and "panic" in ratchet.scenarios()
assert done.runs.__arrow_c_stream__() is not None
assert ratchet.check("value-growth", mode="live", jurisdiction="CN").passed is False
"""


def test_nothing_else_is_needed() -> None:
    """PYPKG-2: no frame library, no numpy, no notebook."""
    subprocess.run([sys.executable, "-c", BARE], check=True, capture_output=True)
    requires = subprocess.run(
        [sys.executable, "-c", "import importlib.metadata as m; print([r for r in m.requires('ratchet') or [] if 'extra' not in r])"],
        check=True, capture_output=True, text=True,
    )
    assert requires.stdout.strip() == "[]"


def test_versions_are_one() -> None:
    """PYPKG-8: equal versions come to equal runs, so the package has the version of the workspace."""
    [version] = re.findall(r'^\[workspace.package\]\nversion = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)
    assert ratchet.__version__ == version


def test_capsules_are_released() -> None:
    """PYPKG-2: a capsule that nobody reads frees what it holds, one that is read hands it over; again and again."""
    done = ratchet.backtest("starter", "order_id,member_id,ordered_at,amount\no1,ann,2026-01-01,10.00\n")
    for _ in range(1_000):
        done.members.__arrow_c_stream__()
        done.members.__arrow_c_schema__()
        assert pyarrow.table(done.members).num_rows == 1


def test_examples_in_docstrings_name_what_is_there() -> None:
    """PYPKG-9."""
    text = (ratchet.__doc__ or "") + (distributed.__doc__ or "")
    for name in re.findall(r"ratchet\.([a-z_]+)\(", text):
        assert hasattr(ratchet, name), name
