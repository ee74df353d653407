"""What a caller may name as a plan, a scenario or an order history."""

from __future__ import annotations

import io
import os
from typing import Any, Union

Source = Union[str, "os.PathLike[str]", bytes]
"""A path, the name of a preset, or a text (anything with a line break in it)."""

Orders = Union[Source, Any]
"""A source, or a table: pandas, polars, pyarrow, or anything with the Arrow PyCapsule interface."""


def as_orders(orders: Orders) -> Source:
    """A table becomes the CSV text that it would be saved as; anything else stays what it is."""
    if isinstance(orders, (str, bytes, os.PathLike)):
        return orders
    if hasattr(orders, "write_csv"):
        # Polars cannot write the offset of a time that has none; such a time is refused with its line (FILE-4).
        aware = any(getattr(kind, "time_zone", None) for kind in orders.schema.values())
        text: str = orders.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z" if aware else None)
        return text.encode()
    if hasattr(orders, "to_csv"):
        csv: str = orders.to_csv(index=False)
        return csv.encode()
    if hasattr(orders, "__arrow_c_stream__"):
        import pyarrow
        import pyarrow.csv

        buffer = io.BytesIO()
        pyarrow.csv.write_csv(pyarrow.table(orders), buffer)
        return buffer.getvalue()
    raise TypeError(f"expected a path, a CSV text or a table of orders, not {type(orders).__name__}")
