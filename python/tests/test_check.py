"""A check in Python against the binary (PYPKG-1)."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import ratchet

from conftest import Binary

PLANS = sorted(str(path) for path in Path(__file__).resolve().parents[2].glob("plans/*.toml"))


@pytest.mark.parametrize("plan", PLANS, ids=[Path(plan).stem for plan in PLANS])
def test_equals_the_binary(binary: Binary, plan: str) -> None:
    """PYPKG-1: report, text and verdict, for the plan's own mode and live under Chinese rules."""
    for options in ({"at": "2026-02-03"}, {"mode": "live", "jurisdiction": "CN", "at": "2026-02-03"}):
        flags = [part for key, value in options.items() for part in (f"--{key}", value)]
        done = ratchet.check(plan, **options)
        assert done.passed == bool(done) == (binary.code("check", plan, *flags) == 0)
        assert done.report_json == binary.said("check", plan, "--json", *flags)
        for lang in ("zh", "en"):
            assert done.text(lang) == binary.said("check", plan, *flags, "--lang", lang)
        assert [row["id"] for row in done.rules.to_arrow().to_pylist()] == [rule["id"] for rule in done.report["rules"]]
        assert len(done.findings) == len(done.report["findings"])
        assert repr(done).startswith(done.text())


def test_dates_and_lists() -> None:
    """PYPKG-7: a date and several jurisdictions, as Python has them."""
    one = ratchet.check("starter", at=datetime.date(2026, 2, 3), jurisdiction=["cn"])
    assert one.report_json == ratchet.check("starter", at="2026-02-03", jurisdiction="CN").report_json
    assert one.report["on"] == "2026-02-03" and one.report["jurisdictions"] == ["CN"]
    assert one.report_json != ratchet.check("starter", at="2020-02-03", jurisdiction="CN").report_json
