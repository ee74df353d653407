"""Runs points-and-commission plans exactly as they are written, and shows who gains and who loses.

The numbers are those of the ``ratchet`` binary, byte for byte: both call the same library, and nothing is computed here.

>>> import ratchet
>>> result = ratchet.simulate("panic", runs=20)
>>> result                        # what became of the people, before anything else
>>> result.end.to_polars()        # bands over runs; also .to_pandas(), .to_arrow()

Money is exact: whole minor units (fen) in the tables of a study, decimals in those of a backtest. Tables and columns:
``docs/guide/python.md``.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable

from . import _native
from ._native import RatchetError, Refused, Table, UsageError
from ._native import __version__ as __version__
from ._progress import Progress, Watcher, watching
from ._results import Backtest, Check, Study
from ._source import Orders, Source, as_orders

__all__ = [
    "Backtest",
    "Check",
    "Progress",
    "RatchetError",
    "Refused",
    "Study",
    "Table",
    "UsageError",
    "backtest",
    "check",
    "explain",
    "plans",
    "preset",
    "scenarios",
    "simulate",
    "sweep",
]


def backtest(
    plan: Source,
    orders: Orders,
    *,
    after_sale_days: int | None = None,
    sell: str = "never",
    seed: int = 1,
    skip_bad_rows: bool = False,
    opinions: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    prices: bool = True,
    progress: Watcher = None,
) -> Backtest:
    """Runs an order history through a plan, as ``ratchet backtest`` does.

    :param plan: path of a plan file, name of a preset (:func:`plans`), or a plan's text.
    :param orders: path of a CSV file, its text or bytes, or a pandas, polars or pyarrow table with the same columns:
        ``order_id, member_id, ordered_at, amount`` and, if there are any, ``referrer_id, ship_to, refunded_amount, refunded_at``.
    :param after_sale_days: settle this many days after receipt, instead of the plan's own.
    :param sell: when members sell: ``never``, ``at-multiple=1.5``, ``random=3%``. An assumption; it stands in the result.
    :param seed: seed of what is drawn by lot.
    :param skip_bad_rows: leave malformed rows out; they are in ``bad_rows``.
    :param opinions: of a live plan: a file with signed opinions for the gate.
    :param out: write the folder of the binary here too: report, summary, tables, charts.
    :param prices: keep the price after each order (about 80 bytes an order).
    :param progress: see :class:`Progress`; ``False`` shows nothing.
    :raises Refused: the plan or a row is wrong, or the engine refuses.
    :raises UsageError: a file cannot be read or written.
    """
    with watching(progress) as tell:
        done = _native.backtest(
            plan,
            as_orders(orders),
            after_sale_days=after_sale_days,
            sell=sell,
            seed=seed,
            skip_bad_rows=skip_bad_rows,
            opinions=opinions,
            out=out,
            prices=prices,
            progress=tell,
        )
    return Backtest(done)


def simulate(
    scenario: Source,
    *,
    runs: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Watcher = None,
) -> Study:
    """Runs a scenario many times, as ``ratchet simulate`` does: people who come, buy and sell.

    The result depends on scenario, plans, order files and seed alone: not on threads, machine or interruptions. Ctrl-C
    stops within a simulated day; with ``out`` the finished runs are kept and the next call goes on from there.

    :param scenario: path of a scenario file, name of a preset (:func:`scenarios`), or a scenario's text. Files that a
        text names are looked for in the current folder.
    :param runs: replications of each plan, instead of the scenario's own number.
    :param seed: seed of all that is drawn by lot.
    :param threads: default: all cores.
    :param out: write report, tables and charts to this folder; runs that are there already are kept.
    :param progress: see :class:`Progress`; ``False`` shows nothing.
    :raises Refused: the scenario is wrong, or ``out`` holds runs of another study.
    :raises UsageError: a file cannot be read or written.
    """
    return _study(_native.Study(scenario, runs=runs, seed=seed), threads, out, progress)


def sweep(
    scenario: Source,
    *,
    runs: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Watcher = None,
) -> Study:
    """Varies the settings in the scenario's ``[study]``, as ``ratchet sweep`` does: which assumption drives the outcome.

    Arguments are those of :func:`simulate`; the result has ``points`` and ``sensitivity`` besides.
    """
    return _study(_native.Study(scenario, runs=runs, seed=seed, sweep=True), threads, out, progress)


def _study(
    study: _native.Study,
    threads: int | None,
    out: str | os.PathLike[str] | None,
    progress: Watcher,
) -> Study:
    collected = study.begin(out)
    with watching(progress) as tell:
        collected.run(threads, tell)
        return Study(collected.finish(tell))


def check(
    plan: Source,
    *,
    mode: str | None = None,
    jurisdiction: str | Iterable[str] = (),
    at: str | datetime.date | None = None,
    rules: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = (),
    opinions: str | os.PathLike[str] | None = None,
) -> Check:
    """Says what rules and arithmetic say of a plan, and whether it may run live, as ``ratchet check`` does.

    :param plan: path of a plan file, name of a preset (:func:`plans`), or a plan's text.
    :param mode: check as ``"sandbox"`` or ``"live"`` instead of the plan's own mode.
    :param jurisdiction: whose rules to ask, such as ``"CN"``; the plan's own by default.
    :param at: the rules as in force on this day; today by default.
    :param rules: rule packs, or folders of packs, on top of the built-in ones.
    :param opinions: a file with signed opinions on rules that need a human review.
    """
    return Check(
        _native.check(
            plan,
            mode=mode,
            jurisdiction=[jurisdiction] if isinstance(jurisdiction, str) else list(jurisdiction),
            at=at.isoformat() if isinstance(at, datetime.date) else at,
            rules=[rules] if isinstance(rules, (str, os.PathLike)) else list(rules),
            opinions=opinions,
        )
    )


def explain(scenario: Source, lang: str | None = None) -> str:
    """Says in sentences what a scenario assumes, as ``ratchet simulate --explain`` does."""
    from ._results import picked

    said = _native.Study(scenario).explain()
    zh, en = ("".join(f"{pair[place]}\n" for pair in said) for place in (0, 1))
    return picked(zh, en, lang)


def plans() -> list[str]:
    """Names of the plans that come with the package."""
    return _native.plan_presets()


def scenarios() -> list[str]:
    """Names of the scenarios that come with the package."""
    return _native.scenario_presets()


def preset(name: str) -> str:
    """The text of a plan or scenario that comes with the package: what :func:`plans` and :func:`scenarios` name."""
    return _native.preset_text(name)
