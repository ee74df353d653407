"""A backtest in Python against the binary (PYPKG-1, PYPKG-2, PYPKG-6, PYPKG-7)."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
from pathlib import Path

import pandas
import polars
import pyarrow
import pyarrow.csv
import pytest
import ratchet

from conftest import Binary, tree

PLAN = "plans/value-growth.toml"


def shown(name: str, value: object) -> str:
    """A value as FILE-11 writes it."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
        return text + "Z"
    if isinstance(value, decimal.Decimal):
        text = f"{value:f}"
        # Points are written without superfluous zeros.
        return text.rstrip("0").rstrip(".") if name in ("points", "supply") else text
    return str(value)


def as_csv(table: ratchet.Table) -> str:
    """A table as the binary writes it."""
    frame = pyarrow.table(table)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.column_names)
    for row in frame.to_pylist():
        writer.writerow([shown(name, value) for name, value in row.items()])
    return out.getvalue()


@pytest.mark.parametrize(
    "options",
    [{}, {"after_sale_days": 0}, {"sell": "random=3%", "seed": 7}, {"sell": "at-multiple=1.5", "after_sale_days": 0}],
)
@pytest.mark.parametrize("plan", [PLAN, "plans/distribution-mall.toml"])
def test_equals_the_binary(
    binary: Binary, orders: Path, tmp_path: Path, plan: str, options: dict[str, object]
) -> None:
    """PYPKG-1: text, JSON, every table, and the folder with report and charts."""
    flags = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", str(value))]
    done = ratchet.backtest(plan, orders, **options)  # type: ignore[arg-type]
    assert done.summary_json == binary("backtest", plan, orders, "--json", *flags)
    assert done.text("en") == binary("backtest", plan, orders, *flags)
    assert done.text("zh") == binary("backtest", plan, orders, *flags, lang="zh")
    binary("backtest", plan, orders, "--out", tmp_path / "binary", *flags)
    expected = tree(tmp_path / "binary")
    for table in (done.members, done.price, done.cohorts, done.skipped):
        assert as_csv(table).encode() == expected[f"{table.name}.csv"], table.name
    ratchet.backtest(plan, orders, out=tmp_path / "python", prices=False, **options)  # type: ignore[arg-type]
    assert tree(tmp_path / "python") == expected
    assert done.summary == json.loads(done.summary_json)
    assert done.disclosure["members"] == len(done.members)


def test_price_splits_are_undone_alike(binary: Binary, tmp_path: Path) -> None:
    """PYPKG-1: POOL-9's splits multiplied back, with every digit."""
    plan = Path(PLAN).read_text().replace('opening_price = "', 'opening_price = "9')
    rows = [f"o{n},m{n % 7},2026-01-{n // 4 % 27 + 1:02},{1000 + n}.00" for n in range(200)]
    orders = "order_id,member_id,ordered_at,amount\n" + "\n".join(rows) + "\n"
    (tmp_path / "plan.toml").write_text(plan)
    (tmp_path / "orders.csv").write_text(orders)
    binary("backtest", tmp_path / "plan.toml", tmp_path / "orders.csv", "--out", tmp_path / "out")
    done = ratchet.backtest(plan, orders)
    assert done.price is not None
    assert as_csv(done.price).encode() == (tmp_path / "out/price.csv").read_bytes()


def test_sources_and_frames_are_the_same_orders(orders: Path) -> None:
    """PYPKG-7: path, text, bytes, preset, pandas, polars and pyarrow come to the same state."""
    expected = ratchet.backtest(PLAN, orders).summary
    text = orders.read_text()
    kinds = [
        str(orders),
        text,
        text.encode(),
        pandas.read_csv(io.StringIO(text), dtype=str),
        polars.read_csv(io.StringIO(text), infer_schema=False),
        pyarrow.csv.read_csv(
            io.BytesIO(text.encode()),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pyarrow.string() for name in text.splitlines()[0].split(",")}
            ),
        ),
    ]
    for given in kinds:
        assert ratchet.backtest(PLAN, given, prices=False).summary["digest"] == expected["digest"]
    plan = Path(PLAN).read_text()
    for source in ("value-growth", Path(PLAN), plan, plan.encode()):
        assert ratchet.backtest(source, orders, prices=False).summary["digest"] == expected["digest"]
    with pytest.raises(TypeError, match="not int"):
        ratchet.backtest(PLAN, 5)


def test_frames_with_instants(orders: Path) -> None:
    """PYPKG-7: times that a frame has parsed mean the same instants."""
    text = "order_id,member_id,ordered_at,amount\no1,ann,2026-01-01T09:30:00.5+08:00,10.00\n"
    expected = ratchet.backtest(PLAN, text).summary["digest"]
    frame = pandas.read_csv(io.StringIO(text), dtype={"amount": str})
    frame["ordered_at"] = pandas.to_datetime(frame["ordered_at"])
    assert ratchet.backtest(PLAN, frame).summary["digest"] == expected
    polar = polars.DataFrame(frame.assign(ordered_at=frame["ordered_at"].dt.tz_convert("UTC")))
    assert ratchet.backtest(PLAN, polar).summary["digest"] == expected
    for naive in (frame.assign(ordered_at=frame["ordered_at"].dt.tz_localize(None)), polar.with_columns(polars.col("ordered_at").dt.replace_time_zone(None))):
        with pytest.raises(ratchet.Refused, match="orders:2: ordered_at: .*offset"):
            ratchet.backtest(PLAN, naive)


def test_tables_are_exact_and_shared(orders: Path) -> None:
    """PYPKG-2: exact types, and the same memory for everybody who asks."""
    done = ratchet.backtest(PLAN, orders)
    schema = pyarrow.table(done.members).schema
    assert schema.field("spent").type == pyarrow.decimal128(19, 2)
    assert schema.field("points").type == pyarrow.decimal128(38, 12)
    assert schema.field("joined_at").type == pyarrow.timestamp("us", "UTC")
    assert schema.field("exits").type == pyarrow.int64()
    assert done.members.columns == schema.names

    def address(table: pyarrow.Table, name: str) -> int:
        return table.column(name).chunk(0).buffers()[1].address

    first, second = pyarrow.table(done.members), done.members.to_arrow()
    assert [address(first, name) for name in schema.names] == [address(second, name) for name in schema.names]
    # Polars reads decimals from this memory too.
    frame = done.members.to_polars()
    assert frame["spent"].sum() == decimal.Decimal(done.disclosure["spent"])
    assert done.members.to_pandas()["spent"].sum() == decimal.Decimal(done.disclosure["spent"])
    assert pandas.DataFrame.from_arrow(done.members).shape == (len(done.members), 7)
    assert pyarrow.schema(done.members) == schema
    # The table outlives its result.
    members = done.members
    expected = pyarrow.table(members).to_pylist()
    del done, first, second, frame
    assert pyarrow.table(members).to_pylist() == expected
    assert repr(members).startswith("<ratchet.Table members: ")


def test_rows_left_out(tmp_path: Path) -> None:
    """PYPKG-1: malformed rows on request, as FILE-7 says; nothing is written beside the file."""
    text = "order_id,member_id,ordered_at,amount\no1,ann,2026-01-01,10.00\no2,bob,tomorrow,10.00\n"
    (tmp_path / "orders.csv").write_text(text)
    done = ratchet.backtest(PLAN, tmp_path / "orders.csv", skip_bad_rows=True)
    [row] = pyarrow.table(done.bad_rows).to_pylist()
    assert (row["line"], row["column"], row["row"]) == (3, "ordered_at", "o2,bob,tomorrow,10.00")
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]
    assert "they are in bad_rows" in done.text("en")


def test_says_first_who_gains(orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYPKG-6: what became of the members comes before any table, in the language of the environment."""
    done = ratchet.backtest(PLAN, orders)
    assert repr(done).startswith(done.text("en"))
    lines = repr(done).splitlines()
    assert lines[1].startswith("Members received ") and lines[-1].startswith("Tables: members (")
    assert done._repr_html_().index("Members received") < done._repr_html_().index("members (")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert repr(done).startswith(done.text("zh"))
    assert done.text("both") == done.text("zh") + "\n" + done.text("en")
    with pytest.raises(ValueError, match="lang"):
        done.text("fr")
