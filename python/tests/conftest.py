"""What the tests share: the binary that the package must agree with, and order histories that it makes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Binary:
    """The ``ratchet`` binary of this tree."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *arguments: object, lang: str = "en", fails: bool = False) -> str:
        """What it prints; with ``fails`` what it says on stderr."""
        command = [str(self.path), *map(str, arguments), "--lang", lang]
        done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
        assert (done.returncode != 0) == fails, done.stderr.decode()
        return (done.stderr if fails else done.stdout).decode()

    def said(self, *arguments: object) -> str:
        """What it prints, whatever it comes to."""
        command = [str(self.path), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, cwd=ROOT, check=False).stdout.decode()

    def code(self, *arguments: object) -> int:
        """Its exit code."""
        command = [str(self.path), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode


@pytest.fixture(scope="session")
def binary() -> Binary:
    path = Path(os.environ.get("RATCHET_BINARY", ROOT / "target/debug/ratchet"))
    assert path.exists(), f"{path} is not there; run `cargo build -p ratchet`, or the tests by `cargo xtask python`"
    return Binary(path)


@pytest.fixture(scope="session")
def orders(binary: Binary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3,000 generated orders, with referrers and refunds, and two rows that are no orders."""
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    binary("generate", "orders", "--orders", 3000, "--seed", 5, "--out", path)
    lines = path.read_text().splitlines(keepends=True)
    columns = lines[0].strip().split(",")
    for number in (10, 20):
        row = dict(zip(columns, lines[number].strip().split(","), strict=True))
        row.update(order_id=f"none{number}", amount="-5.00", refunded_amount="", refunded_at="")
        lines.append(",".join(row[column] for column in columns if column in row) + "\n")
    path.write_text("".join(lines))
    return path


@pytest.fixture(autouse=True)
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the repository, and people speak English."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
