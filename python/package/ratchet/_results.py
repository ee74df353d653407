"""Results: first what became of the people, then tables."""

from __future__ import annotations

import functools
import html
import json
import os
from typing import Any

from . import _native
from ._native import Table


def in_chinese() -> bool:
    """Whether the environment asks for Chinese, as the binary decides it."""
    locale = next((set_ for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (set_ := os.environ.get(name))), "")
    return locale.startswith("zh")


def picked(zh: str, en: str, lang: str | None) -> str:
    """The text in the language asked for: ``zh``, ``en``, ``both``; by default that of the environment."""
    if lang is None:
        lang = "zh" if in_chinese() else "en"
    if lang == "both":
        return f"{zh}\n{en}"
    if lang not in ("zh", "en"):
        raise ValueError(f"lang is \"zh\", \"en\" or \"both\", not {lang!r}")
    return zh if lang == "zh" else en


class _Result:
    """Something with a text in two languages and with tables."""

    _texts: tuple[str, str]

    @property
    def tables(self) -> dict[str, Table]:
        raise NotImplementedError

    def text(self, lang: str | None = None) -> str:
        """What the binary prints, in ``zh``, ``en`` or ``both``; by default in the language of the environment."""
        return picked(*self._texts, lang)

    def _listed(self) -> str:
        return ", ".join(f"{name} ({len(table):,})" for name, table in self.tables.items())

    def __repr__(self) -> str:
        return f"{self.text()}{picked('表', 'Tables', None)}: {self._listed()}"

    def _repr_html_(self) -> str:
        lines = "<br>".join(html.escape(line) for line in self.text().rstrip("\n").split("\n"))
        return f"<div><p>{lines}</p><p><small>{html.escape(self._listed())}</small></p></div>"


class Backtest(_Result):
    """What became of the members of an order history under a plan.

    Tables have the names and columns of the binary's files; money, points and prices are exact decimals, times are UTC.
    """

    members: Table
    """``member_id, joined_at, spent, cash, points, net_value, exits``, in joining order."""
    price: Table | None
    """``order_id, at, pool, supply, price, price_unsplit`` after each order; None with ``prices=False``."""
    cohorts: Table
    """Members by joining month."""
    skipped: Table
    """Rows that are no orders (zero or less)."""
    bad_rows: Table
    """Malformed rows, if they were to be skipped."""
    summary: dict[str, Any]
    """The object of ``summary.json``. Money in it is text, as there."""
    summary_json: str
    """The same, byte for byte as the binary writes it."""
    seconds: float
    """How long orders were read and run, without summing up."""

    def __init__(self, done: _native.Backtest) -> None:
        self._texts = (done.text_zh, done.text_en)
        self.members = done.members
        self.price = done.price
        self.cohorts = done.cohorts
        self.skipped = done.skipped
        self.bad_rows = done.bad_rows
        self.summary_json = done.summary_json
        self.seconds = done.seconds
        self.summary = json.loads(done.summary_json)

    @property
    def disclosure(self) -> dict[str, Any]:
        """Who gained and who lost: ``docs/spec/disclosure.md``."""
        disclosure: dict[str, Any] = self.summary["disclosure"]
        return disclosure

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        named = [self.members, self.price, self.cohorts, self.skipped, self.bad_rows]
        return {table.name: table for table in named if table is not None}


class Study(_Result):
    """What many runs of a scenario came to.

    Tables have the names and columns of the binary's CSV and Parquet files (``docs/reference/simulate-columns.md``): texts, and
    whole numbers; money in minor units.
    """

    runs: Table
    """One row a variant and run. It stays on disk until somebody reads it."""
    end: Table
    """Bands over runs of each number at the end."""
    days: Table
    """Bands over runs of each daily number."""
    convergence: Table
    """How the headline numbers settled as runs were added."""
    points: Table | None
    """Of a sweep: one row a point."""
    sensitivity: Table | None
    """Of a sweep: what each parameter does to the headline numbers."""
    summary_json: str
    """The object of ``summary.json``, byte for byte as the binary writes it."""
    placement: dict[str, int]
    """Of a distributed study: how many runs each node did."""

    def __init__(self, done: _native.Results, placement: dict[str, int] | None = None) -> None:
        self._texts = (done.text_zh, done.text_en)
        self._tables = {table.name: table for table in done.tables}
        self.runs = self._tables["runs"]
        self.end = self._tables["end"]
        self.days = self._tables["days"]
        self.convergence = self._tables["convergence"]
        self.points = self._tables.get("points")
        self.sensitivity = self._tables.get("sensitivity")
        self.summary_json = done.summary_json
        self.placement = placement or {}

    @functools.cached_property
    def summary(self) -> dict[str, Any]:
        """The object of ``summary.json``."""
        summary: dict[str, Any] = json.loads(self.summary_json)
        return summary

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        return dict(self._tables)


class Check(_Result):
    """What rules and arithmetic say of a plan, and whether it may run live."""

    passed: bool
    """Whether nothing is against the plan in the mode asked for: exit code 0 of the binary."""
    rules: Table
    """Rules that fire, as texts."""
    findings: Table
    """What the arithmetic says, as texts."""
    report_json: str
    """What the binary prints with ``--json``, byte for byte."""

    def __init__(self, done: _native.Checked) -> None:
        self._texts = (done.text_zh, done.text_en)
        self.passed = done.passed
        self.rules = done.rules
        self.findings = done.findings
        self.report_json = done.report_json

    @functools.cached_property
    def report(self) -> dict[str, Any]:
        """The object that the binary prints with ``--json``."""
        report: dict[str, Any] = json.loads(self.report_json)
        return report

    def __bool__(self) -> bool:
        return self.passed

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        return {"rules": self.rules, "findings": self.findings}
