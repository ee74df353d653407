"""Exceptions say what the binary says (PYPKG-3)."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import ratchet

from conftest import Binary

PLAN = "plans/value-growth.toml"
Call = Callable[[], object]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    plan = Path(PLAN).read_text()
    (tmp_path / "wrong.toml").write_text(plan.replace("[pool]", "[pol]"))
    (tmp_path / "live.toml").write_text(plan.replace("[programme]", '[programme]\nmode = "live"', 1))
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    (tmp_path / "row.csv").write_text("order_id,member_id,ordered_at,amount\no1,ann,2026-01-01,ten\n")
    (tmp_path / "column.csv").write_text("order_id,member,ordered_at,amount\no1,ann,2026-01-01,10.00\n")
    (tmp_path / "good.csv").write_text("order_id,member_id,ordered_at,amount\no1,ann,2026-01-01,10.00\n")
    (tmp_path / "scenario.toml").write_text('[scenario]\nname = { zh = "一", en = "One" }\nplan = "nowhere"\ndays = 0\n')
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine.txt").write_text("mine")
    return tmp_path


CASES = [
    (["backtest", "{}/none.toml", "{}/good.csv"], ratchet.UsageError),
    (["backtest", "{}/wrong.toml", "{}/good.csv"], ratchet.Refused),
    (["backtest", "{}/latin.toml", "{}/good.csv"], ratchet.Refused),
    (["backtest", "{}/live.toml", "{}/good.csv"], ratchet.Refused),
    (["backtest", PLAN, "{}/none.csv"], ratchet.UsageError),
    (["backtest", PLAN, "{}"], ratchet.UsageError),
    (["backtest", PLAN, "{}/row.csv"], ratchet.Refused),
    (["backtest", PLAN, "{}/column.csv"], ratchet.Refused),
    (["backtest", PLAN, "{}/good.csv", "--out", "{}/taken"], ratchet.UsageError),
    (["simulate", "{}/none.toml"], ratchet.UsageError),
    (["simulate", "{}/scenario.toml"], ratchet.Refused),
    (["sweep", "scenarios/steady.toml"], ratchet.Refused),
    (["check", "{}/wrong.toml"], ratchet.Refused),
    (["check", PLAN, "--jurisdiction", "XX"], ratchet.UsageError),
    (["check", PLAN, "--rules", "{}/none.toml"], ratchet.UsageError),
]


@pytest.mark.parametrize(("arguments", "kind"), CASES, ids=[" ".join(case[0]).replace("{}", "") for case in CASES])
def test_same_sentence(binary: Binary, files: Path, arguments: list[str], kind: type[Exception]) -> None:
    """PYPKG-3: the same words, and the exception of the same exit code."""
    arguments = [argument.replace("{}", str(files)) for argument in arguments]
    command, *rest = arguments
    if command == "sweep" and "[study]" in Path(rest[0]).read_text():
        pytest.fail("this scenario has a study by now; name another one")
    expected = binary(*arguments, fails=True)
    positional = [part for part in rest if not part.startswith("--")]
    options = {}
    for place, part in enumerate(rest):
        if part.startswith("--"):
            options[part[2:]] = rest[place + 1]
            positional.remove(rest[place + 1])
    with pytest.raises(kind) as caught:
        getattr(ratchet, command)(*positional, **options)
    assert f"ratchet: {caught.value}\n" == expected
    assert binary.code(*arguments) == (2 if kind is ratchet.UsageError else 1)
    assert isinstance(caught.value, ratchet.RatchetError)
    # Workers of a cluster send them home.
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: ratchet.simulate("panic", runs=0), ratchet.UsageError, "runs: not in 1..=100000"),
        (lambda: ratchet.simulate("panic", runs=1, threads=0), ratchet.UsageError, "threads: not in"),
        (lambda: ratchet.simulate("panic", runs=1, threads=2000), ratchet.UsageError, "threads: not in"),
        (lambda: ratchet.backtest(PLAN, "a\n", sell="sometimes"), ratchet.UsageError, "sell: "),
        (lambda: ratchet.backtest(PLAN, "a\n", after_sale_days=-1), ratchet.UsageError, "after_sale_days: -1 is not in"),
        (lambda: ratchet.check(PLAN, mode="real"), ratchet.UsageError, "not \"real\""),
        (lambda: ratchet.check(PLAN, at="tomorrow"), ratchet.UsageError, "write a date such as"),
        (lambda: ratchet.preset("nothing"), ratchet.UsageError, "there is no preset nothing"),
        (lambda: ratchet.check(7), TypeError, "expected a path, the name of a preset or a text, not int"),
        (lambda: ratchet.check("[programme]\n"), ratchet.Refused, "plan:"),
        (lambda: ratchet.backtest(PLAN, b"\xff\n"), ratchet.Refused, "orders:1"),
    ],
)
def test_wrong_arguments(call: Call, kind: type[Exception], says: str) -> None:
    """PYPKG-3: an argument that no command line could pass is named too."""
    with pytest.raises(kind, match=None) as caught:
        call()
    assert says in str(caught.value)
