"""The compiled half of the package; not for direct use."""

import os
from typing import Any, final

from ._progress import Tell
from ._source import Source

__version__: str
__all__ = [
    "__version__",
    "RatchetError",
    "Refused",
    "UsageError",
    "Table",
    "Backtest",
    "Study",
    "Collected",
    "Results",
    "Checked",
    "backtest",
    "check",
    "plan_presets",
    "scenario_presets",
    "preset_text",
]

class RatchetError(Exception):
    """What ratchet cannot do, in the words of the command line."""

class Refused(RatchetError):
    """The content was understood and refused, or is wrong (exit code 1 of the binary)."""

class UsageError(RatchetError):
    """An argument is wrong, or a file cannot be read or written (exit code 2 of the binary)."""

@final
class Table:
    """A table of whole numbers, exact decimals, instants and texts.

    It speaks the Arrow PyCapsule interface: ``pyarrow.table(t)``, ``polars.DataFrame(t)`` and
    ``pandas.DataFrame.from_arrow(t)`` take it as it is, without a copy.
    """

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any: ...
    def __arrow_c_schema__(self) -> Any: ...
    def to_arrow(self) -> Any:
        """As a ``pyarrow.Table``, sharing memory."""
    def to_polars(self) -> Any:
        """As a ``polars.DataFrame``, sharing memory."""
    def to_pandas(self) -> Any:
        """As a ``pandas.DataFrame``; whole numbers stay whole, exact decimals stay exact."""

@final
class Backtest:
    summary_json: str
    text_zh: str
    text_en: str
    seconds: float
    members: Table
    price: Table | None
    cohorts: Table
    skipped: Table
    bad_rows: Table

@final
class Checked:
    passed: bool
    report_json: str
    text_zh: str
    text_en: str
    rules: Table
    findings: Table

@final
class Results:
    summary_json: str
    text_zh: str
    text_en: str
    tables: list[Table]

@final
class Collected:
    def missing(self) -> list[int]: ...
    def run(self, threads: int | None, progress: Tell | None = None) -> None: ...
    def put(self, jobs: list[int], records: bytes) -> None: ...
    def finish(self, progress: Tell | None = None) -> Results: ...

@final
class Study:
    def __new__(
        cls,
        scenario: Source,
        *,
        runs: int | None = None,
        seed: int = 1,
        sweep: bool = False,
        files: dict[str, bytes] | None = None,
    ) -> Study: ...
    @property
    def jobs(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def files(self) -> dict[str, bytes]: ...
    def explain(self) -> list[tuple[str, str]]: ...
    def records(self, jobs: list[int]) -> bytes: ...
    def begin(self, out: str | os.PathLike[str] | None = None) -> Collected: ...

def backtest(
    plan: Source,
    orders: Source,
    *,
    after_sale_days: int | None,
    sell: str,
    seed: int,
    skip_bad_rows: bool,
    opinions: str | os.PathLike[str] | None,
    out: str | os.PathLike[str] | None,
    prices: bool,
    progress: Tell | None,
) -> Backtest: ...
def check(
    plan: Source,
    *,
    mode: str | None,
    jurisdiction: list[str],
    at: str | None,
    rules: list[str | os.PathLike[str]],
    opinions: str | os.PathLike[str] | None,
) -> Checked: ...
def plan_presets() -> list[str]: ...
def scenario_presets() -> list[str]: ...
def preset_text(name: str) -> str: ...
